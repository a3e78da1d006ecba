// SPDX-License-Identifier: GPL-2.0

//! `ferrite man`: manual pages and shell completions, made from the options that the tool has.

use anyhow::{Context as _, Result};
use clap::Args;
use clap_complete::Shell;
use host::{explain, Context};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

/// Makes the whole command line, of which this subcommand is a part. A path to it from here would be a circle.
static COMMAND_LINE: OnceLock<fn() -> clap::Command> = OnceLock::new();

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

/// Options of `ferrite man`.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// The folder to write to; it is made if it is not there
    #[arg(long, value_name = "DIR", default_value = "man")]
    pub(crate) out: PathBuf,
}

/// Say how the whole command line is made. Called once, before [`run`].
pub(crate) fn describe(command_line: fn() -> clap::Command) {
    COMMAND_LINE.get_or_init(|| command_line);
}

/// `ferrite man`: write `ferrite.1`, a page for each subcommand, and a completion for each shell.
pub(crate) fn run(ctx: &Context, args: &ManArgs) -> Result<ExitCode> {
    let command_line = COMMAND_LINE
        .get()
        .context("the command line is not known")?;
    let out = &args.out;
    fs::create_dir_all(out).map_err(|error| explain(error, out))?;
    clap_mangen::generate_to(command_line(), out).map_err(|error| explain(error, out))?;
    for shell in SHELLS {
        let file = clap_complete::generate_to(shell, &mut command_line(), "ferrite", out)
            .map_err(|error| explain(error, out))?;
        ctx.say(format!("{shell}: {}", file.display()));
    }
    ctx.say(format!("man -l {}", out.join("ferrite.1").display()));
    Ok(ExitCode::SUCCESS)
}
