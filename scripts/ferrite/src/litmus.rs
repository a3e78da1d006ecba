// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus`: translates litmus tests, runs them in a guest, and has herd7 judge what was seen.

mod back;
mod codegen;
mod corpus;
mod cross;
mod guest;
mod hazards;
mod herd;
mod klitmus;
mod mutations;
mod outcome;
mod page;

use crate::options::Boot;
use anyhow::{bail, Result};
use build::{Built, Target, Wanted};
use clap::{Args, ValueEnum};
use codegen::{Code, Report, Threads as _};
pub(crate) use corpus::{Corpus, Source};
pub(crate) use herd::Herd;
use host::{explain, Context};
use kernels::Table;
use lkmm::ast::Test;
use lkmm::judge::Verdict;
use lkmm::log;
use outcome::{Line, Outcome};
use provide::sources;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Which tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Those of the kernel's source
    Kernel,
    /// Those that are made of critical cycles: hundreds
    Cycles,
    /// Every barrier and ordering broken on purpose: each has to be noticed
    Mutations,
}

/// The tests that are in every build of the module.
const BUILTIN: &str = "rust/modules/litmus/builtin.rs";

/// How a test is run that waits for grace periods: a reader has to be in the same instance as the writer that waits for
/// it, so that the threads meet before each.
const CLOSE: &[&str] = &["batch=4", "group=1", "aim=0"];

/// The same, with many teams: one grace period serves all who wait for it.
const MANY: &[&str] = &["teams=128", "batch=16", "group=1", "patience=300", "aim=0"];

/// How many times longer such a test may run than others, until there are as many instances as were asked for.
const LONGER: u32 = 24;

/// Options of `ferrite litmus`.
#[derive(Args)]
pub(crate) struct LitmusArgs {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    boot: Boot,

    /// Which tests, if no files are named
    #[arg(long, value_enum, default_value = "kernel", value_name = "SUITE")]
    suite: Suite,

    /// How many instances of each test to run
    #[arg(long, default_value_t = 1_000_000, value_name = "N")]
    count: u64,

    /// For how many milliseconds a test may run at most; then it has run fewer instances
    #[arg(long, default_value_t = 2500, value_name = "MS")]
    time: u32,

    /// Only tests with this in their names
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,

    /// More parameters for the engine, such as group=64
    #[arg(long, value_name = "KEY=NUMBER", value_delimiter = ' ')]
    with: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    /// Print the Rust of C, and the C of Rust, and run nothing
    #[arg(long)]
    translate: bool,

    /// Compile for this machine, compare the machine code with the tests, and run nothing
    #[arg(long, value_enum, value_name = "ARCH")]
    arch: Option<cross::Arch>,

    /// Litmus files, in C, or in Rust (`litmus!`)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// `ferrite litmus`.
pub(crate) fn run(ctx: &Context, args: &LitmusArgs) -> Result<ExitCode> {
    let table = Table::read(&ctx.repo)?;
    if args.files.is_empty() && args.suite == Suite::Mutations {
        return mutations::run(ctx, args, &table);
    }
    let corpus = Corpus::of(sources(ctx, args, &table)?);
    if args.translate {
        return Ok(corpus.print(ctx));
    }

    let linux = sources::upstream(ctx, &table)?;
    if let Some(arch) = args.arch {
        return Ok(
            match cross::compare(ctx, &linux, arch, &corpus, args.json)? {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            },
        );
    }

    let sources = &corpus.sources;
    let (verdicts, judge) = verdicts(ctx, &table, &linux, sources)?;
    let differ = back::differ(ctx, &table, &linux, sources, &verdicts)?;
    let ready = build::ready(ctx, &args.target)?;
    let built = build::modules_with(
        ctx,
        &ready,
        &Wanted {
            corpus: &corpus.text,
            ..Wanted::default()
        },
    )?;
    let commands: Vec<guest::Command> = corpus
        .placed()
        .filter(|(_, place)| place.is_ok())
        .flat_map(|(source, _)| {
            let more = until_enough(args, &source.test);
            commands(args, &source.test).into_iter().chain(more)
        })
        .collect();
    let hashes: BTreeMap<String, String> = sources
        .iter()
        .filter_map(|source| {
            let verdict = verdicts.get(&source.file)?;
            Some((source.test.name.clone(), verdict.hash.clone()?))
        })
        .collect();
    let runner = args.boot.runner;
    let log = guest::run(ctx, &ready, &built, runner, &commands, &hashes)?;
    let records = log::by_test(&log);

    let code = Code::of(&built)?;
    let theirs = klitmus::Theirs::get(ctx, &table, &ready, &corpus)?;
    let threads = klitmus::compared(&code, &theirs, &corpus);
    let lines = corpus
        .placed()
        .map(|(source, place)| {
            let name = &source.test.name;
            let differ_in = |code: &Code| code.differ(&source.test, place.ok()?);
            let wrong = differ_in(&code.calls()).or_else(|| differ_in(&code));
            let wrong = wrong.map(|difference| format!("machine code: {difference}"));
            Line::new(
                &source.test,
                verdicts.get(&source.file),
                records.get(name),
                place.err(),
                wrong.or_else(|| differ.get(name).cloned()),
            )
        })
        .collect();
    let outcome = Outcome {
        kernel: built.kernel.name.clone(),
        release: built.kernel.release.clone(),
        provider: ready.choice.to_string(),
        judge,
        lines,
        threads,
    };
    let json = serde_json::to_string_pretty(&outcome)?;
    let file = built.dir.join("litmus.json");
    fs::write(&file, &json).map_err(|error| explain(error, &file))?;
    let tests: Vec<&Test> = sources.iter().map(|source| &source.test).collect();
    let page = built.dir.join("litmus.html");
    fs::write(&page, page::render(&outcome, &tests)?).map_err(|error| explain(error, &page))?;
    match args.json {
        true => ctx.say(json),
        false => {
            ctx.say(outcome.text());
            ctx.note(format!("  {}", page.display()));
        }
    }
    Ok(match outcome.failed() {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// The tests that `make check` builds: those of every build, and the kernel's own.
pub(crate) fn checked(ctx: &Context) -> Result<Corpus> {
    let table = Table::read(&ctx.repo)?;
    Ok(Corpus::of(read(ctx, kernel_files(ctx, &table)?)?))
}

/// The machine code of the tests that were built, and of what shows compilers' hazards: to the calls of helpers, and with
/// the helpers, to single instructions.
pub(crate) fn built_code(built: &Built, corpus: &Corpus) -> Result<[Report; 2]> {
    let code = Code::of(built)?;
    Ok([
        Report::of(&code.calls(), corpus)?,
        Report::of(&code, corpus)?,
    ])
}

/// The tests that are meant.
fn sources(ctx: &Context, args: &LitmusArgs, table: &Table) -> Result<Vec<Source>> {
    let files = match (args.files.as_slice(), args.suite) {
        ([], Suite::Kernel) => kernel_files(ctx, table)?,
        ([], Suite::Cycles) => cycles(ctx)?,
        ([], Suite::Mutations) => Vec::new(),
        (files, _) => files.to_vec(),
    };
    let mut sources = read(ctx, files)?;
    if let Some(wanted) = &args.only {
        sources.retain(|source| source.test.name.contains(wanted.as_str()));
    }
    if sources.is_empty() {
        bail!("no test is left: nothing has that in its name");
    }
    Ok(sources)
}

/// The tests that every build has, and the kernel's own.
fn kernel_files(ctx: &Context, table: &Table) -> Result<Vec<PathBuf>> {
    let linux = sources::upstream(ctx, table)?;
    let tests = lkmm::corpus::kernel_tests(&linux);
    let tests = tests.map_err(|error| explain(error, &linux))?;
    Ok([vec![ctx.repo.join(BUILTIN)], tests].concat())
}

/// The tests of files, in C or in Rust.
fn read(ctx: &Context, files: Vec<PathBuf>) -> Result<Vec<Source>> {
    let builtin = ctx.repo.join(BUILTIN);
    let mut sources: Vec<Source> = Vec::new();
    for file in files {
        let new = match file.extension().is_some_and(|extension| extension == "rs") {
            true => back::written(ctx, &file, file == builtin)?,
            false => {
                let text = fs::read_to_string(&file).map_err(|error| explain(error, &file))?;
                let test = lkmm::parse(&file, &text)?;
                vec![Source {
                    file,
                    text,
                    test,
                    module: None,
                    rust: None,
                }]
            }
        };
        for source in new {
            let name = &source.test.name;
            if let Some(other) = sources.iter().find(|other| other.test.name == *name) {
                bail!(
                    "{} and {} are both called {name}: give one of them another name",
                    other.file.display(),
                    source.file.display(),
                );
            }
            sources.push(source);
        }
    }
    Ok(sources)
}

/// The tests of critical cycles, as files: herd7 and people read those.
fn cycles(ctx: &Context) -> Result<Vec<PathBuf>> {
    lkmm::cycles::all()
        .iter()
        .map(|test| back::keep(ctx, "cycles", test))
        .collect()
}

/// herd7's verdicts; where it cannot be had, those of the tests' own comments. And whose they are.
fn verdicts(
    ctx: &Context,
    table: &Table,
    linux: &Path,
    sources: &[Source],
) -> Result<(BTreeMap<PathBuf, Verdict>, String)> {
    let Some(spec) = &table.herd else {
        bail!("kernels.toml has no [herd]: it says where herd7 comes from");
    };
    match Herd::get(ctx, spec) {
        Ok(herd) => {
            let files: Vec<PathBuf> = sources.iter().map(|source| source.file.clone()).collect();
            let judge = format!("herd7 {}", herd.version());
            Ok((herd.verdicts(ctx, linux, &files)?, judge))
        }
        Err(error) => {
            host::signals::check()?;
            ctx.note(format!(
                "  herd7 cannot be had ({error:#}): the tests' own `Result:` lines judge, and only their conditions"
            ));
            let verdicts = sources.iter().filter_map(|source| {
                Some((source.file.clone(), Verdict::of_comment(&source.test)?))
            });
            Ok((verdicts.collect(), "the tests' own comments".to_owned()))
        }
    }
}

/// What the engine is told to run a test. One that waits for grace periods is run twice: with those that the kernel makes
/// by itself, milliseconds long, and with expedited ones, with one team whose threads spin where they meet: they are
/// close together, as they are not after they slept.
fn commands(args: &LitmusArgs, test: &Test) -> Vec<guest::Command> {
    let command = |more: &[&str], expedited| command(args, test, args.time, more, expedited);
    match test.waits() {
        false => vec![command(&[], None)],
        true => vec![
            command(MANY, None),
            command(CLOSE, Some("litmus-expedited.log")),
        ],
    }
}

/// What else it is told, for as many instances as were asked for, where that takes long.
fn until_enough(args: &LitmusArgs, test: &Test) -> Option<guest::Command> {
    let time = args.time.saturating_mul(LONGER);
    test.waits()
        .then(|| command(args, test, time, MANY, Some("litmus-teams.log")))
}

fn command(
    args: &LitmusArgs,
    test: &Test,
    time: u32,
    more: &[&str],
    expedited: Option<&'static str>,
) -> guest::Command {
    let mut words = vec![test.name.clone(), format!("count={}", args.count)];
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words.extend(args.with.iter().cloned());
    guest::Command {
        text: words.join(" "),
        time,
        expedited,
    }
}
