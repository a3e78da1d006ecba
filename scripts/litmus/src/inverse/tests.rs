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
        assert_eq!(back.module, module);
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
