// SPDX-License-Identifier: GPL-2.0

//! What the model says of each test: herd7's answer; where there is none, the test's own comment.

use super::back;
use super::corpus::Source;
use super::herd::{Answer, Herd, Patience};
use super::reason::{Reason, Trouble};
use anyhow::{bail, Result};
use host::{signals, Context};
use kernels::Table;
use lkmm::expect::{Difference, Expected};
use lkmm::judge::Verdict;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is said of one test.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) verdict: Option<Verdict>,
    /// Why there is no verdict.
    pub(super) silent: Option<Trouble>,
    /// What is wrong with the test itself.
    pub(super) wrong: Option<Trouble>,
    /// What a reader should know of the verdict.
    pub(super) note: Option<String>,
}

/// What is said of all of them.
pub(super) struct Model {
    /// Who says it.
    pub(super) judge: String,
    said: BTreeMap<PathBuf, Said>,
}

impl Model {
    /// Asks herd7; `read_back` says whether the tests' Rust is to mean the same as their C.
    pub(super) fn ask(
        ctx: &Context,
        table: &Table,
        linux: &Path,
        sources: &[Source],
        patience: Patience,
        read_back: bool,
    ) -> Result<Self> {
        let Some(spec) = &table.herd else {
            bail!("kernels.toml has no [herd]: it says where herd7 comes from");
        };
        let herd = match Herd::get(ctx, spec) {
            Ok(herd) => herd,
            Err(error) => {
                signals::check()?;
                ctx.note(format!(
                    "  herd7 cannot be had ({error:#}): the tests' own `Result:` lines judge, and only their conditions"
                ));
                let said = sources.iter().map(|source| {
                    let said = Said {
                        verdict: Verdict::of_comment(&Expected::of(&source.text)),
                        ..Said::default()
                    };
                    (source.file.clone(), said)
                });
                return Ok(Self {
                    judge: "the tests' own comments".to_owned(),
                    said: said.collect(),
                });
            }
        };
        let files: Vec<PathBuf> = sources.iter().map(|source| source.file.clone()).collect();
        let answers = herd.answers(ctx, linux, &files, patience)?;
        let mut differ = match read_back {
            true => back::differ(ctx, &herd, linux, sources, &answers, patience)?,
            false => BTreeMap::new(),
        };
        let said = sources.iter().map(|source| {
            let mut said = answers
                .get(&source.file)
                .map_or_else(Said::default, |answer| Said::of(source, answer));
            said.wrong = said
                .wrong
                .take()
                .or_else(|| differ.remove(&source.test.name));
            (source.file.clone(), said)
        });
        Ok(Self {
            judge: format!("herd7 {}", herd.version()),
            said: said.collect(),
        })
    }

    /// What is said of a test.
    pub(super) fn said(&self, source: &Source) -> Said {
        self.said.get(&source.file).cloned().unwrap_or_default()
    }
}

impl Said {
    /// By herd7's answer.
    fn of(source: &Source, answer: &Answer) -> Self {
        let expected = Expected::of(&source.text);
        let (reason, why) = match answer {
            Answer::Verdict(verdict) => {
                let (wrong, note) = match expected.differs(verdict) {
                    None => (None, None),
                    Some(Difference::Wrong(message)) => {
                        (Some(Trouble::new(Reason::OtherResult, message)), None)
                    }
                    Some(Difference::Forgiven(message)) => (None, Some(message)),
                };
                return Self {
                    verdict: Some(verdict.clone()),
                    wrong,
                    note,
                    ..Self::default()
                };
            }
            Answer::Refused(why) => (
                Reason::HerdRefused,
                format!("herd7 does not take it: {why}"),
            ),
            Answer::GaveUp(seconds) => (
                Reason::HerdGaveUp,
                format!("herd7 gave up after {seconds} s (--herd-time has it think for longer)"),
            ),
        };
        match Verdict::of_comment(&expected) {
            Some(verdict) => Self {
                verdict: Some(verdict),
                note: Some(format!("{why}; its comment judges")),
                ..Self::default()
            },
            None => Self {
                silent: Some(Trouble::new(reason, why)),
                ..Self::default()
            },
        }
    }
}
