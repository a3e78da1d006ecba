// SPDX-License-Identifier: GPL-2.0

//! `ferrite check`: build, boot, load and test.

use crate::cli::Target;
use crate::context::Context;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Options of `ferrite check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// `ferrite check`.
pub(crate) fn run(_ctx: &Context, _args: &CheckArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}

/// Options of `ferrite bench-harness`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// `ferrite bench-harness`.
pub(crate) fn bench(_ctx: &Context, _args: &BenchArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
