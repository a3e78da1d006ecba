// SPDX-License-Identifier: GPL-2.0

//! `ferrite samples`: upstream's Rust samples, unmodified, as the judge of a provider.
//!
//! Nothing here knows a sample: upstream's Makefile and Kconfig say which there are and what they need, and
//! `samples/samples.toml` what each is made to do.

mod acpi;
mod board;
mod exercise;
mod kbuild;
mod kconfig;
mod modules;
mod trial;

use crate::options::Boot;
use anyhow::Result;
use build::{modules as build_suite, new_run, ready, Built as Suite, Ready, Target};
use clap::Args;
use exercise::Exercises;
use guest::{Guest, Probe, Runner, CPUS};
use host::Context;
use kconfig::Sample;
use kernels::{Config, Provider, Table};
use provide::sources;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use trial::{Kit, Trial, Verdicts};

pub(crate) use board::{Board, SampleLine, Verdict};

/// How long a guest may take for all samples.
const GUEST: Duration = Duration::from_secs(600);

/// Options of `ferrite samples`.
#[derive(Args)]
pub(crate) struct SamplesArgs {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    boot: Boot,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `ferrite samples`: exit status 0 if as many work as the kernel's entry in `kernels.toml` says.
pub(crate) fn run(ctx: &Context, args: &SamplesArgs) -> Result<ExitCode> {
    let ready = ready(ctx, &args.target)?;
    let suite = match ready.choice.provider {
        Provider::Native => None,
        Provider::Carried => Some(build_suite(ctx, &ready)?),
    };
    let dir = match &suite {
        Some(suite) => suite.dir.clone(),
        None => new_run(ctx, &ready.kernel.name)?,
    };
    let board = judge(ctx, &ready, suite.as_ref(), args.boot.runner, &dir)?;
    ctx.say(match args.json {
        true => serde_json::to_string_pretty(&board)?,
        false => board.text(),
    });
    ctx.note(format!("  logs: {}", dir.join("samples").display()));
    Ok(if board.is_green() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Build the samples for a kernel, try them in a guest, and say what became of each. The carried provider needs the
/// suite; `dir` gets what a run leaves behind.
pub(crate) fn judge(
    ctx: &Context,
    ready: &Ready,
    suite: Option<&Suite>,
    runner: Runner,
    dir: &Path,
) -> Result<Board> {
    let table = Table::read(&ctx.repo)?;
    let linux = sources::upstream(ctx, &table)?;
    let exercises = Exercises::read(&ctx.repo)?;
    let samples = kconfig::samples(&linux)?;
    let config = match suite {
        Some(suite) => suite.config()?,
        None => Config::read(&ready.kernel)?,
    };
    let dir = dir.join("samples");

    let obstacle = |sample: &Sample| sample.obstacle(&config);
    let allowed: Vec<Sample> = samples
        .iter()
        .filter(|sample| obstacle(sample).is_none())
        .cloned()
        .collect();
    let built = kbuild::build(ctx, ready, &linux, &allowed, &dir)?;
    let mut verdicts: Verdicts = built
        .causes
        .into_iter()
        .map(|(sample, cause)| (sample, Err(cause)))
        .collect();

    let mut finder = modules::Finder::new(&ready.kernel, &dir.join("kernel"));
    let mut trials = Vec::new();
    for (name, file) in &built.modules {
        let Some(exercise) = exercises.sample.get(name) else {
            let cause =
                format!("samples/samples.toml says nothing of {name}: add what it has to do");
            verdicts.insert(name.clone(), Err(cause));
            continue;
        };
        let mut lacking = None;
        for module in &exercise.before {
            if !finder.want(module)? {
                lacking = Some(module);
            }
        }
        match lacking {
            Some(module) => {
                let cause =
                    format!("cannot be tried: the kernel's packages have no module for `{module}`");
                verdicts.insert(name.clone(), Err(cause));
            }
            None => trials.push(Trial {
                name,
                file,
                exercise,
            }),
        }
    }
    let probe = Probe::new(ctx, &ready.root, &ready.kernel)?;
    let first = |suite: &Suite| suite.modules[..1].to_vec();
    let kit = Kit {
        suite: &suite
            .filter(|_| ready.choice.provider == Provider::Carried)
            .map(first)
            .unwrap_or_default(),
        own: &finder.found(),
        program: &built.program,
    };
    fs::create_dir_all(&dir)?;
    let guest = Guest {
        root: &ready.root,
        kernel: &ready.kernel,
        runner,
        accelerator: probe.accelerator,
        dir: dir.clone(),
        limit: GUEST,
        silence: None,
        devices: trial::devices(&exercises.machine, &dir)?,
        cpus: CPUS,
    };
    verdicts.extend(trial::judge(ctx, &guest, &kit, &trials)?);

    let lines: Vec<SampleLine> = samples
        .iter()
        .map(|sample| line(sample, &config, &exercises, &mut verdicts))
        .collect();
    Ok(Board {
        kernel: ready.kernel.name.clone(),
        release: ready.kernel.release.clone(),
        provider: ready.choice.to_string(),
        target: table
            .kernel(&ready.kernel.name)?
            .samples
            .unwrap_or(allowed.len()),
        lines,
    })
}

fn line(
    sample: &Sample,
    config: &Config,
    exercises: &Exercises,
    verdicts: &mut Verdicts,
) -> SampleLine {
    let verdict = match (sample.obstacle(config), verdicts.remove(&sample.module)) {
        (Some(why), _) => Verdict::NotBuilt(why),
        (None, Some(Ok(()))) => Verdict::Works,
        (None, Some(Err(cause))) => Verdict::Fails(cause),
        (None, None) => Verdict::Fails("it was not tried".to_owned()),
    };
    let exercise = exercises.sample.get(&sample.module);
    SampleLine {
        sample: sample.module.clone(),
        shows: exercise
            .map(|exercise| exercise.shows.clone())
            .unwrap_or_default(),
        verdict,
    }
}
