// SPDX-License-Identifier: GPL-2.0

//! `ferrite bench`: what things cost, measured in guests side by side, and printed.
//!
//! A module's benchmark is one small file below `bench/` that implements [`Bench`]: what to build and to run, and
//! which of its figures are to be compared. Booting, reading and printing are done here.

mod carried;
mod figures;
mod harness;
mod litmus;
mod pidfd;

use crate::options::Boot;
use anyhow::{bail, Result};
use build::{Built, Target, Wanted};
use clap::{Args, ValueEnum};
pub(crate) use figures::{Comparison, Figure};
use figures::{Line, Table};
use guest::{Accelerator, Event, Guest, Job, Outcome, Payload};
use host::{explain, Context};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::ExitCode;

/// Options of `ferrite bench`.
#[derive(Args)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    #[command(flatten)]
    pub(crate) boot: Boot,

    /// What is measured (default: all)
    #[arg(long, value_enum, value_name = "NAMES", value_delimiter = ' ')]
    pub(crate) module: Vec<Module>,

    /// How often a measured thing is done in a round (default: what suits it)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,

    /// How often each thing of the harness is measured; the median is printed
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,

    /// Also measure a demo with an empty cache (downloads everything again)
    #[arg(long)]
    pub(crate) cold: bool,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Module {
    /// One question to `/dev/ferrite-pidfd`, to the same device in C, and to the kernel's own interface
    Pidfd,
    /// The carried `kernel` crate beside the kernel's own
    Carried,
    /// The litmus engine beside klitmus7: instances, and weak outcomes, per second
    Litmus,
    /// Builds, boots and checks: what the harness itself costs
    Harness,
}

/// A machine that things are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// One processor whose clock counts instructions: a nanosecond is one. The figures are the same in every run.
    Counting,
    /// As for any test: two processors, and a clock that tells time.
    Ordinary,
}

/// What the machines of a benchmark are booted with.
pub(crate) struct Plan {
    /// The modules and programs that are there.
    pub(crate) payload: Payload,
    /// What is done, the same in each machine.
    pub(crate) jobs: Vec<Job>,
}

/// A module's benchmark.
pub(crate) trait Bench {
    /// What it is called in the table's heading.
    fn name(&self) -> &'static str;

    /// What to build besides what is always built.
    fn wanted(&self) -> Wanted<'_> {
        Wanted::default()
    }

    /// The machines that the jobs are done in, one after the other.
    fn machines(&self) -> &[Machine] {
        &[Machine::Counting, Machine::Ordinary]
    }

    /// What to do in them.
    fn plan(&self, ctx: &Context, args: &BenchArgs, built: &Built) -> Result<Plan>;

    /// Read the figures from what a job printed. As it is: the lines that [`Figure::read`] knows.
    fn read(&self, output: &str) -> Vec<Figure> {
        output.lines().filter_map(Figure::read).collect()
    }

    /// Which figures are compared.
    fn comparisons(&self, lines: &[Line]) -> Vec<Comparison>;
}

/// `ferrite bench`.
pub(crate) fn run(ctx: &Context, args: &BenchArgs) -> Result<ExitCode> {
    let modules = match args.module.as_slice() {
        [] => Module::value_variants(),
        some => some,
    };
    let mut good = true;
    for module in modules {
        good &= match module {
            Module::Pidfd => measure(ctx, args, &pidfd::Pidfd)?,
            Module::Carried => measure(ctx, args, &carried::Carried)?,
            Module::Litmus => litmus::run(ctx, args)?,
            Module::Harness => harness::run(ctx, args)?,
        };
    }
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Have a benchmark done, and print what it came to; is all as it should be?
fn measure(ctx: &Context, args: &BenchArgs, bench: &dyn Bench) -> Result<bool> {
    let ready = build::ready(ctx, &args.target)?;
    let built = build::modules_with(ctx, &ready, &bench.wanted())?;
    let plan = bench.plan(ctx, args, &built)?;
    let mut lines = Vec::new();
    let runner = args.boot.runner;
    let mut guest = Guest::new(ctx, &ready.root, &built.kernel, runner, &built.dir)?;
    let ordinary = guest.accelerator;
    for &machine in bench.machines() {
        guest.dir = built.dir.join(machine.folder());
        guest.accelerator = match machine {
            Machine::Counting => Accelerator::Counting,
            Machine::Ordinary => ordinary,
        };
        let outcome = boot(ctx, bench, machine, &guest, &plan)?;
        for figure in outcome
            .done
            .iter()
            .flat_map(|done| bench.read(&done.output))
        {
            figures::add(&mut lines, machine, figure);
        }
    }
    if lines.is_empty() {
        bail!(
            "the benchmark of {} printed no figure (logs: {})",
            bench.name(),
            built.dir.display()
        );
    }
    let comparisons = bench.comparisons(&lines);
    let table = Table {
        module: bench.name(),
        kernel: built.kernel.name.clone(),
        release: built.kernel.release.clone(),
        provider: ready.choice.to_string(),
        comparisons: figures::compare(&lines, &comparisons),
        lines,
    };
    let json = serde_json::to_string_pretty(&table)?;
    let file = built.dir.join("bench.json");
    fs::write(&file, &json).map_err(|error| explain(error, &file))?;
    ctx.say(if args.json { json } else { table.text() });
    ctx.note(format!("  {}", file.display()));
    Ok(table.missed().is_empty())
}

/// Have one machine do the jobs; anything that goes wrong is an error.
fn boot(
    ctx: &Context,
    bench: &dyn Bench,
    machine: Machine,
    guest: &Guest<'_>,
    plan: &Plan,
) -> Result<Outcome> {
    let step = ctx.step(format!(
        "measuring {} {}",
        bench.name(),
        match machine {
            Machine::Counting => "in instructions",
            Machine::Ordinary => "in time",
        }
    ));
    let outcome = guest.run(ctx, &plan.payload, &plan.jobs, &mut |event| match event {
        Event::Text(line) => step.message(line),
        Event::Begun(job) => step.message(&job.to_string()),
        Event::Up(_) | Event::Ended(_) => {}
    })?;
    step.done();
    outcome.all_well(ctx)?;
    Ok(outcome)
}

impl Machine {
    /// Where its logs go, below the run's folder.
    fn folder(self) -> &'static str {
        match self {
            Machine::Counting => "counting",
            Machine::Ordinary => "ordinary",
        }
    }
}

/// A program for a guest: a shell script `name` in the run's folder. `$programs` is where the other programs are.
pub(crate) fn script(
    built: &Built,
    name: &str,
    text: &str,
) -> Result<(String, std::path::PathBuf)> {
    let file = built.dir.join(name);
    fs::write(&file, format!("#!/bin/sh\nprograms=${{0%/*}}\n{text}\n"))
        .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o755)))
        .map_err(|error| explain(error, &file))?;
    Ok((name.to_owned(), file))
}
