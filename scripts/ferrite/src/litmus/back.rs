// SPDX-License-Identifier: GPL-2.0

//! From Rust back to C: what is written in Rust is judged by herd7 in C, and what was translated to Rust has to mean
//! the same when it is read back.

use super::{Herd, Source};
use anyhow::{Context as _, Result};
use host::{explain, Context};
use kernels::Table;
use lkmm::ast::Test;
use lkmm::judge::Verdict;
use lkmm::{inverse, rust};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// More tests than this are not read back here: those of critical cycles are, by the unit tests, letter by letter.
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
    let file = ctx.cache.dir(&place)?.join(format!("{}.litmus", test.name));
    let text = test.to_string();
    if fs::read_to_string(&file).unwrap_or_default() != text {
        fs::write(&file, text).map_err(|error| explain(error, &file))?;
    }
    Ok(file)
}

/// For each test that means something else in Rust than in C, or than its comment says: what differs.
pub(super) fn differ(
    ctx: &Context,
    table: &Table,
    linux: &Path,
    sources: &[Source],
    verdicts: &BTreeMap<PathBuf, Verdict>,
) -> Result<BTreeMap<String, String>> {
    let mut differ = BTreeMap::new();
    for source in sources {
        let (test, verdict) = (&source.test, verdicts.get(&source.file));
        if let (Some(said), Some(verdict)) = (test.result(), verdict) {
            if said != verdict.result {
                let message = format!("its comment says {said}, the model {}", verdict.result);
                differ.insert(test.name.clone(), message);
            }
        }
    }
    let Some(spec) = table.herd.as_ref().filter(|_| sources.len() <= MOST) else {
        return Ok(differ);
    };
    // Without herd7 there is nothing to compare, which has been said.
    let Ok(herd) = Herd::get(ctx, spec) else {
        return Ok(differ);
    };
    let mut back = Vec::new();
    for source in sources {
        let Ok((_, text)) = rust::translate(&source.test) else {
            continue;
        };
        let read = inverse::tests(&source.file, &text)
            .with_context(|| format!("the Rust of {} cannot be read back", source.test.name))?;
        for written in read {
            back.push((source, keep(ctx, "back", &written.test)?));
        }
    }
    let files: Vec<PathBuf> = back.iter().map(|(_, file)| file.clone()).collect();
    let again = herd.verdicts(ctx, linux, &files)?;
    for (source, file) in back {
        let (c, rust) = (verdicts.get(&source.file), again.get(&file));
        if let (Some(c), Some(rust)) = (c, rust) {
            if !c.agrees(rust) {
                let message = format!(
                    "in Rust it means something else: {} in C, {} in {}",
                    c.result,
                    rust.result,
                    file.display()
                );
                differ.insert(source.test.name.clone(), message);
            }
        }
    }
    Ok(differ)
}
