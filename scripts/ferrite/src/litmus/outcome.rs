// SPDX-License-Identifier: GPL-2.0

//! What a run of litmus tests came to: a table for people, JSON for programs.

use super::corpus::Source;
use super::files::Unread;
use super::klitmus::{self, Thread};
use super::reason::{Reason, Trouble};
use super::summary::{self, Entry};
use guest::CPUS;
use host::columns;
use lkmm::ast::Test;
use lkmm::judge::{Judgement, Verdict};
use lkmm::log::{self, Record};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// The exit status that says that some tests could not be judged; 2 says that the command line is wrong.
pub(super) const NOT_JUDGED: u8 = 3;

/// One test, or a file that holds none.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    test: String,
    file: String,
    threads: usize,
    condition: String,
    verdict: Option<String>,
    /// The model sees a data race.
    race: bool,
    observation: String,
    positive: u64,
    negative: u64,
    rate: u64,
    states: BTreeMap<String, u64>,
    judgement: String,
    /// Why it is not well, if it is not.
    reason: Option<Reason>,
    /// Something is wrong; where nothing is known, this is false.
    failed: bool,
    seen: bool,
    /// The reason's whole message.
    detail: Option<String>,
    /// What else there is to say.
    note: Option<String>,
}

/// What is known of a test.
#[derive(Default)]
pub(crate) struct Known<'a> {
    /// What the model says, or the test's own comment.
    pub(crate) verdict: Option<&'a Verdict>,
    /// Why there is no verdict.
    pub(crate) silent: Option<Trouble>,
    /// Tests are run; otherwise nothing is seen of any.
    pub(crate) runs: bool,
    /// What was seen.
    pub(crate) record: Option<&'a Record>,
    /// Why it could not be run.
    pub(crate) refused: Option<Trouble>,
    /// What is wrong with the test itself.
    pub(crate) wrong: Option<Trouble>,
    /// What else there is to say.
    pub(crate) note: Option<String>,
}

impl Line {
    /// The test's name.
    pub(crate) fn test(&self) -> &str {
        &self.test
    }

    /// The file that it is in.
    pub(super) fn file(&self) -> &str {
        &self.file
    }

    /// Why it is not well, if it is not.
    pub(super) fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// What it came to, in a line.
    pub(super) fn judgement(&self) -> &str {
        &self.judgement
    }

    /// As tables count it.
    pub(super) fn entry(&self) -> Entry<'_> {
        Entry {
            file: Path::new(&self.file),
            test: &self.test,
            reason: self.reason,
        }
    }

    /// Whether this is a test, and not a file that holds none.
    pub(super) fn is_test(&self) -> bool {
        self.threads != 0
    }

    /// What people want to see first: what failed, then what was not judged.
    pub(super) fn rank(&self) -> u8 {
        match (self.failed, self.reason) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        }
    }

    /// Of a test.
    pub(crate) fn new(source: &Source, known: Known<'_>) -> Self {
        let (test, record) = (&source.test, known.record);
        let (trouble, judgement) = judged(test, &known);
        let seen = |judgement: &Judgement| *judgement == Judgement::Seen;
        Self {
            test: test.name.clone(),
            file: source.file.display().to_string(),
            threads: test.threads.len(),
            condition: format!("{} ({})", test.quantifier, test.condition),
            verdict: known.verdict.map(|verdict| verdict.result.clone()),
            race: known.verdict.is_some_and(|verdict| verdict.race),
            observation: record.map_or(String::new(), |record| record.observation.clone()),
            positive: record.map_or(0, |record| record.positive),
            negative: record.map_or(0, |record| record.negative),
            // CAST: A rate, for people.
            rate: record.map_or(0, |record| record.rate() as u64),
            states: record.map_or_else(BTreeMap::new, |record| record.states.clone()),
            judgement: match (&trouble, &judgement) {
                (Some(trouble), None) => trouble.text(),
                (_, judgement) => judgement.as_ref().map_or_else(String::new, Judgement::text),
            },
            reason: trouble.as_ref().map(|trouble| trouble.reason),
            failed: trouble
                .as_ref()
                .is_some_and(|trouble| trouble.reason.fails()),
            seen: judgement.as_ref().is_some_and(seen),
            detail: trouble.map(|trouble| trouble.message),
            note: known.note,
        }
    }

    /// Of a file that holds no test.
    pub(crate) fn unread(unread: &Unread) -> Self {
        let Unread { file, trouble } = unread;
        let name = file.file_name().unwrap_or(file.as_os_str());
        Self {
            test: name.to_string_lossy().into_owned(),
            file: file.display().to_string(),
            threads: 0,
            condition: String::new(),
            verdict: None,
            race: false,
            observation: String::new(),
            positive: 0,
            negative: 0,
            rate: 0,
            states: BTreeMap::new(),
            judgement: trouble.text(),
            reason: Some(trouble.reason),
            failed: trouble.reason.fails(),
            seen: false,
            detail: Some(trouble.message.clone()),
            note: None,
        }
    }
}

/// Why a test is not well, and what was seen says.
fn judged(test: &Test, known: &Known<'_>) -> (Option<Trouble>, Option<Judgement>) {
    if let Some(refused) = &known.refused {
        return (Some(refused.clone()), None);
    }
    if let Some(wrong) = &known.wrong {
        return (Some(wrong.clone()), None);
    }
    let Some(verdict) = known.verdict else {
        let unknown = || Trouble::new(Reason::NoVerdict, "the model's verdict is not known");
        return (Some(known.silent.clone().unwrap_or_else(unknown)), None);
    };
    if !known.runs {
        return (None, None);
    }
    let judgement = Judgement::of(test, verdict, known.record);
    let trouble = match (&judgement, known.record) {
        (Judgement::Forbidden(..), _) => Some(Trouble::new(Reason::Forbidden, "")),
        (Judgement::Trouble(why), None) => Some(Trouble::new(Reason::NotRun, why)),
        (Judgement::Trouble(why), _) => {
            let died = why.starts_with(log::DIED);
            let reason = if died {
                Reason::GuestDied
            } else {
                Reason::Engine
            };
            Some(Trouble::new(reason, why))
        }
        _ => None,
    };
    (trouble, Some(judgement))
}

/// 0 if all is well, 1 if something is wrong, 3 if nothing is known to be wrong, and some tests could not be judged.
pub(super) fn exit_code(lines: &[Line]) -> ExitCode {
    match lines.iter().map(Line::rank).min() {
        Some(0) => ExitCode::FAILURE,
        Some(1) => ExitCode::from(NOT_JUDGED),
        _ => ExitCode::SUCCESS,
    }
}

/// All of them.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) kernel: String,
    pub(crate) release: String,
    pub(crate) provider: String,
    pub(crate) judge: String,
    /// The tests are in files that the user named.
    #[serde(skip)]
    pub(crate) named: bool,
    /// What went wrong in the guest beside the tests.
    pub(crate) complaint: Option<String>,
    pub(crate) lines: Vec<Line>,
    /// The machine code of each thread, beside that of klitmus7's C.
    pub(super) threads: Vec<Thread>,
}

impl Outcome {
    /// How many tests failed.
    pub(crate) fn failed(&self) -> usize {
        self.lines.iter().filter(|line| line.failed).count()
    }

    /// How many tests could not be judged.
    pub(crate) fn unknown(&self) -> usize {
        let unknown = |line: &&Line| line.reason.is_some() && !line.failed;
        self.lines.iter().filter(unknown).count()
    }

    /// As [`exit_code`]; what the guest's kernel complains of is wrong, too.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.complaint {
            None => exit_code(&self.lines),
            Some(_) => ExitCode::FAILURE,
        }
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
        let mut text = format!("{}\n\n", table.trim_fmt());
        if self.named {
            let entries: Vec<Entry<'_>> = self.lines.iter().map(Line::entry).collect();
            let tables = summary::text(&entries, "well");
            if !tables.is_empty() {
                text.push_str(&format!("{tables}\n\n"));
            }
        }
        let count = |wanted: &str| self.lines.iter().filter(|l| l.judgement == wanted).count();
        text.push_str(&format!(
            "{} tests on {} ({}), judged by {}: {} kept what is forbidden, {} showed what is allowed, {} did not, {} failed",
            self.lines.len(),
            self.kernel,
            self.release,
            self.judge,
            count("ok"),
            count("seen"),
            count("not seen"),
            self.failed()
        ));
        if self.unknown() != 0 {
            text.push_str(&format!(", {} not judged", self.unknown()));
        }
        for line in &self.lines {
            if let Some(note) = &line.note {
                text.push_str(&format!("\n  {}: {note}", line.test));
            }
        }
        if let Some(complaint) = &self.complaint {
            text.push_str(&format!("\nthe guest's kernel: {complaint}"));
        }
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
