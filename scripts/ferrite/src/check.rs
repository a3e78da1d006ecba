// SPDX-License-Identifier: GPL-2.0

//! `ferrite check`: host unit tests, then build, boot, load and test, then a table and one line.

mod answers;
mod codegen;
mod faults;
mod forged;
mod host_tests;
pub(crate) mod judge;
mod upstream;

use crate::build;
use crate::cli::{Boot, Target};
use crate::context::Context;
use crate::report::{Report, Row};
use crate::root::Root;
use crate::vm::{file_name, job, Event, Guest, Job, Outcome, Payload, Runner};
use anyhow::{bail, Result};
use clap::Args;
use std::process::ExitCode;
use std::time::Duration;
use upstream::Upstream;

/// How often the modules are loaded and unloaded.
const ROUNDS: usize = 100;

/// How long a selftest may take.
const SELFTEST: Duration = Duration::from_secs(300);

/// Programs with this name show a module at work and test nothing.
pub(crate) const DEMO: &str = "demo";

/// Options of `ferrite check`.
#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    #[command(flatten)]
    pub(crate) boot: Boot,

    /// Only these selftests (folders of selftests/), and only in the guest
    #[arg(long, value_name = "NAMES", value_delimiter = ' ')]
    pub(crate) targets: Vec<String>,
}

/// `ferrite check`.
pub(crate) fn run(ctx: &Context, args: &CheckArgs) -> Result<ExitCode> {
    let mut report = Report::default();
    if args.targets.is_empty() {
        report.extend(host_tests::run(ctx)?);
    }
    let made = build::ready(ctx, &args.target)
        .and_then(|ready| build::modules(ctx, &ready).map(|built| (ready, built)));
    let (ready, built) = match made {
        Ok(made) => made,
        Err(error) => {
            // What was tested so far is worth its lines; the error says itself why there is no more.
            report.add(Row::failed(
                "build",
                "modules and selftests",
                Duration::ZERO,
                format!("{error:#}"),
            ));
            report.print(ctx, None);
            return Ok(ExitCode::FAILURE);
        }
    };
    report.extend(answers::rows(ctx, &built)?);
    if args.targets.is_empty() {
        report.extend(codegen::rows(ctx, &built)?);
        report.extend(forged::rows(ctx, &ready, &built)?);
    }
    let upstream = Upstream::wanted(ctx, &ready.root, &built, &args.targets)?;
    let (guest, jobs, outcome) = in_guest(
        ctx,
        &ready.root,
        &built,
        upstream.as_ref(),
        args.boot.runner,
        &args.targets,
    )?;
    report.extend(judge::guest(&jobs, &outcome));
    if let Some(upstream) = &upstream {
        let (rows, board) = upstream.judge(&outcome.done);
        report.extend(rows);
        report.show(board);
    }
    if args.targets.is_empty() {
        report.extend(faults::run(ctx, &guest, &built.modules)?);
    }

    report.print(ctx, Some(&built.dir));
    Ok(match report.counts().failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Boot a guest, load what was built, have it test itself, and keep the KTAP. What that came to is for [`judge`].
pub(crate) fn in_guest<'a>(
    ctx: &Context,
    root: &'a Root,
    built: &'a build::Built,
    upstream: Option<&Upstream>,
    runner: Runner,
    targets: &[String],
) -> Result<(Guest<'a>, Vec<Job>, Outcome)> {
    let more = upstream.map(Upstream::jobs).unwrap_or_default();
    let jobs = plan(built, more, targets)?;
    let guest = Guest::new(ctx, root, &built.kernel, runner, &built.dir)?;
    let programs = upstream
        .iter()
        .flat_map(|upstream| upstream.programs.clone());
    let payload = Payload {
        modules: built.modules.clone(),
        programs: built.selftests.iter().cloned().chain(programs).collect(),
    };
    let step = ctx.step(format!("testing in a guest with {}", built.kernel.release));
    let outcome = guest.run(ctx, &payload, &jobs, &mut |event| match event {
        Event::Up(_) => step.message("the guest is up"),
        Event::Begun(job) => step.message(&job.to_string()),
        Event::Text(line) if ctx.verbose => ctx.note(format!("    {line}")),
        Event::Text(line) => step.message(line),
        Event::Ended(_) => {}
    })?;
    step.done();
    judge::keep_ktap(&outcome, &built.dir.join("ktap"))?;
    Ok((guest, jobs, outcome))
}

/// The guest's jobs: each module is loaded and its own tests are read, then come the selftests and what `more` there
/// is, and at the end all is unloaded, a hundred times.
fn plan(built: &build::Built, more: Vec<Job>, targets: &[String]) -> Result<Vec<Job>> {
    let files: Vec<String> = built.modules.iter().map(|file| file_name(file)).collect();
    let wanted = |name: &str| targets.is_empty() || targets.iter().any(|target| target == name);
    let mut jobs = Vec::new();
    for file in &files {
        jobs.push(Job::Load(file.clone(), Vec::new()));
        let module = job::module_name(file);
        if wanted(module.strip_prefix("ferrite_").unwrap_or(&module)) {
            jobs.push(Job::Ktap(module));
        }
    }
    let tests: Vec<&str> = built
        .selftests
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| {
            let (folder, program) = name.split_once('/').unwrap_or(("", name));
            program != DEMO && wanted(folder)
        })
        .collect();
    if let Some(target) = targets.iter().find(|target| {
        !tests
            .iter()
            .any(|test| test.starts_with(&format!("{target}/")))
    }) {
        bail!("there are no selftests named {target}: TARGETS names folders of selftests/");
    }
    jobs.extend(tests.iter().map(|name| Job::run(name, SELFTEST)));
    jobs.extend(more);
    jobs.push(Job::Taint);
    jobs.extend(
        files
            .iter()
            .rev()
            .map(|file| Job::Unload(job::module_name(file))),
    );
    jobs.push(Job::Stress(ROUNDS, files));
    jobs.push(Job::Taint);
    Ok(jobs)
}
