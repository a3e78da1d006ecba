// SPDX-License-Identifier: GPL-2.0

//! Samples at work in a guest: each is loaded, exercised and unloaded, and what it did is held against its exercise.

use super::acpi;
use super::exercise::{missing, Exercise, Machine, Step};
use super::modules::Own;
use anyhow::{bail, Context as _, Result};
use guest::{console, Guest, GuestOutcome, Job, Payload};
use host::{file_name, Context};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one step may take.
const STEP: Duration = Duration::from_secs(30);

/// What stands between what a step printed and what the kernel's log gained.
const LOG: &str = "=== kernel log";

/// The program that prints what the kernel's log gained.
const READ_LOG: &str = "samples/log";

/// A sample that was built.
pub(crate) struct Trial<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its file.
    pub(crate) file: &'a Path,
    /// What it is made to do.
    pub(crate) exercise: &'a Exercise,
}

/// What the guest needs besides the samples.
pub(crate) struct Kit<'a> {
    /// Modules of the suite that a sample links against, in the order of loading.
    pub(crate) suite: &'a [PathBuf],
    /// The kernel's own modules that exercises ask for.
    pub(crate) own: &'a [Own],
    /// The program that exercises a device.
    pub(crate) program: &'a Path,
}

/// What is at fault with a sample: nothing, or a cause.
pub(crate) type Verdicts = BTreeMap<String, Result<(), String>>;

/// The arguments that give a guest its devices; `dir` gets the file that QEMU reads.
pub(crate) fn devices(machine: &Machine, dir: &Path) -> Result<Vec<String>> {
    let table = dir.join("samples.aml");
    fs::write(&table, acpi::table(&machine.acpi))
        .with_context(|| format!("cannot write {}", table.display()))?;
    let mut arguments = vec!["-acpitable".to_owned(), format!("file={}", table.display())];
    for device in &machine.devices {
        arguments.extend(["-device".to_owned(), device.clone()]);
    }
    Ok(arguments)
}

/// Try every sample. A sample that takes the guest down is at fault for that; those after it get another guest.
pub(crate) fn judge(
    ctx: &Context,
    guest: &Guest<'_>,
    kit: &Kit<'_>,
    trials: &[Trial<'_>],
) -> Result<Verdicts> {
    let mut verdicts = Verdicts::new();
    let mut left = trials;
    while !left.is_empty() {
        let scripts = scripts(left, &guest.dir)?;
        let plan = plan(kit, left);
        let mut programs = vec![(super::kbuild::PROGRAM.to_owned(), kit.program.to_owned())];
        programs.extend(scripts);
        let own = kit.own.iter().map(|own| own.file.clone());
        let samples = left.iter().map(|trial| trial.file.to_owned());
        let payload = Payload {
            modules: kit
                .suite
                .iter()
                .cloned()
                .chain(own)
                .chain(samples)
                .collect(),
            programs,
        };
        let jobs: Vec<Job> = plan.iter().map(|(_, job)| job.clone()).collect();
        let step = ctx.step(format!(
            "exercising {} samples on {}",
            left.len(),
            guest.kernel.release
        ));
        let outcome = guest.run(ctx, &payload, &jobs, &mut |event| {
            if let guest::Event::Begun(job) = event {
                step.message(&job.to_string());
            }
        })?;
        step.done();
        left = &left[read(&outcome, &plan, left, &mut verdicts)?..];
    }
    Ok(verdicts)
}

/// Whose job: a sample's, by its place, or everybody's.
type Owner = Option<usize>;

/// The jobs of one guest.
fn plan(kit: &Kit<'_>, trials: &[Trial<'_>]) -> Vec<(Owner, Job)> {
    let mut plan: Vec<(Owner, Job)> = Vec::new();
    for file in kit.suite {
        plan.push((None, Job::Load(file_name(file), Vec::new())));
    }
    for own in kit.own {
        plan.push((
            None,
            Job::Load(file_name(&own.file), own.parameters.clone()),
        ));
    }
    plan.push((None, Job::run(READ_LOG, STEP)));
    for (place, trial) in trials.iter().enumerate() {
        let mut add = |job| plan.push((Some(place), job));
        let count = trial.exercise.step.len();
        add(Job::Load(
            file_name(trial.file),
            trial.exercise.parameters.clone(),
        ));
        add(Job::run(READ_LOG, STEP));
        (0..count).for_each(|number| add(Job::run(&script_name(trial, number), STEP)));
        add(Job::Unload(trial.name.to_owned()));
        add(Job::run(READ_LOG, STEP));
        let after = count..count + trial.exercise.after.len();
        after.for_each(|number| add(Job::run(&script_name(trial, number), STEP)));
    }
    plan
}

fn script_name(trial: &Trial<'_>, number: usize) -> String {
    format!("samples/{}.{}", trial.name, number + 1)
}

/// The scripts of all steps, and the one that reads the log: name in the guest, and file.
fn scripts(trials: &[Trial<'_>], dir: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut scripts = Vec::new();
    let mut add = |name: String, text: String| -> Result<()> {
        let file = dir
            .join("steps")
            .join(name.rsplit('/').next().unwrap_or(&name));
        fs::create_dir_all(dir.join("steps"))
            .and_then(|()| fs::write(&file, text))
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot write {}", file.display()))?;
        scripts.push((name, file));
        Ok(())
    };
    add(
        READ_LOG.to_owned(),
        format!("#!/bin/sh\necho '{LOG}'\nexec dmesg -c\n"),
    )?;
    for trial in trials {
        let steps = trial.exercise.step.iter().chain(&trial.exercise.after);
        for (number, step) in steps.enumerate() {
            let text = format!(
                "#!/bin/sh\nPATH=$PATH:${{0%/*}}/..\n( {}\n) 2>&1\nstatus=$?\necho '{LOG}'\ndmesg -c\nexit $status\n",
                step.run
            );
            add(script_name(trial, number), text)?;
        }
    }
    Ok(scripts)
}

/// Take the verdicts from what the guest did. Returns how many samples it got through.
fn read(
    outcome: &GuestOutcome,
    plan: &[(Owner, Job)],
    trials: &[Trial<'_>],
    verdicts: &mut Verdicts,
) -> Result<usize> {
    for ((owner, job), done) in plan.iter().zip(&outcome.done) {
        if owner.is_none() && done.status.is_some_and(|status| status != 0) {
            bail!(
                "`{job}` failed in the guest, and the samples need it: {}",
                done.output.trim()
            );
        }
    }
    for (place, trial) in trials.iter().enumerate() {
        let ours: Vec<_> = plan
            .iter()
            .zip(outcome.done.iter().map(Some).chain(std::iter::repeat(None)))
            .filter(|((owner, _), _)| *owner == Some(place))
            .map(|(_, done)| done)
            .collect();
        let begun = ours.iter().any(Option::is_some);
        let ended = ours
            .iter()
            .all(|done| done.is_some_and(|done| done.status.is_some()));
        if !ended {
            let fault = outcome
                .fault
                .clone()
                .unwrap_or_else(|| "the guest ended".to_owned());
            if !begun && place == 0 {
                bail!(
                    "no sample could be tried: {fault} (log: {})",
                    outcome.log.display()
                );
            }
            // If the one before had ended, and this one had not begun, the guest died between them.
            let (guilty, through) = if begun {
                (&trials[place], place + 1)
            } else {
                (&trials[place - 1], place)
            };
            let cause = death(outcome, guilty, &fault);
            verdicts.insert(guilty.name.to_owned(), Err(cause));
            return Ok(through);
        }
        let parts: Vec<Part> = ours
            .iter()
            .flatten()
            .map(|done| Part::new(&done.output, done.status.unwrap_or(1)))
            .collect();
        verdicts.insert(trial.name.to_owned(), trial_verdict(trial, &parts));
    }
    Ok(trials.len())
}

/// How a sample took its guest down. The log is kept, since the next guest has one of the same name.
fn death(outcome: &GuestOutcome, guilty: &Trial<'_>, fault: &str) -> String {
    let mut cause = fault.to_owned();
    let steps = guilty.exercise.step.iter().chain(&guilty.exercise.after);
    for (number, step) in steps.enumerate() {
        let job = Job::run(&script_name(guilty, number), STEP);
        cause = cause.replace(&format!("`{job}`"), &format!("`{}`", step.run));
    }
    let complaint = outcome.complaints.first();
    if let Some(line) = complaint.filter(|line| !fault.contains(line.as_str())) {
        cause = format!("{cause}: {line}");
    }
    let kept = outcome.log.with_file_name(format!("{}.log", guilty.name));
    match fs::copy(&outcome.log, &kept) {
        Ok(_) => format!("{cause} (log: {})", kept.display()),
        Err(_) => cause,
    }
}

/// What one job printed, and what the kernel's log gained meanwhile.
#[derive(Debug)]
struct Part {
    status: i32,
    printed: Vec<String>,
    log: Vec<String>,
}

impl Part {
    fn new(output: &str, status: i32) -> Self {
        let mut part = Part {
            status,
            printed: Vec::new(),
            log: Vec::new(),
        };
        let mut in_log = false;
        for line in output.lines() {
            match in_log {
                false if line == LOG => in_log = true,
                // What was printed last may have had no newline of its own.
                false if line.ends_with(LOG) => {
                    part.printed.push(line.trim_end_matches(LOG).to_owned());
                    in_log = true;
                }
                false => part.printed.push(line.to_owned()),
                true => part.log.push(line.to_owned()),
            }
        }
        part
    }
}

/// Hold the parts of a sample, in the order of [`plan`], against its exercise.
fn trial_verdict(trial: &Trial<'_>, parts: &[Part]) -> Result<(), String> {
    let exercise = trial.exercise;
    let (load, rest) = parts.split_at(2.min(parts.len()));
    let (steps, rest) = rest.split_at(exercise.step.len().min(rest.len()));
    let (unload, after) = rest.split_at(2.min(rest.len()));
    moved(load, "load", &exercise.load)?;
    steps
        .iter()
        .zip(&exercise.step)
        .try_for_each(|(part, step)| stepped(part, step))?;
    moved(unload, "unload", &exercise.unload)?;
    after
        .iter()
        .zip(&exercise.after)
        .try_for_each(|(part, step)| stepped(part, step))
        .map_err(|cause| format!("after it was unloaded, {cause}"))?;
    let log: String = parts
        .iter()
        .flat_map(|part| &part.log)
        .map(|line| format!("{line}\n"))
        .collect();
    match console::complaints(&log).first() {
        Some(complaint) => Err(format!("the kernel complained: {complaint}")),
        None => Ok(()),
    }
}

/// Loading or unloading, and the log after it.
fn moved(parts: &[Part], verb: &str, expected: &[String]) -> Result<(), String> {
    let [done, log] = parts else {
        return Err(format!("nothing is known of its {verb}"));
    };
    if done.status != 0 {
        let said = done.printed.join("; ");
        let kernel = log
            .log
            .iter()
            .rev()
            .take(2)
            .rev()
            .cloned()
            .collect::<Vec<_>>()
            .join("; ");
        return Err(format!("does not {verb}: {said} [{kernel}]"));
    }
    match missing(expected, &log.log) {
        Some(part) => Err(format!(
            "when it was {verb}ed, the kernel's log had no \"{part}\" {}",
            shown(&log.log)
        )),
        None => Ok(()),
    }
}

fn stepped(part: &Part, step: &Step) -> Result<(), String> {
    let Step { run, .. } = step;
    let printed = shown(&part.printed);
    if step.fails != (part.status != 0) {
        let how = if step.fails {
            "succeeded, and should not have".to_owned()
        } else {
            format!("ended with {}", part.status)
        };
        return Err(format!("`{run}` {how} {printed} {}", shown(&part.log)));
    }
    if let Some(expected) = step
        .prints
        .as_ref()
        .filter(|expected| **expected != part.printed)
    {
        return Err(format!(
            "`{run}` printed {printed}, not {}",
            shown(expected)
        ));
    }
    match missing(&step.log, &part.log) {
        Some(text) => Err(format!(
            "`{run}`: the kernel's log had no \"{text}\" {}",
            shown(&part.log)
        )),
        None => Ok(()),
    }
}

/// The last few lines, in brackets.
fn shown(lines: &[String]) -> String {
    const MOST: usize = 4;
    let tail = &lines[lines.len().saturating_sub(MOST)..];
    format!("[{}]", tail.join("; "))
}

#[cfg(test)]
mod tests;
