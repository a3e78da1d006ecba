// SPDX-License-Identifier: GPL-2.0

use super::*;

fn read(text: &str) -> Vec<Written> {
    tests(Path::new("t.rs"), text).unwrap_or_else(|e| panic!("{e}"))
}

/// There and back is the same Rust, for every test of critical cycles.
#[test]
fn cycles_come_back() {
    for test in crate::cycles::all() {
        let (module, text) = crate::rust::translate(&test).expect("translatable");
        let back = read(&text).remove(0);
        assert_eq!(back.rust.module(), module);
        let (_, again) = crate::rust::translate(&back.test).expect("translatable");
        assert_eq!(text, again, "{}", back.test);
    }
}

#[test]
fn guards_are_released_where_rust_drops_them() {
    let text = "litmus! {
        mod m = \"m\";
        shared { x: Atomic<i32>, s: SpinLock<()> }
        fn p0(x: &Atomic<i32>, s: &SpinLock<()>) -> (r1: i32) {
            let mut r1 = 0;
            if x.load(Acquire) != 0 {
                let _held = s.lock();
                r1 = x.fetch_or(2, Release);
            }
            let reader = rcu::read_lock();
            drop(reader);
        }
        observe (x)
        filter (true)
        forall (p0.r1 == -1 || !(x == 1))
    }";
    let printed = read(text)[0].test.to_string();
    let expected = "\tif (smp_load_acquire(x) != 0) {\n\t\tspin_lock(s);\n\t\tr1 = atomic_fetch_or_release(2, x);\n\
                    \t\tspin_unlock(s);\n\t}\n\trcu_read_lock();\n\trcu_read_unlock();\n";
    assert!(printed.contains(expected), "{printed}");
    assert!(printed.contains("forall (0:r1=-1 \\/ ~(x=1))"), "{printed}");
}

#[test]
fn what_has_no_c_form_is_refused_where_it_stands() {
    let refused = |body: &str| {
        let text = format!(
            "litmus! {{\n mod m = \"m\";\n shared {{ x: Atomic<i32> }}\n fn p0(x: &Atomic<i32>) -> () {{\n{body}\n}}\n \
             observe (x)\n filter (true)\n exists (x == 1)\n}}"
        );
        tests(Path::new("t.rs"), &text)
            .expect_err("refused")
            .to_string()
    };
    assert!(refused("x.swap(1, Relaxed);").contains("t.rs:5:1"));
    assert!(refused("while true {}").contains("no such expression"));
    assert!(refused("let r0 = 1; let r0 = 2;").contains("this name is taken"));
    assert!(refused("x.store(1 + 1, Relaxed);").contains("wrapping_add"));
}

/// The C of a thread's statements, over `x`, `y`, a pointer `p` and a lock `s`.
fn c_of(body: &str) -> Result<String, String> {
    let text = format!(
        "litmus! {{\n mod m = \"m\";\n shared {{ x: Atomic<i32>, y: Atomic<i32>, p: Atomic<*const Atomic<i32>>, s: SpinLock<()> }}\n \
         fn p0(x: &Atomic<i32>, y: &Atomic<i32>, p: &Atomic<*const Atomic<i32>>, s: &SpinLock<()>) -> () {{\n{body}\n}}\n \
         observe (x)\n filter (true)\n exists (x != 1)\n}}"
    );
    let mut read = tests(Path::new("t.rs"), &text).map_err(|error| error.to_string())?;
    Ok(read.remove(0).test.to_string())
}

#[test]
fn herd7_reads_what_is_printed() {
    // Its C has no `!`, `~`, `&&`, `||`, unary `-`, nor empty blocks.
    for (rust, c) in [
        (
            "let r0: i32 = x.load(Relaxed);\nif !(r0 == 1) { y.store(1, Relaxed); }",
            "if ((r0 == 1) == 0) {",
        ),
        (
            "let r0 = x.load(Relaxed);\nlet _r1 = !r0;",
            "_r1 = r0 ^ -1;",
        ),
        (
            "let r0 = x.load(Relaxed);\nlet _r1 = r0.wrapping_neg();",
            "_r1 = 0 - r0;",
        ),
        (
            "let r0 = x.load(Relaxed);\nif r0 == 1 && r0 < 3 || r0 == 5 { y.store(1, Relaxed); }",
            "if (r0 == 1 & r0 < 3 | r0 == 5) {",
        ),
        (
            "let r0 = p.load(Relaxed);\nif r0.is_null() {} else { x.store(1, Relaxed); }",
            "if ((r0 == 0) == 0) {\n\t\tWRITE_ONCE(*x, 1);\n\t}",
        ),
        ("", "{\n\tint r0;\n}"),
        ("if x.load(Relaxed) == 1 {}", "(void)(READ_ONCE(*x) == 1);"),
        (
            "{ let _held = s.lock(); x.store(1, Relaxed); }",
            "spin_lock(s);\n\tWRITE_ONCE(*x, 1);\n\tspin_unlock(s);",
        ),
    ] {
        let text = c_of(rust).unwrap_or_else(|e| panic!("{rust}: {e}"));
        assert!(text.contains(c), "{text}");
    }
    let both = c_of("if x.load(Relaxed) == 1 && y.load(Relaxed) == 1 { x.store(2, Relaxed); }");
    assert!(both.unwrap_err().contains("by an `if`"));
}

#[test]
fn locks_that_were_tried_are_released_where_they_are_held() {
    let text = c_of("let s_guard = s.try_lock();\nx.store(1, Relaxed);\nlet r0 = i32::from(s_guard.is_some());\n\
                     if s_guard.is_some() { y.store(r0, Relaxed); drop(s_guard); }")
        .expect("readable");
    // It is tried once, where Rust does, however often it is asked.
    let expected = "s_guard = spin_trylock(s);\n\tWRITE_ONCE(*x, 1);\n\tr0 = s_guard;\n\tif (s_guard) {\n\t\tWRITE_ONCE(*y, r0);\n\t\tspin_unlock(s);\n\t}\n";
    assert!(text.contains(expected), "{text}");
    let by_number = "let g = s.try_lock();\nlet mut r0 = 0;\nr0 = i32::from(g.is_some());\n@if r0 != 0 { drop(g); }";
    assert!(c_of(&by_number.replace('@', "")).is_ok());
    let overwritten = c_of(&by_number.replace('@', "r0 = 1;\n"));
    assert!(overwritten.unwrap_err().contains("is_some()"));
    assert!(c_of("let g = s.try_lock();\ndrop(g);")
        .unwrap_err()
        .contains("is_some()"));
    let sometimes = c_of("let g = s.lock();\nif x.load(Relaxed) == 1 { drop(g); }");
    assert!(sometimes.unwrap_err().contains("one of two ways"));
}

#[test]
fn what_would_be_read_wrongly_is_refused() {
    let replaced =
        c_of("let r0 = x.cmpxchg(0, 1, Full).unwrap_or_else(|_| 7);\ny.store(r0, Relaxed);");
    assert!(replaced.unwrap_err().contains("no location"));
    assert!(c_of("let int = x.load(Relaxed);\ny.store(int, Relaxed);")
        .unwrap_err()
        .contains("in C"));
    let text = "litmus! { mod m = \"m\"; shared { x: Atomic<i32> } fn p1(x: &Atomic<i32>) -> () { x.store(1, Relaxed); } \
                observe (x) filter (true) exists (x == 1) }";
    let error = tests(Path::new("t.rs"), text)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("this one is `p0`"), "{error}");
}

#[test]
fn halves_of_comments_come_back_closed() {
    let text = "litmus! {
        /// A `(*` and { a }.
        mod m = \"m\";
        shared { x: Atomic<i32> }
        fn p0(x: &Atomic<i32>) -> () { x.store(1, Relaxed); }
        observe (x)
        filter (true)
        exists (x == 1)
    }";
    let printed = read(text)[0].test.to_string();
    assert!(printed.contains(" * A `( *` and [ a ].\n"), "{printed}");
    assert!(crate::parse(Path::new("t.litmus"), &printed).is_ok());
}
