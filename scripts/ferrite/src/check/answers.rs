// SPDX-License-Identifier: GPL-2.0

//! The probes' own test: kernels whose answers are known are asked again.

use crate::report::Row;
use anyhow::{Context as _, Result};
use build::Built;
use host::Context;
use ktap::Counts;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

const KIND: &str = "probes";
const TABLE: &str = "probes/known-answers.txt";

/// Hold what the probes answered for this build against the table of known answers. A build that asked nothing (the
/// native provider) has no row.
pub(super) fn rows(ctx: &Context, built: &Built) -> Result<Vec<Row>> {
    let Some(file) = &built.probes else {
        return Ok(Vec::new());
    };
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let table = read(&ctx.repo.join(TABLE))?;
    let name = &built.kernel.name;
    let mut row = Row::passed(KIND, "known answers", Duration::ZERO);
    match known(&table, name) {
        Some(known) => judge(&mut row, &answers(&read(file)?), &known),
        None => {
            row.counts = Counts {
                skipped: 1,
                ..Counts::default()
            };
            row.skips.push(format!("{TABLE} has no column {name}"));
        }
    }
    Ok(vec![row])
}

/// What each probe answered.
pub(super) type Answers = BTreeMap<String, String>;

/// Lines of a probe and its answer.
pub(super) fn answers(text: &str) -> Answers {
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(probe, answer)| (probe.to_owned(), answer.trim().to_owned()))
        .collect()
}

/// The column of a kernel, if the table has it: its first line that begins with `probe` names the columns.
fn known(table: &str, kernel: &str) -> Option<Answers> {
    let mut lines = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let column = lines
        .next()?
        .split_whitespace()
        .position(|name| name == kernel)?;
    let rows = lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let probe = words.next()?.to_owned();
        Some((probe, words.nth(column - 1)?.to_owned()))
    });
    Some(rows.collect())
}

fn judge(row: &mut Row, asked: &Answers, known: &Answers) {
    row.counts = Counts::default();
    for (probe, answer) in asked {
        match known.get(probe) {
            Some(expected) if expected == answer => row.counts.passed += 1,
            Some(expected) => {
                row.counts.failed += 1;
                row.causes
                    .push(format!("{probe}: {answer}, known to be {expected}"));
            }
            None => {
                row.counts.failed += 1;
                row.causes
                    .push(format!("{probe}: {answer}, but {TABLE} does not know it"));
            }
        }
    }
    for probe in known.keys().filter(|probe| !asked.contains_key(*probe)) {
        row.counts.failed += 1;
        row.causes
            .push(format!("{probe}: in {TABLE}, but not asked"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = "# A comment.\nprobe  new  old\nerrname  yes  no\nfaux_bus  yes  no\n";

    fn judged(asked: &str, kernel: &str) -> Row {
        let mut row = Row::passed(KIND, "known answers", Duration::ZERO);
        judge(&mut row, &answers(asked), &known(KNOWN, kernel).unwrap());
        row
    }

    #[test]
    fn known_answers_pass() {
        let row = judged("errname       no\nfaux_bus      no\n", "old");
        assert_eq!((row.counts.passed, row.counts.failed), (2, 0));
    }

    #[test]
    fn other_answers_fail() {
        let row = judged("errname no\nfaux_bus yes\n", "new");
        assert_eq!((row.counts.passed, row.counts.failed), (1, 1));
        assert_eq!(row.causes, ["errname: no, known to be yes"]);
    }

    #[test]
    fn new_and_lost_probes_fail() {
        let row = judged("errname no\nhrtimer_setup no\n", "old");
        assert_eq!((row.counts.passed, row.counts.failed), (1, 2));
    }

    #[test]
    fn a_kernel_that_is_not_in_the_table() {
        assert!(known(KNOWN, "other").is_none());
    }
}
