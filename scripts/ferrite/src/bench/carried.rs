// SPDX-License-Identifier: GPL-2.0

//! The suite on the carried `kernel` crate, beside the same suite on the kernel's own: in one machine, one after the other.

use super::figures::Comparison;
use super::figures::FigureLine;
use super::options::BenchArgs;
use super::plan::{script, Bench, Plan};
use anyhow::{ensure, Result};
use build::{modules, ready, Built, Target};
use guest::{job, Job, Payload};
use host::{explain, file_name, Context};
use kernels::Provider;
use provide::Wish;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The modules that are measured, in the order of loading.
const MODULES: [&str; 2] = ["ferrite.ko", "ferrite_pidfd.ko"];

/// What a figure of `selftests/pidfd/bench.c` is called; all of it passes through the crate.
const FIGURES: [&str; 4] = [
    "the device, by pidfd",
    "the device, by sentinel",
    "the device, no such command",
    "the device, a size of 0",
];

/// How much more instructions than natively a call may take, as a ratio.
const GOAL: f64 = 1.03;

/// The questions of `selftests/pidfd/bench.c`, asked of either suite.
pub(super) struct Carried;

impl Bench for Carried {
    fn name(&self) -> &'static str {
        "the carried crate"
    }

    fn plan(&self, ctx: &Context, args: &BenchArgs, built: &Built) -> Result<Plan> {
        ensure!(
            built.provider == Provider::Native,
            "{} has no native provider to hold the carried one against (kernels.toml says which kernels have)",
            built.kernel.name
        );
        let target = Target {
            kernel: Some(built.kernel.name.clone()),
            provider: Wish::Carried,
        };
        let carried = modules(ctx, &ready(ctx, &target)?)?;
        let mut plan = Plan {
            payload: Payload {
                modules: Vec::new(),
                programs: built.selftests.clone(),
            },
            jobs: Vec::new(),
        };
        let count = match args.count {
            Some(count) => format!("export FERRITE_BENCH_CALLS={count}\n"),
            None => String::new(),
        };
        for suite in [built, &carried] {
            let provider = suite.provider.to_string();
            let files = take(suite, &built.dir)?;
            let name = format!("bench-{provider}");
            let text = format!(
                "set -o pipefail\n{count}$programs/pidfd/bench | sed 's/^# bench: /&{provider}: /'"
            );
            plan.payload.programs.push(script(built, &name, &text)?);
            let load = files
                .iter()
                .map(|file| Job::Load(file_name(file), Vec::new()));
            let unload = MODULES
                .iter()
                .rev()
                .map(|file| Job::Unload(job::module_name(file)));
            plan.jobs
                .extend(load.chain([Job::run(&name, LIMIT)]).chain(unload));
            plan.payload.modules.extend(files);
        }
        Ok(plan)
    }

    fn comparisons(&self, _: &[FigureLine]) -> Vec<Comparison> {
        let compare = |what: &&str| Comparison {
            name: format!("carried to native: {what}"),
            of: format!("{}: {what}", Provider::Carried),
            to: format!("{}: {what}", Provider::Native),
            at_most: Some(GOAL),
        };
        FIGURES.iter().map(compare).collect()
    }
}

/// A suite's modules, under names that tell the suites apart.
fn take(suite: &Built, dir: &Path) -> Result<Vec<PathBuf>> {
    let measured = |file: &&PathBuf| MODULES.contains(&file_name(file).as_str());
    let named = |file: &PathBuf| {
        let to = dir.join(format!("{}-{}", suite.provider, file_name(file)));
        fs::copy(file, &to).map_err(|error| explain(error, &to))?;
        Ok(to)
    };
    suite.modules.iter().filter(measured).map(named).collect()
}
