// SPDX-License-Identifier: GPL-2.0

//! Has a guest run litmus tests, and brings their log back.

use crate::build::{Built, Ready};
use crate::context::Context;
use crate::vm::{file_name, Event, Guest, Job, Payload, Probe, Runner};
use ::litmus::log;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The name of the program that runs the tests.
const SCRIPT: &str = "litmus";

/// Run the engine's commands, one a test, in a guest; returns the log, and keeps it with the tests' hashes. What the kernel itself complained of is an error.
pub(crate) fn run(
    ctx: &Context,
    ready: &Ready,
    built: &Built,
    runner: Runner,
    commands: &[String],
    hashes: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<String> {
    let script = built.dir.join(SCRIPT);
    write_script(&script, commands)?;
    let probe = Probe::new(ctx, &ready.root, &built.kernel)?;
    ctx.note(format!("  {}", probe.because));
    let guest = Guest {
        root: &ready.root,
        kernel: &built.kernel,
        runner,
        accelerator: probe.accelerator,
        dir: built.dir.clone(),
        limit: limit + Duration::from_secs(120),
        silence: None,
        devices: Vec::new(),
    };
    let needed: Vec<_> = built
        .modules
        .iter()
        .filter(|file| ["ferrite.ko", "ferrite_litmus.ko"].contains(&file_name(file).as_str()))
        .cloned()
        .collect();
    let mut jobs: Vec<Job> = needed
        .iter()
        .map(|file| Job::Load(file_name(file), Vec::new()))
        .collect();
    jobs.push(Job::run(SCRIPT, limit));
    jobs.push(Job::Unload("ferrite_litmus".to_owned()));
    let payload = Payload {
        modules: needed,
        programs: vec![(SCRIPT.to_owned(), script)],
    };

    let step = ctx.step(format!(
        "running {} litmus tests on {}",
        commands.len(),
        built.kernel.release
    ));
    let mut done = 0;
    let outcome = guest.run(ctx, &payload, &jobs, &mut |event| {
        if let Event::Text(line) = event {
            if let Some(rest) = line.strip_prefix("Observation ") {
                done += 1;
                step.message(&format!("{done}: {rest}"));
            }
        }
    })?;
    step.done();
    let log: String = outcome
        .done
        .iter()
        .filter(|done| matches!(done.job, Job::Run { .. }))
        .map(|done| done.output.as_str())
        .collect();
    let log = log::with_hashes(&log, hashes);
    let to = built.dir.join("litmus.log");
    fs::write(&to, &log).with_context(|| format!("cannot write {}", to.display()))?;

    outcome.all_well(ctx)?;
    Ok(log)
}

/// A program that gives each command to the engine, and prints its result.
fn write_script(path: &Path, commands: &[String]) -> Result<()> {
    let text = format!(
        "#!/bin/sh\n\
         run=/sys/kernel/debug/litmus/run\n\
         while read -r command; do\n\
         \tif echo \"$command\" >\"$run\"; then\n\
         \t\tcat \"$run\"\n\
         \telse\n\
         \t\techo \"Failed ${{command%% *}}: the engine refused or gave up\"\n\
         \tfi\n\
         done <<'END'\n{}\nEND\n",
        commands.join("\n")
    );
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot write {}", path.display()))
}
