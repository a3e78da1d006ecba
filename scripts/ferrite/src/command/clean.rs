// SPDX-License-Identifier: GPL-2.0

//! `ferrite clean`: remove what builds and runs left.

use anyhow::Result;
use clap::Args;
use host::{remove_tree, Context};
use std::process::ExitCode;

/// Options of `ferrite clean`: none.
#[derive(Args)]
pub(crate) struct CleanArgs {}

/// `ferrite clean`: remove what builds and runs left; downloads, roots and kernels stay.
pub(crate) fn run(ctx: &Context, _: &CleanArgs) -> Result<ExitCode> {
    for dir in ["build", "runs", "logs"] {
        remove_tree(&ctx.cache.path().join(dir))?;
    }
    Ok(ExitCode::SUCCESS)
}
