// SPDX-License-Identifier: GPL-2.0

//! Compares the machine code of a module's litmus tests with their sources.

use super::machine::Function;
use crate::cache::explain;
use ::litmus::ast::{Location, Test, Type};
use ::litmus::rust;
use ::litmus::trace::Ways;
use anyhow::{bail, Context as _, Result};
use object::elf::{R_X86_64_PC32, R_X86_64_PLT32};
use object::{
    Architecture, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags,
    RelocationTarget, SymbolKind,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The litmus module, under which its tests' functions are named.
const CRATE: &str = "ferrite_litmus::";

/// The function of each thread of each test, by `corpus::sb::p0`.
pub(crate) struct Code(BTreeMap<String, Thread>);

struct Thread {
    bytes: Vec<u8>,
    address: u64,
    calls: BTreeMap<u64, String>,
}

impl Code {
    /// Of a module's file.
    pub(crate) fn read(module: &Path) -> Result<Self> {
        let data = fs::read(module).map_err(|error| explain(error, module))?;
        let file = object::File::parse(&*data)
            .with_context(|| format!("{} is no object file", module.display()))?;
        if file.architecture() != Architecture::X86_64 {
            bail!(
                "{} is for {:?}: the machine code of x86_64 alone is understood",
                module.display(),
                file.architecture()
            );
        }
        let mut threads = BTreeMap::new();
        for section in file.sections() {
            let mut calls: BTreeMap<u64, String> = BTreeMap::new();
            for (at, relocation) in section.relocations() {
                let direct = matches!(
                    relocation.flags(),
                    RelocationFlags::Elf { r_type } if [R_X86_64_PLT32, R_X86_64_PC32].contains(&r_type)
                );
                if let (true, RelocationTarget::Symbol(index)) = (direct, relocation.target()) {
                    calls.insert(at, file.symbol_by_index(index)?.name()?.to_owned());
                }
            }
            for symbol in file.symbols() {
                let name = symbol.name()?.strip_prefix(CRATE);
                let (Some(name), SymbolKind::Text) = (name, symbol.kind()) else {
                    continue;
                };
                if symbol.section_index() != Some(section.index()) {
                    continue;
                }
                let body = symbol.address()..symbol.address() + symbol.size();
                let bytes = section.data_range(body.start, symbol.size())?;
                let thread = Thread {
                    bytes: bytes.unwrap_or_default().to_vec(),
                    address: body.start,
                    calls: calls
                        .range(body)
                        .map(|(at, name)| (*at, name.clone()))
                        .collect(),
                };
                threads.insert(name.to_owned(), thread);
            }
        }
        Ok(Self(threads))
    }

    /// What is wrong with the machine code of a test, which is in `module`, if anything is.
    pub(crate) fn differ(&self, test: &Test, module: &str) -> Option<String> {
        (0..test.threads.len()).find_map(|number| {
            let difference = match self.0.get(&format!("{module}::p{number}")) {
                Some(thread) => thread.differ(test, number)?,
                None => "the module has no function of its own for it".to_owned(),
            };
            Some(format!("P{number}: {difference}"))
        })
    }
}

impl Thread {
    fn differ(&self, test: &Test, number: usize) -> Option<String> {
        let params = match rust::params(test, number) {
            Ok(params) => params,
            Err(refusal) => return Some(refusal.message),
        };
        let ways = Ways::of(test, number, &params);
        let against = |result_by_pointer| {
            let function = Function {
                bytes: &self.bytes,
                address: self.address,
                calls: &self.calls,
                result_by_pointer,
            };
            match function.ways() {
                Ok(found) => ways.differ(&found),
                Err(error) => Some(format!("{error:#}")),
            }
        };
        // Up to two words come back in registers; how more than two values are packed into two words is the
        // compiler's to decide.
        match results(test, number).as_slice() {
            [] | [_] | [_, _] => against(false),
            sizes if sizes.iter().sum::<usize>() > 16 => against(true),
            _ => against(false).and_then(|difference| against(true).map(|_| difference)),
        }
    }
}

/// The sizes of what a thread's function returns.
fn results(test: &Test, number: usize) -> Vec<usize> {
    let thread = test.threads.get(number);
    let pointer = |name: &str| {
        let declared = thread.and_then(|thread| thread.declared(name));
        matches!(declared, Some(Type { stars: 1.., .. }))
    };
    test.observed()
        .iter()
        .filter_map(|location| match location {
            Location::Register(owner, name) if *owner == number => {
                Some(if pointer(name) { 8 } else { 4 })
            }
            _ => None,
        })
        .collect()
}
