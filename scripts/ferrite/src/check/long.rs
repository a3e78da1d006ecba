// SPDX-License-Identifier: GPL-2.0

//! What `--long` adds: an hour of stress on the lists.

use crate::bench::plan::script;
use anyhow::Result;
use build::Built;
use guest::Job;
use std::path::PathBuf;
use std::time::Duration;

/// For how long each of the four stresses of `selftests/lifo/run` runs.
const EACH: Duration = Duration::from_secs(900);

/// How long all of them may take.
const LIMIT: Duration = Duration::from_secs(2 * 3600);

/// The program's name in the guest.
const NAME: &str = "lifo-long";

/// The program: the selftest, which takes its time.
pub(super) fn program(built: &Built) -> Result<(String, PathBuf)> {
    let time = EACH.as_millis();
    let text = format!("export FERRITE_LIFO_TIME={time}\nexec $programs/lifo/run");
    script(built, NAME, &text)
}

/// Run it.
pub(super) fn job() -> Job {
    Job::run(NAME, LIMIT)
}
