// SPDX-License-Identifier: GPL-2.0

//! What a check found: a table, then what went wrong, then one line that says all.

use guest::console;
use host::{columns, Context};
use ktap::{Counts, TestOutcome};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many lines of a log a failure shows.
const TAIL: usize = 20;

/// One thing that was tested.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What sort of test it is, such as `selftest`.
    pub(crate) kind: &'static str,
    /// Its name.
    pub(crate) name: String,
    /// How its tests ended.
    pub(crate) counts: Counts,
    /// How long it took.
    pub(crate) took: Duration,
    /// What went wrong, in a line each or several.
    pub(crate) causes: Vec<String>,
    /// Why tests were skipped.
    pub(crate) skips: Vec<String>,
    /// The end of what it printed, if something went wrong.
    pub(crate) tail: Vec<String>,
    /// The whole of what it printed.
    pub(crate) log: Option<PathBuf>,
}

impl Row {
    /// A single test that passed.
    pub(crate) fn passed(kind: &'static str, name: impl Into<String>, took: Duration) -> Self {
        let mut counts = Counts::default();
        counts.add(TestOutcome::Passed);
        Row {
            kind,
            name: name.into(),
            counts,
            took,
            causes: Vec::new(),
            skips: Vec::new(),
            tail: Vec::new(),
            log: None,
        }
    }

    /// A single test that failed.
    pub(crate) fn failed(
        kind: &'static str,
        name: impl Into<String>,
        took: Duration,
        cause: impl Into<String>,
    ) -> Self {
        let mut row = Row::passed(kind, name, took);
        row.counts = Counts {
            failed: 1,
            ..Counts::default()
        };
        row.causes.push(cause.into());
        row
    }

    /// One more of its tests failed.
    pub(crate) fn fail(&mut self, cause: String) {
        self.counts.add(TestOutcome::Failed);
        self.causes.push(cause);
    }

    /// The same, with the end of a log to show and where all of it is.
    pub(crate) fn with_log(mut self, text: &str, log: Option<&Path>) -> Self {
        self.tail = console::tail(text, TAIL);
        self.log = log.map(Path::to_owned);
        self
    }
}

/// All rows of a run.
#[derive(Debug, Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
    boards: Vec<String>,
}

impl Report {
    /// Show this below the table.
    pub(crate) fn show(&mut self, board: String) {
        self.boards.push(board);
    }

    /// Add what was found.
    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Add more.
    pub(crate) fn extend(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.rows.extend(rows);
    }

    /// All tests together.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.rows.iter().for_each(|row| counts += row.counts);
        counts
    }

    /// The report as text; its last line is `N passed, N failed, N skipped`.
    pub(crate) fn text(&self, dir: Option<&Path>) -> String {
        let mut lines = vec![self.table()];
        for board in &self.boards {
            lines.push(String::new());
            lines.push(board.clone());
        }
        for row in self.rows.iter().filter(|row| row.counts.failed > 0) {
            lines.push(String::new());
            lines.push(format!("FAILED: {} {}", row.kind, row.name));
            let causes = row.causes.iter().flat_map(|cause| cause.lines());
            lines.extend(causes.map(|cause| format!("  {}", console::printable(cause))));
            if !row.tail.is_empty() {
                match &row.log {
                    Some(log) => lines.push(format!("  the end of {}:", log.display())),
                    None => lines.push("  the end of what it printed:".to_owned()),
                }
                lines.extend(row.tail.iter().map(|line| format!("    {line}")));
            }
        }
        let skips: Vec<String> = self.rows.iter().flat_map(|row| row.skips.clone()).collect();
        if !skips.is_empty() {
            lines.push(String::new());
            lines.extend(
                skips
                    .iter()
                    .map(|skip| format!("skipped: {}", console::printable(skip))),
            );
        }
        lines.push(String::new());
        if let Some(dir) = dir {
            lines.push(format!("KTAP and logs: {}", dir.display()));
        }
        lines.push(self.counts().to_string());
        lines.join("\n")
    }

    /// Print it, and nothing after it.
    pub(crate) fn print(&self, ctx: &Context, dir: Option<&Path>) {
        ctx.say(self.text(dir));
    }

    /// One line for each kind and name; rows of the same kind and name are one.
    fn table(&self) -> String {
        let mut order = Vec::new();
        let mut sums: BTreeMap<(&str, &str), (Counts, Duration)> = BTreeMap::new();
        for row in &self.rows {
            let key = (row.kind, row.name.as_str());
            let sum = sums.entry(key).or_insert_with(|| {
                order.push(key);
                Default::default()
            });
            sum.0 += row.counts;
            sum.1 += row.took;
        }
        let mut table = columns::headed(["kind", "name", "passed", "failed", "skipped", "seconds"]);
        for (kind, name) in &order {
            let Some((counts, took)) = sums.get(&(*kind, *name)) else {
                continue;
            };
            table.add_row([
                (*kind).to_owned(),
                (*name).to_owned(),
                counts.passed.to_string(),
                counts.failed.to_string(),
                counts.skipped.to_string(),
                format!("{:.1}", took.as_secs_f32()),
            ]);
        }
        columns::align_numbers(&mut table, 2..6);
        table.trim_fmt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_line_and_failures() {
        let mut report = Report::default();
        report.add(Row::passed("guest", "load", Duration::ZERO));
        report.add(Row::passed("guest", "load", Duration::ZERO));
        report.add(
            Row::failed(
                "selftest",
                "a/b",
                Duration::from_secs(2),
                "killed by SIGSEGV\nat 0",
            )
            .with_log("one\ntwo\n", Some(Path::new("/runs/a_b.ktap"))),
        );
        let mut skip = Row::passed("selftest", "a/c", Duration::ZERO);
        skip.counts = Counts {
            skipped: 1,
            ..Counts::default()
        };
        skip.skips.push("a/c: no device".into());
        report.add(skip);
        let text = report.text(Some(Path::new("/runs/1")));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.last(), Some(&"2 passed, 1 failed, 1 skipped"));
        assert_eq!(
            lines
                .iter()
                .filter(|line| line.trim_start().starts_with("guest"))
                .count(),
            1,
            "{text}"
        );
        assert!(text.contains("FAILED: selftest a/b\n  killed by SIGSEGV\n  at 0\n  the end of /runs/a_b.ktap:\n    one\n    two"));
        assert!(text.contains("skipped: a/c: no device"));
    }
}
