// SPDX-License-Identifier: GPL-2.0

//! Reading KTAP.

use crate::context::Context;
use anyhow::Result;
use clap::Args;
use std::process::ExitCode;

/// Options of `ferrite ktap`.
#[derive(Args)]
pub(crate) struct KtapArgs {
    /// Files to read (default: the standard input)
    pub(crate) files: Vec<std::path::PathBuf>,
}

/// `ferrite ktap`.
pub(crate) fn run(_ctx: &Context, _args: &KtapArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
