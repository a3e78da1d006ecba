// SPDX-License-Identifier: GPL-2.0

use super::*;
use crate::compare::Level;
use crate::lowered::Arch;
use std::path::Path;

fn ways(thread: &str) -> Ways {
    let text = format!("C t\n{{}}\n{thread}\nexists (x=1)\n");
    let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
    let params: Vec<String> = test.threads[0]
        .params
        .iter()
        .map(|p| p.name.clone())
        .collect();
    Ways::of(&test, 0, &params)
}

/// Events as `Display` writes them.
fn way(text: &str) -> Vec<Event> {
    text.split(", ")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let mut new = Event::default();
            let mut rest = event;
            let mut to: Option<char> = None;
            loop {
                let end = rest.find(['@', '=', '?']).unwrap_or(rest.len());
                let sources = || -> Sources {
                    let one = |s: &str| match s.split_at(1) {
                        ("p", n) => Source::Param(n.parse().expect("number")),
                        (_, n) => Source::Event(n.parse().expect("number")),
                    };
                    rest[..end].split('+').map(one).collect()
                };
                match to {
                    None => rest[..end].clone_into(&mut new.name),
                    Some('@') => new.place = sources(),
                    Some('=') => new.value = sources(),
                    Some(_) => new.control = sources(),
                }
                let Some(next) = rest[end..].chars().next() else {
                    return new;
                };
                to = Some(next);
                rest = &rest[end + 1..];
            }
        })
        .collect()
}

#[test]
fn the_fence_of_a_store_does_not_hang_on_its_value() {
    let thread = "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); smp_store_mb(*y, r0); }";
    let source = "[atomic_read@p0, atomic_set@p1=e0, smp_mb]";
    assert_eq!(shown(&ways(thread)), source);
    let code = [way("atomic_read@p0, atomic_set@p1=e0, smp_mb")];
    assert_eq!(ways(thread).differ(&code, Level::Calls), None);
    // C has it as an exchange on x86.
    let x86 = Level::Instructions(Arch::X86_64);
    let exchange = [way("read4@p0, rmw4.acquire.release@p1=e0")];
    assert_eq!(ways(thread).differ(&exchange, x86), None);
    let elsewhere = [way("read4@p0, rmw4.acquire.release@p0=e0")];
    assert!(ways(thread).differ(&elsewhere, x86).is_some());
    let lost = [way("atomic_read@p0, atomic_set@p1, smp_mb")];
    assert!(ways(thread).differ(&lost, Level::Calls).is_some());
}

fn shown(ways: &Ways) -> String {
    let all: Vec<String> = ways
        .ways
        .iter()
        .map(|way| crate::compare::text(way))
        .collect();
    all.join(" ")
}

#[test]
fn primitives_are_events_in_their_order() {
    let ways = ways(
        "P0(int *x, int **p, atomic_t *v) { int r0; WRITE_ONCE(*x, 1); smp_mb(); r0 = smp_load_acquire(x); \
         rcu_assign_pointer(*p, x); atomic_inc(v); r0 = cmpxchg_relaxed(x, 0, xchg(x, 1)); barrier(); }",
    );
    assert_eq!(
        shown(&ways),
        "[atomic_set@p0, smp_mb, atomic_read_acquire@p0, atomic_ptr_set_release@p1=p0, atomic_add@p2, \
         atomic_xchg@p0, atomic_try_cmpxchg_relaxed@p0=e5]"
    );
}

#[test]
fn dependencies_are_told_apart() {
    let ways = ways(
        "P0(int **p, int *x, int *y) { int *r0; int r1; r0 = rcu_dereference(*p); r1 = READ_ONCE(*r0); \
         if (r1 == 1) { WRITE_ONCE(*x, r1 ^ 2); } *y = 1; r1 = *y; }",
    );
    assert_eq!(
        shown(&ways),
        "[atomic_ptr_read@p0, atomic_read@e0, atomic_set@p1=e1?e1, plain write4@p2, plain read4@p2] \
         [atomic_ptr_read@p0, atomic_read@e0, plain write4@p2, plain read4@p2]"
    );
}

#[test]
fn dropped_doubled_moved_and_misplaced_events_are_found() {
    let ways =
        ways("P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_wmb(); smp_store_release(y, 2); }");
    let right = "atomic_set@p0, smp_wmb, atomic_set_release@p1";
    assert_eq!(ways.differ(&[way(right)], Level::Calls), None);
    for wrong in [
        "atomic_set@p0, atomic_set_release@p1",
        "atomic_set@p0, smp_wmb, atomic_set_release@p1, atomic_set_release@p1",
        "smp_wmb, atomic_set@p0, atomic_set_release@p1",
        "atomic_set@p0, smp_wmb, atomic_set@p1",
        "atomic_set@p1, smp_wmb, atomic_set_release@p1",
        "",
    ] {
        assert!(
            ways.differ(&[way(wrong)], Level::Calls).is_some(),
            "{wrong}"
        );
    }
}

#[test]
fn lost_dependencies_are_found() {
    let ways = ways(
        "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 2); } }",
    );
    let yes = "atomic_read@p0, atomic_set@p1?e0";
    assert_eq!(ways.differ(&[way(yes), way(yes)], Level::Calls), None);
    // One store of one of two values, without a branch: the value depends on what was read.
    assert_eq!(
        ways.differ(&[way("atomic_read@p0, atomic_set@p1=e0")], Level::Calls),
        None
    );
    let no = ways.differ(&[way("atomic_read@p0, atomic_set@p1")], Level::Calls);
    assert!(no.is_some_and(|no| no.contains("does not depend")));
}

#[test]
fn branches_that_are_gone_are_found() {
    let ways = ways(
        "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); } else { smp_mb(); } }",
    );
    let (one, two) = (
        "atomic_read@p0, atomic_set@p1?e0",
        "atomic_read@p0, smp_mb?e0",
    );
    assert_eq!(ways.differ(&[way(two), way(one)], Level::Calls), None);
    let gone = ways.differ(&[way(two)], Level::Calls);
    assert!(gone.is_some_and(|gone| gone.contains("no way with atomic_set")));
}

#[test]
fn plain_reads_of_what_is_known_may_be_left_out() {
    let ways = ways(
        "P0(int *x, int *y, int *z) { int r0; int r1; r0 = READ_ONCE(*x); *z = r0; r1 = *z; if (r1 == 1) { WRITE_ONCE(*y, 1); } }",
    );
    let whole = "atomic_read@p0, plain write4@p2=e0, plain read4@p2";
    let short = "atomic_read@p0, plain write4@p2=e0";
    assert_eq!(
        ways.differ(
            &[way(whole), way(&format!("{whole}, atomic_set@p1?e2"))],
            Level::Calls
        ),
        None
    );
    assert_eq!(
        ways.differ(
            &[way(short), way(&format!("{short}, atomic_set@p1?e0"))],
            Level::Calls
        ),
        None
    );
    let lost = ways.differ(
        &[way(short), way(&format!("{short}, atomic_set@p1"))],
        Level::Calls,
    );
    assert!(lost.is_some_and(|lost| lost.contains("does not depend")));
}

#[test]
fn what_writes_nothing_depends_on_no_value() {
    let ways = ways(
        "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); (void)atomic_add_unless(y, r0, 1); }",
    );
    let arm64 = Level::Instructions(Arch::Arm64);
    let full = "rmw4.acquire.release";
    let fails = way("read4@p0, read4@p1");
    let adds = |more: &str| way(&format!("read4@p0, read4@p1, {full}@p1{more}"));
    assert_eq!(ways.differ(&[fails.clone(), adds("=e0")], arm64), None);
    let lost = ways.differ(&[fails, adds("")], arm64);
    assert!(lost.is_some_and(|lost| lost.contains("does not depend")));
}

#[test]
fn plain_accesses_around_a_fence_stay() {
    let ways = ways("P0(int *x) { int r0; *x = 1; smp_wmb(); *x = 2; smp_rmb(); r0 = *x; }");
    let right = "plain write4@p0, smp_wmb, plain write4@p0, smp_rmb, plain read4@p0";
    assert_eq!(ways.differ(&[way(right)], Level::Calls), None);
    let fused = "smp_wmb, plain write4@p0, smp_rmb, plain read4@p0";
    assert!(ways.differ(&[way(fused)], Level::Calls).is_some());
    let torn =
        "plain write2@p0, plain write2@p0, smp_wmb, plain write4@p0, smp_rmb, plain read4@p0";
    assert!(ways.differ(&[way(torn)], Level::Calls).is_some());
}

#[test]
fn ways_that_cannot_be_are_none() {
    let one = "[atomic_read@p0, atomic_set@p0]";
    let other = "[atomic_read@p0]";
    let both = format!("{one} {other}");
    for (condition, expected) in [
        ("1", one),
        ("-1", one),
        ("0", other),
        ("two", one),
        ("two - 2", other),
        ("two == 3 || !two", other),
        ("-1 * (r > r)", other),
        ("(r > r) == -1", other),
        ("(2 > r) >= 2", other),
        ("3 | r & 1", one),
        ("2 & (r == 1)", other),
        ("0 && r", other),
        ("two || r", one),
        ("r", &both),
        ("r & 1", &both),
        ("r - 1 < r", &both),
        ("1 + r == two", &both),
    ] {
        let ways = ways(&format!(
            "P0(int *x) {{ int r; int two = 2; r = READ_ONCE(*x); if ({condition}) {{ WRITE_ONCE(*x, 1); }} }}"
        ));
        // Whether it depends is the model's to say: that a compiler knows better is to be told.
        assert_eq!(shown(&ways).replace("?e0", ""), expected, "{condition}");
    }
}

#[test]
fn what_was_decided_stays_so() {
    let ways = ways(
        "P0(int *x) { int r; r = READ_ONCE(*x); if (r == 1) { if (r != 1) { WRITE_ONCE(*x, 1); } } else { \
         r = 0; } if (!r) { WRITE_ONCE(*x, 2); if (r) { WRITE_ONCE(*x, 3); } } if (0 && xchg(x, 1)) { smp_mb(); } }",
    );
    assert_eq!(
        shown(&ways),
        "[atomic_read@p0, atomic_set@p0] [atomic_read@p0]"
    );
}

#[test]
fn a_variable_without_a_value_is_0_unless_the_test_says_otherwise() {
    let ways =
        ways("P0(int *x) { int r; int r1; if (r) { WRITE_ONCE(*x, 1); } r = READ_ONCE(*x); }");
    assert_eq!(shown(&ways), "[atomic_read@p0]");
    let text =
        "C t\n{ 0:r=1; }\nP0(int *x) { int r; if (r) { WRITE_ONCE(*x, 1); } }\nexists (x=1)\n";
    let test = crate::parse(Path::new("t.litmus"), text).unwrap_or_else(|e| panic!("{e}"));
    let ways = Ways::of(&test, 0, &["x".to_owned()]);
    assert_eq!(shown(&ways), "[atomic_set@p0] []");
}

#[test]
fn plain_accesses_beside_marked_ones_may_be_left_out() {
    let instructions = Level::Instructions(Arch::Arm64);
    for (body, found, fits) in [
        // What was read once is known, and what is written once covers.
        (
            "r = READ_ONCE(*x); WRITE_ONCE(*y, *x);",
            "read4@p0, write4@p1=e0",
            true,
        ),
        (
            "r = READ_ONCE(*x); WRITE_ONCE(*y, *x);",
            "read4@p0, write4@p1",
            false,
        ),
        (
            "r = smp_load_acquire(x); WRITE_ONCE(*y, *x);",
            "read4.acquire@p0, write4@p1=e0",
            false,
        ),
        ("*x = 1; WRITE_ONCE(*x, 2);", "write4@p0", true),
        (
            "*x = 1; smp_wmb(); WRITE_ONCE(*x, 2);",
            "fence w,w, write4@p0",
            false,
        ),
        ("*x = 1; WRITE_ONCE(*y, 2);", "write4@p1", false),
        // Nobody asks for `r`.
        (
            "r = *x; smp_mb(); WRITE_ONCE(*y, 1);",
            "fence rw,rw, write4@p1",
            true,
        ),
        (
            "r = READ_ONCE(*x); smp_mb(); WRITE_ONCE(*y, 1);",
            "fence rw,rw, write4@p1",
            false,
        ),
        (
            "r = *x; smp_mb(); WRITE_ONCE(*y, r);",
            "fence rw,rw, write4@p1",
            false,
        ),
        (
            "r = *x; smp_mb(); if (r) { WRITE_ONCE(*y, 1); }",
            "fence rw,rw, write4@p1",
            false,
        ),
        // Somebody asks for `seen`.
        (
            "seen = *x; smp_mb(); WRITE_ONCE(*y, 1);",
            "fence rw,rw, write4@p1",
            false,
        ),
        (
            "seen = *x; seen = 1; smp_mb(); WRITE_ONCE(*y, 1);",
            "fence rw,rw, write4@p1",
            true,
        ),
    ] {
        let text = format!(
            "C t\n{{}}\nP0(int *x, int *y) {{ int r; int seen; {body} }}\nexists (x=1 /\\ 0:seen=1)\n"
        );
        let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
        let ways = Ways::of(&test, 0, &["x".to_owned(), "y".to_owned()]);
        let difference = ways.differ(&[way(found)], instructions);
        assert_eq!(difference.is_none(), fits, "{body} {difference:?}");
    }
}

#[test]
fn branches_that_read_alike_may_be_one() {
    let both = |what: &str| {
        ways(&format!(
            "P0(int *x, int *y) {{ int r; int r1; r = READ_ONCE(*x); if (r) {{ {what} }} else {{ {what} }} }}"
        ))
    };
    let reads = both("r1 = READ_ONCE(*y);");
    let one = |event: &str| [way(&format!("atomic_read@p0, {event}"))];
    assert_eq!(reads.differ(&one("atomic_read@p1"), Level::Calls), None);
    let writes = both("WRITE_ONCE(*y, 1);");
    assert_ne!(writes.differ(&one("atomic_set@p1"), Level::Calls), None);
    let reads =
        ways("P0(int *x, int *y) { int r; r = READ_ONCE(*x); if (r) { r = READ_ONCE(*y); } }");
    let wrong = [way("atomic_read@p0, atomic_read@p1"), way("atomic_read@p0")];
    assert_ne!(reads.differ(&wrong, Level::Calls), None);
}
