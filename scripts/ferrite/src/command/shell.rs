// SPDX-License-Identifier: GPL-2.0

//! `ferrite shell`: a shell in the toolchain root.

use anyhow::Result;
use clap::Args;
use host::Context;
use kernels::Table;
use provide::install;
use root::Root;
use std::process::ExitCode;

/// Options of `ferrite shell`.
#[derive(Args)]
pub(crate) struct ShellArgs {
    /// Show this kernel's packages as installed
    pub(crate) kernel: Option<String>,
}

/// `ferrite shell`: a shell in the root.
pub(crate) fn run(ctx: &Context, args: &ShellArgs) -> Result<ExitCode> {
    let root = Root::get(ctx)?;
    let mut enter = root.enter(ctx);
    if let Some(name) = &args.kernel {
        let kernel = install(ctx, Table::read(&ctx.repo)?.kernel(name)?)?;
        ctx.note(format!("  KDIR={}", kernel.kdir.display()));
        enter = enter.kernel(&kernel);
    }
    let status = enter.cmd("bash").interactive(ctx)?;
    Ok(ExitCode::from(
        u8::try_from(status.code().unwrap_or(1)).unwrap_or(1),
    ))
}
