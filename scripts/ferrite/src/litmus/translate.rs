// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus --translate`: the Rust of C, and the C of Rust; nothing is run.

use super::corpus::{Corpus, Source};
use super::files::Unread;
use super::outcome::NOT_JUDGED;
use super::reason::{Reason, Trouble};
use super::summary::{self, Entry};
use anyhow::Result;
use host::Context;
use serde::Serialize;
use std::path::Path;
use std::process::ExitCode;

/// A test, or a file that holds none.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a Path,
    test: Option<&'a str>,
    /// Its Rust; of a test in Rust, its C.
    text: Option<String>,
    /// Why there is none.
    reason: Option<Reason>,
    /// The reason's whole message.
    detail: Option<&'a str>,
}

/// Prints the translations of tests, and says which there are not, and why.
pub(super) fn print(
    ctx: &Context,
    corpus: &Corpus,
    unread: &[Unread],
    json: bool,
) -> Result<ExitCode> {
    let refused = corpus.placed().filter_map(|(source, place)| {
        let trouble = Trouble::new(Reason::NotTranslated, place.err()?);
        Some((source.file.as_path(), Some(&source.test.name), trouble))
    });
    let unread = unread
        .iter()
        .map(|unread| (unread.file.as_path(), None, unread.trouble.clone()));
    let troubles: Vec<_> = unread.chain(refused).collect();
    if json {
        let lines = corpus.placed().filter_map(|(source, place)| {
            let (file, module) = (source.file.as_path(), place.ok()?);
            let text = match &source.rust {
                Some(_) => Some(source.test.to_string()),
                None => corpus.rust(module).map(str::to_owned),
            };
            Some(Line {
                file,
                test: Some(&source.test.name),
                text,
                reason: None,
                detail: None,
            })
        });
        let refused = troubles.iter().map(|(file, test, trouble)| Line {
            file,
            test: test.map(String::as_str),
            text: None,
            reason: Some(trouble.reason),
            detail: Some(&trouble.message),
        });
        let lines: Vec<Line<'_>> = lines.chain(refused).collect();
        ctx.say(serde_json::to_string_pretty(&lines)?);
    } else {
        let (rust, c): (Vec<&Source>, Vec<&Source>) = corpus
            .sources
            .iter()
            .partition(|source| source.rust.is_some());
        rust.iter()
            .for_each(|source| ctx.say(source.test.to_string()));
        if !c.is_empty() {
            ctx.say(&corpus.text);
        }
        troubles
            .iter()
            .for_each(|(_, _, trouble)| ctx.note(&trouble.message));
    }

    let well = corpus.placed().filter(|(_, place)| place.is_ok());
    let well = well.map(|(source, _)| Entry {
        file: &source.file,
        test: &source.test.name,
        reason: None,
    });
    let refused = troubles.iter().map(|(file, test, trouble)| {
        let name = file
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        Entry {
            file,
            test: test.map_or(name, String::as_str),
            reason: Some(trouble.reason),
        }
    });
    let entries: Vec<Entry<'_>> = well.chain(refused).collect();
    if entries.len() > 1 {
        let tables = summary::text(&entries, "translated");
        let (all, not) = (entries.len(), troubles.len());
        ctx.note(format!("{tables}\n\n{} of {all} translated, {not} not", all - not).trim_start());
    }
    Ok(match troubles.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(NOT_JUDGED),
    })
}
