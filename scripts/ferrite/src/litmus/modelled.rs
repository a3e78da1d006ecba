// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus --model`: what herd7 says of tests, in C and read back from their Rust; nothing is built or run.

use super::batch;
use super::corpus::Corpus;
use super::files::Unread;
use super::model::Model;
use super::outcome::{exit_code, Line};
use super::summary;
use anyhow::Result;
use host::Context;
use std::process::ExitCode;

/// Prints it.
pub(super) fn print(
    ctx: &Context,
    corpus: &Corpus,
    unread: &[Unread],
    model: &Model,
    json: bool,
) -> Result<ExitCode> {
    let mut lines = batch::lines(corpus, model, None);
    lines.extend(unread.iter().map(Line::unread));
    let bad: Vec<&Line> = lines
        .iter()
        .filter(|line| line.reason().is_some())
        .collect();
    if json {
        ctx.say(serde_json::to_string_pretty(&lines)?);
    } else {
        for line in &bad {
            ctx.say(format!("{}: {}", line.file(), line.judgement()));
        }
        let entries: Vec<summary::Entry<'_>> = lines.iter().map(Line::entry).collect();
        let tables = summary::text(&entries, "agree");
        let (all, well, judge) = (lines.len(), lines.len() - bad.len(), &model.judge);
        let text = format!(
            "{tables}\n\n{well} of {all} tests allow the same in Rust as in C, says {judge}"
        );
        ctx.say(text.trim_start());
    }
    Ok(exit_code(&lines))
}
