// SPDX-License-Identifier: GPL-2.0

//! Programs that fail, outlive their guard, fill the disk or do not exist.

use super::*;

fn context() -> (tempfile::TempDir, Context) {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("cache");
    let ctx = Context::new(Some(dir.path().to_owned()), Some(cache), false).unwrap();
    (dir, ctx)
}

fn sh(script: &str) -> Cmd {
    Cmd::new("sh").args(["-c", script])
}

#[test]
fn a_failure_tells_command_status_and_the_last_words() {
    let (_dir, ctx) = context();
    let script = "exec 2>&1; seq 100; echo /stage/a.rs is wrong >&2; exit 3";
    let error = sh(script)
        .map_lines(|line| line.replace("/stage/", ""))
        .remedy("Mend a.rs.")
        .tail(5)
        .run(&ctx)
        .unwrap_err()
        .to_string();
    for part in [
        "sh -c",
        "exit status 3",
        "\na.rs is wrong\n",
        "\n100\n",
        "sh.log",
        "Mend a.rs.",
    ] {
        assert!(error.contains(part), "no {part:?} in: {error}");
    }
    assert!(!error.contains("\n90\n"), "more than the tail: {error}");
}

#[test]
fn a_limit_ends_what_sleeps_and_what_never_stops_talking() {
    let (_dir, ctx) = context();
    for script in [
        "echo first; sleep 1000",
        "echo first; while :; do echo more; done",
    ] {
        let limited = sh(script).limit(Duration::from_millis(300));
        let outcome = limited.outcome(&ctx).unwrap();
        assert!(outcome.timed_out, "{script}");
        assert!(outcome.stdout.starts_with("first\n"), "{script}");
    }
    let within = sh("echo all").limit(Duration::from_secs(60)).outcome(&ctx);
    assert!(!within.unwrap().timed_out);
}

#[test]
fn the_log_has_all_of_it() {
    let (_dir, ctx) = context();
    let outcome = sh("seq 100; echo last >&2").run(&ctx).unwrap();
    assert_eq!(outcome.stdout.lines().count(), 100);
    let log = fs::read_to_string(outcome.log).unwrap();
    assert!(log.starts_with("+ sh -c") && log.contains("\n42\n") && log.contains("last"));
}

#[test]
fn a_full_disk_in_a_program_names_the_remedy() {
    let (_dir, ctx) = context();
    let script = format!("echo tar: a: Cannot write: {DISK_FULL} >&2; exit 2");
    let error = sh(&script)
        .remedy("Try again.")
        .run(&ctx)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("FERRITE_CACHE") && !error.contains("Try again"),
        "{error}"
    );
}

#[test]
fn a_missing_program_is_named() {
    let (_dir, ctx) = context();
    let error = Cmd::new("no-such-program")
        .run(&ctx)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "the program no-such-program is not installed");
}

#[test]
fn what_runs_beside_us_ends_with_its_guard() {
    let (dir, ctx) = context();
    let file = dir.path().join("pid");
    let script = format!("sleep 600 & echo $! >{}; wait", file.display());
    let running = sh(&script)
        .spawn(&ctx, Stdio::null(), Stdio::null(), Stdio::null())
        .unwrap();
    let start = Instant::now();
    let pid = loop {
        match fs::read_to_string(&file) {
            Ok(pid) if pid.ends_with('\n') => break pid.trim().to_owned(),
            _ => assert!(
                start.elapsed() < Duration::from_secs(60),
                "the script never ran"
            ),
        }
    };
    drop(running);
    let alive = || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    while alive() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "the grandchild lives on"
        );
    }
}

#[test]
fn quoting_is_a_shells() {
    assert_eq!(quote(OsStr::new("a=b/c.rs")), "a=b/c.rs");
    assert_eq!(quote(OsStr::new("it's")), r"'it'\''s'");
    assert_eq!(quote(OsStr::new("")), "''");
}
