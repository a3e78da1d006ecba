// SPDX-License-Identifier: GPL-2.0

//! `ferrite bench`: what things cost, measured in guests side by side, and printed.
//!
//! A module's benchmark is one small file below `bench/` that implements [`Bench`](plan::Bench): what to build and to
//! run, and which of its figures are compared. Booting, reading and printing are done by `measure.rs`.

mod carried;
mod figures;
mod harness;
mod litmus;
mod machine;
mod measure;
mod options;
mod pidfd;
pub(crate) mod plan;

use anyhow::Result;
use clap::ValueEnum as _;
use host::Context;
use measure::measure;
pub(crate) use options::BenchArgs;
use options::Module;
use std::process::ExitCode;

/// `ferrite bench`.
pub(crate) fn run(ctx: &Context, args: &BenchArgs) -> Result<ExitCode> {
    let modules = match args.module.as_slice() {
        [] => Module::value_variants(),
        some => some,
    };
    let mut good = true;
    for module in modules {
        good &= match module {
            Module::Pidfd => measure(ctx, args, &pidfd::Pidfd)?,
            Module::Carried => measure(ctx, args, &carried::Carried)?,
            Module::Litmus => litmus::run(ctx, args)?,
            Module::Harness => harness::run(ctx, args)?,
        };
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
