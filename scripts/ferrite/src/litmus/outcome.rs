// SPDX-License-Identifier: GPL-2.0

//! What a run of litmus tests came to: a table for people, JSON for programs.

use super::klitmus::{self, Thread};
use guest::CPUS;
use host::columns;
use lkmm::ast::Test;
use lkmm::judge::{Judgement, Verdict};
use lkmm::log::Record;
use serde::Serialize;
use std::collections::BTreeMap;

/// One test.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    test: String,
    threads: usize,
    condition: String,
    verdict: Option<String>,
    observation: String,
    positive: u64,
    negative: u64,
    rate: u64,
    states: BTreeMap<String, u64>,
    judgement: String,
    failed: bool,
    seen: bool,
    /// What is wrong with the test itself: its machine code, or what it means in Rust.
    wrong: Option<String>,
}

impl Line {
    /// The test's name.
    pub(crate) fn test(&self) -> &str {
        &self.test
    }

    /// Of a test: what the model says, what was seen, why it could not be translated, or what is wrong with it.
    pub(crate) fn new(
        test: &Test,
        verdict: Option<&Verdict>,
        record: Option<&Record>,
        refused: Option<&String>,
        wrong: Option<String>,
    ) -> Self {
        let judgement = match (refused, verdict) {
            (None, _) if wrong.is_some() => Judgement::Trouble(wrong.clone().unwrap_or_default()),
            (Some(refusal), _) => Judgement::Trouble(format!("not translated: {refusal}")),
            (None, Some(verdict)) => Judgement::of(test, verdict, record),
            (None, None) => Judgement::Trouble("the model's verdict is not known".to_owned()),
        };
        Self {
            test: test.name.clone(),
            threads: test.threads.len(),
            condition: format!("{} ({})", test.quantifier, test.condition),
            verdict: verdict.map(|verdict| verdict.result.clone()),
            observation: record.map_or(String::new(), |record| record.observation.clone()),
            positive: record.map_or(0, |record| record.positive),
            negative: record.map_or(0, |record| record.negative),
            // CAST: A rate, for people.
            rate: record.map_or(0, |record| record.rate() as u64),
            states: record.map_or_else(BTreeMap::new, |record| record.states.clone()),
            judgement: judgement.text(),
            failed: judgement.fails(),
            seen: judgement == Judgement::Seen,
            wrong,
        }
    }
}

/// All of them.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) kernel: String,
    pub(crate) release: String,
    pub(crate) provider: String,
    pub(crate) judge: String,
    pub(crate) lines: Vec<Line>,
    /// The machine code of each thread, beside that of klitmus7's C.
    pub(super) threads: Vec<Thread>,
}

impl Outcome {
    /// How many tests failed.
    pub(crate) fn failed(&self) -> usize {
        self.lines.iter().filter(|line| line.failed).count()
    }

    /// The table, and what it comes to.
    pub(crate) fn text(&self) -> String {
        let mut table = columns::headed(["test", "model", "seen", "of", "per second", ""]);
        for line in &self.lines {
            table.add_row([
                line.test.clone(),
                line.verdict.clone().unwrap_or("?".to_owned()),
                line.positive.to_string(),
                (line.positive + line.negative).to_string(),
                line.rate.to_string(),
                line.judgement.clone(),
            ]);
        }
        columns::align_numbers(&mut table, 2..5);
        let count = |wanted: &str| self.lines.iter().filter(|l| l.judgement == wanted).count();
        let mut text = format!(
            "{}\n\n{} tests on {} ({}), judged by {}: {} kept what is forbidden, {} showed what is allowed, {} did not, {} failed",
            table.trim_fmt(),
            self.lines.len(),
            self.kernel,
            self.release,
            self.judge,
            count("ok"),
            count("seen"),
            count("not seen"),
            self.failed()
        );
        text.push_str(&klitmus::text(&self.threads));
        let crowded = self.lines.iter().filter(|line| line.threads > CPUS).count();
        if crowded != 0 {
            text.push_str(&format!(
                "\n{crowded} of them have more threads than the guest's {CPUS} CPUs: those take turns, and weak outcomes between \
                 threads of one CPU cannot show"
            ));
        }
        text
    }
}
