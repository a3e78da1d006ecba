// SPDX-License-Identifier: GPL-2.0

//! `ferrite ktap`: read KTAP and sum it up.

use anyhow::{Context as _, Result};
use clap::Args;
use host::Context;
use ktap::{read, Counts};
use std::fs;
use std::io::Read;
use std::process::ExitCode;

/// Options of `ferrite ktap`.
#[derive(Args)]
pub(crate) struct KtapArgs {
    /// Files to read (default: the standard input)
    pub(crate) files: Vec<std::path::PathBuf>,
}

/// `ferrite ktap`: read, say what failed and what is wrong, and sum up.
pub(crate) fn run(ctx: &Context, args: &KtapArgs) -> Result<ExitCode> {
    let mut total = Counts::default();
    let mut texts = Vec::new();
    for file in &args.files {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        texts.push((file.display().to_string(), text));
    }
    if texts.is_empty() {
        let mut text = Vec::new();
        std::io::stdin()
            .read_to_end(&mut text)
            .context("cannot read the standard input")?;
        texts.push(("standard input".to_owned(), text));
    }
    for (name, text) in texts {
        let document = read(&String::from_utf8_lossy(&text));
        for failure in document.failures() {
            ctx.say(format!("{name}: failed: {failure}"));
        }
        for fault in &document.faults {
            ctx.say(format!("{name}: {fault}"));
        }
        total += document.counts();
    }
    ctx.say(total.to_string());
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
