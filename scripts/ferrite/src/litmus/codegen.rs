// SPDX-License-Identifier: GPL-2.0

//! Compares the machine code of a module's litmus tests with their sources.

mod report;

pub(super) use report::Report;

use anyhow::{Context as _, Result};
use build::Built;
use host::{explain, file_name};
use lkmm::ast::{Location, Test};
use lkmm::compare::Level;
use lkmm::lowered::Arch;
use lkmm::rust;
use lkmm::trace::{Event, Ways};
use lkmm::types::{Kind, Types};
use machine_code::{Arm64, Function, Listing, Machine, Riscv, Way, X86_64};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// The litmus module, under which its tests' functions are named.
const CRATE: &str = "ferrite_litmus::";

/// The machine code of tests.
pub(crate) struct Code {
    arch: Arch,
    listing: Rc<Listing>,
    level: Level,
}

impl Code {
    /// Followed down to single instructions.
    pub(super) fn new(arch: Arch, listing: Listing) -> Self {
        Self {
            arch,
            listing: Rc::new(listing),
            level: Level::Instructions(arch),
        }
    }

    /// The litmus module of a build, with the helpers that it calls: the suite's, and the target kernel's.
    pub(crate) fn of(built: &Built) -> Result<Self> {
        let mut listing = Listing::default();
        let ours = ["ferrite.ko", "ferrite_litmus.ko"];
        let modules = built.modules.iter();
        let mut modules = modules.filter(|file| ours.contains(&file_name(file).as_str()));
        for file in modules.by_ref().chain(&built.helpers) {
            add(&mut listing, file)?;
        }
        Ok(Self::new(Arch::X86_64, listing))
    }

    /// Followed to the calls of helpers, which say what each access was in the source.
    pub(crate) fn calls(&self) -> Self {
        Self {
            arch: self.arch,
            listing: self.listing.clone(),
            level: Level::Calls,
        }
    }

    /// The ways through a function.
    fn ways(&self, first: usize, result_by_pointer: bool) -> Result<Vec<Way>> {
        fn walk<M: Machine>(
            machine: M,
            code: &Code,
            first: usize,
            by_pointer: bool,
        ) -> Result<Vec<Way>> {
            let function = Function {
                machine: &machine,
                listing: &code.listing,
                level: code.level,
                first,
                result_by_pointer: by_pointer,
            };
            function.ways()
        }
        match self.arch {
            Arch::X86_64 => walk(X86_64, self, first, result_by_pointer),
            Arch::Arm64 => walk(Arm64, self, first, result_by_pointer),
            Arch::Riscv => walk(Riscv, self, first, result_by_pointer),
        }
    }
}

/// Adds a file of x86_64.
pub(super) fn add(listing: &mut Listing, file: &Path) -> Result<()> {
    let data = fs::read(file).map_err(|error| explain(error, file))?;
    let added = listing.add_x86_64(&data);
    added.with_context(|| format!("in {}", file.display()))
}

impl Threads for Code {
    fn level(&self) -> Level {
        self.level
    }

    fn found(&self, function: &str, result_by_pointer: bool) -> Option<Result<Found>> {
        let first = *self.listing.functions.get(function)?;
        Some(self.ways(first, result_by_pointer).map(|ways| {
            let (ways, shown) = ways.into_iter().map(|way| (way.events, way.shown)).unzip();
            Found { ways, shown }
        }))
    }
}

/// The ways through a function, and what each event of each is called on the machine.
pub(super) struct Found {
    pub(super) ways: Vec<Vec<Event>>,
    pub(super) shown: Vec<Vec<String>>,
}

/// A thread's machine code.
#[derive(Debug, Serialize)]
pub(super) struct Side {
    /// Its accesses and fences, way by way.
    pub(super) code: String,
    /// What it does otherwise than its source.
    pub(super) differs: Option<String>,
}

impl Side {
    pub(super) fn new(found: &Found, differs: Option<String>) -> Self {
        let ways: Vec<String> = found.shown.iter().map(|way| way.join("; ")).collect();
        Self {
            code: ways.join(" | "),
            differs,
        }
    }
}

/// Machine code of litmus tests.
pub(super) trait Threads {
    /// How far down it is followed.
    fn level(&self) -> Level;

    /// The ways through a function, if there is one of that name.
    fn found(&self, function: &str, result_by_pointer: bool) -> Option<Result<Found>>;

    /// One thread of a test, which is in `module`.
    fn side(&self, test: &Test, number: usize, module: &str) -> Side {
        match compare(self, test, number, module) {
            Ok((_, found)) => Side::new(&found, None),
            Err(difference) => Side {
                code: String::new(),
                differs: Some(difference),
            },
        }
    }

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
    let types = Types::of(test);
    test.observed()
        .iter()
        .filter_map(|location| match location {
            Location::Register(owner, name) if *owner == number => {
                Some(match types.register(number, name) {
                    // CAST: Not more than 64.
                    Some(Kind::Value(int, 0)) => int.bits as usize / 8,
                    _ => 8,
                })
            }
            _ => None,
        })
        .collect()
}
