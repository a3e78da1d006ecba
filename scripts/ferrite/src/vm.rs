// SPDX-License-Identifier: GPL-2.0

//! Guests: a command in a virtual machine that runs one of the kernels.

use crate::cli::Target;
use crate::context::Context;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Options of `ferrite vm`.
#[derive(Args)]
pub(crate) struct VmArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// `ferrite vm`.
pub(crate) fn run(_ctx: &Context, _args: &VmArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
