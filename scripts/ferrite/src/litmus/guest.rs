// SPDX-License-Identifier: GPL-2.0

//! Has a guest run litmus tests, and brings their log back.

use crate::build::{Built, Ready};
use crate::context::Context;
use crate::vm::{file_name, Event, Guest, Job, Payload, Runner};
use ::litmus::log;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The name of the program that runs the tests.
const SCRIPT: &str = "litmus";

/// What the program says before each test: how grace periods are made.
const EXPEDITED: &str = "# expedited=";

/// What the engine is told.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) text: String,
    /// Grace periods are to end as soon as the kernel can make them (`rcu_expedited`).
    pub(super) expedited: bool,
}

/// Run the engine's commands, one a test, in a guest; returns the log, and keeps it with the tests' hashes. What the kernel itself complained of is an error.
pub(crate) fn run(
    ctx: &Context,
    ready: &Ready,
    built: &Built,
    runner: Runner,
    commands: &[Command],
    hashes: &BTreeMap<String, String>,
    limit: Duration,
) -> Result<String> {
    let script = built.dir.join(SCRIPT);
    write_script(&script, commands)?;
    let guest = Guest {
        limit: limit + Duration::from_secs(120),
        ..Guest::new(ctx, &ready.root, &built.kernel, runner, &built.dir)?
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
    let logs = apart(&log::with_hashes(&log, hashes));
    for (name, text) in ["litmus.log", "litmus-expedited.log"].iter().zip(&logs) {
        let to = built.dir.join(name);
        fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
    }

    outcome.all_well(ctx)?;
    Ok(logs.concat())
}

/// The runs with ordinary grace periods, and those with expedited ones: the herdtools count only one run of a test in a
/// log.
fn apart(log: &str) -> [String; 2] {
    let mut logs = [String::new(), String::new()];
    let mut expedited = false;
    for line in log.lines() {
        if let Some(answer) = line.strip_prefix(EXPEDITED) {
            expedited = answer == "1";
            continue;
        }
        let to = &mut logs[usize::from(expedited)];
        to.push_str(line);
        to.push('\n');
    }
    logs
}

/// A program that gives each command to the engine, and prints its result.
fn write_script(path: &Path, commands: &[Command]) -> Result<()> {
    let mut lines = String::new();
    for Command { text, expedited } in commands {
        lines.push_str(&format!("{} {text}\n", u8::from(*expedited)));
    }
    let text = format!(
        "#!/bin/sh\n\
         run=/sys/kernel/debug/litmus/run\n\
         while read -r expedited command; do\n\
         \techo \"{EXPEDITED}$expedited\"\n\
         \techo \"$expedited\" >/sys/kernel/rcu_expedited\n\
         \tif echo \"$command\" >\"$run\"; then\n\
         \t\tcat \"$run\"\n\
         \telse\n\
         \t\techo \"Failed ${{command%% *}}: the engine refused or gave up\"\n\
         \tfi\n\
         done <<'END'\n{lines}END\n"
    );
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expedited_runs_have_a_log_of_their_own() {
        let log = "# expedited=0\nTest A Allowed\nTime A 1\n# expedited=1\nTest A Allowed\nTime A 2\n# expedited=0\nTest B Allowed\n";
        let [ordinary, expedited] = apart(log);
        assert_eq!(ordinary, "Test A Allowed\nTime A 1\nTest B Allowed\n");
        assert_eq!(expedited, "Test A Allowed\nTime A 2\n");
    }
}
