// SPDX-License-Identifier: GPL-2.0

//! A question to `/dev/ferrite-pidfd`, beside the same device in C and the kernel's own interface.

use super::figures::Comparison;
use super::figures::FigureLine;
use super::options::BenchArgs;
use super::plan::{script, Bench, Plan};
use anyhow::Result;
use build::{Built, Wanted};
use guest::{job, Job, Payload};
use host::{file_name, Context};
use std::time::Duration;

/// How long the program may take.
const LIMIT: Duration = Duration::from_secs(300);

/// The script that starts it.
const SCRIPT: &str = "bench-pidfd";

/// The modules that it needs, in the order of loading.
const MODULES: [&str; 3] = ["ferrite.ko", "ferrite_pidfd.ko", "ferrite_pidfd_twin.ko"];

/// `selftests/pidfd/bench.c` prints the figures.
pub(super) struct Pidfd;

impl Bench for Pidfd {
    fn name(&self) -> &'static str {
        "ferrite_pidfd"
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            twins: true,
            ..Wanted::default()
        }
    }

    fn plan(&self, _: &Context, args: &BenchArgs, built: &Built) -> Result<Plan> {
        let count = match args.count {
            Some(count) => format!("export FERRITE_BENCH_CALLS={count}\n"),
            None => String::new(),
        };
        let text = format!("{count}exec $programs/pidfd/bench");
        let mut programs = built.selftests.clone();
        programs.push(script(built, SCRIPT, &text)?);
        let needed = |file: &&std::path::PathBuf| MODULES.contains(&file_name(file).as_str());
        let modules: Vec<_> = built.modules.iter().filter(needed).cloned().collect();
        let files: Vec<String> = modules.iter().map(|file| file_name(file)).collect();
        let load = files.iter().map(|file| Job::Load(file.clone(), Vec::new()));
        let unload = files.iter().rev();
        let unload = unload.map(|file| Job::Unload(job::module_name(file)));
        Ok(Plan {
            jobs: load
                .chain([Job::run(SCRIPT, LIMIT)])
                .chain(unload)
                .collect(),
            payload: Payload { modules, programs },
        })
    }

    fn comparisons(&self, _: &[FigureLine]) -> Vec<Comparison> {
        let compare = |name: &str, of: &str, to: &str, at_most| Comparison {
            name: name.to_owned(),
            of: of.to_owned(),
            to: to.to_owned(),
            at_most,
        };
        let goal = Some(1.05);
        vec![
            compare(
                "the device to its twin, by pidfd",
                "the device, by pidfd",
                "its twin in C, by pidfd",
                goal,
            ),
            compare(
                "the device to its twin, by sentinel",
                "the device, by sentinel",
                "its twin in C, by sentinel",
                goal,
            ),
            compare(
                "the device to the kernel's own",
                "the device, by pidfd",
                "the kernel's own, by pidfd",
                None,
            ),
            compare(
                "of that, finding the pidfd's file",
                "the device, a size of 0",
                "the device, no such command",
                None,
            ),
        ]
    }
}
