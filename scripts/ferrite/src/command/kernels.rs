// SPDX-License-Identifier: GPL-2.0

//! `ferrite kernels`: list the kernels, and fetch them.

use anyhow::Result;
use clap::Args;
use debian::programs;
use host::{columns, Context};
use kernels::Table;
use provide::{cached_pin, install, is_cached};
use std::process::ExitCode;

/// Options of `ferrite kernels`.
#[derive(Args)]
pub(crate) struct KernelsArgs {
    /// Fetch these kernels now
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) fetch: Vec<String>,
}

/// `ferrite kernels`: list the table and what of it is cached.
pub(crate) fn run(ctx: &Context, args: &KernelsArgs) -> Result<ExitCode> {
    let table = Table::read(&ctx.repo)?;
    if !args.fetch.is_empty() {
        programs::ensure(ctx)?;
    }
    for name in &args.fetch {
        install(ctx, table.kernel(name)?)?;
    }
    ctx.say(format!(
        "declared range: {} to {}",
        table.range.oldest, table.range.newest
    ));
    let mut list = columns::headed(["kernel", "release", "provider", "", "role"]);
    for kernel in &table.kernels {
        let pin = cached_pin(ctx, kernel);
        let release = match kernel.is_built_here() {
            true => format!("{}, built here", pin.version),
            false => pin.release,
        };
        let cached = match is_cached(ctx, &table, kernel) {
            true => "cached",
            false => "not cached",
        };
        list.add_row([
            &kernel.name,
            &release,
            &kernel.provider.to_string(),
            cached,
            &kernel.role,
        ]);
    }
    ctx.say(list.trim_fmt());
    Ok(ExitCode::SUCCESS)
}
