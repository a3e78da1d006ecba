// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus`: translates litmus tests, runs them in a guest, and has herd7 judge what was seen.

mod back;
mod codegen;
mod cross;
mod guest;
mod hazards;
mod herd;
mod machine;
mod mutations;
mod outcome;
mod page;
mod risc;

use crate::build::{self, Wanted};
use crate::cache::explain;
use crate::cli::{Boot, Target};
use crate::context::Context;
use crate::sources as source_packages;
use crate::table::Table;
use crate::vm::file_name;
use ::litmus::ast::Test;
use ::litmus::judge::Verdict;
use ::litmus::{log, rust};
use anyhow::{bail, Context as _, Result};
use clap::{Args, ValueEnum};
use codegen::{Code, Report, Threads as _};
pub(crate) use herd::Herd;
use outcome::{Line, Outcome};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

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

/// A test and its file.
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    pub(crate) test: Test,
    /// Where the litmus module has it, below its root: `builtin::sb`; nothing where it has to be translated.
    pub(crate) module: Option<String>,
    /// Written in Rust.
    pub(crate) rust: bool,
}

/// `ferrite litmus`.
pub(crate) fn run(ctx: &Context, args: &LitmusArgs) -> Result<ExitCode> {
    let table = Table::read(&ctx.repo)?;
    if args.files.is_empty() && args.suite == Suite::Mutations {
        return mutations::run(ctx, args, &table);
    }
    let sources = sources(ctx, args, &table)?;
    let foreign: Vec<&Test> = sources
        .iter()
        .filter(|source| source.module.is_none())
        .map(|source| &source.test)
        .collect();
    let (text, refused) = rust::file(foreign.iter().copied());
    let refused: BTreeMap<String, String> = refused
        .into_iter()
        .map(|(test, refusal)| {
            let source = sources.iter().find(|s| std::ptr::eq(&s.test, test));
            let message = match source {
                Some(s) => {
                    ::litmus::Error::at(&s.file, &s.text, refusal.at, refusal.message).to_string()
                }
                None => refusal.message,
            };
            (test.name.clone(), message)
        })
        .collect();
    if args.translate {
        for source in sources.iter().filter(|source| source.rust) {
            ctx.say(source.test.to_string());
        }
        if sources.iter().any(|source| !source.rust) {
            let tests = sources.iter().filter(|source| !source.rust);
            ctx.say(rust::file(tests.map(|source| &source.test)).0);
        }
        refused.values().for_each(|message| ctx.note(message));
        return Ok(match refused.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        });
    }
    let modules: BTreeMap<String, String> = foreign
        .iter()
        .zip(rust::module_names(&foreign))
        .map(|(test, module)| (test.name.clone(), format!("corpus::{module}")))
        .collect();

    let linux = source_packages::upstream(ctx, &table)?;
    if let Some(arch) = args.arch {
        let tests: Vec<(&Source, Result<String, String>)> = sources
            .iter()
            .map(|source| {
                let name = &source.test.name;
                let module = source.module.as_ref().or(modules.get(name)).cloned();
                (
                    source,
                    match refused.get(name) {
                        Some(refusal) => Err(refusal.clone()),
                        None => Ok(module.unwrap_or_default()),
                    },
                )
            })
            .collect();
        return Ok(
            match cross::compare(ctx, &linux, arch, &text, &tests, args.json)? {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            },
        );
    }

    let (verdicts, judge) = verdicts(ctx, &table, &linux, &sources)?;
    let differ = back::differ(ctx, &table, &linux, &sources, &verdicts)?;
    let ready = build::ready(ctx, &args.target)?;
    let built = build::modules_with(
        ctx,
        &ready,
        &Wanted {
            corpus: &text,
            ..Wanted::default()
        },
    )?;
    let runnable = sources
        .iter()
        .filter(|source| !refused.contains_key(&source.test.name));
    let commands: Vec<String> = runnable.map(|source| command(args, &source.test)).collect();
    // On a busy machine a guest's clock is late, and so is the engine's.
    let tests = u32::try_from(commands.len())?;
    let one = Duration::from_millis(args.time.into()) + Duration::from_secs(2);
    let limit = Duration::from_secs(120) + 2 * one * tests;
    let hashes: BTreeMap<String, String> = sources
        .iter()
        .filter_map(|source| {
            let verdict = verdicts.get(&source.file)?;
            Some((source.test.name.clone(), verdict.hash.clone()?))
        })
        .collect();
    let runner = args.boot.runner;
    let log = guest::run(ctx, &ready, &built, runner, &commands, &hashes, limit)?;
    let records: BTreeMap<String, log::Record> = log::parse(&log)
        .into_iter()
        .map(|record| (record.name.clone(), record))
        .collect();

    let module = built
        .modules
        .iter()
        .find(|file| file_name(file) == "ferrite_litmus.ko")
        .context("the build made no ferrite_litmus.ko")?;
    let code = Code::read(module)?;
    let lines = sources
        .iter()
        .map(|source| {
            let name = &source.test.name;
            let verdict = verdicts.get(&source.file);
            let module = source.module.as_ref().or(modules.get(name));
            let wrong = match module {
                Some(module) if !refused.contains_key(name) => code.differ(&source.test, module),
                _ => None,
            };
            let wrong = wrong.map(|difference| format!("machine code: {difference}"));
            Line::new(
                &source.test,
                verdict,
                records.get(name),
                refused.get(name),
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

/// The machine code of the tests that every build has, and of what shows compilers' hazards.
pub(crate) fn built_code(ctx: &Context, module: &Path) -> Result<Report> {
    let builtin = back::written(ctx, &ctx.repo.join(BUILTIN), true)?;
    let tests = builtin.iter().map(|source| {
        let module = source.module.as_deref();
        (&source.test, module.ok_or("it is not in the module"))
    });
    Report::of(&Code::read(module)?, tests)
}

/// The tests that are meant.
fn sources(ctx: &Context, args: &LitmusArgs, table: &Table) -> Result<Vec<Source>> {
    let builtin = ctx.repo.join(BUILTIN);
    let files = match (args.files.as_slice(), args.suite) {
        ([], Suite::Kernel) => {
            let linux = source_packages::upstream(ctx, table)?;
            let tests = ::litmus::corpus::kernel_tests(&linux);
            let tests = tests.map_err(|error| explain(error, &linux))?;
            [vec![builtin.clone()], tests].concat()
        }
        ([], Suite::Cycles) => cycles(ctx)?,
        ([], Suite::Mutations) => Vec::new(),
        (files, _) => files.to_vec(),
    };
    let mut sources: Vec<Source> = Vec::new();
    for file in files {
        let new = match file.extension().is_some_and(|extension| extension == "rs") {
            true => back::written(ctx, &file, file == builtin)?,
            false => {
                let text = fs::read_to_string(&file).map_err(|error| explain(error, &file))?;
                let test = ::litmus::parse(&file, &text)?;
                vec![Source {
                    file,
                    text,
                    test,
                    module: None,
                    rust: false,
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
            let wanted = args.only.as_ref();
            if wanted.is_none_or(|wanted| name.contains(wanted.as_str())) {
                sources.push(source);
            }
        }
    }
    if sources.is_empty() {
        bail!("no test is left: nothing has that in its name");
    }
    Ok(sources)
}

/// The tests of critical cycles, as files: herd7 and people read those.
fn cycles(ctx: &Context) -> Result<Vec<PathBuf>> {
    ::litmus::cycles::all()
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
            crate::signals::check()?;
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

/// What the engine is told to run a test.
fn command(args: &LitmusArgs, test: &Test) -> String {
    let mut words = vec![
        test.name.clone(),
        format!("count={}", args.count),
        format!("time={}", args.time),
    ];
    if test.waits() {
        // A reader has to be in the same instance as the writer that waits for it.
        words.extend(["batch=4", "group=1"].map(str::to_owned));
    }
    words.extend(args.with.iter().cloned());
    words.join(" ")
}
