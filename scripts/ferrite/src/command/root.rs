// SPDX-License-Identifier: GPL-2.0

//! `ferrite root`: where the toolchain root is.

use anyhow::Result;
use host::Context;
use root::Root;
use std::process::ExitCode;

/// `ferrite root`: make the root if it is not there, and print where it is.
pub(crate) fn run(ctx: &Context) -> Result<ExitCode> {
    ctx.say(Root::get(ctx)?.path().display().to_string());
    Ok(ExitCode::SUCCESS)
}
