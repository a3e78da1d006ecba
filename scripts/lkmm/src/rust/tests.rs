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
        ("P0(int *x) { spin_lock(s); }", "`s` is no parameter of P0, and assigned nowhere"),
        ("P0(spinlock_t *s, int *x) { spin_lock(s); }", "still held at the end"),
        ("P0(spinlock_t *s, int *x) { int r; spin_lock(s); r = READ_ONCE(*x); if (r) { spin_unlock(s); } }", "`s` is still held at the end of a way"),
        ("P0(spinlock_t *s, int *x) { int r; r = READ_ONCE(*x); if (r) { spin_lock(s); } spin_unlock(s); }", "`s` is not held here on every way"),
        ("P0(float *x) { int r0; }", "`float` is no type of numbers"),
        ("P0(int *x) { frobnicate(x); }", "no `frobnicate()`"),
        ("P0(int *x) { WRITE_ONCE(*x); }", "takes 2, not 1"),
        ("P0(int *x) { x = 1; }", "`x` is a parameter"),
        ("P0(int *x) { WRITE_ONCE(*x, r0); }", "`r0` is no parameter of P0, and assigned nowhere"),
        ("P0(char *x) { WRITE_ONCE(*x, 300); }", "300: C cuts it off to `char`, and herd7 does not"),
        ("P0(int *x) { int *r0 = x; r0 = 1; *r0 = 1; }", "cannot be followed"),
        ("P0(int *x) { int r0 = READ_ONCE(*x); *(x + r0) = 1; }", "cannot be followed"),
        ("P0(char *x) { atomic_inc(x); }", "no `atomic_inc()` of a `char`"),
        ("P0(int *x) { WRITE_ONCE(x, 1); }", "`x` is an address"),
        ("P0(int *x) { WRITE_ONCE(*x, 1 << 40); }", "`<<`"),
    ] {
        let text = refusal(thread);
        assert!(text.contains(part), "{thread}: {text}");
    }
}

#[test]
fn every_refusal_has_a_place() {
    let refused = |init: &str, threads: &str, condition: &str| {
        let text = format!("C t\n{{ {init} }}\n{threads}\n{condition}\n");
        let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
        let refusal = translate(&test).expect_err(&text);
        (
            text[refusal.at.start..refusal.at.end].to_owned(),
            refusal.message,
        )
    };
    for (init, thread, condition, place, part) in [
        (
            "",
            "P0(int *x) { *x = 1; }",
            "exists (0:r9=1)",
            "exists (0:r9=1)",
            "which P0 neither declares nor assigns",
        ),
        (
            "",
            "P0(int *x) { *x = 1; }",
            "locations [3:r0]\nexists (x=1)",
            "locations [3:r0]\nexists (x=1)",
            "there is no P3",
        ),
        (
            "",
            "P0(spinlock_t *s) { spin_lock(s); spin_unlock(s); }",
            "exists (s=1)",
            "exists (s=1)",
            "has no value",
        ),
        (
            "",
            "P0(int *x) { int r0 = 99999999999; }",
            "exists (x=1)",
            "r0 = 99999999999",
            "C cuts it off to `int`",
        ),
        (
            "",
            "P0(int *x) { if (*x / 2) *x = 1; }",
            "exists (x=1)",
            "*x / 2",
            "`/`",
        ),
        (
            "",
            "P0(int *x) { int x; *x = 1; }",
            "exists (x=1)",
            "x",
            "declared twice",
        ),
        (
            "",
            "P0(int *x) { int r0; if (*x) { int r0; r0 = 1; } }",
            "exists (x=1)",
            "r0",
            "declared twice",
        ),
        (
            "",
            "P0(int *x, int *x) { *x = 1; }",
            "exists (x=1)",
            "int *x",
            "a parameter already",
        ),
        (
            "",
            "P0(int *x) { spin_lock(x); }",
            "exists (x=1)",
            "x",
            "no spinlock_t",
        ),
        (
            "",
            "P0(int **p) { atomic_inc(p); }",
            "exists (p=0)",
            "p",
            "no number",
        ),
        (
            "",
            "P0(int *x) { srcu_down_read(x); }",
            "exists (x=1)",
            "srcu_down_read(x)",
            "one thread",
        ),
        (
            "x = 1; int x = 2;",
            "P0(int *x) { *x = 1; }",
            "exists (x=1)",
            "x = 1",
            "more than once",
        ),
        (
            "int *p = 5;",
            "P0(int **p) { *p = 0; }",
            "exists (p=0)",
            "int *p = 5",
            "cannot begin",
        ),
        (
            "spinlock_t s; x = s;",
            "P0(int **x, spinlock_t *s) { *x = 0; }",
            "exists (x=0)",
            "x = s",
            "cannot begin",
        ),
        (
            "7:r0 = 1;",
            "P0(int *x) { *x = 0; }",
            "exists (x=0)",
            "7:r0 = 1",
            "there is no P7",
        ),
    ] {
        let (at, message) = refused(init, thread, condition);
        assert_eq!(at.trim(), place, "{thread}: {message}");
        assert!(message.contains(part), "{thread}: {message}");
    }
}

#[test]
fn locks_are_tried() {
    let text = rust(
        "P0(spinlock_t *s, int *x) { int s_guard; if (spin_trylock(s)) { WRITE_ONCE(*x, 1); spin_unlock(s); } s_guard = 1; }",
        "exists (x=1 /\\ 0:s_guard=1)",
    );
    let expected = "let s_guard_2 = s.try_lock();\n        if s_guard_2.is_some() {\n            x.store(1, Relaxed);\n            drop(s_guard_2);";
    assert!(text.contains(expected), "{text}");
    let both = "P0(spinlock_t *s, spinlock_t *t, int *x) { if (spin_trylock(s)) { spin_lock(t); spin_unlock(t); spin_unlock(s); } }
        P1(spinlock_t *s, spinlock_t *t) { spin_lock(t); spin_lock(s); spin_unlock(s); spin_unlock(t); }";
    assert!(refusal(both).contains("opposite orders"));
    let kept = "P0(spinlock_t *s, int *x) { int r; r = spin_trylock(s); }";
    assert!(refusal(kept).contains("`s` is still held"));
    let nested = "P0(spinlock_t *s, int *x) { WRITE_ONCE(*x, spin_trylock(s)); }";
    assert!(refusal(nested).contains("all that an `if` asks"));
    // Whoever released it may wait, and take it again.
    rust(
        "P0(spinlock_t *s, int *x) { if (spin_trylock(s)) { spin_unlock(s); } synchronize_rcu(); spin_lock(s); spin_unlock(s); *x = 1; }",
        "exists (x=1)",
    );
}

#[test]
fn sections_are_left_by_their_own_names() {
    let text = rust(
        "P0(struct srcu_struct *ss, int *x) { int i; int j; i = srcu_read_lock(ss); j = srcu_read_lock(ss); srcu_read_unlock(ss, i); srcu_read_unlock(ss, j); *x = 1; }",
        "exists (x=1)",
    );
    assert!(text.contains("drop(i);\n        drop(j);"), "{text}");
    let other = "P0(struct srcu_struct *ss, struct srcu_struct *tt, int *x) { int i; i = srcu_read_lock(ss); srcu_read_unlock(tt, i); }";
    assert!(refusal(other).contains("no section of `tt`"));
}

#[test]
fn pointers_are_compared_with_null_and_followed_plainly() {
    let text = rust(
        "P0(int *x, int **p) { int *r0; int r1; r0 = READ_ONCE(*p); if (r0 != 0) { r1 = *r0; *r0 = r1; } if (!r0) WRITE_ONCE(*p, x); }",
        "exists (x=1)",
    );
    for line in [
        "if !r0.is_null() {",
        "if r0.is_null() {",
        "r1 = unsafe { *(&*r0).as_ptr() };",
        "unsafe { *(&*r0).as_ptr() = r1 };",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn registers_may_begin_with_an_address() {
    let text = "C t\n{ 0:r0 = x; }\nP0(int *x) { int *r0; int r1; r1 = READ_ONCE(*r0); }\nexists (0:r1=0)\n";
    let test = crate::parse(Path::new("t.litmus"), text).unwrap_or_else(|e| panic!("{e}"));
    let (_, text) = translate(&test).expect("translatable");
    assert!(text.contains("fn p0(x: &Atomic<i32>)"), "{text}");
    assert!(text.contains("let r0 = core::ptr::from_ref(x);"), "{text}");
}

/// Every primitive of the kernel's `linux-kernel.def`.
#[test]
#[ignore = "FERRITE_LINUX has to name Linux's source"]
fn every_primitive_is_known_or_refused_by_name() {
    let linux = std::env::var_os("FERRITE_LINUX").expect("FERRITE_LINUX=dir names Linux's source");
    let path = Path::new(&linux).join("tools/memory-model/linux-kernel.def");
    let text = std::fs::read_to_string(path).expect("readable");
    let names: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| Some(line.split_once('(')?.0))
        .collect();
    assert!(names.len() > 100, "{names:?}");
    let unknown = |name: &&str| crate::ops::Op::named(name).is_none();
    let unknown: Vec<&str> = names.into_iter().filter(unknown).collect();
    assert_eq!(unknown, ["srcu_down_read", "srcu_up_read"]);
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
    assert_eq!(module_name("try"), "t_try");
}

#[test]
fn what_was_written_in_rust_stays_as_it_was() {
    let one = "litmus! { mod m = \"T\"; shared { x: Atomic<i32> }\n  fn p0(x: &Atomic<i32>) -> () { x.store(0x1, Relaxed) ; }\n \
               observe (x) filter (true) exists (x == 1) }";
    let text = format!(
        "fn other() {{}}\n{one}\nlitmus!({});\n",
        &one[9..one.len() - 2]
    );
    let written = crate::inverse::tests(std::path::Path::new("t.rs"), &text).expect("tests");
    let (file, refused) = file_with(written.iter().map(|w| (&w.test, Some(&w.rust))));
    assert!(refused.is_empty());
    assert!(
        file.contains(&format!("\n{}\n", one.replace("mod m ", "mod t "))),
        "{file}"
    );
    assert!(file.contains("\nlitmus!( mod t_2 = \"T\";"), "{file}");
    assert!(!file.contains("fn other"), "{file}");
}

#[test]
fn a_test_may_have_the_name_of_any_keyword() {
    let keywords = "abstract as async await become box break const continue crate do dyn else enum extern false final fn for \
                    gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
                    trait true try type typeof unsafe unsized use virtual where while yield Self while! 1 -";
    for word in keywords.split_whitespace() {
        let module = module_name(word);
        assert!(syn::parse_str::<syn::Ident>(&module).is_ok(), "{module}");
    }
}
