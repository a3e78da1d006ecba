// SPDX-License-Identifier: GPL-2.0

//! The unit tests of the host tools.

use crate::report::Row;
use anyhow::Result;
use host::{Cmd, Context};
use ktap::Counts;
use std::time::Instant;

const KIND: &str = "host";
const NAME: &str = "unit tests of the tools";

/// Run them all with cargo; `long` tells them to take their time.
pub(super) fn run(ctx: &Context, long: bool) -> Result<Vec<Row>> {
    let start = Instant::now();
    let outcome = Cmd::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "test",
            "--release",
            "--workspace",
            "--locked",
            "--manifest-path",
        ])
        .arg(ctx.repo.join("scripts/Cargo.toml"))
        .arg("--target-dir")
        .arg(ctx.cache.path().join("target"))
        .env("FERRITE_LONG", if long { "1" } else { "0" })
        .what("testing the tools on this machine")
        .outcome(ctx)?;
    let counts = counts(&outcome.stdout);
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
    Ok(vec![row])
}

/// Sum up the `test result: ok. 3 passed; 0 failed; 1 ignored; ...` of every test program.
fn counts(text: &str) -> Counts {
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
            counts(TEXT),
            Counts {
                passed: 6,
                failed: 1,
                skipped: 2
            }
        );
        assert_eq!(failures(TEXT), "a::c");
        assert_eq!(counts("error: could not compile").total(), 0);
    }
}
