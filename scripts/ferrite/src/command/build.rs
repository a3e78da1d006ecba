// SPDX-License-Identifier: GPL-2.0

//! `ferrite build`: build every module and selftest for a kernel.

use anyhow::Result;
use build::{for_target, Target};
use clap::Args;
use host::Context;
use std::process::ExitCode;

/// Options of `ferrite build`.
#[derive(Args)]
pub(crate) struct BuildArgs {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// `ferrite build`.
pub(crate) fn run(ctx: &Context, args: &BuildArgs) -> Result<ExitCode> {
    let (_, built) = for_target(ctx, &args.target)?;
    for file in built
        .modules
        .iter()
        .chain(built.selftests.iter().map(|(_, file)| file))
    {
        ctx.say(file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}
