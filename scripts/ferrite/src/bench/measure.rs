// SPDX-License-Identifier: GPL-2.0

//! Having a benchmark done in guests, and printing what it came to.

use super::figures::{self, Table};
use super::machine::Machine;
use super::options::BenchArgs;
use super::plan::{Bench, Plan};
use anyhow::{bail, Result};
use guest::{Accelerator, Event, Guest, GuestOutcome};
use host::{explain, Context};
use std::fs;

/// Have a benchmark done, and print what it came to; is all as it should be?
pub(super) fn measure(ctx: &Context, args: &BenchArgs, bench: &dyn Bench) -> Result<bool> {
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
) -> Result<GuestOutcome> {
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
