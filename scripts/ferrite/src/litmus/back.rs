// SPDX-License-Identifier: GPL-2.0

//! From Rust back to C: what is written in Rust is judged by herd7 in C, and what was translated to Rust has to mean
//! the same when it is read back.

use super::herd::{Answer, Patience};
use super::reason::{Reason, Trouble};
use super::{Herd, Source};
use anyhow::Result;
use host::{explain, Context};
use lkmm::ast::Test;
use lkmm::{inverse, rust};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// More tests than this are not compared with klitmus7's C, and those of critical cycles are not read back here: the unit
/// tests do that, letter by letter.
pub(super) const MOST: usize = 100;

/// The tests of a Rust file; `builtin` says that the litmus module has them as they are.
pub(super) fn written(ctx: &Context, file: &Path, builtin: bool) -> Result<Vec<Source>> {
    let text = fs::read_to_string(file).map_err(|error| explain(error, file))?;
    inverse::tests(file, &text)?
        .into_iter()
        .map(|written| {
            let kept = keep(ctx, "written", &written.test)?;
            Ok(Source {
                text: fs::read_to_string(&kept).map_err(|error| explain(error, &kept))?,
                file: kept,
                test: written.test,
                module: builtin.then(|| format!("builtin::{}", written.rust.module())),
                rust: Some(written.rust),
            })
        })
        .collect()
}

/// A test as a file in the cache: herd7 and people read those.
pub(super) fn keep(ctx: &Context, folder: &str, test: &Test) -> Result<PathBuf> {
    let place = format!("litmus/{folder}");
    let _lock = ctx.cache.lock(&place)?;
    // Some tests are named by paths.
    let name = test.name.replace('%', "%25").replace('/', "%2F");
    let file = ctx.cache.dir(&place)?.join(format!("{name}.litmus"));
    let text = test.to_string();
    if fs::read_to_string(&file).unwrap_or_default() != text {
        fs::write(&file, text).map_err(|error| explain(error, &file))?;
    }
    Ok(file)
}

/// What is wrong with a test itself, by its name: it means something else in Rust than in C.
pub(super) fn differ(
    ctx: &Context,
    herd: &Herd,
    linux: &Path,
    sources: &[Source],
    answers: &BTreeMap<PathBuf, Answer>,
    patience: Patience,
) -> Result<BTreeMap<String, Trouble>> {
    let mut differ = BTreeMap::new();
    let mut say = |source: &Source, message: String| {
        let trouble = Trouble::new(Reason::OtherMeaning, message);
        differ.insert(source.test.name.clone(), trouble);
    };
    let mut back = Vec::new();
    for source in sources {
        let Ok((_, text)) = rust::translate(&source.test) else {
            continue;
        };
        match inverse::tests(&source.file, &text) {
            Ok(read) => {
                for written in read {
                    back.push((source, keep(ctx, "back", &written.test)?));
                }
            }
            Err(error) => say(source, format!("its Rust cannot be read back: {error}")),
        }
    }
    let files: Vec<PathBuf> = back.iter().map(|(_, file)| file.clone()).collect();
    let again = herd.answers(ctx, linux, &files, patience)?;
    for (source, file) in back {
        match (answers.get(&source.file), again.get(&file)) {
            (Some(Answer::Verdict(c)), Some(Answer::Verdict(rust)))
                if !c.agrees(rust, &source.test) =>
            {
                say(
                    source,
                    format!(
                        "in Rust it means something else: {} in C, {} in {}",
                        c.result,
                        rust.result,
                        file.display()
                    ),
                );
            }
            (Some(Answer::Verdict(_)), Some(Answer::Refused(why))) => {
                let file = file.display();
                say(
                    source,
                    format!("herd7 does not take what was read back from Rust, {file}: {why}"),
                );
            }
            _ => {}
        }
    }
    Ok(differ)
}
