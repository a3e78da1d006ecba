// SPDX-License-Identifier: GPL-2.0

//! Has a guest run litmus tests, and brings their log back.

use anyhow::{Context as _, Result};
use build::{Built, Ready};
use guest::{Event, Guest, GuestOutcome, Job, Payload, Runner};
use host::{file_name, Context};
use lkmm::log;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// The name of the program that runs the tests.
const SCRIPT: &str = "litmus";

/// The log of what runs with ordinary grace periods.
const LOG: &str = "litmus.log";

/// The logs of what runs with expedited ones, and with many teams.
pub(super) const EXPEDITED: &str = "litmus-expedited.log";
pub(super) const TEAMS: &str = "litmus-teams.log";
const LOGS: [&str; 3] = [LOG, EXPEDITED, TEAMS];

/// What the program says before each test: in which log it belongs.
const BELONGS: &str = "# log=";

/// So many guests may die in one run: each has to boot.
const MOST_DEATHS: usize = 20;

/// What the engine is told.
#[derive(Clone, Debug)]
pub(super) struct Command {
    pub(super) text: String,
    /// For how many milliseconds it may run.
    pub(super) time: u32,
    /// Grace periods are to end as soon as the kernel can make them (`rcu_expedited`), and this log is to have it: the
    /// herdtools count only one run of a test in a log.
    pub(super) expedited: Option<&'static str>,
}

/// What running tests came to.
pub(super) struct Ran {
    /// What the engine said.
    pub(super) log: String,
    /// What the kernel complained of, or what else went wrong beside the tests.
    pub(super) complaint: Option<String>,
}

/// Run the engine's commands, one a test, in a guest; keeps the log with the tests' hashes.
///
/// A guest that dies while it runs a test is told in that test's record (`Failed ...`), and another one does what is left.
///
/// # Errors
///
/// If a guest cannot be started, or dies before it runs any test.
pub(super) fn run(
    ctx: &Context,
    ready: &Ready,
    built: &Built,
    runner: Runner,
    commands: &[Command],
    hashes: &BTreeMap<String, String>,
) -> Result<Ran> {
    let (mut log, mut complaint) = (String::new(), None);
    let mut left = commands;
    let mut deaths = 0;
    while !left.is_empty() {
        let (said, outcome) = once(ctx, ready, built, runner, left)?;
        let begun = said
            .lines()
            .filter(|line| line.starts_with(BELONGS))
            .count();
        let died = unfinished(&outcome);
        let running = begun.checked_sub(1).and_then(|number| left.get(number));
        let (Some(why), Some(running)) = (died, running) else {
            log.push_str(&said);
            match outcome.all_well(ctx) {
                Ok(()) => {}
                // Nothing was run at all: no test is to blame.
                Err(error) if begun == 0 => return Err(error),
                Err(error) => complaint = Some(format!("{error:#}")),
            }
            break;
        };
        deaths += 1;
        let name = running.text.split(' ').next().unwrap_or_default();
        ctx.note(format!("  the guest died while it ran {name}: {why}"));
        log.push_str(&said);
        log.push_str(&format!("{}{name}: {why}\n", log::DIED));
        left = left.get(begun..).unwrap_or_default();
        let kept = built.dir.join(format!("died-{deaths}.log"));
        fs::rename(&outcome.log, &kept)
            .with_context(|| format!("cannot write {}", kept.display()))?;
        if deaths == MOST_DEATHS && !left.is_empty() {
            let count = left.len();
            complaint = Some(format!(
                "{deaths} guests died: {count} runs of tests were not begun (logs: {})",
                built.dir.display()
            ));
            break;
        }
    }
    let log = log::with_hashes(&log, hashes);
    for (name, text) in apart(&log) {
        let to = built.dir.join(name);
        fs::write(&to, text).with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(Ran { log, complaint })
}

/// Why the program that runs the tests did not come to its end, if it did not.
fn unfinished(outcome: &GuestOutcome) -> Option<String> {
    let mut runs = outcome.done.iter();
    let run = runs.find(|done| matches!(done.job, Job::Run { .. }))?;
    match (run.status, run.timed_out()) {
        (None, _) => Some(outcome.fault.clone().unwrap_or_default()),
        (_, true) => Some("it did not end in time".to_owned()),
        _ => None,
    }
}

/// Boots one guest, and has it run commands; what the engine said.
fn once(
    ctx: &Context,
    ready: &Ready,
    built: &Built,
    runner: Runner,
    commands: &[Command],
) -> Result<(String, GuestOutcome)> {
    let script = built.dir.join(SCRIPT);
    write_script(&script, commands)?;
    // On a busy machine a guest's clock is late, and so is the engine's.
    let late = |command: &Command| 2 * Duration::from_millis(u64::from(command.time) + 2000);
    let limit = Duration::from_secs(120) + commands.iter().map(late).sum::<Duration>();
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
            if line.starts_with("Observation ") {
                done += 1;
                step.count(done, commands.len());
            }
        }
    })?;
    step.done();
    let runs = outcome.done.iter();
    let runs = runs.filter(|done| matches!(done.job, Job::Run { .. }));
    let said = runs.map(|done| done.output.as_str()).collect();
    Ok((said, outcome))
}

/// Adds the logs of a run to those of another.
pub(super) fn append_logs(from: &Path, to: &Path) -> Result<()> {
    for name in LOGS {
        let Ok(more) = fs::read(from.join(name)) else {
            // Not each run has each log.
            continue;
        };
        let to = to.join(name);
        let file = fs::OpenOptions::new().create(true).append(true).open(&to);
        let written = file.and_then(|mut file| std::io::Write::write_all(&mut file, &more));
        written.with_context(|| format!("cannot write {}", to.display()))?;
    }
    Ok(())
}

/// What each log is to have, by its name.
fn apart(log: &str) -> BTreeMap<&str, String> {
    let mut logs = BTreeMap::new();
    let mut name = LOG;
    for line in log.lines() {
        match line.strip_prefix(BELONGS) {
            Some(belongs) => name = belongs,
            None => {
                let to: &mut String = logs.entry(name).or_default();
                to.push_str(line);
                to.push('\n');
            }
        }
    }
    logs
}

/// A program that gives each command to the engine, and prints its result.
fn write_script(path: &Path, commands: &[Command]) -> Result<()> {
    let mut lines = String::new();
    for command in commands {
        let Command {
            text,
            time,
            expedited,
        } = command;
        let (set, log) = (u8::from(expedited.is_some()), expedited.unwrap_or(LOG));
        lines.push_str(&format!("{set} {log} {text} time={time}\n"));
    }
    let text = format!(
        "#!/bin/sh\n\
         run=/sys/kernel/debug/litmus/run\n\
         while read -r expedited log command; do\n\
         \techo \"{BELONGS}$log\"\n\
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
    fn each_run_of_a_test_has_a_log_of_its_own() {
        let log = "# log=litmus.log\nTest A Allowed\nTime A 1\n# log=other.log\nTest A Allowed\nTime A 2\n# log=litmus.log\nTest B Allowed\n";
        let logs = apart(log);
        assert_eq!(
            logs["litmus.log"],
            "Test A Allowed\nTime A 1\nTest B Allowed\n"
        );
        assert_eq!(logs["other.log"], "Test A Allowed\nTime A 2\n");
    }
}
