// SPDX-License-Identifier: GPL-2.0

use super::*;
use std::path::Path;

fn test(threads: &str, condition: &str) -> Test {
    let text = format!("C t+est\n\n(* Result: Never *)\n\n{{}}\n\n{threads}\n\n{condition}\n");
    crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"))
}

fn rust(threads: &str, condition: &str) -> String {
    translate(&test(threads, condition))
        .expect("translatable")
        .1
}

fn refusal(threads: &str) -> String {
    translate(&test(threads, "exists (x=1)"))
        .expect_err("refused")
        .message
}

#[test]
fn small_test_reads_as_one_would_write_it() {
    let text = rust(
        "P0(int *x, int *y) { int r0; WRITE_ONCE(*x, 1); smp_mb(); r0 = READ_ONCE(*y); }",
        "exists (0:r0=0 /\\ x=1)",
    );
    let expected = "\
litmus! {
    /// Result: Never
    mod t_est = \"t+est\";
    shared {
        x: Atomic<i32>,
        y: Atomic<i32>,
    }

    fn p0(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
        x.store(1, Relaxed);
        smp_mb(Full);
        let r0 = y.load(Relaxed);
    }

    observe (x)
    filter (true)
    exists (p0.r0 == 0 && x == 1)
}
";
    assert_eq!(text, expected);
}

#[test]
fn registers_are_declared_where_rust_needs_them() {
    let text = rust(
        "P0(int *x, int *y) { int r0; int r1; int r2; r0 = READ_ONCE(*x); if (r0) { r1 = xchg(y, 2); } r2 = atomic_read(x); }",
        "exists (0:r1=0)",
    );
    assert!(
        text.contains("let mut r1 = 0;\n        let r0 = x.load(Relaxed);"),
        "{text}"
    );
    assert!(
        text.contains("if r0 != 0 {\n            r1 = y.xchg(2, Full);\n        }"),
        "{text}"
    );
    assert!(text.contains("let _r2 = x.load(Relaxed);"), "{text}");
}

#[test]
fn guards_are_dropped_where_c_unlocks() {
    let text = rust(
        "P0(spinlock_t *s, int *x, struct srcu_struct *ss) { int i; spin_lock(s); rcu_read_lock(); i = srcu_read_lock(ss); WRITE_ONCE(*x, 1); srcu_read_unlock(ss, i); rcu_read_unlock(); spin_unlock(s); synchronize_srcu(ss); }",
        "exists (x=1)",
    );
    for line in [
        "let s_guard = s.lock();",
        "let rcu_guard = rcu::read_lock();",
        "let i = ss.read_lock();",
        "drop(i);\n        drop(rcu_guard);\n        drop(s_guard);",
        "ss.synchronize();",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn pointers_are_followed_with_a_reason() {
    let text = rust(
        "P0(int *x, int **p) { int *r0; int r1; r0 = rcu_dereference(*p); r1 = READ_ONCE(*r0); rcu_assign_pointer(*p, x); }",
        "exists (0:r0=x /\\ 0:r1=0)",
    );
    assert!(text.contains("(r0: *const Atomic<i32>, r1: i32)"), "{text}");
    assert!(
        text.contains("// SAFETY: It points to one of the test's locations"),
        "{text}"
    );
    assert!(
        text.contains("let r1 = unsafe { &*r0 }.load(Relaxed);"),
        "{text}"
    );
    assert!(text.contains("rcu_assign_pointer(p, x);"), "{text}");
    assert!(
        text.contains("exists (p0.r0 == address(\"x\") && p0.r1 == 0)"),
        "{text}"
    );
}

#[test]
fn arithmetic_cannot_stop_the_kernel() {
    let text = rust(
        "P0(int *x) { int r0; r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 2 * (r0 ^ 1)); WRITE_ONCE(*x, !r0 == 0); }",
        "exists (x=1)",
    );
    assert!(
        text.contains("x.store(r0.wrapping_add(2i32.wrapping_mul(r0 ^ 1)), Relaxed);"),
        "{text}"
    );
}

#[test]
fn what_would_hang_is_refused() {
    let opposite = "P0(spinlock_t *s, spinlock_t *t, int *x) { spin_lock(s); spin_lock(t); spin_unlock(t); spin_unlock(s); }
        P1(spinlock_t *s, spinlock_t *t) { spin_lock(t); spin_lock(s); spin_unlock(s); spin_unlock(t); }";
    assert!(refusal(opposite).contains("opposite orders"));
    let twice = "P0(spinlock_t *s, int *x) { spin_lock(s); spin_lock(s); }";
    assert!(refusal(twice).contains("would hang"));
    let itself = "P0(struct srcu_struct *ss, int *x) { int r; r = srcu_read_lock(ss); synchronize_srcu(ss); srcu_read_unlock(ss, r); }";
    assert!(refusal(itself).contains("would hang"));
    let each_other = "P0(struct srcu_struct *ss, struct srcu_struct *tt) { int r; r = srcu_read_lock(ss); synchronize_srcu(tt); srcu_read_unlock(ss, r); }
        P1(struct srcu_struct *ss, struct srcu_struct *tt) { int r; r = srcu_read_lock(tt); synchronize_srcu(ss); srcu_read_unlock(tt, r); }";
    assert!(refusal(each_other).contains("opposite orders"));
    let asleep = "P0(int *x) { rcu_read_lock(); synchronize_rcu(); rcu_read_unlock(); }";
    assert!(refusal(asleep).contains("may sleep"));
    let locked =
        "P0(spinlock_t *s, int *x) { spin_lock(s); synchronize_rcu_expedited(); spin_unlock(s); }";
    assert!(refusal(locked).contains("`s` is held here"));
}

#[test]
fn refusals_say_what_and_where() {
    for (thread, part) in [
        ("P0(int *x) { spin_lock(s); }", "`s` is not shared here"),
        ("P0(spinlock_t *s, int *x) { spin_lock(s); }", "ends with `s` held"),
        ("P0(spinlock_t *s, int *x) { int r; spin_lock(s); r = READ_ONCE(*x); if (r) { spin_unlock(s); } }", "in one branch only"),
        ("P0(long *x) { }", "no shared location is a `long`"),
        ("P0(int *x) { frobnicate(x); }", "no `frobnicate()`"),
        ("P0(int *x) { WRITE_ONCE(*x); }", "takes 2, not 1"),
        ("P0(int *x) { r0 = 1; }", "`r0` is not declared"),
        ("P0(int *x) { WRITE_ONCE(x, 1); }", "`x` is an address"),
        ("P0(int *x) { WRITE_ONCE(*x, 1 << 40); }", "`<<`"),
    ] {
        let text = refusal(thread);
        assert!(text.contains(part), "{thread}: {text}");
    }
}

#[test]
fn names_that_differ_in_case_stay_apart() {
    let mut lower = test("P0(int *x) { WRITE_ONCE(*x, 1); }", "exists (x=1)");
    let mut upper = lower.clone();
    "Z+lock".clone_into(&mut lower.name);
    "Z+Lock".clone_into(&mut upper.name);
    assert_eq!(module_names(&[&lower, &upper]), ["z_lock", "z_lock_2"]);
}

#[test]
fn names_become_modules() {
    assert_eq!(
        module_name("SB+rfionceonce-poonceonces"),
        "sb_rfionceonce_poonceonces"
    );
    assert_eq!(module_name("2+2W+poonceonces"), "t_2_2w_poonceonces");
}
