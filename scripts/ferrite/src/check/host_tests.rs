// SPDX-License-Identifier: GPL-2.0

//! The unit tests of the host tools.
//!
//! A test that needs the kernel's source is marked `#[ignore = "reason"]`; this check has the source, and runs it. A test
//! that finds out while it runs that this machine lacks something prints `SKIP: reason` and returns. An ignored test and
//! a test that said `SKIP` count as skipped.

use crate::report::Row;
use anyhow::Result;
use host::{signals, Cmd, Context};
use kernels::Table;
use ktap::Counts;
use provide::upstream_source;
use std::time::Instant;

const KIND: &str = "host";
const NAME: &str = "unit tests of the tools";

/// The crate whose ignored tests need the kernel's source, and nothing else.
const READER: &str = "lkmm";

/// Run them all with cargo; `long` tells them to take their time. Those that read the newest kernel's source get it, from
/// the cache or the archive.
pub(super) fn run(ctx: &Context, long: bool) -> Result<Vec<Row>> {
    let linux = match upstream_source(ctx, &Table::read(&ctx.repo)?) {
        Ok(dir) => Some(dir),
        Err(error) if signals::received().is_some() => return Err(error),
        Err(error) => {
            ctx.note(format!(
                "tests that read the kernel's source are skipped: {error:#}"
            ));
            None
        }
    };
    let others = cargo(ctx, long, &["--workspace", "--exclude", READER]);
    let reader = match linux {
        Some(dir) => cargo(ctx, long, &["--package", READER])
            .arg("--include-ignored")
            .env("FERRITE_LINUX", dir),
        None => cargo(ctx, long, &["--package", READER]),
    };
    Ok(vec![row(ctx, others)?, row(ctx, reader)?])
}

/// The tests of these packages, with their output.
fn cargo(ctx: &Context, long: bool, packages: &[&str]) -> Cmd {
    Cmd::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["test", "--release", "--locked", "--no-fail-fast"])
        .args(packages)
        .arg("--manifest-path")
        .arg(ctx.repo.join("scripts/Cargo.toml"))
        .arg("--target-dir")
        .arg(ctx.cache.path().join("target"))
        .args(["--", "--show-output"])
        .env("FERRITE_LONG", if long { "1" } else { "0" })
        .what("testing the tools on this machine")
}

fn row(ctx: &Context, cargo: Cmd) -> Result<Row> {
    let start = Instant::now();
    let outcome = cargo.outcome(ctx)?;
    let skips = skips(&outcome.stdout);
    let counts = counts(&outcome.stdout, &skips);
    let took = start.elapsed();
    let mut row = match (outcome.status.success(), counts.failed) {
        (true, 0) => Row::passed(KIND, NAME, took),
        (false, 0) => Row::failed(
            KIND,
            NAME,
            took,
            "cargo test failed before or beside the tests",
        )
        .with_log(&outcome.tail, Some(&outcome.log)),
        _ => Row::failed(KIND, NAME, took, failures(&outcome.stdout))
            .with_log(&outcome.tail, Some(&outcome.log)),
    };
    if counts.total() > 0 {
        row.counts = Counts {
            failed: counts.failed.max(row.counts.failed),
            ..counts
        };
    }
    let why = skips.into_iter();
    row.skips = why
        .map(|skip| format!("{}: {}", skip.test, skip.reason))
        .collect();
    Ok(row)
}

/// A test that tested nothing.
#[derive(Debug, PartialEq)]
struct Skip<'a> {
    test: &'a str,
    reason: &'a str,
    /// Cargo says that this test passed, and it is the first reason of the test.
    counted: bool,
}

/// The tests that cargo left out (`test a ... ignored, reason`), and those that passed and had printed `SKIP: reason`.
fn skips(text: &str) -> Vec<Skip<'_>> {
    let mut skips: Vec<Skip<'_>> = Vec::new();
    // The test whose output follows, if it passed.
    let mut passed = None;
    let mut successes = false;
    for line in text.lines() {
        let heading = line.strip_prefix("---- ");
        if let Some(test) = heading.and_then(|line| line.strip_suffix(" stdout ----")) {
            passed = successes.then_some(test);
        } else if let Some((test, reason)) = line
            .strip_prefix("test ")
            .and_then(|line| line.split_once(" ... ignored"))
        {
            skips.push(Skip {
                test,
                reason: reason.trim_start_matches(", "),
                counted: false,
            });
        } else if let (Some(test), Some(reason)) = (passed, line.strip_prefix("SKIP: ")) {
            skips.push(Skip {
                test,
                reason,
                counted: skips.last().is_none_or(|skip| skip.test != test),
            });
        } else if matches!(line, "successes:" | "failures:") {
            successes = line == "successes:";
            passed = None;
        }
    }
    skips
}

/// Sum up the `test result: ok. 3 passed; 0 failed; 1 ignored; ...` of every test program.
fn counts(text: &str, skips: &[Skip<'_>]) -> Counts {
    let mut counts = Counts::default();
    for line in text
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "))
    {
        let numbers = line.split_once(". ").map_or("", |(_, numbers)| numbers);
        for field in numbers.split(';') {
            match field.trim().split_once(' ') {
                Some((number, "passed")) => counts.passed += number.parse().unwrap_or(0),
                Some((number, "failed")) => counts.failed += number.parse().unwrap_or(0),
                Some((number, "ignored")) => counts.skipped += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
    let skipped = skips.iter().filter(|skip| skip.counted).count();
    counts.passed -= skipped.min(counts.passed);
    counts.skipped += skipped;
    counts
}

fn failures(text: &str) -> String {
    text.lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "running 2 tests\ntest a::b ... ok\ntest a::c ... FAILED\n\
        test result: FAILED. 1 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\
        test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

    #[test]
    fn sums() {
        assert_eq!(
            counts(TEXT, &[]),
            Counts {
                passed: 6,
                failed: 1,
                skipped: 2
            }
        );
        assert_eq!(failures(TEXT), "a::c");
        assert_eq!(counts("error: could not compile", &[]).total(), 0);
    }

    /// As libtest prints it with `--show-output`.
    const SKIPS: &str = "running 4 tests\n\
        test a ... ignored, needs a source\n\
        test b ... ok\ntest c ... ok\ntest d ... FAILED\n\n\
        successes:\n\n---- b stdout ----\nSKIP: no tmpfs here\nSKIP: nor there\n\n\
        ---- c stdout ----\nnot a SKIP: at all\n\n\
        successes:\n    b\n    c\n\n\
        failures:\n\n---- d stdout ----\nSKIP: and then it failed\n\n\
        test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n";

    #[test]
    fn a_test_that_skips_did_not_pass() {
        let skips = skips(SKIPS);
        let said: Vec<_> = skips.iter().map(|skip| (skip.test, skip.reason)).collect();
        let expected = [
            ("a", "needs a source"),
            ("b", "no tmpfs here"),
            ("b", "nor there"),
        ];
        assert_eq!(said, expected);
        assert_eq!(
            counts(SKIPS, &skips),
            Counts {
                passed: 1,
                failed: 1,
                skipped: 2
            }
        );
    }
}
