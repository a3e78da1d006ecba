// SPDX-License-Identifier: GPL-2.0

//! Does anything depend on the kernel's version? Built with headers that claim another one, every probe has to answer
//! as before, and every module has to be the same.

use crate::litmus::Corpus;
use crate::report::Row;
use anyhow::{Context as _, Result};
use build::{forged, Built, Ready};
use host::{file_name, Context};
use kernels::Table;
use ktap::Counts;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use symbols::differing_sections;

const KIND: &str = "build";

/// Build for `built`'s kernel again, with the same litmus tests, if the table has a version to forge for it, and compare.
pub(super) fn rows(
    ctx: &Context,
    ready: &Ready,
    built: &Built,
    corpus: &Corpus,
) -> Result<Vec<Row>> {
    let table = Table::read(&ctx.repo)?;
    let Some(version) = &table.kernel(&ready.kernel.name)?.forge else {
        return Ok(Vec::new());
    };
    let start = Instant::now();
    let name = format!("forged version {version}");
    let mut row = Row::passed(KIND, name.clone(), Duration::ZERO);
    row.counts = Counts::default();
    let dir = built.dir.join("forged");
    let forged = match forged(ctx, ready, version, &corpus.text, dir) {
        Ok(forged) => forged,
        Err(error) => {
            let cause = format!("{error:#}");
            return Ok(vec![Row::failed(KIND, name, start.elapsed(), cause)]);
        }
    };
    if let (Some(answers), Some(forged)) = (&built.probes, &forged.probes) {
        let read = |file: &Path| {
            fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
        };
        judge(&mut row, changed(&read(answers)?, &read(forged)?), "probes");
    }
    for (module, forged) in built.modules.iter().zip(&forged.modules) {
        judge(
            &mut row,
            differing_sections(module, forged)?,
            &file_name(module),
        );
    }
    row.took = start.elapsed();
    Ok(vec![row])
}

fn judge(row: &mut Row, changed: Vec<String>, of: &str) {
    match changed.is_empty() {
        true => row.counts.passed += 1,
        false => {
            row.counts.failed += 1;
            let changed = changed.join(", ");
            row.causes.push(format!(
                "the kernel's version is asked for somewhere: with another one, this of {of} changes: {changed}"
            ));
        }
    }
}

/// The lines of either text that the other lacks.
fn changed(one: &str, other: &str) -> Vec<String> {
    let lacks = |text: &str, line: &&str| !text.lines().any(|known| known == *line);
    let gone = one.lines().filter(|line| lacks(other, line));
    let new = other.lines().filter(|line| lacks(one, line));
    gone.chain(new)
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_answers() {
        let answers = "errname      yes\nfaux_bus     no\n";
        assert!(changed(answers, answers).is_empty());
        let other = "errname      yes\nfaux_bus     yes\n";
        assert_eq!(changed(answers, other), ["faux_bus no", "faux_bus yes"]);
        let mut row = Row::passed(KIND, "forged version", Duration::ZERO);
        row.counts = Counts::default();
        judge(&mut row, changed(answers, other), "probes");
        judge(&mut row, Vec::new(), "ferrite.ko");
        assert_eq!((row.counts.passed, row.counts.failed), (1, 1));
        assert!(row.causes[0].contains("probes changes: faux_bus no"));
    }
}
