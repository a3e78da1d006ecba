// SPDX-License-Identifier: GPL-2.0

//! What the command line looks like, and which module answers each subcommand.

use crate::{bench, check, command, compat, demo, doctor, lint, litmus, rust_project, samples};
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use guest;
use guest::Runner;
use host::Context;
use std::path::PathBuf;
use std::process::ExitCode;

/// Build Ferrite's kernel modules for distribution kernels, boot them and test them.
#[derive(Parser)]
#[command(name = "ferrite", version, propagate_version = true)]
struct Cli {
    /// Show every command and its output instead of a progress line
    #[arg(short, long, global = true)]
    verbose: bool,

    /// Where everything that was downloaded or built is kept
    #[arg(
        long,
        global = true,
        env = "FERRITE_CACHE",
        value_name = "DIR",
        hide_env_values = true
    )]
    cache: Option<PathBuf>,

    /// The Ferrite tree (default: the one this was started in)
    #[arg(long, global = true, value_name = "DIR")]
    repo: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Say what this machine has, what it lacks, and what each lack costs
    Doctor,
    /// Make the toolchain root if it is not there, and print where it is
    Root,
    /// List the kernels of kernels.toml and what of them is cached
    Kernels(command::kernels::KernelsArgs),
    /// Build every module and selftest for a kernel
    Build(command::build::BuildArgs),
    /// Build, boot, load and test: host unit tests, in-kernel tests and selftests
    Check(check::CheckArgs),
    /// Build, boot, load, and show each module at work
    Demo(demo::DemoArgs),
    /// Measure what things cost: in instructions and in time, side by side with what they are held against
    Bench(bench::BenchArgs),
    /// Run a command in a guest that runs one of the kernels
    Vm(command::vm::VmArgs),
    /// Read KTAP from a file or the standard input and summarise it
    Ktap(command::ktap::KtapArgs),
    /// Check formatting, clippy and the rules of the house
    Lint(lint::LintArgs),
    /// Remove what builds and runs left behind; downloads, roots and kernels stay
    Clean,
    /// The whole matrix of kernels: build, load, test, samples; a table, JSON and a page
    Compat(compat::CompatArgs),
    /// Build upstream's own Rust samples, have each do its job in a guest, and print a score board
    Samples(samples::SamplesArgs),
    /// Translate litmus tests to Rust, run them in a guest, and have herd7 judge what was seen
    Litmus(litmus::LitmusArgs),
    /// Say, from their files, whether a kernel takes a module: symbols, CRCs, licences, vermagic
    CompatSymbols(command::compat_symbols::SymbolsArgs),
    /// Write rust-project.json, for rust-analyzer, from what Kbuild did
    RustProject(rust_project::RustProjectArgs),
    /// Open a shell in the toolchain root, with a kernel's packages installed
    Shell(command::shell::ShellArgs),
}

/// The option that chooses what boots a guest; shared by all subcommands that boot one.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Boot {
    /// What boots the guest
    #[arg(long, value_enum, default_value = "qemu")]
    pub(crate) runner: Runner,
}

/// Read the arguments, do what they say, and return the exit status.
pub(crate) fn run() -> Result<ExitCode> {
    let cli = Cli::parse();
    let ctx = Context::new(cli.repo, cli.cache, cli.verbose)?;
    match cli.command {
        Command::Doctor => doctor::run(&ctx),
        Command::Root => command::root::run(&ctx),
        Command::Kernels(args) => command::kernels::run(&ctx, &args),
        Command::Build(args) => command::build::run(&ctx, &args),
        Command::Check(args) => check::run(&ctx, &args),
        Command::Demo(args) => demo::run(&ctx, &args),
        Command::Bench(args) => bench::run(&ctx, &args),
        Command::Vm(args) => command::vm::run(&ctx, &args),
        Command::Ktap(args) => command::ktap::run(&ctx, &args),
        Command::Lint(args) => lint::run(&ctx, &args),
        Command::Clean => command::clean::run(&ctx),
        Command::Compat(args) => compat::run(&ctx, &args),
        Command::Samples(args) => samples::run(&ctx, &args),
        Command::Litmus(args) => litmus::run(&ctx, &args),
        Command::CompatSymbols(args) => command::compat_symbols::run(&ctx, &args),
        Command::RustProject(args) => rust_project::run(&ctx, &args),
        Command::Shell(args) => command::shell::run(&ctx, &args),
    }
}
