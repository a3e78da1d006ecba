// SPDX-License-Identifier: GPL-2.0

//! `ferrite doctor`: what this machine has, what it lacks, and what each lack costs.

use crate::context::Context;
use anyhow::Result;
use std::process::ExitCode;

/// Print the findings; failure if something is lacking without which nothing works.
pub(crate) fn run(ctx: &Context) -> Result<ExitCode> {
    ctx.say(format!("cache: {}", ctx.cache.path().display()));
    Ok(ExitCode::SUCCESS)
}
