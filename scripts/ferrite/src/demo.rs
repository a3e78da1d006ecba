// SPDX-License-Identifier: GPL-2.0

//! `ferrite demo`: each module at work on real input, in a guest.

use crate::check::DEMO;
use crate::options::Boot;
use ::console::style;
use anyhow::Result;
use build::{Built, Target};
use clap::Args;
use guest::{console, job, Event, Guest, Job, Payload};
use host::{file_name, Context};
use std::process::ExitCode;
use std::time::Duration;

/// How long a module's demonstration may take.
const SHOW: Duration = Duration::from_secs(60);

/// Options of `ferrite demo`.
#[derive(Args)]
pub(crate) struct DemoArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    #[command(flatten)]
    pub(crate) boot: Boot,
}

/// `ferrite demo`.
pub(crate) fn run(ctx: &Context, args: &DemoArgs) -> Result<ExitCode> {
    let (root, built) = build::for_target(ctx, &args.target)?;
    let guest = Guest::new(ctx, &root, &built.kernel, args.boot.runner, &built.dir)?;
    let payload = Payload {
        modules: built.modules.clone(),
        programs: built.selftests.clone(),
    };
    let jobs = plan(&built);

    title(
        ctx,
        &format!(
            "booting {}, a kernel that somebody else built",
            built.kernel.release
        ),
    );
    let outcome = guest.run(ctx, &payload, &jobs, &mut |event| show(ctx, &event))?;

    let failed: Vec<_> = outcome
        .done
        .iter()
        .filter(|done| done.status != Some(0))
        .collect();
    for done in &failed {
        ctx.note(format!("ferrite: `{}` failed", done.job));
        console::tail(&done.output, 10)
            .iter()
            .for_each(|line| ctx.note(format!("  {line}")));
    }
    if let Some(why) = outcome.fault.as_ref().or(outcome.complaints.first()) {
        ctx.note(format!("ferrite: {why}"));
        ctx.note(format!("the end of {}:", outcome.log.display()));
        outcome
            .tail(30)
            .iter()
            .for_each(|line| ctx.note(format!("  {line}")));
    } else if failed.is_empty() {
        title(
            ctx,
            "all modules are unloaded; the kernel's log has no complaint",
        );
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

/// Load all, show what has something to show, unload all.
fn plan(built: &Built) -> Vec<Job> {
    let files: Vec<String> = built.modules.iter().map(|file| file_name(file)).collect();
    let mut jobs: Vec<Job> = files
        .iter()
        .map(|file| Job::Load(file.clone(), Vec::new()))
        .collect();
    let shows = built
        .selftests
        .iter()
        .filter(|(name, _)| module_of(name).is_some());
    jobs.extend(shows.map(|(name, _)| Job::run(name, SHOW)));
    jobs.extend(
        files
            .iter()
            .rev()
            .map(|file| Job::Unload(job::module_name(file))),
    );
    jobs
}

/// The module that a demo program shows: `pidfd/demo` shows `ferrite_pidfd`.
fn module_of(program: &str) -> Option<String> {
    let (folder, name) = program.split_once('/')?;
    (name == DEMO).then(|| format!("ferrite_{folder}"))
}

fn show(ctx: &Context, event: &Event<'_>) {
    match event {
        Event::Up(took) => ctx.say(format!("the guest is up after {:.1} s", took.as_secs_f32())),
        Event::Begun(Job::Load(file, _)) => ctx.say(format!("{} {file}", style("insmod").bold())),
        Event::Begun(Job::Unload(name)) => ctx.say(format!("{} {name}", style("rmmod").bold())),
        Event::Begun(Job::Run { program, .. }) => {
            title(ctx, &module_of(program).unwrap_or_else(|| program.clone()));
        }
        Event::Text(line) => ctx.say(format!(
            "{} {}",
            style("|").cyan(),
            console::printable(line)
        )),
        Event::Ended(done) if matches!(done.job, Job::Run { .. }) => ctx.say(""),
        Event::Begun(_) | Event::Ended(_) => {}
    }
}

/// A line that stands out; in colour on a terminal only.
fn title(ctx: &Context, text: &str) {
    ctx.say(style(format!("== {text}")).bold().cyan().to_string());
}
