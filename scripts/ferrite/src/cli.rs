// SPDX-License-Identifier: GPL-2.0

//! The options before a subcommand, and running it.

use crate::command::{man, Command};
use anyhow::Result;
use clap::{CommandFactory, Parser};
use host::Context;
use std::path::PathBuf;
use std::process::ExitCode;

/// What help and the manual say after the options.
const STATUS: &str =
    "Exit status: 0 if all is well, 1 if a test failed or the tool could not go on, \
    128 and the signal's number if a signal ended it (130: interrupted)";

/// Build Ferrite's kernel modules for distribution kernels, boot them and test them.
#[derive(Parser)]
#[command(name = "ferrite", version, propagate_version = true, after_help = STATUS)]
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

/// Read the arguments, do what they say, and return the exit status.
pub(crate) fn run() -> Result<ExitCode> {
    man::describe(Cli::command);
    let cli = Cli::parse();
    let ctx = Context::new(cli.repo, cli.cache, cli.verbose)?;
    cli.command.run(&ctx)
}
