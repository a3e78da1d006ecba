// SPDX-License-Identifier: GPL-2.0

//! Is the harness itself awake? Guests in which something is wrong on purpose must be reported as failed, each with
//! its cause.

use super::judge;
use crate::report::Row;
use anyhow::{Context as _, Result};
use guest::{job, Guest, Job, Payload};
use host::{digits, explain, file_name, Context};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

const KIND: &str = "harness";

const KBUILD: &str = include_str!("faults/Kbuild");
const SOURCE: &str = include_str!("faults/ferrite_fault.c");
const MODULE: &str = "ferrite_fault.ko";

/// The same, built for a kernel that this is not.
const MISFIT: &str = "ferrite_misfit.ko";

/// What every module of the suite needs, and one that needs it.
const BASE: &str = "ferrite";
const USER: &str = "ferrite_pidfd";

/// A guest, and what must be said of it.
struct Case {
    name: &'static str,
    /// Each job, and words that its row must give as the cause of a failure; empty if it is to succeed.
    jobs: Vec<(Job, &'static str)>,
    /// What must be said of the guest itself, if it does not live.
    end: Option<&'static str>,
    /// How long it may be silent.
    silence: Option<Duration>,
}

/// Programs that do wrong: name and script.
const PROGRAMS: [(&str, &str); 4] = [
    ("garbage", "head -c 2000 /bin/busybox"),
    ("short", "echo TAP version 13; echo 1..3; echo ok 1 a"),
    (
        "segfault",
        "echo TAP version 13; echo 1..2; echo ok 1 a; kill -SEGV $$",
    ),
    (
        "forever",
        "echo TAP version 13; echo 1..1; sleep 1000 & sleep 1000",
    ),
];

fn cases() -> Vec<Case> {
    let load = |kind: &str| Job::Load(MODULE.to_owned(), vec![format!("kind={kind}")]);
    let insert = |file: &str| Job::Load(file.to_owned(), Vec::new());
    let remove = |name: &str| Job::Unload(name.to_owned());
    let (base, user) = (format!("{BASE}.ko"), format!("{USER}.ko"));
    let limited = |name: &str, seconds| Job::run(name, Duration::from_secs(seconds));
    let run = |name: &str| limited(name, 60);
    let ends = |name, kind: &str, end| Case {
        name,
        jobs: vec![(load(kind), "the guest ended first")],
        end: Some(end),
        silence: None,
    };
    vec![
        Case {
            name: "bad programs, and modules that do not fit",
            jobs: vec![
                (insert(MISFIT), "invalid module format"),
                // Out of order, nothing happens but an error; in order, all is well; what is in use stays.
                (insert(&user), "unknown symbol"),
                (insert(&base), ""),
                (insert(&user), ""),
                (remove(BASE), "could not be unloaded"),
                (remove(USER), ""),
                (remove(BASE), ""),
                (run("garbage"), "printed no KTAP"),
                (run("short"), "cut short: 1 of 3"),
                (run("segfault"), "killed by SIGSEGV"),
                (limited("forever", 2), "did not end in time"),
                (run("absent"), "was not found"),
                (load("stay"), ""),
                (remove("ferrite_fault"), "could not be unloaded"),
            ],
            end: None,
            silence: None,
        },
        Case {
            silence: Some(Duration::from_secs(5)),
            ..ends(
                "a guest that hangs",
                "hang",
                "the guest hangs: it was silent",
            )
        },
        ends("a guest whose kernel warns", "warn", "WARNING: "),
        ends(
            "a guest that panics",
            "panic",
            "Kernel panic - not syncing: a planted panic",
        ),
    ]
}

/// Boot each case, like `like` (root, kernel, runner), with the suite's `modules` there; two at a time.
pub(super) fn run(ctx: &Context, like: &Guest<'_>, modules: &[PathBuf]) -> Result<Vec<Row>> {
    let dir = like.dir.join("faults");
    let payload = payload(ctx, like, &dir, modules)?;
    let step = ctx.step("testing that what goes wrong in a guest is noticed");
    let cases = cases();
    let (first, second) = thread::scope(|scope| {
        let (first, second) = cases.split_at(cases.len() / 2);
        let second = scope.spawn(|| boot_all(ctx, like, &dir, &payload, second));
        let first = boot_all(ctx, like, &dir, &payload, first);
        (first, second.join())
    });
    let second = second.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    step.done();
    Ok(first?.into_iter().chain(second).collect())
}

fn boot_all(
    ctx: &Context,
    like: &Guest<'_>,
    dir: &Path,
    payload: &Payload,
    cases: &[Case],
) -> Result<Vec<Row>> {
    cases
        .iter()
        .map(|case| boot(ctx, like, dir, payload, case))
        .collect()
}

fn boot(
    ctx: &Context,
    like: &Guest<'_>,
    dir: &Path,
    payload: &Payload,
    case: &Case,
) -> Result<Row> {
    let start = Instant::now();
    let guest = Guest {
        dir: dir.join(case.name.replace(' ', "-")),
        limit: Duration::from_secs(300),
        silence: case.silence,
        devices: Vec::new(),
        ..*like
    };
    let jobs: Vec<Job> = case.jobs.iter().map(|(job, _)| job.clone()).collect();
    let outcome = guest.run(ctx, payload, &jobs, &mut |_| {})?;
    let missed = missed(case, &judge::guest(&jobs, &outcome));
    if missed.is_empty() {
        return Ok(Row::passed(KIND, case.name, start.elapsed()));
    }
    let mut row = Row::failed(
        KIND,
        case.name,
        start.elapsed(),
        "this was to be reported, and was not:",
    );
    row.causes.extend(missed);
    row.tail = outcome.tail(20);
    row.log = Some(outcome.log);
    Ok(row)
}

/// What should have been said of a case, and was not. `rows` are the jobs', in order, then the guest's.
fn missed(case: &Case, rows: &[Row]) -> Vec<String> {
    let said = |row: Option<&Row>, words: &str| match row {
        Some(row) if words.is_empty() => row.counts.failed == 0,
        Some(row) => row.counts.failed > 0 && row.causes.iter().any(|cause| cause.contains(words)),
        None => false,
    };
    let mut missed = Vec::new();
    for (at, (job, words)) in case.jobs.iter().enumerate() {
        if !said(rows.get(at), words) {
            let wanted = if words.is_empty() { "success" } else { words };
            missed.push(format!("of `{job}`: {wanted}"));
        }
    }
    let last = rows.last();
    match case.end {
        Some(words) if !said(last, words) => missed.push(format!("of the guest: {words}")),
        Some(_) if last.is_some_and(|row| row.tail.is_empty()) => {
            missed.push("the end of its log".to_owned())
        }
        None if !said(last, "") => missed.push("of the guest: success".to_owned()),
        _ => {}
    }
    missed
}

fn payload(ctx: &Context, like: &Guest<'_>, dir: &Path, modules: &[PathBuf]) -> Result<Payload> {
    fs::create_dir_all(dir)?;
    let mut programs = Vec::new();
    for (name, script) in PROGRAMS {
        let file = dir.join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n"))
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot write {}", file.display()))?;
        programs.push((name.to_owned(), file));
    }
    let fault = module(ctx, like)?;
    let misfit = dir.join(MISFIT);
    let built = fs::read(&fault).map_err(|error| explain(error, &fault))?;
    fs::write(&misfit, of_another_kernel(built)?).map_err(|error| explain(error, &misfit))?;
    let suite = modules
        .iter()
        .filter(|file| [BASE, USER].contains(&&*job::module_name(&file_name(file))));
    let mut modules: Vec<PathBuf> = suite.cloned().collect();
    modules.extend([fault, misfit]);
    Ok(Payload { modules, programs })
}

/// A module whose vermagic is another kernel's: of one without SMP, say, since a kernel with MODVERSIONS does not look at
/// the release.
fn of_another_kernel(mut module: Vec<u8>) -> Result<Vec<u8>> {
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|part| part == what);
    let place = find(&module, b"vermagic=")
        .and_then(|start| Some(start + find(&module[start..], b" SMP ")?))
        .context("the module that does wrong has no vermagic with SMP in it")?;
    module[place + 1] = b'U';
    Ok(module)
}

/// The module that does wrong, built once for a kernel.
fn module(ctx: &Context, like: &Guest<'_>) -> Result<PathBuf> {
    let kernel = like.kernel;
    let hash = digits(Sha256::new().chain_update(KBUILD).chain_update(SOURCE));
    let name = format!("faults/{}-{hash}", kernel.id);
    let dir = ctx.cache.entry(name).get_or_make(&mut |_| {}, |partial| {
        fs::write(partial.join("Kbuild"), KBUILD)?;
        fs::write(partial.join("ferrite_fault.c"), SOURCE)?;
        like.root
            .enter(ctx)
            .kernel(kernel)
            .cmd("make")
            .arg("-C")
            .arg(&kernel.kdir)
            .arg(format!("M={}", partial.display()))
            // Old headers ask for a compiler that the root does not have; for this module any will do.
            .arg("CC=gcc")
            .arg("modules")
            .what("building a module that does wrong, to test the harness")
            .run(ctx)?;
        Ok(())
    })?;
    Ok(dir.join(MODULE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misfit_differs_in_its_vermagic() {
        let module = b"..SMP ..vermagic=6.1 SMP mod_unload\0".to_vec();
        let misfit = of_another_kernel(module).unwrap();
        assert_eq!(misfit, b"..SMP ..vermagic=6.1 UMP mod_unload\0");
        assert!(of_another_kernel(b"vermagic=6.1 mod_unload".to_vec()).is_err());
    }

    /// A check that reports nothing must not pass.
    #[test]
    fn silence_is_missed() {
        for case in cases() {
            assert!(!missed(&case, &[]).is_empty(), "{}", case.name);
            let fine: Vec<Row> = (0..=case.jobs.len())
                .map(|_| Row::passed("a", "b", Duration::ZERO))
                .collect();
            assert!(!missed(&case, &fine).is_empty(), "{}", case.name);
        }
    }
}
