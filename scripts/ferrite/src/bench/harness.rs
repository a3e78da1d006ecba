// SPDX-License-Identifier: GPL-2.0

//! What the harness itself costs, measured and printed. Nothing here is asserted.

use super::options::BenchArgs;
use anyhow::{bail, Context as _, Result};
use build::Built;
use clap::ValueEnum;
use guest::{job, Guest, Job, Payload};
use host::{columns, file_name, Cmd, Context};
use ignore::WalkBuilder;
use root::Root;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Something that was measured, in seconds.
struct Figure {
    what: &'static str,
    goal: &'static str,
    seconds: Vec<f64>,
}

/// Measure, and print a table; could all be measured?
pub(super) fn run(ctx: &Context, args: &BenchArgs) -> Result<bool> {
    let mut figures = Vec::new();
    if args.cold {
        let cold = tempfile::Builder::new()
            .prefix("cold-")
            .tempdir_in(ctx.cache.path())?;
        let seconds = command(ctx, args, "demo", Some(cold.path()))?;
        figures.push(Figure {
            what: "demo, empty cache",
            goal: "600",
            seconds,
        });
    }
    let (root, built) = build::for_target(ctx, &args.target)?;
    let (up, first) = boots(ctx, args, &root, &built)?;
    figures.push(Figure {
        what: "machine start to the guest's first line",
        goal: "",
        seconds: up,
    });
    figures.push(Figure {
        what: "machine start to the first test line",
        goal: "6",
        seconds: first,
    });
    figures.push(Figure {
        what: "build, nothing changed",
        goal: "5",
        seconds: repeat(args, || build::for_target(ctx, &args.target).map(drop))?,
    });
    figures.push(Figure {
        what: "build, one file of one module changed",
        goal: "",
        seconds: one_file(ctx, args)?,
    });
    for (what, goal, name) in [
        ("demo, warm", "30", "demo"),
        ("check, warm", "120", "check"),
    ] {
        let seconds = command(ctx, args, name, None)?;
        figures.push(Figure {
            what,
            goal,
            seconds,
        });
    }
    print(ctx, &figures);
    Ok(figures.iter().all(|figure| !figure.seconds.is_empty()))
}

fn print(ctx: &Context, figures: &[Figure]) {
    let mut table = columns::headed(["what", "median s", "runs", "from", "to", "goal s"]);
    for figure in figures {
        let mut sorted = figure.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |index: usize| {
            sorted
                .get(index)
                .map_or(String::new(), |s| format!("{s:.1}"))
        };
        table.add_row([
            figure.what.to_owned(),
            at(sorted.len() / 2),
            sorted.len().to_string(),
            at(0),
            at(sorted.len().saturating_sub(1)),
            figure.goal.to_owned(),
        ]);
    }
    columns::align_numbers(&mut table, 1..6);
    ctx.say(table.trim_fmt());
}

fn repeat(args: &BenchArgs, mut once: impl FnMut() -> Result<()>) -> Result<Vec<f64>> {
    (0..args.runs)
        .map(|_| {
            let start = Instant::now();
            once()?;
            Ok(start.elapsed().as_secs_f64())
        })
        .collect()
}

/// Boot guests that load the modules and print the first one's KTAP.
fn boots(
    ctx: &Context,
    args: &BenchArgs,
    root: &Root,
    built: &Built,
) -> Result<(Vec<f64>, Vec<f64>)> {
    let guest = Guest::new(ctx, root, &built.kernel, args.boot.runner, &built.dir)?;
    let payload = Payload {
        modules: built.modules.clone(),
        programs: Vec::new(),
    };
    let files = built.modules.iter().map(|file| file_name(file));
    let mut jobs: Vec<Job> = files
        .clone()
        .map(|file| Job::Load(file, Vec::new()))
        .collect();
    jobs.extend(files.map(|file| Job::Ktap(job::module_name(&file))));
    let (mut up, mut first) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        let outcome = guest.run(ctx, &payload, &jobs, &mut |_| {})?;
        if let Some(fault) = &outcome.fault {
            bail!(
                "the guest to be measured failed: {fault}; its log: {}",
                outcome.log.display()
            );
        }
        up.extend(outcome.up.map(|took| took.as_secs_f64()));
        first.extend(outcome.first_text.map(|took| took.as_secs_f64()));
    }
    Ok((up, first))
}

/// Build a copy of the tree in which one module's source gets one more line each time.
fn one_file(ctx: &Context, args: &BenchArgs) -> Result<Vec<f64>> {
    let copy = tempfile::tempdir()?;
    for entry in WalkBuilder::new(&ctx.repo)
        .hidden(true)
        .require_git(false)
        .build()
    {
        let entry = entry.context("cannot list the tree")?;
        let Ok(path) = entry.path().strip_prefix(&ctx.repo) else {
            continue;
        };
        let to = copy.path().join(path);
        match entry.file_type() {
            Some(kind) if kind.is_dir() => fs::create_dir_all(&to)?,
            Some(kind) if kind.is_file() => fs::copy(entry.path(), &to).map(drop)?,
            _ => {}
        }
    }
    let file = module_source(&copy.path().join("rust/modules"))?;
    let changed = Context::new(
        Some(copy.path().to_owned()),
        Some(ctx.cache.path().to_owned()),
        ctx.verbose,
    )?;
    let mut serial = 0;
    let seconds = repeat(args, || {
        serial += 1;
        let mut text = fs::read_to_string(&file)?;
        text.push_str(&format!("\n// Measurement {serial}.\n"));
        fs::write(&file, text)?;
        build::for_target(&changed, &args.target).map(drop)
    })?;
    // The stage is the tree's again.
    build::for_target(ctx, &args.target)?;
    Ok(seconds)
}

/// The root file of some module.
fn module_source(modules: &Path) -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = walkdir::WalkDir::new(modules)
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    found.sort();
    found
        .into_iter()
        .next()
        .with_context(|| format!("no module has a source below {}", modules.display()))
}

/// Run this tool itself, and say how long it took; nothing if it failed, which is told at once.
fn command(ctx: &Context, args: &BenchArgs, name: &str, cache: Option<&Path>) -> Result<Vec<f64>> {
    let mut cmd = Cmd::new(std::env::current_exe().context("this program's file is not known")?)
        .arg("--repo")
        .arg(&ctx.repo)
        .arg("--cache")
        .arg(cache.unwrap_or(ctx.cache.path()))
        .arg(name)
        .args(["--provider", &value(args.target.provider)])
        .args(["--runner", &value(args.boot.runner)])
        .what(format!("measuring `ferrite {name}`"));
    if let Some(kernel) = &args.target.kernel {
        cmd = cmd.args(["--kernel", kernel]);
    }
    let start = Instant::now();
    let outcome = cmd.outcome(ctx)?;
    if !outcome.status.success() {
        ctx.note(format!(
            "ferrite: `ferrite {name}` failed, so its time counts for nothing:\n{}",
            outcome.tail
        ));
        return Ok(Vec::new());
    }
    Ok(vec![start.elapsed().as_secs_f64()])
}

/// How the command line calls a value.
fn value(of: impl ValueEnum) -> String {
    of.to_possible_value()
        .map_or(String::new(), |value| value.get_name().to_owned())
}
