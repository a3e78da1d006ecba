// SPDX-License-Identifier: GPL-2.0

//! The folders of the latest runs.

use anyhow::Result;
use host::{explain, remove_tree, Context};
use std::fs;
use std::path::PathBuf;
use time::OffsetDateTime;

/// The number of runs whose results and logs are kept.
const RUNS: usize = 40;

/// Make a folder for this run, and remove the oldest runs.
pub fn new_run(ctx: &Context, name: &str) -> Result<PathBuf> {
    let runs = ctx.cache.dir("runs")?;
    let mut old: Vec<_> = fs::read_dir(&runs)
        .map_err(|error| explain(error, &runs))?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    old.sort();
    let spare = old.len().saturating_sub(RUNS);
    for run in &old[..spare] {
        remove_tree(run)?;
    }
    let now = OffsetDateTime::now_utc();
    let stamp = format!(
        "{:04}{:02}{:02}-{:02}{:02}{:02}",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    );
    let mut dir = runs.join(format!("{stamp}-{name}"));
    let mut serial = 1;
    loop {
        match fs::create_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                serial += 1;
                dir = runs.join(format!("{stamp}-{name}-{serial}"));
            }
            Err(error) => return Err(explain(error, &dir)),
        }
    }
}
