// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus`: translates litmus tests, runs them in a guest, and has herd7 judge what was seen.

mod back;
mod batch;
mod codegen;
mod corpus;
mod cross;
mod files;
mod generated;
mod guest;
mod hazards;
mod herd;
mod klitmus;
mod model;
mod modelled;
mod mutations;
mod outcome;
mod page;
mod parallel;
mod reason;
mod summary;
mod translate;

use crate::options::Boot;
use anyhow::{bail, Context as _, Result};
use build::{Built, Target};
use clap::{Args, ValueEnum};
use codegen::{Code, Report};
pub(crate) use corpus::{Corpus, Source};
use files::Unread;
pub(crate) use herd::Herd;
use herd::Patience;
use host::{explain, Context};
use kernels::Table;
use lkmm::ast::Test;
use model::Model;
use outcome::{Line, Outcome};
use provide::sources as source_packages;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Which tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Those of the kernel's source
    Kernel,
    /// Those that are made of critical cycles: hundreds
    Cycles,
    /// Those that are made from a grammar of what herd7 takes, at random: how many is said by --tests
    Generated,
    /// Every barrier and ordering broken on purpose: each has to be noticed
    Mutations,
}

/// The tests that are in every build of the module.
const BUILTIN: &str = "rust/modules/litmus/builtin.rs";

/// How many tests one build of the module holds: what the compiler and a guest take grows with it, and one that fails
/// is looked for in so many.
const BATCH: usize = 500;

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

    /// Ask herd7 about each test, in C and read back from its Rust, and run nothing
    #[arg(long)]
    model: bool,

    /// Of --suite generated: how many tests
    #[arg(long, default_value_t = 1000, value_name = "N")]
    tests: u32,

    /// Of --suite generated: where the tests' random choices start; the same number makes the same tests
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// Compile for this machine, compare the machine code with the tests, and run nothing
    #[arg(long, value_enum, value_name = "ARCH")]
    arch: Option<cross::Arch>,

    /// For how many seconds herd7 may think about one test
    #[arg(long, default_value_t = herd::SECONDS, value_name = "SECONDS")]
    herd_time: u32,

    /// About how many tests herd7 thinks at a time [default: the number of processors]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,

    /// Litmus files, in C, or in Rust (`litmus!`); of a folder, all `.litmus` files below it
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl LitmusArgs {
    fn patience(&self) -> Patience {
        Patience {
            seconds: self.herd_time,
            jobs: self.jobs.unwrap_or_else(host::jobs),
        }
    }
}

/// `ferrite litmus`.
pub(crate) fn run(ctx: &Context, args: &LitmusArgs) -> Result<ExitCode> {
    let table = Table::read(&ctx.repo)?;
    if args.files.is_empty() && args.suite == Suite::Mutations {
        return mutations::run(ctx, args, &table);
    }
    let (sources, unread) = sources(ctx, args, &table)?;
    if args.translate {
        return translate::print(ctx, &Corpus::of(sources), &unread, args.json);
    }
    if sources.is_empty() {
        unread
            .iter()
            .for_each(|unread| ctx.note(&unread.trouble.message));
        bail!("no test is left of {} files", unread.len());
    }
    let linux = source_packages::upstream(ctx, &table)?;
    if let Some(arch) = args.arch {
        unread
            .iter()
            .for_each(|unread| ctx.note(&unread.trouble.message));
        let well = cross::compare(ctx, &linux, arch, &Corpus::of(sources), args.json)?;
        return Ok(match well && unread.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        });
    }

    // The tests of critical cycles are read back by the unit tests, letter by letter.
    let read_back = args.suite != Suite::Cycles || args.model || sources.len() <= back::MOST;
    let model = Model::ask(ctx, &table, &linux, &sources, args.patience(), read_back)?;
    if args.model {
        let corpus = Corpus::of(sources);
        return modelled::print(ctx, &corpus, &unread, &model, args.json);
    }
    let ready = build::ready(ctx, &args.target)?;
    let (mut lines, mut threads, mut complaints) = (Vec::new(), Vec::new(), Vec::new());
    let (mut tests, mut first): (Vec<Test>, Option<Built>) = (Vec::new(), None);
    for mut corpus in batches(sources) {
        let mut ran = batch::run(ctx, args, &table, &ready, &mut corpus, &model)?;
        lines.extend(batch::lines(&corpus, &model, Some(&mut ran)));
        threads.append(&mut ran.threads);
        complaints.extend(ran.complaint);
        match &first {
            None => first = Some(ran.built),
            Some(first) => guest::append_logs(&ran.built.dir, &first.dir)?,
        }
        tests.extend(corpus.sources.into_iter().map(|source| source.test));
    }
    let built = first.context("there is no test")?;
    lines.extend(unread.iter().map(Line::unread));
    let outcome = Outcome {
        kernel: built.kernel.name.clone(),
        release: built.kernel.release.clone(),
        provider: ready.choice.to_string(),
        judge: model.judge,
        named: !args.files.is_empty(),
        complaint: (!complaints.is_empty()).then(|| complaints.join("; ")),
        lines,
        threads,
    };
    let json = serde_json::to_string_pretty(&outcome)?;
    let file = built.dir.join("litmus.json");
    fs::write(&file, &json).map_err(|error| explain(error, &file))?;
    let page = built.dir.join("litmus.html");
    fs::write(&page, page::render(&outcome, &tests)?).map_err(|error| explain(error, &page))?;
    match args.json {
        true => ctx.say(json),
        false => {
            ctx.say(outcome.text());
            ctx.note(format!("  {}", page.display()));
        }
    }
    Ok(outcome.exit_code())
}

/// The tests that `make check` builds: those of every build, and the kernel's own.
pub(crate) fn checked(ctx: &Context) -> Result<Corpus> {
    let table = Table::read(&ctx.repo)?;
    let files = kernel_files(ctx, &table)?;
    let (sources, unread) = files::read(ctx, &files, &ctx.repo.join(BUILTIN));
    match unread.first() {
        None => Ok(Corpus::of(sources)),
        Some(unread) => bail!("{}", unread.trouble.message),
    }
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

/// The tests that are meant, and the files that hold none.
fn sources(ctx: &Context, args: &LitmusArgs, table: &Table) -> Result<(Vec<Source>, Vec<Unread>)> {
    let named = match (args.files.as_slice(), args.suite) {
        ([], Suite::Kernel) => kernel_files(ctx, table)?,
        ([], Suite::Cycles) => cycles(ctx)?,
        ([], Suite::Generated) => generated::files(ctx, args.seed, args.tests)?,
        ([], Suite::Mutations) => Vec::new(),
        (files, _) => files.to_vec(),
    };
    let (files, mut unread) = files::found(&named);
    let (mut sources, more) = files::read(ctx, &files, &ctx.repo.join(BUILTIN));
    unread.extend(more);
    if let Some(wanted) = &args.only {
        let before = sources.len();
        sources.retain(|source| source.test.name.contains(wanted.as_str()));
        if sources.is_empty() && before != 0 {
            bail!("no test is left: nothing has that in its name");
        }
    }
    Ok((sources, unread))
}

/// The tests that every build has, and the kernel's own.
fn kernel_files(ctx: &Context, table: &Table) -> Result<Vec<PathBuf>> {
    let linux = source_packages::upstream(ctx, table)?;
    let tests = lkmm::corpus::kernel_tests(&linux);
    let tests = tests.map_err(|error| explain(error, &linux))?;
    Ok([vec![ctx.repo.join(BUILTIN)], tests].concat())
}

/// Some tests for each build of the module.
fn batches(sources: Vec<Source>) -> Vec<Corpus> {
    let mut sources = sources.into_iter().peekable();
    let mut all = Vec::new();
    while sources.peek().is_some() {
        all.push(Corpus::of(sources.by_ref().take(BATCH).collect()));
    }
    all
}

/// The tests of critical cycles, as files: herd7 and people read those.
fn cycles(ctx: &Context) -> Result<Vec<PathBuf>> {
    lkmm::cycles::all()
        .iter()
        .map(|test| back::keep(ctx, "cycles", test))
        .collect()
}

/// What the engine is told to run a test. One that waits for grace periods is run twice: with those that the kernel makes
/// by itself, milliseconds long, and with expedited ones, with one team whose threads spin where they meet: they are
/// close together, as they are not after they slept.
fn commands(args: &LitmusArgs, test: &Test) -> Vec<guest::Command> {
    let command = |more: &[&str], expedited| command(args, test, args.time, more, expedited);
    match test.waits() {
        false => vec![command(&[], None)],
        true => vec![command(MANY, None), command(CLOSE, Some(guest::EXPEDITED))],
    }
}

/// What else it is told, for as many instances as were asked for, where that takes long.
fn until_enough(args: &LitmusArgs, test: &Test) -> Option<guest::Command> {
    let time = args.time.saturating_mul(LONGER);
    test.waits()
        .then(|| command(args, test, time, MANY, Some(guest::TEAMS)))
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
