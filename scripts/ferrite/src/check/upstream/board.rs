// SPDX-License-Identifier: GPL-2.0

//! The score board: upstream's cases, and how each ended either way.

use super::known::Known;
use super::way::{Way, WAYS};
use host::columns;
use ktap::{Test, TestOutcome};
use std::collections::{BTreeMap, BTreeSet};

/// What a program did that is none of its cases.
const FAULT: &str = "FAULT";

/// All cases, by program and name, and how each ended either way.
#[derive(Default)]
pub(super) struct Board {
    order: Vec<(String, String)>,
    said: BTreeMap<(String, String, Way), &'static str>,
}

impl Board {
    pub(super) fn add(&mut self, program: &str, way: Way, test: &Test) {
        let word = match test.outcome {
            TestOutcome::Passed => "ok",
            TestOutcome::Failed => "MISS",
            TestOutcome::Skipped => "skip",
        };
        self.put(program, &test.name, way, word);
    }

    pub(super) fn note(&mut self, program: &str, way: Way, fault: &str) {
        self.put(program, fault, way, FAULT);
    }

    fn put(&mut self, program: &str, case: &str, way: Way, word: &'static str) {
        let key = (program.to_owned(), case.to_owned());
        self.said.insert((key.0.clone(), key.1.clone(), way), word);
        if !self.order.contains(&key) {
            self.order.push(key);
        }
    }

    pub(super) fn text(&self, known: &Known, kernel: &String) -> String {
        let mut table = columns::headed(["upstream's", "case", "kernel", "device", "why"]);
        let mut seen = BTreeSet::new();
        for (program, case) in &self.order {
            let word = |way| {
                let key = (program.clone(), case.clone(), way);
                self.said.get(&key).copied().unwrap_or("-")
            };
            let why = match word(Way::Device) {
                "ok" => "",
                _ => known.why(kernel, program, case).unwrap_or_default(),
            };
            let lost = WAYS.map(word).contains(&"MISS");
            let why = match known.race(program, case) {
                Some(race) if lost => race,
                _ => why,
            };
            let head = if seen.insert(program) {
                program.as_str()
            } else {
                ""
            };
            table.add_row([head, case, word(Way::Kernel), word(Way::Device), why]);
        }
        // A fault has a row, and is no case.
        let reported = self.said.iter().filter(|(_, word)| **word != FAULT);
        let cases: BTreeSet<_> = reported
            .map(|((program, case, _), _)| (program, case))
            .collect();
        let passed = |way| {
            let ok = self
                .said
                .iter()
                .filter(|((_, _, by), word)| *by == way && **word == "ok");
            ok.count()
        };
        let sum = format!(
            "of {} cases, {} pass with {} alone, {} with the device",
            cases.len(),
            passed(Way::Kernel),
            kernel,
            passed(Way::Device)
        );
        format!("{}\n{sum}", table.trim_fmt())
    }
}
