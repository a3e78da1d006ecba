// SPDX-License-Identifier: GPL-2.0

//! Everything about one kernel: build, guest, samples, probes. What fails is a cause in the column, not an error.

use super::column::{Cell, Column, Module, Probe, State};
use crate::check::{judge, Tests};
use crate::report::Row;
use crate::samples::{self, Verdict};
use anyhow::Result;
use build::{Built, Ready, Target};
use guest::job::module_name;
use guest::{Job, Runner};
use host::{signals, Context};
use kernels::{Kernel, Provider};
use ktap::Counts;
use provide::Wish;
use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;
use symbols::{name_of, sizes};

/// How the modules of the suite are called, but for the first one, `ferrite`.
const PREFIX: &str = "ferrite_";

/// The column of a kernel, with the provider that is wished.
pub(crate) fn column(ctx: &Context, kernel: &Kernel, wish: Wish, runner: Runner) -> Column {
    let mut column = Column {
        kernel: kernel.name.clone(),
        role: kernel.role.clone(),
        release: kernel.release.clone(),
        ..Column::default()
    };
    let target = Target {
        kernel: Some(kernel.name.clone()),
        provider: wish,
    };
    let ready = timed(&mut column, "prepare", || build::ready(ctx, &target));
    match ready {
        Ok(ready) => fill(ctx, &mut column, &ready, runner),
        Err(error) => column.blame("prepare", format!("{error:#}")),
    }
    column
}

fn fill(ctx: &Context, column: &mut Column, ready: &Ready, runner: Runner) {
    column.release.clone_from(&ready.kernel.release);
    column.provider = ready.choice.provider.to_string();
    column.why.clone_from(&ready.choice.why);
    let built = match timed(column, "build", || build::modules(ctx, ready)) {
        Ok(built) => Some(built),
        Err(error) => {
            column.whole = Cell::fail("not built");
            column.blame("build", format!("{error:#}"));
            None
        }
    };
    if let Some(built) = &built {
        column.logs = built.dir.display().to_string();
        column.probes = probes(built);
        column.modules = built_modules(built);
        column.judge_sizes();
        match timed(column, "guest", || {
            Tests::run(ctx, &ready.root, built, runner, &[], false)
        }) {
            Ok(tests) => tell(column, &tests),
            Err(error) => column.blame("guest", format!("{error:#}")),
        }
    }
    // Native samples need nothing of the suite; carried ones need its ferrite.ko.
    if built.is_some() || ready.choice.provider == Provider::Native {
        let board = timed(column, "samples", || {
            let dir = match &built {
                Some(built) => built.dir.clone(),
                None => build::new_run(ctx, &ready.kernel.name)?,
            };
            samples::judge(ctx, ready, built.as_ref(), runner, &dir)
        });
        match board {
            Ok(board) => {
                for line in &board.lines {
                    if let Verdict::Fails(cause) = &line.verdict {
                        column.blame(format!("sample {}", line.sample), cause);
                    }
                }
                if !board.is_green() {
                    column.blame("samples", board.summary());
                }
                column.samples = Some(board);
            }
            Err(error) => column.blame("samples", format!("{error:#}")),
        }
    }
}

/// Do something and note its time. After a signal, nothing is done any more.
fn timed<T>(column: &mut Column, what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
    signals::check()?;
    let start = Instant::now();
    let result = action();
    column.time(what, start.elapsed().as_secs_f32());
    result
}

fn built_modules(built: &Built) -> Vec<Module> {
    let module = |file: &std::path::PathBuf| {
        let (read_only, code) = sizes(file).unwrap_or_default();
        Module {
            name: name_of(file),
            kib: read_only.div_ceil(1024),
            code,
            builds: Cell::pass(""),
            ..Module::default()
        }
    };
    built.modules.iter().map(module).collect()
}

/// Share what the guests did among the modules.
fn tell(column: &mut Column, tests: &Tests) {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let mut whole = Counts::default();
    let mut loaded: BTreeMap<String, bool> = BTreeMap::new();
    if let Some(up) = tests.guests().find_map(|tested| tested.outcome.up) {
        column.time("boot", up.as_secs_f32());
    }
    for tested in tests.guests() {
        let mut done = judge::own(&tested.outcome);
        // The last rows are of the guest itself.
        for row in judge::guest(&tested.jobs, &tested.outcome) {
            let job = done.next().map(|done| &done.job);
            let module = job.and_then(module_of);
            blame(column, module.as_deref(), &row);
            match (job, module) {
                (Some(Job::Load(..)), Some(module)) => {
                    *loaded.entry(module).or_insert(true) &= row.counts.failed == 0;
                }
                (_, Some(module)) => *counts.entry(module).or_default() += row.counts,
                (_, None) => whole += row.counts,
            }
        }
    }
    if let Some((upstream, tested)) = &tests.upstream {
        let module = format!("{PREFIX}{}", upstream.target());
        for row in upstream.judge(&tested.outcome.done).0 {
            blame(column, Some(&module), &row);
            *counts.entry(module.clone()).or_default() += row.counts;
        }
    }
    column.whole = Cell::of(whole);
    if whole.failed == 0 && column.whole.state == State::Pass {
        column.whole.text.clear();
    }
    for module in &mut column.modules {
        module.loads = match loaded.get(&module.name) {
            Some(true) => Cell::pass(""),
            Some(false) => Cell::fail(""),
            None => Cell::default(),
        };
        module.tests = counts
            .get(&module.name)
            .map(|counts| Cell::of(*counts))
            .unwrap_or_default();
    }
}

/// Note what went wrong with a module, or with all.
fn blame(column: &mut Column, module: Option<&str>, row: &Row) {
    for cause in &row.causes {
        let place = match module {
            Some(module) if row.name != module => format!("{module}: {}", row.name),
            Some(module) => module.to_owned(),
            None => row.name.clone(),
        };
        column.blame(place, cause);
    }
}

/// Whose job is it? A selftest's folder has the name of its module, less the prefix.
fn module_of(job: &Job) -> Option<String> {
    match job {
        Job::Load(file, _) => Some(module_name(file)),
        Job::Ktap(module) => Some(module.clone()),
        Job::Run { program, .. } => Some(format!("{PREFIX}{}", program.split('/').next()?)),
        _ => None,
    }
}

/// What the target's headers answered to the carried provider.
fn probes(built: &Built) -> Vec<Probe> {
    let text = built.probes.as_ref().map(fs::read_to_string);
    let text = text.and_then(Result::ok).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(char::is_whitespace))
        .map(|(name, answer)| Probe {
            name: name.to_owned(),
            answer: answer.trim().to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn jobs_belong_to_modules() {
        let of = |job: Job| module_of(&job).unwrap_or_default();
        assert_eq!(
            of(Job::Load("ferrite_pidfd.ko".into(), Vec::new())),
            "ferrite_pidfd"
        );
        assert_eq!(of(Job::Ktap("ferrite".into())), "ferrite");
        assert_eq!(
            of(Job::run("pidfd/get_info", Duration::from_secs(1))),
            "ferrite_pidfd"
        );
        assert_eq!(of(Job::Taint), "");
    }
}
