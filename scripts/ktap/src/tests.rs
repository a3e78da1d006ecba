// SPDX-License-Identifier: GPL-2.0

use super::{read, Counts, Document, TestOutcome};

fn counts(passed: usize, failed: usize, skipped: usize) -> Counts {
    Counts {
        passed,
        failed,
        skipped,
    }
}

/// A document that is whole.
#[track_caller]
fn good(text: &str, expected: Counts) -> Document {
    let document = read(text);
    assert_eq!(document.faults, Vec::<String>::new());
    assert_eq!(document.counts(), expected);
    document
}

/// A document with exactly one fault, which contains `why`.
#[track_caller]
fn bad(text: &str, why: &str) -> Document {
    let document = read(text);
    assert_eq!(document.faults.len(), 1, "{:?}", document.faults);
    assert!(document.faults[0].contains(why), "{:?}", document.faults);
    assert!(document.counts().failed > 0);
    document
}

/// What `kselftest_harness.h` of Linux 7.3 printed for a pass, a skip, an expected failure and a fixture.
const HARNESS: &str = "\
TAP version 13
1..4
# Starting 4 tests from 2 test cases.
#  RUN           global.passes ...
#            OK  global.passes
ok 1 global.passes
#  RUN           global.skips ...
#      SKIP      no such device
#            OK  global.skips
ok 2 global.skips # SKIP no such device
#  RUN           global.known ...
#      XFAIL      known
#            OK  global.known
ok 3 global.known # XFAIL known
#  RUN           thing.one.works ...
#            OK  thing.one.works
ok 4 thing.one.works
# PASSED: 4 / 4 tests passed.
# 1 skipped test(s) detected. Consider enabling relevant config options to improve coverage.
# Totals: pass:2 fail:0 xfail:1 xpass:0 skip:1 error:0
";

#[test]
fn harness_output() {
    let document = good(HARNESS, counts(3, 0, 1));
    assert_eq!(document.tests[1].name, "global.skips");
    assert_eq!(document.tests[1].reason, "no such device");
    assert_eq!(document.tests[2].outcome, TestOutcome::Passed);
}

#[test]
fn harness_failure() {
    let text = "TAP version 13\n1..2\nok 1 global.a\n# b.c:9:b:Expected 1 (1) == 2 (2)\n\
        # b: Test failed\nnot ok 2 global.b\n# FAILED: 1 / 2 tests passed.\n\
        # Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:0\n";
    let document = good(text, counts(1, 1, 0));
    assert_eq!(document.failures(), ["global.b"]);
}

#[test]
fn nested_suites() {
    let text = "KTAP version 1\n1..2\n  KTAP version 1\n  # Subtest: pid\n  1..2\n  ok 1 self\n  \
        not ok 2 dead # ERROR lost\n# pid: pass:1 fail:1 skip:0 total:2\nnot ok 1 pid\n  \
        KTAP version 1\n  1..1\n    KTAP version 1\n    1..2\n    ok 1 a\n    ok 2 b # SKIP no b\n  \
        ok 1 inner\nok 2 outer\n";
    let document = good(text, counts(2, 1, 1));
    assert_eq!(document.failures(), ["pid.dead (lost)"]);
    assert_eq!(
        document.tests[1].parts[0].parts[1].outcome,
        TestOutcome::Skipped
    );
}

#[test]
fn directives() {
    let cases = [
        ("ok 1 a # SKIP", TestOutcome::Skipped),
        ("not ok 1 a # SKIP why", TestOutcome::Skipped),
        ("ok 1 a # skip: why", TestOutcome::Skipped),
        ("ok 1 a # SKIPPING nothing", TestOutcome::Passed),
        ("not ok 1 a # TODO later", TestOutcome::Skipped),
        ("not ok 1 a # XFAIL known", TestOutcome::Passed),
        ("ok 1 a # XPASS", TestOutcome::Passed),
        ("not ok 1 a # TIMEOUT 30 seconds", TestOutcome::Failed),
        ("ok 1 a # TIMEOUT 30 seconds", TestOutcome::Failed),
        ("ok 1 a # rcode=0", TestOutcome::Passed),
        ("not ok 1 a # rcode=1", TestOutcome::Failed),
        ("ok 1", TestOutcome::Passed),
        ("ok", TestOutcome::Passed),
        ("ok 1 - a \\# SKIP is in the name", TestOutcome::Passed),
        ("[   12.345678] ok 1 a", TestOutcome::Passed),
        ("<6>[    1.5] not ok 1 a", TestOutcome::Failed),
    ];
    for (line, outcome) in cases {
        let document = read(&format!("KTAP version 1\n1..1\n{line}\n"));
        assert_eq!(document.faults, Vec::<String>::new(), "{line}");
        assert_eq!(document.tests[0].outcome, outcome, "{line}");
    }
}

#[test]
fn noise_between_lines() {
    let text = "booting\nok computer\nKTAP version 1\n[    1.0] usb 1-1: new device\n1..2\n\
        ok then, here we go\nok 1 a\n\u{fffd}\u{fffd}garbage\u{0}\n   stray ok 2\n\nok 2 b\nnot okay\ntrailer\n";
    good(text, counts(2, 0, 0));
}

#[test]
fn skipped_as_a_whole() {
    let document = good(
        "TAP version 13\n1..0 # SKIP /dev/x is absent\n",
        counts(0, 0, 1),
    );
    assert_eq!(document.skipped.as_deref(), Some("/dev/x is absent"));
    good("TAP version 13\n1..0 # Skipped: no x\n", counts(0, 0, 1));
    let text = "KTAP version 1\n1..1\n  KTAP version 1\n  1..0 # SKIP no tests\nok 1 suite\n";
    good(text, counts(0, 0, 1));
}

#[test]
fn plan_at_the_end() {
    good("TAP version 13\nok 1 a\nok 2 b\n1..2\n", counts(2, 0, 0));
}

#[test]
fn missing() {
    bad("", "printed nothing");
    bad("\n \n", "printed nothing");
    bad(
        "Segmentation fault\n",
        "no KTAP; its first line: Segmentation fault",
    );
    bad("\u{1b}[2J\n", "\\u{1b}[2J");
    bad("1..1\nok 1 a\n", "no KTAP");
    bad("TAP version x\n1..1\nok 1 a\n", "no KTAP");
}

#[test]
fn cut_short() {
    bad("TAP version 13\n1..3\nok 1 a\nok 2 b\n", "2 of 3");
    bad("TAP version 13\n1..2\nok 1 a\nno", "1 of 2");
    bad("TAP version 13\n", "no plan");
    bad("TAP version 13\nok 1 a\n", "no plan");
    bad("TAP version 13\n1..0\n", "announces no test");
}

#[test]
fn cut_short_in_a_part() {
    let document = read("KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\n");
    assert_eq!(document.faults.len(), 2, "{:?}", document.faults);
    assert!(
        document.faults[0].contains("after \"a\""),
        "{:?}",
        document.faults
    );
    assert!(
        document.faults[1].contains("0 of 1"),
        "{:?}",
        document.faults
    );
}

#[test]
fn contradictions() {
    bad(
        "KTAP version 1\n1..1\nok 1 a\nok 2 b\n",
        "2 tests reported where 1",
    );
    bad(
        "KTAP version 1\n1..2\nok 1 a\nok 1 a\n",
        "result 1 (\"a\") where 2",
    );
    bad("KTAP version 1\n1..1\n1..2\nok 1 a\n", "two plans");
    bad(
        "KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 b\nok 1 a\n",
        "1 of its parts failed",
    );
    bad(
        "KTAP version 1\n1..1\n  KTAP version 1\n  ok 1 b\nok 1 a\n",
        "\"a\": no plan",
    );
    bad(
        "KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 b\nok 1 a\n",
        "\"a\": cut short",
    );
    bad("KTAP version 1\n1..1\n   ok 1 b\nok 1 a\n", "indented");
    bad(
        "TAP version 13\n1..1\nok 1 a\n# Totals: pass:2 fail:0 skip:0\n",
        "totals say 2 passed",
    );
    bad(
        "TAP version 13\n1..1\nok 1 a\nTAP version 13\n",
        "second document",
    );
    bad(
        "TAP version 13\n1..1\nok 1 a\nBail out! no memory\n",
        "gave up: no memory",
    );
}

#[test]
fn exit_status() {
    let judged = |text: &str, status: i32| {
        let mut document = read(text);
        document.judge_exit(status);
        (document.counts(), document.faults.join("; "))
    };
    let pass = "TAP version 13\n1..1\nok 1 a\n";
    let fail = "TAP version 13\n1..1\nnot ok 1 a\n";
    let skip = "TAP version 13\n1..1\nok 1 a # SKIP b\n";
    let short = "TAP version 13\n1..3\nok 1 a\n";
    assert_eq!(judged(pass, 0), (counts(1, 0, 0), String::new()));
    assert_eq!(judged(fail, 1), (counts(0, 1, 0), String::new()));
    assert_eq!(judged(skip, 0), (counts(0, 0, 1), String::new()));
    assert_eq!(judged(skip, 4), (counts(0, 0, 1), String::new()));
    assert_eq!(
        judged("TAP version 13\n1..0 # SKIP a\n", 4).0,
        counts(0, 0, 1)
    );
    let gave_up = format!("{short}ok 2 # SKIP no device\n");
    assert_eq!(judged(&gave_up, 4), (counts(1, 0, 2), String::new()));

    let faulty = |text: &str, status: i32, why: &str| {
        let (counts, faults) = judged(text, status);
        assert!(
            counts.failed > 0 && faults.contains(why),
            "{counts}: {faults}"
        );
    };
    faulty(
        fail,
        0,
        "exit status 0, although its KTAP says 0 passed, 1 failed",
    );
    faulty(pass, 1, "exit status 1, although");
    faulty(pass, 4, "exit status 4, although");
    faulty(fail, 4, "exit status 4");
    faulty(short, 4, "1 of 3");
    faulty(pass, 139, "killed by SIGSEGV, although");
    faulty(short, 139, "killed by SIGSEGV; cut short: 1 of 3");
    faulty("", 127, "was not found");
    faulty("", 0, "printed nothing");
}
