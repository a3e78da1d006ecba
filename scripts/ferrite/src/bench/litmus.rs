// SPDX-License-Identifier: GPL-2.0

//! The litmus engine beside klitmus7, which makes a module of C of each test: in one guest, one after the other, round
//! after round.

use super::options::BenchArgs;
use super::plan::script;
use crate::litmus::Herd;
use anyhow::{bail, Context as _, Result};
use build::{Ready, Wanted};
use guest::{Event, Guest, Job, Payload, CPUS};
use host::{columns, explain, file_name, jobs as host_cpus, Context};
use kernels::Table as Kernels;
use lkmm::ast::Test;
use lkmm::log::{self, Record};
use lkmm::rust;
use provide::sources;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The tests.
const TESTS: [&str; 4] = [
    "SB+poonceonces",
    "SB+fencembonceonces",
    "MP+poonceonces",
    "IRIW+poonceonces+OnceOnce",
];

/// The one whose weak outcomes are counted, too: x86 shows none of the others'.
const WEAK: &str = "SB+poonceonces";

/// What is aimed at: this many times klitmus7's.
const RATE_GOAL: f64 = 2.0;
const WEAK_GOAL: f64 = 5.0;

/// How many instances of a test in a round, as klitmus7 does by itself.
const COUNT: u64 = 1_000_000;

/// How many fewer where the guest's CPUs take turns on the host's: klitmus7's threads wait for each other in every
/// instance, and one is always out.
const CROWDED: u64 = 10;

/// How many of them klitmus7 has in memory at once, by itself.
const SIZE: u64 = 100_000;

/// How many rounds.
const ROUNDS: u32 = 5;

/// How long a round of one test may take.
const LIMIT: Duration = Duration::from_secs(60);

/// klitmus7 skips a test that has more threads than there are CPUs: those have a guest of their own, with as many.
const GUESTS: [usize; 2] = [CPUS, 4];

const SCRIPT: &str = "bench-litmus";

/// One test, both ways: medians of the rounds.
#[derive(Debug, PartialEq, Serialize)]
struct Line {
    test: String,
    cpus: usize,
    rounds: usize,
    klitmus7: Rates,
    ferrite: Rates,
}

/// Per second.
#[derive(Debug, PartialEq, Serialize)]
struct Rates {
    instances: f64,
    weak: f64,
}

/// Measure, and print a table.
pub(super) fn run(ctx: &Context, args: &BenchArgs) -> Result<bool> {
    let table = Kernels::read(&ctx.repo)?;
    let linux = sources::upstream(ctx, &table)?;
    let (files, tests) = tests(&linux)?;
    let Some(spec) = &table.herd else {
        bail!("kernels.toml has no [herd]: it says where klitmus7 comes from");
    };
    let herd = Herd::get(ctx, spec)?;
    let ready = build::ready(ctx, &args.target)?;
    let (corpus, refused) = rust::file(&tests);
    if let Some((test, refusal)) = refused.first() {
        bail!("{}: {}", test.name, refusal.message);
    }
    let wanted = Wanted {
        corpus: &corpus,
        ..Wanted::default()
    };
    let built = build::modules_with(ctx, &ready, &wanted)?;
    let theirs = klitmus(ctx, &herd, &ready, &files, &built.dir)?;

    let ours =
        |file: &&PathBuf| ["ferrite.ko", "ferrite_litmus.ko"].contains(&file_name(file).as_str());
    let mut modules: Vec<PathBuf> = built.modules.iter().filter(ours).cloned().collect();
    let mut jobs: Vec<Job> = modules
        .iter()
        .map(|file| Job::Load(file_name(file), Vec::new()))
        .collect();
    modules.extend(theirs.iter().cloned());
    let whole = args.count.unwrap_or(COUNT);
    let count = |cpus: usize| match cpus > host_cpus() {
        true => whole.div_ceil(CROWDED),
        false => whole,
    };
    let limit = LIMIT * ROUNDS * u32::try_from(2 * TESTS.len())?;
    jobs.push(Job::run(SCRIPT, limit));
    let guest = Guest::new(
        ctx,
        &ready.root,
        &built.kernel,
        args.boot.runner,
        &built.dir,
    )?;
    let mut all = Vec::new();
    for cpus in GUESTS {
        let fit = |test: &Test| GUESTS.into_iter().find(|cpus| test.threads.len() <= *cpus);
        let here = tests.iter().zip(&theirs);
        let here: Vec<(&Test, &PathBuf)> = here.filter(|(t, _)| fit(t) == Some(cpus)).collect();
        let payload = Payload {
            modules: modules.clone(),
            programs: vec![script(&built, SCRIPT, &text(&here, count(cpus)))?],
        };
        let guest = Guest {
            dir: built.dir.join(format!("{cpus}-cpus")),
            limit: limit + Duration::from_secs(60),
            devices: Vec::new(),
            cpus,
            ..guest
        };
        let what = format!("measuring ferrite_litmus beside klitmus7 on {cpus} CPUs");
        let step = ctx.step(what);
        let outcome = guest.run(ctx, &payload, &jobs, &mut |event| {
            if let Event::Text(line) = event {
                if line.starts_with("Observation") || line.starts_with('#') {
                    step.message(line);
                }
            }
        })?;
        step.done();
        outcome.all_well(ctx)?;
        let output: String = outcome.done.iter().map(|d| d.output.as_str()).collect();
        all.extend(lines(&here, cpus, &output)?);
    }
    let lines = all;
    let file = built.dir.join("bench.json");
    let json = serde_json::to_string_pretty(&lines)?;
    fs::write(&file, &json).map_err(|error| explain(error, &file))?;
    if args.json {
        ctx.say(json);
    } else {
        let kernel = &built.kernel;
        ctx.say(format!(
            "ferrite_litmus beside klitmus7 {} on {} ({}), {}; medians of {ROUNDS} rounds of {} instances, or {} on more CPUs than the host's\n",
            herd.version(),
            kernel.name,
            kernel.release,
            ready.choice,
            whole,
            whole.div_ceil(CROWDED),
        ));
        print(ctx, &lines);
    }
    ctx.note(format!("  {}", file.display()));
    Ok(true)
}

/// The tests, and their files, from the kernel's source.
fn tests(linux: &Path) -> Result<(Vec<PathBuf>, Vec<Test>)> {
    let all = lkmm::corpus::kernel_tests(linux).map_err(|error| explain(error, linux))?;
    TESTS
        .into_iter()
        .map(|name| {
            let named = |file: &&PathBuf| file.file_stem().is_some_and(|stem| stem == name);
            let file = all.iter().find(named);
            let file = file.with_context(|| format!("the kernel's source has no {name}.litmus"))?;
            let text = fs::read_to_string(file).map_err(|error| explain(error, file))?;
            Ok((file.clone(), lkmm::parse(file, &text)?))
        })
        .collect()
}

/// klitmus7's modules for the tests, in their order.
fn klitmus(
    ctx: &Context,
    herd: &Herd,
    ready: &Ready,
    files: &[PathBuf],
    run: &Path,
) -> Result<Vec<PathBuf>> {
    let dir = run.join("klitmus7");
    fs::create_dir_all(&dir).map_err(|error| explain(error, &dir))?;
    herd.klitmus(ctx, files, &dir)?;
    ready
        .kbuild(ctx, &dir, &dir)
        .arg("modules")
        .what("building klitmus7's modules")
        .run(ctx)?;
    let modules = (0..files.len()).map(|number| dir.join(format!("litmus{number:03}.ko")));
    let modules: Vec<PathBuf> = modules.collect();
    match modules.iter().find(|module| !module.is_file()) {
        Some(missing) => bail!("klitmus7 and Kbuild made no {}", missing.display()),
        None => Ok(modules),
    }
}

/// What the guest does.
fn text(tests: &[(&Test, &PathBuf)], count: u64) -> String {
    let size = SIZE.min(count);
    let mut text = String::from("set -e\ndebug=/sys/kernel/debug/litmus/run\n");
    text.push_str(&format!("for round in $(seq {ROUNDS}); do\n"));
    for (test, file) in tests {
        let (test, file) = (&test.name, file_name(file));
        let module = file.trim_end_matches(".ko");
        text.push_str(&format!(
            "echo '# klitmus7'\n\
             insmod $programs/../modules/{file} size={size} nruns={}\n\
             cat /proc/litmus\n\
             rmmod {module}\n\
             echo '# ferrite'\n\
             echo '{test} count={count}' >$debug\n\
             cat $debug\n",
            count.div_ceil(size)
        ));
    }
    text.push_str("done\n");
    text
}

/// The medians.
fn lines(tests: &[(&Test, &PathBuf)], cpus: usize, output: &str) -> Result<Vec<Line>> {
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for part in output.split("# ").skip(1) {
        let to = match part.split_whitespace().next() {
            Some("klitmus7") => &mut theirs,
            _ => &mut ours,
        };
        to.extend(log::parse(part));
    }
    tests
        .iter()
        .map(|(test, _)| {
            let of = |records: &[Record]| -> Result<(Rates, usize)> {
                let mine: Vec<&Record> = records.iter().filter(|r| r.name == test.name).collect();
                if mine.is_empty() || mine.iter().any(|record| record.total() == 0) {
                    bail!("{}: a round has no result", test.name);
                }
                // CAST: Counts and times far below what an f64 cannot hold.
                let weak = |record: &&Record| {
                    record.rate() * record.positive as f64 / record.total() as f64
                };
                let rates = Rates {
                    instances: median(mine.iter().map(|record| record.rate()).collect()),
                    weak: median(mine.iter().map(weak).collect()),
                };
                Ok((rates, mine.len()))
            };
            let (ferrite, rounds) = of(&ours)?;
            Ok(Line {
                test: test.name.clone(),
                cpus,
                rounds,
                klitmus7: of(&theirs)?.0,
                ferrite,
            })
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        // PANIC: No caller has none.
        0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}

fn print(ctx: &Context, lines: &[Line]) {
    let mut table = columns::headed(["per second", "CPUs", "klitmus7", "ferrite", "ratio", "goal"]);
    let mut row = |what: String, cpus: usize, theirs: f64, ours: f64, goal: f64| {
        table.add_row([
            what,
            cpus.to_string(),
            format!("{theirs:.0}"),
            format!("{ours:.0}"),
            format!("{:.2}", ours / theirs),
            format!("{goal:.0}"),
        ]);
    };
    for line in lines {
        let (theirs, ours) = (&line.klitmus7, &line.ferrite);
        row(
            format!("{}: instances", line.test),
            line.cpus,
            theirs.instances,
            ours.instances,
            RATE_GOAL,
        );
        if line.test == WEAK {
            row(
                format!("{}: weak outcomes", line.test),
                line.cpus,
                theirs.weak,
                ours.weak,
                WEAK_GOAL,
            );
        }
    }
    columns::align_numbers(&mut table, 1..6);
    ctx.say(table.trim_fmt());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_told_apart_and_their_medians_taken() {
        let text = "C SB+poonceonces\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n";
        let test = lkmm::parse(Path::new("t.litmus"), text).unwrap();
        let record = |who: &str, positive: u64, seconds: &str| {
            format!(
                "# {who}\nTest SB+poonceonces Allowed\nObservation SB+poonceonces Sometimes {positive} {}\n\
                 Time SB+poonceonces {seconds}\n",
                1000 - positive
            )
        };
        let output: String = [
            record("klitmus7", 10, "1.00"),
            record("ferrite", 100, "0.50"),
            record("klitmus7", 30, "2.00"),
            record("ferrite", 300, "0.50"),
            record("klitmus7", 20, "1.00"),
            record("ferrite", 200, "0.25"),
        ]
        .concat();
        let lines = lines(&[(&test, &PathBuf::new())], 2, &output).unwrap();
        assert_eq!(lines[0].rounds, 3);
        let theirs = &lines[0].klitmus7;
        assert_eq!((theirs.instances, theirs.weak), (1000.0, 15.0));
        assert_eq!(lines[0].ferrite.instances, 2000.0);
        assert_eq!(lines[0].ferrite.weak, 600.0);
    }
}
