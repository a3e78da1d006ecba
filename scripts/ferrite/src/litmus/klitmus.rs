// SPDX-License-Identifier: GPL-2.0

//! The same threads in C, as klitmus7 writes them and the kernel's compiler compiles them, beside ours: down to single
//! instructions, each against its source.

use super::codegen::{add, Code, Found, Side, Threads};
use super::{back, Corpus, Herd};
use anyhow::{Context as _, Result};
use build::Ready;
use host::{digits, explain, Context};
use kernels::Table;
use lkmm::ast::Test;
use lkmm::compare::Level;
use lkmm::lowered::Arch;
use lkmm::trace::{closed_up, Event, Source, Ways};
use machine_code::Listing;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// klitmus7's functions are compiled for themselves, as ours are: nothing is inlined into a loop around it.
const ALONE: (&str, &str) = (
    "static void code",
    "static noinline __attribute__((noipa)) void code",
);

/// One thread, both ways.
#[derive(Debug, Serialize)]
pub(super) struct Thread {
    test: String,
    thread: usize,
    rust: Side,
    /// Nothing where klitmus7 does not translate the test, or was not asked.
    klitmus7: Option<Side>,
}

impl Thread {
    /// Whose it is, and whether ours is what its source says.
    pub(super) fn judged(&self) -> (&str, bool) {
        (&self.test, self.rust.differs.is_none())
    }
}

/// klitmus7's C of tests, compiled: by the test's name.
#[derive(Default)]
pub(super) struct Theirs(BTreeMap<String, One>);

struct One {
    text: String,
    code: Code,
}

impl Theirs {
    /// Of the tests that are files in C, if they are few; kept, so that the same are compiled once.
    pub(super) fn get(
        ctx: &Context,
        table: &Table,
        ready: &Ready,
        corpus: &Corpus,
    ) -> Result<Self> {
        let sources = corpus.sources.iter().filter(|source| source.rust.is_none());
        let files: Vec<PathBuf> = sources.map(|source| source.file.clone()).collect();
        let Some(spec) = table.herd.as_ref() else {
            return Ok(Self::default());
        };
        if files.is_empty() || files.len() > back::MOST {
            return Ok(Self::default());
        }
        // Without herdtools there is nothing to compare, which has been said.
        let Ok(herd) = Herd::get(ctx, spec) else {
            return Ok(Self::default());
        };
        let mut hash = Sha256::new();
        for part in [herd.version(), ALONE.1, &ready.root.id()] {
            hash.update(part);
        }
        for file in &files {
            hash.update(fs::read(file).map_err(|error| explain(error, file))?);
        }
        let hash = digits(hash);
        let release = &ready.kernel.release;
        let entry = ctx
            .cache
            .entry(format!("klitmus/{}-{release}-{hash}", ready.stage_name()));
        let dir = entry.get_or_make(
            &mut |_| ctx.note("  waiting for another run that compiles klitmus7's C"),
            |partial| compile(ctx, &herd, ready, &files, partial),
        )?;
        let mut all = BTreeMap::new();
        for file in written(&dir)? {
            let text = fs::read_to_string(&file).map_err(|error| explain(error, &file))?;
            let object = file.with_extension("o");
            if !object.exists() {
                let name = name(&text);
                ctx.note(format!(
                    "  klitmus7's C of {name} does not compile: it is not compared"
                ));
                continue;
            }
            let mut listing = Listing::default();
            add(&mut listing, &object)?;
            let code = Code::new(Arch::X86_64, listing);
            all.insert(name(&text).to_owned(), One { text, code });
        }
        Ok(Self(all))
    }

    fn side(&self, test: &Test, number: usize) -> Option<Side> {
        let one = self.0.get(&test.name)?;
        let function = format!("code{number}");
        let side = one.params(&function).and_then(|params| {
            let found = one.code.found(&function, false);
            let found = found.context("it is not there")??;
            Ok(side(test, number, &params, found))
        });
        Some(side.unwrap_or_else(|error| Side {
            code: String::new(),
            differs: Some(format!("{error:#}")),
        }))
    }
}

impl One {
    /// The names of a function's parameters.
    fn params(&self, function: &str) -> Result<Vec<String>> {
        let start = format!("void {function}(");
        let (_, rest) = self
            .text
            .split_once(&start)
            .context("klitmus7 wrote no such function")?;
        let (all, _) = rest.split_once(')').context("its parameters have no end")?;
        let last = |param: &str| {
            let name = param.rsplit(|c: char| c == '*' || c.is_whitespace()).next();
            name.unwrap_or_default().to_owned()
        };
        Ok(all.split(',').map(|param| last(param.trim())).collect())
    }
}

/// klitmus7's thread against its source, without what it does to tell its results: it stores them.
fn side(test: &Test, number: usize, params: &[String], mut found: Found) -> Side {
    let told = |event: &Event| {
        let result = |source: &Source| match source {
            Source::Param(number) => params
                .get(*number)
                .is_some_and(|name| name.starts_with("out_")),
            Source::Event(_) => false,
        };
        event.name.starts_with("write") && event.place.iter().all(result)
    };
    for (way, shown) in found.ways.iter_mut().zip(&mut found.shown) {
        let mut theirs = way.iter().map(|event| !told(event));
        shown.retain(|_| theirs.next().unwrap_or(true));
        let kept = way.drain(..).map(|event| (!told(&event)).then_some(event));
        *way = closed_up(kept.collect());
    }
    let ways = Ways::of(test, number, params);
    let differs = ways.differ(&found.ways, Level::Instructions(Arch::X86_64));
    Side::new(&found, differs)
}

/// All threads, ours beside theirs.
pub(super) fn compared(code: &Code, theirs: &Theirs, corpus: &Corpus) -> Vec<Thread> {
    let mut threads = Vec::new();
    for (source, place) in corpus.placed() {
        let (test, Ok(module)) = (&source.test, place) else {
            continue;
        };
        for thread in 0..test.threads.len() {
            threads.push(Thread {
                test: test.name.clone(),
                thread,
                rust: code.side(test, thread, module),
                klitmus7: theirs.side(test, thread),
            });
        }
    }
    threads
}

/// What the comparison comes to.
pub(super) fn text(threads: &[Thread]) -> String {
    let judged = |sides: Vec<&Side>| {
        let wrong = sides.iter().filter(|side| side.differs.is_some()).count();
        format!("{} of {}", sides.len() - wrong, sides.len())
    };
    let mut text = format!(
        "\nmachine code, helpers followed: {} threads have exactly their sources' accesses and fences",
        judged(threads.iter().map(|thread| &thread.rust).collect())
    );
    let theirs: Vec<&Side> = threads.iter().filter_map(|t| t.klitmus7.as_ref()).collect();
    if !theirs.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(text, "; of klitmus7's C, {}", judged(theirs));
    }
    for thread in threads {
        let side = thread.klitmus7.as_ref();
        if let Some(difference) = side.and_then(|side| side.differs.as_ref()) {
            let _ = write!(
                text,
                "\n  klitmus7's {} P{}: {difference}",
                thread.test, thread.thread
            );
        }
    }
    text
}

/// Has klitmus7 write C into `dir`, and the kernel's Kbuild compile it.
fn compile(ctx: &Context, herd: &Herd, ready: &Ready, files: &[PathBuf], dir: &Path) -> Result<()> {
    herd.klitmus(ctx, files, dir)?;
    let mut objects = Vec::new();
    for file in written(dir)? {
        let text = fs::read_to_string(&file).map_err(|error| explain(error, &file))?;
        let text = text.replace(ALONE.0, ALONE.1);
        fs::write(&file, text).map_err(|error| explain(error, &file))?;
        let object = file.with_extension("o");
        objects.extend(object.file_name().map(|name| name.to_owned()));
    }
    // Not all that herd7 reads is C: a register may be declared in a block. One such test is not compared.
    ready
        .kbuild(ctx, dir, dir)
        .arg("--keep-going")
        .args(objects)
        .what("compiling klitmus7's C of the same tests")
        .outcome(ctx)?;
    Ok(())
}

/// The files that klitmus7 wrote, sorted.
fn written(dir: &Path) -> Result<Vec<PathBuf>> {
    let all = fs::read_dir(dir).map_err(|error| explain(error, dir))?;
    let mut files: Vec<PathBuf> = all.flatten().map(|entry| entry.path()).collect();
    let c = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("litmus") && name.ends_with(".c")
    };
    files.retain(c);
    files.sort();
    Ok(files)
}

/// The test that klitmus7 wrote this C of.
fn name(text: &str) -> &str {
    let (_, rest) = text.split_once("\"Test ").unwrap_or_default();
    rest.split_whitespace().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lkmm::trace::Sources;

    fn event(name: &str, place: Source, value: Option<Source>) -> Event {
        Event {
            name: name.to_owned(),
            place: Sources::from([place]),
            value: value.into_iter().collect(),
            ..Event::default()
        }
    }

    /// Results are stored when the compiler likes; they are no part of the test.
    #[test]
    fn what_is_stored_as_a_result_is_left_out() {
        let text = "C t\n{}\nP0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0); }\nexists (0:r0=1)\n";
        let test = lkmm::parse(Path::new("t.litmus"), text).unwrap();
        let params = ["x", "y", "out_0_r0"].map(str::to_owned);
        let found = |last: Event| Found {
            shown: vec![["mov", "mov", "mov"].map(str::to_owned).to_vec()],
            ways: vec![vec![
                event("read4", Source::Param(0), None),
                event("write4", Source::Param(2), Some(Source::Event(0))),
                last,
            ]],
        };
        let right = event("write4", Source::Param(1), Some(Source::Event(0)));
        let right = side(&test, 0, &params, found(right));
        assert_eq!((right.code.as_str(), right.differs), ("mov; mov", None));
        let lost = side(
            &test,
            0,
            &params,
            found(event("write4", Source::Param(1), None)),
        );
        assert!(lost.differs.is_some());
    }

    #[test]
    fn parameters_are_read() {
        let one = One {
            text: "static void code1(int** x,atomic_t* y,int *out_1_r0) {".to_owned(),
            code: Code::new(Arch::X86_64, Listing::default()),
        };
        assert_eq!(one.params("code1").unwrap(), ["x", "y", "out_1_r0"]);
        assert!(one.params("code0").is_err());
    }
}
