// SPDX-License-Identifier: GPL-2.0

//! What comparing machine code with sources came to: a table of what each primitive is there, and counts.

use super::{compare, Threads};
use crate::litmus::hazards::{self, Seen};
use crate::litmus::{Corpus, Source};
use anyhow::Result;
use host::columns;
use lkmm::ast::Test;
use lkmm::compare::{Dependencies, Planted};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// All tests.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    tests: Vec<Line>,
    threads: usize,
    ways: usize,
    events: usize,
    address_dependencies: usize,
    data_dependencies: usize,
    control_dependencies: usize,
    errors_planted: usize,
    errors_noticed: usize,
    hazards: Vec<Seen>,
    /// What each primitive is, and in how many places.
    primitives: BTreeMap<String, BTreeMap<String, usize>>,
}

/// One test.
#[derive(Debug, Serialize)]
struct Line {
    test: String,
    /// What its machine code does otherwise, if anything.
    differs: Option<String>,
    /// Why it has none.
    refused: Option<String>,
}

impl Report {
    /// Of tests.
    pub(in crate::litmus) fn of<T: Threads>(code: &T, corpus: &Corpus) -> Result<Self> {
        let mut report = Self {
            hazards: hazards::all(code)?,
            ..Self::default()
        };
        for (Source { test, .. }, module) in corpus.placed() {
            let line = match module {
                Ok(module) => {
                    let differ = |number| {
                        let difference = report.thread(code, test, number, module).err()?;
                        Some(format!("P{number}: {difference}"))
                    };
                    Line {
                        test: test.name.clone(),
                        differs: (0..test.threads.len()).find_map(differ),
                        refused: None,
                    }
                }
                Err(refusal) => Line {
                    test: test.name.clone(),
                    differs: None,
                    refused: Some(refusal.clone()),
                },
            };
            report.tests.push(line);
        }
        Ok(report)
    }

    fn thread<T: Threads>(
        &mut self,
        code: &T,
        test: &Test,
        number: usize,
        module: &str,
    ) -> std::result::Result<(), String> {
        let (ways, found) = compare(code, test, number, module)?;
        self.threads += 1;
        self.ways += found.ways.len();
        self.events += found.ways.iter().map(Vec::len).max().unwrap_or_default();
        let Dependencies {
            address,
            data,
            control,
        } = ways.dependencies();
        self.address_dependencies += address;
        self.data_dependencies += data;
        self.control_dependencies += control;
        let Planted { all, noticed } = ways.planted(&found.ways, code.level());
        self.errors_planted += all;
        self.errors_noticed += noticed;
        let mut there = BTreeSet::new();
        for (way, shown) in found.ways.iter().zip(&found.shown) {
            for (name, range) in ways.primitives(way, code.level()) {
                let shown = shown.get(range).unwrap_or_default().join("; ");
                there.insert((name, shown));
            }
        }
        for (name, shown) in there {
            let all = self.primitives.entry(name).or_default();
            *all.entry(shown).or_default() += 1;
        }
        Ok(())
    }

    /// How many tests failed, and how many errors that were planted went unnoticed.
    pub(crate) fn failed(&self) -> usize {
        let wrong = |line: &&Line| line.differs.is_some() || line.refused.is_some();
        let unsafe_now = self.hazards.iter().filter(|seen| seen.failed.is_some());
        unsafe_now.count() + self.tests.iter().filter(wrong).count() + self.errors_planted
            - self.errors_noticed
    }

    /// The same, as lines of a report on tests: how many there were, and what went wrong.
    pub(crate) fn judged(&self) -> (usize, Vec<String>) {
        let mut wrong: Vec<String> = Vec::new();
        for line in &self.tests {
            let reason = line.differs.as_ref().or(line.refused.as_ref());
            wrong.extend(reason.map(|reason| format!("{}: {reason}", line.test)));
        }
        for seen in &self.hazards {
            let failed = seen.failed.as_ref();
            wrong.extend(failed.map(|reason| format!("{}: {reason}", seen.hazard)));
        }
        let missed = self.errors_planted - self.errors_noticed;
        if missed != 0 {
            let all = self.errors_planted;
            wrong.push(format!(
                "{missed} of {all} errors that were planted went unnoticed"
            ));
        }
        (self.tests.len() + self.hazards.len() + 1, wrong)
    }

    /// The table, and what it comes to.
    pub(crate) fn text(&self, on: &str) -> String {
        let mut table = columns::headed(["primitive", "machine code", "threads"]);
        for (name, all) in &self.primitives {
            let mut name = name.as_str();
            for (shown, times) in all {
                let shown = if shown.is_empty() { "(nothing)" } else { shown };
                table.add_row([name, shown, &times.to_string()]);
                name = "";
            }
        }
        let mut text = format!("{}\n\n{}\n", table.trim_fmt(), hazards::text(&self.hazards));
        for line in &self.tests {
            let wrong = line.differs.as_ref().or(line.refused.as_ref());
            if let Some(wrong) = wrong {
                text.push_str(&format!("\n{}: {wrong}", line.test));
            }
        }
        text.push_str(&format!(
            "\nmachine code of {on}: {} tests, {} threads, {} accesses and fences, {} address, {} data and {} control \
             dependencies: {} failed; {} of {} planted errors were noticed",
            self.tests.len(),
            self.threads,
            self.events,
            self.address_dependencies,
            self.data_dependencies,
            self.control_dependencies,
            self.failed(),
            self.errors_noticed,
            self.errors_planted,
        ));
        text
    }
}
