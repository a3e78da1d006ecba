// SPDX-License-Identifier: GPL-2.0

//! Builds a module with some tests, runs them in a guest, and compares their machine code.

use super::codegen::{Code, Threads as _};
use super::corpus::Corpus;
use super::klitmus::{self, Theirs, Thread};
use super::model::Model;
use super::outcome::{Known, Line};
use super::reason::{Reason, Trouble};
use super::{commands, guest, until_enough, LitmusArgs};
use anyhow::{Error, Result};
use build::{Built, Ready, Wanted};
use host::{signals, Context};
use kernels::Table;
use lkmm::log;
use std::collections::BTreeMap;

/// The file of tests, as the compiler names it.
const FILE: &str = "corpus_generated.rs:";

/// So often a module is built again without the tests that the compiler did not take.
const ROUNDS: usize = 20;

/// What a batch came to.
pub(super) struct Ran {
    pub(super) built: Built,
    /// The engine's log.
    pub(super) log: String,
    /// What went wrong beside the tests.
    pub(super) complaint: Option<String>,
    /// What is wrong with tests, by their names: the compiler does not take them, or they have other machine code.
    pub(super) wrong: BTreeMap<String, Trouble>,
    /// The machine code of each thread.
    pub(super) threads: Vec<Thread>,
}

/// Does it.
pub(super) fn run(
    ctx: &Context,
    args: &LitmusArgs,
    table: &Table,
    ready: &Ready,
    corpus: &mut Corpus,
    model: &Model,
) -> Result<Ran> {
    let mut wrong = BTreeMap::new();
    let hashes = corpus.sources.iter().filter_map(|source| {
        let verdict = model.said(source).verdict?;
        Some((source.test.name.clone(), verdict.hash?))
    });
    let hashes: BTreeMap<String, String> = hashes.collect();
    let built = build(ctx, ready, corpus, &mut wrong)?;
    let commands: Vec<guest::Command> = corpus
        .placed()
        .filter(|(_, place)| place.is_ok())
        .flat_map(|(source, _)| {
            let more = until_enough(args, &source.test);
            commands(args, &source.test).into_iter().chain(more)
        })
        .collect();
    let ran = guest::run(ctx, ready, &built, args.boot.runner, &commands, &hashes)?;

    let code = Code::of(&built)?;
    let theirs = match Theirs::get(ctx, table, ready, corpus) {
        Ok(theirs) => theirs,
        Err(error) => {
            signals::check()?;
            ctx.note(format!("  klitmus7's C is not compared: {error:#}"));
            Theirs::default()
        }
    };
    let threads = klitmus::compared(&code, &theirs, corpus);
    let calls = code.calls();
    for (source, place) in corpus.placed() {
        let (test, Ok(module)) = (&source.test, place) else {
            continue;
        };
        let differs = calls.differ(test, module);
        if let Some(difference) = differs.or_else(|| code.differ(test, module)) {
            let message = format!("machine code: {difference}");
            wrong.insert(
                test.name.clone(),
                Trouble::new(Reason::MachineCode, message),
            );
        }
    }
    Ok(Ran {
        built,
        log: ran.log,
        complaint: ran.complaint,
        wrong,
        threads,
    })
}

/// What tests came to, one by one; without a run, what is said of them.
pub(super) fn lines(corpus: &Corpus, model: &Model, mut ran: Option<&mut Ran>) -> Vec<Line> {
    let records = ran.as_ref().map(|ran| log::by_test(&ran.log));
    let mut lines = Vec::new();
    for (source, place) in corpus.placed() {
        let name = &source.test.name;
        let said = model.said(source);
        let wrong = ran.as_mut().and_then(|ran| ran.wrong.remove(name));
        let wrong = wrong.or(said.wrong);
        let refused = place.err().map(|refusal| match &wrong {
            Some(trouble) if trouble.reason == Reason::NotCompiled => trouble.clone(),
            _ => Trouble::new(Reason::NotTranslated, refusal),
        });
        let known = Known {
            verdict: said.verdict.as_ref(),
            silent: said.silent,
            runs: records.is_some(),
            record: records.as_ref().and_then(|records| records.get(name)),
            refused,
            wrong,
            note: said.note,
        };
        lines.push(Line::new(source, known));
    }
    lines
}

/// Builds the module, without the tests that the compiler does not take.
fn build(
    ctx: &Context,
    ready: &Ready,
    corpus: &mut Corpus,
    wrong: &mut BTreeMap<String, Trouble>,
) -> Result<Built> {
    for _ in 0..ROUNDS {
        let wanted = Wanted {
            corpus: &corpus.text,
            ..Wanted::default()
        };
        let error = match build::modules_with(ctx, ready, &wanted) {
            Ok(built) => return Ok(built),
            Err(error) => error,
        };
        signals::check()?;
        let places = places(&error);
        let bad = corpus.without(&places);
        if bad.is_empty() {
            return Err(error);
        }
        for (name, line) in bad {
            let message = format!("the compiler does not take its Rust: {}", places[&line]);
            ctx.note(format!("  {name} is left out: {message}"));
            wrong.insert(name, Trouble::new(Reason::NotCompiled, message));
        }
    }
    Err(Error::msg(format!(
        "the compiler does not take the tests' Rust, {ROUNDS} times"
    )))
}

/// The lines of the file of tests that the compiler complained of, and what it said.
fn places(error: &Error) -> BTreeMap<usize, String> {
    let mut places = BTreeMap::new();
    let mut said = "";
    let text = format!("{error:#}");
    for line in text.lines() {
        if line.starts_with("error") {
            said = line;
        }
        if let Some((_, rest)) = line.split_once(FILE) {
            let number = rest
                .split(':')
                .next()
                .and_then(|number| number.parse().ok());
            // Only where an error is: a note may point to another test.
            if let (Some(number), true) = (number, line.trim_start().starts_with("-->")) {
                if !said.is_empty() {
                    places.entry(number).or_insert_with(|| said.to_owned());
                    said = "";
                }
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_compiler_complains_of_is_found() {
        let error = Error::msg(
            "building failed\nerror[E0382]: use of moved value: `guard`\n   --> rust/modules/litmus/corpus_generated.rs:46:14\n\
             \x20   |\nnote: there\n   --> rust/modules/litmus/corpus_generated.rs:12:1\nerror: aborting\nerror[E0425]: no\n  \
             --> rust/modules/litmus/other.rs:7:1\n",
        );
        let places = places(&error);
        assert_eq!(places.keys().copied().collect::<Vec<_>>(), [46]);
        assert!(places[&46].contains("E0382"));
    }
}
