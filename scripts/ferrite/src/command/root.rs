// SPDX-License-Identifier: GPL-2.0

//! `ferrite root`: where the toolchain root is.

use anyhow::Result;
use clap::Args;
use host::Context;
use root::Root;
use std::process::ExitCode;

/// Options of `ferrite root`: none.
#[derive(Args)]
pub(crate) struct RootArgs {}

/// `ferrite root`: make the root if it is not there, and print where it is.
pub(crate) fn run(ctx: &Context, _: &RootArgs) -> Result<ExitCode> {
    ctx.say(Root::get(ctx)?.path().display().to_string());
    Ok(ExitCode::SUCCESS)
}
