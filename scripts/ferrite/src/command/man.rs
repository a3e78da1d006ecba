// SPDX-License-Identifier: GPL-2.0

//! `ferrite man`: manual pages and shell completions, made from the options that the tool has.

use crate::cli;
use anyhow::Result;
use clap::Args;
use clap_complete::Shell;
use host::{explain, Context};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Options of `ferrite man`.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// The folder to write to; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "man")]
    pub(crate) out: PathBuf,
}

/// `ferrite man`: write `ferrite.1`, a page for each subcommand, and a completion for each shell.
pub(crate) fn run(ctx: &Context, args: &ManArgs) -> Result<ExitCode> {
    let out = &args.out;
    fs::create_dir_all(out).map_err(|error| explain(error, out))?;
    clap_mangen::generate_to(cli::command(), out).map_err(|error| explain(error, out))?;
    for shell in SHELLS {
        let file = clap_complete::generate_to(shell, &mut cli::command(), "ferrite", out)
            .map_err(|error| explain(error, out))?;
        ctx.say(format!("{shell}: {}", file.display()));
    }
    ctx.say(format!("man -l {}", out.join("ferrite.1").display()));
    Ok(ExitCode::SUCCESS)
}
