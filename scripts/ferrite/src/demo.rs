// SPDX-License-Identifier: GPL-2.0

//! `ferrite demo`: each module at work.

use crate::cli::Target;
use crate::context::Context;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Options of `ferrite demo`.
#[derive(Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// `ferrite demo`.
pub(crate) fn run(_ctx: &Context, _args: &DemoArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
