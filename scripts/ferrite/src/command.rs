// SPDX-License-Identifier: GPL-2.0

//! The subcommands: a line of the table for each.
//!
//! The line says what help prints of the subcommand, the type of its options, and the function that answers it. Another
//! subcommand is one file with both, its `mod`, and its line.

mod build;
mod clean;
mod compat_symbols;
mod kernels;
mod ktap;
pub(crate) mod man;
mod root;
mod shell;
mod vm;

use crate::{bench, check, compat, demo, doctor, lint, litmus, rust_project, samples, zap};
use anyhow::Result;
use clap::Subcommand;
use host::Context;
use std::process::ExitCode;

/// The subcommands as clap knows them, and what answers each.
macro_rules! subcommands {
    ($($(#[$doc:meta])* $name:ident($args:ty) => $run:path,)*) => {
        #[derive(Subcommand)]
        pub(crate) enum Command {
            $($(#[$doc])* $name($args),)*
        }

        impl Command {
            /// Do what it says, and return the exit status.
            pub(crate) fn run(&self, ctx: &Context) -> Result<ExitCode> {
                match self {
                    $(Command::$name(args) => $run(ctx, args),)*
                }
            }
        }
    };
}

subcommands! {
    /// Say what this machine has, what it lacks, and what each lack costs
    Doctor(doctor::DoctorArgs) => doctor::run,
    /// Make the toolchain root if it is not there, and print where it is
    Root(root::RootArgs) => root::run,
    /// List the kernels of kernels.toml and what of them is cached
    Kernels(kernels::KernelsArgs) => kernels::run,
    /// Build every module and selftest for a kernel
    Build(build::BuildArgs) => build::run,
    /// Build, boot, load and test: host unit tests, in-kernel tests and selftests
    Check(check::CheckArgs) => check::run,
    /// Build, boot, load, and show each module at work
    Demo(demo::DemoArgs) => demo::run,
    /// Measure what things cost: in instructions and in time, side by side with what they are held against
    Bench(bench::BenchArgs) => bench::run,
    /// Run a command in a guest that runs one of the kernels
    Vm(vm::VmArgs) => vm::run,
    /// Read KTAP from a file or the standard input and summarise it
    Ktap(ktap::KtapArgs) => ktap::run,
    /// Write the manual pages and the completions of bash, zsh and fish
    Man(man::ManArgs) => man::run,
    /// Check formatting, clippy and the rules of the house
    Lint(lint::LintArgs) => lint::run,
    /// Remove what builds and runs left behind; downloads, roots and kernels stay
    Clean(clean::CleanArgs) => clean::run,
    /// The whole matrix of kernels: build, load, test, samples; a table, JSON and a page
    Compat(compat::CompatArgs) => compat::run,
    /// Build upstream's own Rust samples, have each do its job in a guest, and print a score board
    Samples(samples::SamplesArgs) => samples::run,
    /// Translate litmus tests to Rust, run them in a guest, and have herd7 judge what was seen
    Litmus(litmus::LitmusArgs) => litmus::run,
    /// Compile a pointer that outlives its object, in each form, with each compiler, and print what they make of it
    Zap(zap::ZapArgs) => zap::run,
    /// Say, from their files, whether a kernel takes a module: symbols, CRCs, licences, vermagic
    CompatSymbols(compat_symbols::SymbolsArgs) => compat_symbols::run,
    /// Write rust-project.json, for rust-analyzer, from what Kbuild did
    RustProject(rust_project::RustProjectArgs) => rust_project::run,
    /// Open a shell in the toolchain root, with a kernel's packages installed
    Shell(shell::ShellArgs) => shell::run,
}
