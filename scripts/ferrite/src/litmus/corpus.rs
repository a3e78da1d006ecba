// SPDX-License-Identifier: GPL-2.0

//! Tests, and the Rust that they were translated to.

use host::Context;
use lkmm::ast::Test;
use lkmm::inverse::Rust;
use lkmm::rust;
use std::path::PathBuf;
use std::process::ExitCode;

/// A test and its file.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    pub(crate) test: Test,
    /// Where the litmus module has it, below its root: `builtin::sb`; nothing where the corpus is to have it.
    pub(crate) module: Option<String>,
    /// Where it was written in Rust: its text.
    pub(crate) rust: Option<Rust>,
}

/// Tests, and a file of Rust with those that the litmus module does not have by itself.
pub(crate) struct Corpus {
    pub(crate) sources: Vec<Source>,
    pub(crate) text: String,
    /// Of each test: where the litmus module has it, below its root, or why it cannot be translated.
    places: Vec<Result<String, String>>,
}

impl Corpus {
    /// Translates the tests.
    pub(crate) fn of(sources: Vec<Source>) -> Self {
        let foreign = || sources.iter().filter(|source| source.module.is_none());
        let with_rust = foreign().map(|source| (&source.test, source.rust.as_ref()));
        let (text, refused) = rust::file_with(with_rust);
        let tests: Vec<&Test> = foreign().map(|source| &source.test).collect();
        let mut names = rust::module_names(&tests).into_iter();
        let mut place = |source: &Source| {
            if let Some(module) = &source.module {
                return Ok(module.clone());
            }
            // One for each that is foreign, in their order.
            let name = names.next().unwrap_or_default();
            let refusal = refused
                .iter()
                .find(|(test, _)| std::ptr::eq(*test, &source.test));
            match refusal {
                None => Ok(format!("corpus::{name}")),
                Some((_, refusal)) => {
                    let (at, message) = (refusal.at, refusal.message.clone());
                    let error = lkmm::Error::at(&source.file, &source.text, at, message);
                    Err(error.to_string())
                }
            }
        };
        let places = sources.iter().map(&mut place).collect();
        Self {
            text,
            places,
            sources,
        }
    }

    /// Each test, and where the litmus module has it, below its root, or why it cannot be translated.
    pub(crate) fn placed(&self) -> impl Iterator<Item = (&Source, Result<&str, &String>)> {
        let places = self.places.iter();
        let places = places.map(|place| place.as_ref().map(String::as_str));
        self.sources.iter().zip(places)
    }

    /// Print the Rust of C, and the C of Rust.
    pub(super) fn print(&self, ctx: &Context) -> ExitCode {
        let (rust, c): (Vec<&Source>, Vec<&Source>) = self
            .sources
            .iter()
            .partition(|source| source.rust.is_some());
        for source in rust {
            ctx.say(source.test.to_string());
        }
        if !c.is_empty() {
            ctx.say(rust::file(c.into_iter().map(|source| &source.test)).0);
        }
        let refused: Vec<&String> = self
            .places
            .iter()
            .filter_map(|p| p.as_ref().err())
            .collect();
        refused.iter().for_each(|message| ctx.note(message));
        match refused.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }
    }
}
