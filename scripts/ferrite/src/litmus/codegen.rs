// SPDX-License-Identifier: GPL-2.0

//! Compares the machine code of a module's litmus tests with their sources.

mod report;

pub(super) use report::Report;

use super::machine::Function;
use crate::cache::explain;
use ::litmus::ast::{Location, Test, Type};
use ::litmus::compare::Level;
use ::litmus::rust;
use ::litmus::trace::{Event, Ways};
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
}

impl Threads for Code {
    fn level(&self) -> Level {
        Level::Calls
    }

    fn found(&self, function: &str, result_by_pointer: bool) -> Option<Result<Found>> {
        let thread = self.0.get(function.strip_prefix(CRATE)?)?;
        let function = Function {
            bytes: &thread.bytes,
            address: thread.address,
            calls: &thread.calls,
            result_by_pointer,
        };
        Some(function.ways().map(|ways| Found {
            shown: ways.iter().map(|way| names(way)).collect(),
            ways,
        }))
    }
}

fn names(way: &[Event]) -> Vec<String> {
    way.iter().map(|event| event.name.clone()).collect()
}

/// The ways through a function, and what each event of each is called on the machine.
pub(super) struct Found {
    pub(super) ways: Vec<Vec<Event>>,
    pub(super) shown: Vec<Vec<String>>,
}

/// Machine code of litmus tests.
pub(super) trait Threads {
    /// How far down it is followed.
    fn level(&self) -> Level;

    /// The ways through a function, if there is one of that name.
    fn found(&self, function: &str, result_by_pointer: bool) -> Option<Result<Found>>;

    /// What is wrong with the machine code of a test, which is in `module`, if anything is.
    fn differ(&self, test: &Test, module: &str) -> Option<String> {
        (0..test.threads.len()).find_map(|number| {
            let difference = compare(self, test, number, module).err()?;
            Some(format!("P{number}: {difference}"))
        })
    }
}

/// Holds a thread against its source: its ways through both, or what is wrong.
fn compare<T: Threads + ?Sized>(
    code: &T,
    test: &Test,
    number: usize,
    module: &str,
) -> Result<(Ways, Found), String> {
    let params = rust::params(test, number).map_err(|refusal| refusal.message)?;
    let ways = Ways::of(test, number, &params);
    let function = format!("{CRATE}{module}::p{number}");
    let against = |result_by_pointer| match code.found(&function, result_by_pointer) {
        Some(Ok(found)) => match ways.differ(&found.ways, code.level()) {
            Some(difference) => Err(difference),
            None => Ok(found),
        },
        Some(Err(error)) => Err(format!("{error:#}")),
        None => Err("the module has no function of its own for it".to_owned()),
    };
    // Up to two words come back in registers; how more than two values are packed into two words is the compiler's
    // to decide.
    let found = match results(test, number).as_slice() {
        [] | [_] | [_, _] => against(false),
        sizes if sizes.iter().sum::<usize>() > 16 => against(true),
        _ => against(false).or_else(|difference| against(true).map_err(|_| difference)),
    };
    found.map(|found| (ways, found))
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
