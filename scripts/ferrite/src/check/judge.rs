// SPDX-License-Identifier: GPL-2.0

//! From what a guest did to what it means.

use super::upstream::ours;
use crate::report::Row;
use guest::{console, Done, GuestOutcome, Job};
use ktap::{Document, Test};
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// What a guest did but for upstream's selftests, which [`super::upstream`] judges.
pub(crate) fn own(outcome: &GuestOutcome) -> impl Iterator<Item = &Done> {
    outcome.done.iter().filter(|done| ours(&done.job).is_none())
}

/// What each of these jobs of a guest came to, and then what became of the guest itself.
pub(crate) fn guest(jobs: &[Job], outcome: &GuestOutcome) -> Vec<Row> {
    let mut rows: Vec<Row> = own(outcome).map(judge).collect();
    let missing = jobs.len() - outcome.done.len().min(jobs.len());
    if let Some(fault) = &outcome.fault {
        let mut row = Row::failed("guest", "kernel", Duration::ZERO, fault);
        row.causes
            .extend(outcome.complaints.iter().skip(1).take(5).cloned());
        if missing > 0 {
            row.causes
                .push(format!("{missing} of {} jobs were not reached", jobs.len()));
        }
        row.tail = outcome.tail(30);
        row.log = Some(outcome.log.clone());
        rows.push(row);
    } else if outcome.complaints.is_empty() {
        rows.push(Row::passed("guest", "kernel log", Duration::ZERO));
    } else {
        let mut row = Row::failed(
            "guest",
            "kernel log",
            Duration::ZERO,
            "the kernel complained",
        );
        row.causes
            .extend(outcome.complaints.iter().take(5).cloned());
        row.tail = outcome.tail(30);
        row.log = Some(outcome.log.clone());
        rows.push(row);
    }
    rows
}

/// Keep the KTAP of every program and module in `dir`.
pub(crate) fn keep_ktap(outcome: &GuestOutcome, dir: &Path) -> io::Result<()> {
    for done in &outcome.done {
        let name = match &done.job {
            Job::Run { program, .. } => program.clone(),
            Job::Ktap(module) => module.clone(),
            _ => continue,
        };
        let file = dir.join(format!("{name}.ktap"));
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(file, &done.output)?;
    }
    Ok(())
}

/// What one job came to.
pub(crate) fn judge(done: &Done) -> Row {
    let took = done.took;
    match &done.job {
        Job::Load(..) => plain(done, "load", "could not be loaded"),
        Job::Unload(_) => plain(done, "unload", "could not be unloaded"),
        Job::Stress(count, files) => {
            let name = format!("load and unload {count} times");
            let what = format!("{} did not all go", files.join(" "));
            plain(done, &name, &what)
        }
        Job::Taint => {
            let verdict = match done.status {
                Some(_) => console::taint(&done.output),
                None => Err("the guest ended before it said".to_owned()),
            };
            match verdict {
                Ok(()) => Row::passed("guest", "taint", took),
                Err(cause) => Row::failed("guest", "taint", took, cause),
            }
        }
        Job::Ktap(module) => match done.status {
            Some(0) => document("in-kernel", module, ktap::read(&done.output), done),
            Some(_) => Row::failed(
                "in-kernel",
                module,
                took,
                format!("no KTAP: {}", done.output.trim()),
            ),
            None => Row::failed(
                "in-kernel",
                module,
                took,
                "the guest ended while it was read",
            ),
        },
        Job::Run { program, .. } => {
            let mut doc = ktap::read(&done.output);
            match done.status {
                _ if done.timed_out() => {
                    doc.faults = vec![format!(
                        "did not end in time, and was killed ({})",
                        done.job
                    )];
                }
                Some(status) => doc.judge_exit(status),
                None => doc
                    .faults
                    .insert(0, "the guest ended while it ran".to_owned()),
            }
            document("selftest", program, doc, done)
        }
    }
}

fn plain(done: &Done, name: &str, what: &str) -> Row {
    if done.status == Some(0) {
        return Row::passed("guest", name, done.took);
    }
    let last = done
        .output
        .lines()
        .last()
        .unwrap_or("it said nothing")
        .to_owned();
    let cause = match done.status {
        Some(_) => format!("`{}` {what}: {last}", done.job),
        None => format!("`{}` {what}: the guest ended first", done.job),
    };
    Row::failed("guest", name, done.took, cause)
}

fn document(kind: &'static str, name: &str, doc: Document, done: &Done) -> Row {
    let mut row = Row::passed(kind, name, done.took);
    row.counts = doc.counts();
    row.causes = doc.faults.clone();
    row.causes.extend(
        doc.failures()
            .into_iter()
            .map(|test| format!("not ok: {test}")),
    );
    if let (true, Some(why)) = (doc.tests.is_empty(), &doc.skipped) {
        // That a module has no tests of its own is said by the table.
        if kind == "selftest" {
            row.skips.push(format!("{name}: {why}"));
        }
    }
    doc.tests
        .iter()
        .for_each(|test| skips(name, test, &mut row.skips));
    if row.counts.failed > 0 {
        row = row.with_log(&done.output, None);
    }
    row
}

fn skips(path: &str, test: &Test, into: &mut Vec<String>) {
    let path = format!("{path}: {}", test.name);
    if test.parts.is_empty() && test.outcome == ktap::TestOutcome::Skipped {
        into.push(match test.reason.as_str() {
            "" => path.clone(),
            why => format!("{path}: {why}"),
        });
    }
    test.parts.iter().for_each(|part| skips(&path, part, into));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn done(job: Job, status: Option<i32>, output: &str) -> Done {
        Done {
            job,
            output: output.to_owned(),
            status,
            took: Duration::ZERO,
        }
    }

    fn program(status: Option<i32>, output: &str) -> Row {
        judge(&done(
            Job::run("a/b", Duration::from_secs(3)),
            status,
            output,
        ))
    }

    #[track_caller]
    fn fails(row: Row, why: &str) {
        assert!(row.counts.failed > 0, "{row:?}");
        assert!(
            row.causes.iter().any(|cause| cause.contains(why)),
            "{row:?}"
        );
    }

    const GOOD: &str = "TAP version 13\n1..2\nok 1 x\nok 2 y # SKIP no y\n";

    #[test]
    fn programs() {
        let row = program(Some(0), GOOD);
        assert_eq!(
            (row.counts.passed, row.counts.failed, row.counts.skipped),
            (1, 0, 1)
        );
        assert_eq!(row.skips, ["a/b: y: no y"]);
        fails(
            program(
                Some(139),
                "TAP version 13\n1..2\nok 1 x\nSegmentation fault\n",
            ),
            "SIGSEGV",
        );
        fails(
            program(Some(124), "TAP version 13\n1..2\nok 1 x\n"),
            "did not end in time",
        );
        fails(program(Some(0), "\u{0}\u{1}garbage\n"), "no KTAP");
        fails(program(None, GOOD), "the guest ended");
        fails(program(Some(127), ""), "was not found");
        fails(
            program(Some(1), "TAP version 13\n1..1\nnot ok 1 x\n"),
            "not ok: x",
        );
    }

    #[test]
    fn modules() {
        assert_eq!(
            judge(&done(Job::Unload("m".into()), Some(0), ""))
                .counts
                .passed,
            1
        );
        let busy = "rmmod: can't unload module 'm': Resource temporarily unavailable\n";
        fails(
            judge(&done(Job::Unload("m".into()), Some(1), busy)),
            "could not be unloaded: rmmod",
        );
        fails(
            judge(&done(Job::Load("m.ko".into(), vec![]), None, "")),
            "the guest ended first",
        );
        let stress = Job::Stress(100, vec!["m.ko".into()]);
        fails(
            judge(&done(
                stress,
                Some(1),
                "10 of 100\nunloading m failed in round 12\n",
            )),
            "round 12",
        );
        fails(
            judge(&done(Job::Ktap("m".into()), Some(1), "cat: no such file\n")),
            "no KTAP: cat",
        );
        fails(
            judge(&done(
                Job::Ktap("m".into()),
                Some(0),
                "KTAP version 1\n1..2\nok 1 a\n",
            )),
            "1 of 2",
        );
        fails(
            judge(&done(Job::Taint, Some(0), "12800\n")),
            "a warning was issued",
        );
        assert_eq!(
            judge(&done(Job::Taint, Some(0), "12288\n")).counts.passed,
            1
        );
    }

    fn outcome(fault: Option<&str>, complaints: &[&str]) -> GuestOutcome {
        GuestOutcome {
            done: Vec::new(),
            fault: fault.map(str::to_owned),
            complaints: complaints.iter().map(|line| (*line).to_owned()).collect(),
            log: PathBuf::from("/nonexistent/kernel.log"),
            up: None,
            first_text: None,
            hung: false,
        }
    }

    #[test]
    fn guests() {
        let rows = guest(&[], &outcome(None, &[]));
        assert!(rows.iter().all(|row| row.counts.failed == 0));
        fails(
            guest(&[Job::Taint], &outcome(Some("the guest hangs"), &[])).remove(0),
            "1 of 1 jobs",
        );
        fails(
            guest(&[], &outcome(None, &["WARNING: a"])).remove(0),
            "WARNING: a",
        );
    }
}
