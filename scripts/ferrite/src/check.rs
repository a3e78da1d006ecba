// SPDX-License-Identifier: GPL-2.0

//! `ferrite check`: host unit tests, then build, boot, load and test, then a table and one line.

mod answers;
mod codegen;
mod faults;
mod forged;
mod host_tests;
pub(crate) mod judge;
mod long;
mod overlaid;
mod upstream;

use crate::litmus::{self, Corpus};
use crate::options::Boot;
use crate::report::{Report, Row};
use anyhow::{bail, Result};
use build::{Built, Ready, Target, Wanted};
use clap::Args;
use guest::{bare, job, Event, Guest, GuestOutcome, Job, Payload, Runner};
use host::{file_name, signals, Context};
use kernels::Table;
use root::Root;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
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

    /// Also what takes hours: model checkers and the address sanitizer on the host, an hour of stress in a guest
    #[arg(long)]
    pub(crate) long: bool,
}

/// `ferrite check`.
pub(crate) fn run(ctx: &Context, args: &CheckArgs) -> Result<ExitCode> {
    // What is misspelt is said at once, and not after minutes of other tests.
    Table::read(&ctx.repo)?.named(args.target.kernel.as_deref())?;
    for target in &args.targets {
        if !ctx.repo.join("selftests").join(target).is_dir() {
            bail!("there are no selftests named \"{target}\": TARGETS names folders of selftests/");
        }
    }
    let mut report = Report::default();
    if args.targets.is_empty() {
        report.extend(host_tests::run(ctx, args.long)?);
    }
    let (ready, corpus, built) = match made(ctx, args) {
        Ok(made) => made,
        Err(error) if signals::received().is_some() => return Err(error),
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
        report.extend(overlaid::rows(ctx, &built)?);
        report.extend(codegen::rows(&built, &corpus)?);
        report.extend(forged::rows(ctx, &ready, &built, &corpus)?);
    }
    let tests = Tests::run(
        ctx,
        &ready.root,
        &built,
        args.boot.runner,
        &args.targets,
        args.targets.is_empty(),
    )?;
    report.extend(tests.rows());
    if let Some((upstream, tested)) = &tests.upstream {
        let (rows, board) = upstream.judge(&tested.outcome.done);
        report.extend(rows);
        report.show(board);
    }
    report.extend(tests.faults);
    if args.long {
        report.extend(stress(ctx, &ready.root, &built, args.boot.runner)?);
    }

    report.print(ctx, Some(&built.dir));
    Ok(match report.counts().failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Have the lists stressed for an hour, in a guest of their own.
fn stress(ctx: &Context, root: &Root, built: &Built, runner: Runner) -> Result<Vec<Row>> {
    let dir = built.dir.join("long");
    let mut programs = built.selftests.clone();
    programs.push(long::program(built)?);
    let payload = Payload {
        modules: built.modules.clone(),
        programs,
    };
    let guest = Guest::new(ctx, root, &built.kernel, runner, &dir)?;
    let jobs = around(built, |_| false, vec![long::job()]);
    let tested = Tested::new(ctx, &guest, &dir, "an hour of stress", &payload, jobs)?;
    judge::keep_ktap(&tested.outcome, &built.dir.join("ktap"))?;
    Ok(judge::guest(&tested.jobs, &tested.outcome))
}

/// Build all, with the kernel's litmus tests in the litmus module: their machine code is compared with their sources.
fn made(ctx: &Context, args: &CheckArgs) -> Result<(Ready, Corpus, Built)> {
    let ready = build::ready(ctx, &args.target)?;
    let corpus = litmus::checked(ctx)?;
    let wanted = Wanted {
        corpus: &corpus.text,
        ..Wanted::default()
    };
    let built = build::modules_with(ctx, &ready, &wanted)?;
    Ok((ready, corpus, built))
}

/// What a guest was asked, and what it came to.
pub(crate) struct Tested {
    /// Its jobs.
    pub(crate) jobs: Vec<Job>,
    /// How they went.
    pub(crate) outcome: GuestOutcome,
}

impl Tested {
    /// Boot a guest like `like`, and have it do `jobs`. It keeps its logs in `dir`.
    fn new(
        ctx: &Context,
        like: &Guest<'_>,
        dir: &Path,
        what: &str,
        payload: &Payload,
        jobs: Vec<Job>,
    ) -> Result<Self> {
        let guest = Guest {
            dir: dir.to_owned(),
            devices: Vec::new(),
            ..*like
        };
        let step = ctx.step(format!("{what} in a guest with {}", like.kernel.release));
        let outcome = guest.run(ctx, payload, &jobs, &mut |event| match event {
            Event::Up(_) => step.message("the guest is up"),
            Event::Begun(job) => step.message(&job.to_string()),
            Event::Text(line) if ctx.verbose => ctx.note(format!("    {line}")),
            Event::Text(line) => step.message(line),
            Event::Ended(_) => {}
        })?;
        step.done();
        Ok(Tested { jobs, outcome })
    }
}

/// What was found out in guests. What the modules have to do by themselves, being loaded again and again, and upstream's
/// selftests, which sleep most of their time, have a guest each, side by side.
pub(crate) struct Tests {
    /// The modules' own tests, and the selftests.
    suite: Tested,
    /// All modules loaded and unloaded a hundred times.
    stress: Tested,
    /// Upstream's selftests, if they are wanted.
    pub(crate) upstream: Option<(Upstream, Tested)>,
    /// Whether what goes wrong in a guest is noticed, if that was wanted.
    faults: Vec<Row>,
}

impl Tests {
    /// Boot the guests and have the tests of these targets done (of all, if none is named), and keep the KTAP.
    pub(crate) fn run(
        ctx: &Context,
        root: &Root,
        built: &Built,
        runner: Runner,
        targets: &[String],
        with_faults: bool,
    ) -> Result<Self> {
        let upstream = Upstream::wanted(ctx, root, built, targets)?;
        let guest = Guest::new(ctx, root, &built.kernel, runner, &built.dir)?;
        let boot = |dir: &Path, what: &str, payload: Payload, jobs: Vec<Job>| {
            Tested::new(ctx, &guest, dir, what, &payload, jobs)
        };
        let with = |programs: &[(String, PathBuf)]| Payload {
            modules: built.modules.clone(),
            programs: programs.to_vec(),
        };
        let own = suite(built, targets);
        let again = vec![Job::Stress(ROUNDS, files(built)), Job::Taint];
        let (suite, stress, judge) = thread::scope(|scope| {
            let stress = scope.spawn(|| {
                let dir = built.dir.join("stress");
                let payload = Payload {
                    modules: bare(ctx, root, &built.modules, &dir.join("modules"))?,
                    programs: Vec::new(),
                };
                boot(&dir, "loading and unloading", payload, again)
            });
            let judge = scope.spawn(|| {
                let upstream = upstream.as_ref()?;
                let (dir, payload) = (built.dir.join("upstream"), with(&upstream.programs));
                let jobs = around(built, |_| false, upstream.jobs());
                Some(boot(&dir, "upstream's selftests", payload, jobs))
            });
            let suite =
                boot(&built.dir, "testing", with(&built.selftests), own).and_then(|suite| {
                    let faults = match with_faults {
                        true => faults::run(ctx, &guest, &built.modules)?,
                        false => Vec::new(),
                    };
                    Ok((suite, faults))
                });
            (suite, joined(stress), joined(judge))
        });
        let (suite, faults) = suite?;
        let tests = Tests {
            suite,
            stress: stress?,
            upstream: upstream.zip(judge.transpose()?),
            faults,
        };
        for tested in tests.guests() {
            judge::keep_ktap(&tested.outcome, &built.dir.join("ktap"))?;
        }
        Ok(tests)
    }

    /// Each guest.
    pub(crate) fn guests(&self) -> impl Iterator<Item = &Tested> {
        let upstream = self.upstream.iter().map(|(_, tested)| tested);
        [&self.suite, &self.stress].into_iter().chain(upstream)
    }

    /// What the guests came to, but for upstream's selftests.
    fn rows(&self) -> Vec<Row> {
        let rows = self
            .guests()
            .map(|tested| judge::guest(&tested.jobs, &tested.outcome));
        rows.flatten().collect()
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The names of the modules' files, in the order in which they load.
fn files(built: &Built) -> Vec<String> {
    built.modules.iter().map(|file| file_name(file)).collect()
}

/// The jobs that load each module, and read its own tests where that is `wanted`, do `inner`, and unload all.
fn around(built: &Built, wanted: impl Fn(&str) -> bool, inner: Vec<Job>) -> Vec<Job> {
    let files = files(built);
    let mut jobs = Vec::new();
    for file in &files {
        jobs.push(Job::Load(file.clone(), Vec::new()));
        let module = job::module_name(file);
        if wanted(module.strip_prefix("ferrite_").unwrap_or(&module)) {
            jobs.push(Job::Ktap(module));
        }
    }
    jobs.extend(inner);
    jobs.push(Job::Taint);
    let names = files.iter().rev().map(|file| job::module_name(file));
    jobs.extend(names.map(Job::Unload));
    jobs.push(Job::Taint);
    jobs
}

/// The jobs of the guest in which the suite tests itself: each module is loaded and its own tests are read, then come the
/// selftests, and at the end all is unloaded.
fn suite(built: &Built, targets: &[String]) -> Vec<Job> {
    let wanted = |name: &str| targets.is_empty() || targets.iter().any(|target| target == name);
    let tests = built.selftests.iter().map(|(name, _)| name);
    let tests = tests.filter(|name| {
        let (folder, program) = name.split_once('/').unwrap_or(("", name));
        program != DEMO && wanted(folder)
    });
    let tests = tests.map(|name| Job::run(name, SELFTEST)).collect();
    around(built, wanted, tests)
}
