// SPDX-License-Identifier: GPL-2.0

//! Reads out of a module's machine code what each thread of each test calls.

use crate::cache::explain;
use ::litmus::ast::Test;
use ::litmus::codegen::Calls;
use anyhow::{Context as _, Result};
use object::elf::R_X86_64_PLT32;
use object::{
    Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags, RelocationTarget,
    SymbolKind,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a compiler puts into any function, and the guard's own check for lockdep, which touches nothing of the test.
const NOT_OURS: [&str; 3] = ["__x86_return_thunk", "__fentry__", "spin_assert_is_held"];

/// The calls of each thread's function, by `module::p0`.
pub(crate) struct Code(BTreeMap<String, Vec<String>>);

impl Code {
    /// Of a module's file.
    pub(crate) fn read(module: &Path) -> Result<Self> {
        let data = fs::read(module).map_err(|error| explain(error, module))?;
        let file = object::File::parse(&*data)
            .with_context(|| format!("{} is no object file", module.display()))?;
        let mut code = BTreeMap::new();
        for section in file.sections() {
            let mut calls: Vec<(u64, String)> = Vec::new();
            for (at, relocation) in section.relocations() {
                let flags = relocation.flags();
                // A call, or a jump at a function's end.
                let call =
                    matches!(flags, RelocationFlags::Elf { r_type } if r_type == R_X86_64_PLT32);
                if let (true, RelocationTarget::Symbol(index)) = (call, relocation.target()) {
                    let name = file.symbol_by_index(index)?.name()?.to_owned();
                    calls.push((at, name));
                }
            }
            for symbol in file.symbols() {
                if symbol.kind() != SymbolKind::Text
                    || symbol.section_index() != Some(section.index())
                {
                    continue;
                }
                let name = format!("{:#}", rustc_demangle::demangle(symbol.name()?));
                if let Some(thread) = name.strip_prefix("ferrite_litmus::corpus::") {
                    let body = symbol.address()..symbol.address() + symbol.size();
                    let mine = calls.iter().filter(|(at, _)| body.contains(at));
                    let names = mine.map(|(_, name)| bare(name).to_owned());
                    let names = names.filter(|name| !NOT_OURS.contains(&name.as_str()));
                    code.insert(thread.to_owned(), names.collect());
                }
            }
        }
        Ok(Self(code))
    }

    /// What is wrong with the machine code of a test, which is in `module`, if anything is.
    pub(crate) fn differ(&self, test: &Test, module: &str) -> Option<String> {
        (0..test.threads.len()).find_map(|number| {
            let name = format!("{module}::p{number}");
            match self.0.get(&name) {
                Some(found) => Calls::of(test, number)
                    .differ(found)
                    .map(|difference| format!("P{number}: {difference}")),
                None => Some(format!(
                    "P{number}: the module has no function of its own for it"
                )),
            }
        })
    }
}

/// A helper's name without the prefix of who made it.
fn bare(name: &str) -> &str {
    match name.split_once("helper_") {
        Some((_, bare)) => bare,
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_dropped() {
        assert_eq!(bare("rust_helper_atomic_read"), "atomic_read");
        assert_eq!(
            bare("ferrite_helper_smp_mb__after_atomic"),
            "smp_mb__after_atomic"
        );
        assert_eq!(bare("synchronize_rcu"), "synchronize_rcu");
    }
}
