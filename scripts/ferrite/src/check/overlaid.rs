// SPDX-License-Identifier: GPL-2.0

//! Does anybody in the kernel use a field in whose place the carried crate keeps something of its own?

use super::answers::{answers, Answers};
use crate::report::Row;
use anyhow::{anyhow, Context as _, Result};
use build::Built;
use host::Context;
use ktap::Counts;
use overlays::{Overlay, Overlays};
use provide::sources;
use std::fs;
use std::time::{Duration, Instant};

const KIND: &str = "source";
const NAME: &str = "fields in use";
const LIST: &str = "c-helpers/shims/overlays.toml";

/// Search the kernel's source, if it is in the cache. A kernel that has all the fields itself has no row.
pub(super) fn rows(ctx: &Context, built: &Built) -> Result<Vec<Row>> {
    let Some(file) = &built.probes else {
        return Ok(Vec::new());
    };
    let read = |path: &std::path::Path| {
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let list = Overlays::parse(&read(&ctx.repo.join(LIST))?)
        .map_err(|error| anyhow!("{LIST} is not right: {error}"))?;
    let answers = answers(&read(file)?);
    let overlays: Vec<_> = list
        .overlay
        .iter()
        .filter(|one| needed(one, &answers))
        .collect();
    if overlays.is_empty() {
        return Ok(Vec::new());
    }
    let kernel = &built.kernel;
    let Some(linux) = sources::cached(ctx, kernel.line, &kernel.version) else {
        let mut row = Row::passed(KIND, NAME, Duration::ZERO);
        row.counts = Counts {
            skipped: 1,
            ..Counts::default()
        };
        row.skips.push(format!(
            "the source of {} {} is not in the cache: no kernel of kernels.toml is built from it",
            kernel.name, kernel.version
        ));
        return Ok(vec![row]);
    };
    let start = Instant::now();
    let step = ctx.step(format!("searching the source of {}", kernel.name));
    let unknown = overlays::unknown(&linux, &overlays)
        .with_context(|| format!("cannot search {}", linux.display()))?;
    step.done();
    let mut row = Row::passed(KIND, NAME, start.elapsed());
    row.counts = Counts::default();
    row.counts.passed = overlays.len();
    for cause in unknown {
        row.counts.passed = row.counts.passed.saturating_sub(1);
        row.fail(format!("{cause} ({LIST})"));
    }
    Ok(vec![row])
}

/// Does the crate use the place on a kernel with these answers?
fn needed(overlay: &Overlay, answers: &Answers) -> bool {
    let no = |probe: &String| answers.get(probe).is_some_and(|answer| answer == "no");
    overlay.probes.iter().all(no)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_the_field_is_missing() {
        let list = "[[overlay]]\nfield = \"a.b\"\nholds = \"c\"\nprobes = [\"new\", \"newer\"]\naccess = \"read\"\n";
        let overlays = Overlays::parse(list).unwrap();
        let needed = |text: &str| needed(&overlays.overlay[0], &answers(text));
        assert!(needed("new no\nnewer no\n"));
        assert!(!needed("new yes\nnewer no\n"));
        assert!(!needed("new no\n"));
    }

    #[test]
    fn every_probe_is_one() {
        let list = Overlays::parse(include_str!("../../../../c-helpers/shims/overlays.toml"));
        let known = include_str!("../../../../probes/known-answers.txt");
        for probe in list.unwrap().overlay.iter().flat_map(|one| &one.probes) {
            let is_there = known
                .lines()
                .any(|line| line.starts_with(&format!("{probe} ")));
            assert!(is_there, "there is no probe {probe}");
        }
    }
}
