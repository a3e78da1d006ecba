// SPDX-License-Identifier: GPL-2.0

//! Upstream's own selftests as the judge of a module: built unmodified, run with the kernel alone and with the
//! library that asks the device. And one program of ours that needs the same: a C library, and the preload library.
//!
//! `selftests/pidfd/upstream.toml` says which, and what is known to be missed where, and why. A miss that it does not
//! know fails, and so does one that it knows and that is none.

mod board;
mod known;
mod way;

use crate::report::Row;
use anyhow::Result;
use board::Board;
use build::Built;
use guest::{Done, Job};
use host::{explain, Context};
use known::Known;
use ktap::{Test, TestOutcome};
use root::Root;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use way::{Way, PRELOAD, WAYS};

/// The target whose tests these are.
const TARGET: &str = "pidfd";

/// How long one program may take.
const LIMIT: Duration = Duration::from_secs(90);

/// The folder of the programs in the guest, and in the run's folder.
const FOLDER: &str = "upstream";

/// Where the programs, the libraries and the loader are, in it.
const FILES: &str = "files";

/// Where they are, in a kernel's source.
const SOURCE: &str = "tools/testing/selftests/pidfd";

/// The C library that the programs are linked with; a guest may have none.
const RUNTIME: [&str; 2] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/x86_64-linux-gnu/libc.so.6",
];

/// The beginning of the first line of KTAP.
const VERSION: &str = "TAP version";

/// Why a miss does not fail yet.
const UNJUDGED: &str = "nobody has looked at this kernel's board yet";

/// Our own program, run with the library alone. It is no case of upstream's.
const OWN: &str = "preload_test";

/// What a guest needs, and what to make of what it says.
pub(crate) struct Upstream {
    known: Known,
    kernel: String,
    /// Programs for the guest: name and file.
    pub(crate) programs: Vec<(String, PathBuf)>,
}

impl Upstream {
    /// What these targets want of it: all do, and `pidfd`.
    pub(crate) fn wanted(
        ctx: &Context,
        root: &Root,
        built: &Built,
        targets: &[String],
    ) -> Result<Option<Self>> {
        let wanted = targets.is_empty() || targets.iter().any(|target| target == TARGET);
        wanted.then(|| Self::build(ctx, root, built)).transpose()
    }

    /// Build the programs and the library.
    fn build(ctx: &Context, root: &Root, built: &Built) -> Result<Self> {
        let known = Known::read(&ctx.repo.join("selftests/pidfd/upstream.toml"))?;
        let source = built.source.join(SOURCE);
        known.complete(&source)?;
        let dir = built.dir.join(FOLDER);
        let files = dir.join(FILES);
        make(ctx, root, &built.source, &files)?;
        let mut programs = Vec::new();
        let mut add =
            |name: String, file: PathBuf| programs.push((format!("{FOLDER}/{name}"), file));
        let library = root.path().join("usr/lib/x86_64-linux-gnu");
        for file in RUNTIME {
            let name = file.rsplit('/').next().unwrap_or(file);
            add(format!("{FILES}/{name}"), library.join(name));
        }
        let run = known.run_on(&built.kernel.name);
        let names = run.iter().chain(&known.helpers).map(String::as_str);
        for name in names.chain([PRELOAD, OWN]) {
            add(format!("{FILES}/{name}"), files.join(name));
        }
        for (way, name) in runs(&run) {
            let script = format!("{}/{name}", way.name());
            add(script.clone(), write_script(&dir.join(&script), way, name)?);
        }
        Ok(Upstream {
            known,
            kernel: built.kernel.name.clone(),
            programs,
        })
    }

    /// The target whose tests these are.
    pub(crate) fn target(&self) -> &'static str {
        TARGET
    }

    /// The jobs of the guest.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let names = self.known.run_on(&self.kernel);
        let run =
            |(way, name): (Way, &str)| Job::run(&format!("{FOLDER}/{}/{name}", way.name()), LIMIT);
        runs(&names).into_iter().map(run).collect()
    }

    /// What the jobs came to: rows for the table, and the board.
    pub(crate) fn judge(&self, done: &[Done]) -> (Vec<Row>, String) {
        let mut rows = Vec::new();
        let mut board = Board::default();
        for done in done {
            let Some((way, program)) = ours(&done.job) else {
                continue;
            };
            let mut document = read(&done.output);
            match done.status {
                _ if done.timed_out() => document.faults = vec!["did not end in time".to_owned()],
                Some(status) => document.judge_exit(status),
                None => document
                    .faults
                    .push("the guest ended while it ran".to_owned()),
            }
            let kind = if program == OWN {
                "library"
            } else {
                "upstream"
            };
            let mut row = Row::passed(kind, format!("{program} ({})", way.name()), done.took);
            row.counts = ktap::Counts::default();
            if way == Way::Device || self.known.base_line.contains(&self.kernel) {
                for test in &document.tests {
                    self.judge_case(way, program, test, &mut row);
                }
                for fault in &document.faults {
                    match self.known.judged.contains(&self.kernel) {
                        true => row.fail(fault.clone()),
                        false => row.skips.push(format!("{program}: {fault}: {UNJUDGED}")),
                    }
                }
                if row.counts.failed > 0 {
                    row = row.with_log(&done.output, None);
                }
                rows.push(row);
            }
            if program == OWN {
                continue;
            }
            for test in &document.tests {
                board.add(program, way, test);
            }
            for fault in &document.faults {
                board.note(program, way, fault);
            }
        }
        (rows, board.text(&self.known, &self.kernel))
    }

    fn judge_case(&self, way: Way, program: &str, test: &Test, row: &mut Row) {
        let known = (way == Way::Device).then(|| self.known.why(&self.kernel, program, &test.name));
        let race = self.known.race(program, &test.name);
        match (test.outcome, known.flatten()) {
            (TestOutcome::Passed, None) => row.counts.add(TestOutcome::Passed),
            (TestOutcome::Passed, Some(_)) => row.fail(format!(
                "passes, and is known as a miss on {}: {}",
                self.kernel, test.name
            )),
            (TestOutcome::Skipped, why) => {
                row.counts.add(TestOutcome::Skipped);
                let why = why.unwrap_or(&test.reason);
                row.skips.push(format!("{program}: {}: {why}", test.name));
            }
            (TestOutcome::Failed, known) if known.or(race).is_some() => {
                let why = known.or(race).unwrap_or_default();
                row.counts.add(TestOutcome::Skipped);
                row.skips.push(format!("{program}: {}: {why}", test.name));
            }
            (TestOutcome::Failed, _) if !self.known.judged.contains(&self.kernel) => {
                row.counts.add(TestOutcome::Skipped);
                row.skips
                    .push(format!("{program}: {}: {UNJUDGED}", test.name));
            }
            (TestOutcome::Failed, _) => row.fail(format!("not ok: {}", test.name)),
        }
    }
}

/// Which programs are run, and how: upstream's each way, ours with the library.
fn runs(names: &[String]) -> Vec<(Way, &str)> {
    let upstream = names
        .iter()
        .flat_map(|name| WAYS.map(|way| (way, name.as_str())));
    upstream.chain([(Way::Device, OWN)]).collect()
}

/// Read what a program printed. Some of upstream's say nothing of the version.
fn read(output: &str) -> ktap::Document {
    match output.contains(VERSION) {
        true => ktap::read(output),
        false => ktap::read(&format!("{VERSION} 13\n{output}")),
    }
}

/// Is a job one of these, and which?
pub(super) fn ours(job: &Job) -> Option<(Way, &str)> {
    let Job::Run { program, .. } = job else {
        return None;
    };
    let (way, name) = program
        .strip_prefix(FOLDER)?
        .strip_prefix('/')?
        .split_once('/')?;
    let way = WAYS.into_iter().find(|known| known.name() == way)?;
    Some((way, name))
}

/// Upstream's own Makefile, and the library's.
fn make(ctx: &Context, root: &Root, source: &Path, out: &Path) -> Result<()> {
    fs::create_dir_all(out).map_err(|error| explain(error, out))?;
    let headers = source.join("tools/include/uapi");
    root.enter(ctx)
        .cmd("make")
        .arg("-C")
        .arg(source.join(SOURCE))
        .arg(format!("OUTPUT={}", out.display()))
        .arg(format!("KHDR_INCLUDES=-isystem {}", headers.display()))
        .arg("-j2")
        .what("building upstream's selftests".to_owned())
        .run(ctx)?;
    root.enter(ctx)
        .cmd("make")
        .arg("-C")
        .arg(ctx.repo.join("lib/pidfd"))
        .arg(format!("O={}", out.display()))
        .args(["all", OWN])
        .run(ctx)?;
    Ok(())
}

/// A script that runs a program one way.
fn write_script(path: &Path, way: Way, program: &str) -> Result<PathBuf> {
    let mut text = format!("#!/bin/sh\ncd \"${{0%/*}}/../{FILES}\" || exit\n");
    for file in RUNTIME {
        // At its usual place, where it is found without an environment as well.
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        text +=
            &format!("[ -e {file} ] || {{ mkdir -p {folder}; ln -s \"$PWD/{name}\" {file}; }}\n");
    }
    text += &format!("{}exec ./{program}\n", way.environment());
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(|error| explain(error, parent))?;
    }
    fs::write(path, text)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .map_err(|error| explain(error, path))?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str = r#"
        run = ["t"]
        run_on_base_line = []
        helpers = []
        base_line = ["ours"]
        judged = ["ours"]
        not_run = {}
        [[race]]
        cases = ["t: slow"]
        why = "it races"
        [[miss]]
        cases = ["t: lacking"]
        kernels = ["ours"]
        why = "no facility"
    "#;

    /// What a program's output came to by the device: the table's row, and the board.
    fn judged(output: &str, status: i32) -> (Row, String) {
        let upstream = Upstream {
            known: toml::from_str(KNOWN).unwrap(),
            kernel: "ours".to_owned(),
            programs: Vec::new(),
        };
        let done = Done {
            job: Job::run("upstream/device/t", LIMIT),
            output: output.to_owned(),
            status: Some(status),
            took: Duration::ZERO,
        };
        let (mut rows, board) = upstream.judge(&[done]);
        (rows.remove(0), board)
    }

    #[test]
    fn a_lost_race_and_a_known_miss_are_skipped_and_told() {
        let (row, board) = judged("1..3\nnot ok 1 slow\nnot ok 2 lacking\nok 3 well\n", 1);
        assert_eq!((row.counts.failed, row.counts.skipped), (0, 2));
        assert!(board.contains("it races") && board.contains("no facility"));
    }

    #[test]
    fn a_fault_is_no_case() {
        let (row, board) = judged("1..2\nok 1 well\n", 0);
        assert_eq!((row.counts.passed, row.counts.failed), (1, 1));
        assert!(board.contains("FAULT") && board.contains("of 1 cases"));
    }

    #[test]
    fn any_other_miss_fails() {
        let (row, _) = judged("1..2\nok 1 slow\nnot ok 2 well\n", 1);
        assert_eq!(row.counts.failed, 1);
    }

    #[test]
    fn a_known_miss_that_passes_fails() {
        let (row, _) = judged("1..2\nok 1 slow\nok 2 lacking\n", 0);
        assert_eq!(row.counts.failed, 1);
    }
}
