// SPDX-License-Identifier: GPL-2.0

//! Tests that a broken barrier or ordering has to fail: one at least for each that Rust has.
//!
//! What each mutant breaks is in the litmus module's `mutants.rs`, under the mutant's name. The model forbids what
//! each test asks about; where the test is compiled with the mutant, its machine code differs from what the source
//! says, or what is forbidden shows.

use crate::ast::Test;
use std::path::Path;

/// A broken thing, and a test that needs it whole.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What is broken: a module of the litmus module's `mutants`.
    pub name: &'static str,
    /// The test.
    pub test: Test,
    /// Whether a run on x86 can show it: x86 itself keeps all orders but that of a store and a later load, and waits
    /// for no readers.
    pub shows_on_x86: bool,
}

/// A read-modify-write operation; `@` stands for its ordering.
struct Rmw {
    name: &'static str,
    /// What `y` holds before `write`, which makes 1 of it.
    before: i32,
    write: &'static str,
    read: &'static str,
    /// What `read` returns where `y` was 1, and not where it was 0.
    returns: i32,
}

const fn rmw(
    name: &'static str,
    before: i32,
    write: &'static str,
    read: &'static str,
    returns: i32,
) -> Rmw {
    Rmw {
        name,
        before,
        write,
        read,
        returns,
    }
}

const RMW: [Rmw; 11] = [
    rmw("xchg", 0, "xchg@(y, 1)", "xchg@(y, 5)", 1),
    rmw("cmpxchg", 0, "cmpxchg@(y, 0, 1)", "cmpxchg@(y, 1, 2)", 1),
    rmw(
        "fetch_add",
        0,
        "atomic_fetch_add@(1, y)",
        "atomic_fetch_add@(1, y)",
        1,
    ),
    rmw(
        "fetch_sub",
        0,
        "atomic_fetch_sub@(-1, y)",
        "atomic_fetch_sub@(1, y)",
        1,
    ),
    rmw(
        "fetch_and",
        3,
        "atomic_fetch_and@(1, y)",
        "atomic_fetch_and@(7, y)",
        1,
    ),
    rmw(
        "fetch_andnot",
        3,
        "atomic_fetch_andnot@(2, y)",
        "atomic_fetch_andnot@(2, y)",
        1,
    ),
    rmw(
        "fetch_or",
        0,
        "atomic_fetch_or@(1, y)",
        "atomic_fetch_or@(2, y)",
        1,
    ),
    rmw(
        "fetch_xor",
        0,
        "atomic_fetch_xor@(1, y)",
        "atomic_fetch_xor@(2, y)",
        1,
    ),
    rmw(
        "add_return",
        0,
        "atomic_add_return@(1, y)",
        "atomic_add_return@(1, y)",
        2,
    ),
    rmw(
        "sub_return",
        0,
        "atomic_sub_return@(-1, y)",
        "atomic_sub_return@(1, y)",
        0,
    ),
    rmw(
        "add_negative",
        0,
        "atomic_add_negative@(1, y)",
        "atomic_add_negative@(-1, y)",
        0,
    ),
];

/// Operations that are fully ordered and have no other form.
const FULL: [(&str, &str); 3] = [
    ("add_unless", "r1 = atomic_add_unless(y, 1, 5);"),
    ("add_and_test", "r1 = atomic_inc_and_test(y);"),
    ("sub_and_test", "r1 = atomic_sub_and_test(1, y);"),
];

/// All of them.
pub fn all() -> Vec<Mutant> {
    let mut all = Vec::new();
    let mut add = |name, text: String, shows_on_x86| {
        // PANIC: The tests are written below, and the unit test has read each.
        let test =
            crate::parse(Path::new("mutants.rs"), &text).unwrap_or_else(|error| panic!("{error}"));
        all.push(Mutant {
            name,
            test,
            shows_on_x86,
        });
    };
    add(
        "full_fence",
        sb("smp_mb", "WRITE_ONCE(*x, 1);", "smp_mb();"),
        true,
    );
    add(
        "store_mb",
        sb("smp_store_mb", "smp_store_mb(*x, 1);", ""),
        true,
    );
    add(
        "write_fence",
        mp(
            "smp_wmb",
            0,
            "smp_wmb(); WRITE_ONCE(*y, 1);",
            "r0 = smp_load_acquire(y);",
            1,
        ),
        false,
    );
    add(
        "read_fence",
        mp(
            "smp_rmb",
            0,
            "smp_store_release(y, 1);",
            "r0 = READ_ONCE(*y); smp_rmb();",
            1,
        ),
        false,
    );
    let store = "WRITE_ONCE(*x, 1);";
    add(
        "before_atomic",
        sb(
            "smp_mb__before_atomic",
            store,
            "smp_mb__before_atomic(); atomic_inc(y);",
        ),
        false,
    );
    add(
        "after_atomic",
        sb(
            "smp_mb__after_atomic",
            store,
            "atomic_inc(y); smp_mb__after_atomic();",
        ),
        false,
    );
    let locked = "spin_lock(s); smp_mb__after_spinlock(); spin_unlock(s);";
    add(
        "after_spinlock",
        sb("smp_mb__after_spinlock", store, locked),
        false,
    );
    let locked =
        "spin_lock(s); spin_unlock(s); spin_lock(s); smp_mb__after_unlock_lock(); spin_unlock(s);";
    add(
        "after_unlock_lock",
        sb("smp_mb__after_unlock_lock", store, locked),
        false,
    );
    let read =
        "r1 = srcu_read_lock(ss); srcu_read_unlock(ss, r1); smp_mb__after_srcu_read_unlock();";
    add(
        "after_srcu_read_unlock",
        sb("smp_mb__after_srcu_read_unlock", store, read),
        false,
    );

    add(
        "acquire",
        mp(
            "load_acquire",
            0,
            "smp_store_release(y, 1);",
            "r0 = smp_load_acquire(y);",
            1,
        ),
        false,
    );
    add(
        "release",
        mp(
            "store_release",
            0,
            "smp_store_release(y, 1);",
            "r0 = smp_load_acquire(y);",
            1,
        ),
        false,
    );
    for op in &RMW {
        let with = |text: &str, order: &str| text.replace('@', order);
        let read = format!("r0 = {};", with(op.read, "_acquire"));
        let name = format!("{}_acquire", op.name);
        add(
            "acquire",
            mp(&name, 0, "smp_store_release(y, 1);", &read, op.returns),
            false,
        );
        let write = format!("r0 = {};", with(op.write, "_release"));
        let name = format!("{}_release", op.name);
        add(
            "release",
            mp(&name, op.before, &write, "r0 = smp_load_acquire(y);", 1),
            false,
        );
        let full = format!("r1 = {};", with(op.write, ""));
        add("full", sb(op.name, store, &full), false);
    }
    for (name, op) in FULL {
        add("full_alone", sb(name, store, op), false);
    }

    add("assign_pointer", published("rcu_assign_pointer"), false);
    add("dereference", published("rcu_dereference"), false);
    let rcu = ("rcu_read_lock();", "rcu_read_unlock();");
    add(
        "synchronize",
        waited("synchronize_rcu", rcu, "synchronize_rcu();"),
        true,
    );
    let expedited = "synchronize_rcu_expedited();";
    add(
        "synchronize_expedited",
        waited("synchronize_rcu_expedited", rcu, expedited),
        true,
    );
    add(
        "read_lock",
        waited("rcu_read_lock", rcu, "synchronize_rcu();"),
        false,
    );
    let srcu = ("r2 = srcu_read_lock(ss);", "srcu_read_unlock(ss, r2);");
    add(
        "synchronize_srcu",
        waited("synchronize_srcu", srcu, "synchronize_srcu(ss);"),
        true,
    );
    all
}

/// Two threads store and then load; `between` they do something that orders the two.
fn sb(name: &str, store: &str, between: &str) -> String {
    let thread = |number: usize, x: &str, y: &str, more: [&str; 3]| {
        let word = |text: &str| {
            text.replace("*x", &format!("*{x}"))
                .replace("(y", &format!("({}", more[0]))
                .replace(", y)", &format!(", {})", more[0]))
                .replace("(s)", &format!("({})", more[1]))
                .replace("(ss", &format!("({}", more[2]))
        };
        format!(
            "P{number}(int *{x}, int *{y}, atomic_t *{}, spinlock_t *{}, struct srcu_struct *{})\n\
             {{\n\tint r0;\n\tint r1;\n\n\t{}\n\t{}\n\tr0 = READ_ONCE(*{y});\n}}\n",
            more[0],
            more[1],
            more[2],
            word(store),
            word(between)
        )
    };
    format!(
        "C SB+{name}\n\n(* Result: Never *)\n\n{{}}\n\n{}\n{}\nexists (0:r0=0 /\\ 1:r0=0)\n",
        thread(0, "x", "y", ["z", "s", "ss"]),
        thread(1, "y", "x", ["w", "t", "tt"])
    )
}

/// A thread passes a message, another takes it.
fn mp(name: &str, before: i32, write: &str, read: &str, returns: i32) -> String {
    format!(
        "C MP+{name}\n\n(* Result: Never *)\n\n{{\n\ty = {before};\n}}\n\n\
         P0(int *x, int *y)\n{{\n\tint r0;\n\n\tWRITE_ONCE(*x, 1);\n\t{write}\n}}\n\n\
         P1(int *x, int *y)\n{{\n\tint r0;\n\tint r1;\n\n\t{read}\n\tr1 = READ_ONCE(*x);\n}}\n\n\
         exists (1:r0={returns} /\\ 1:r1=0)\n"
    )
}

/// A thread publishes a pointer, another follows it.
fn published(name: &str) -> String {
    format!(
        "C MP+{name}\n\n(* Result: Never *)\n\n{{\n\tint *p = &x;\n}}\n\n\
         P0(int **p, int *y)\n{{\n\tWRITE_ONCE(*y, 1);\n\trcu_assign_pointer(*p, y);\n}}\n\n\
         P1(int **p)\n{{\n\tint *r0;\n\tint r1;\n\n\trcu_read_lock();\n\tr0 = rcu_dereference(*p);\n\
         \tr1 = READ_ONCE(*r0);\n\trcu_read_unlock();\n}}\n\n\
         exists (1:r0=y /\\ 1:r1=0)\n"
    )
}

/// A thread waits for readers between two stores.
fn waited(name: &str, (enter, leave): (&str, &str), wait: &str) -> String {
    let srcu = match enter.contains("ss") {
        true => ", struct srcu_struct *ss",
        false => "",
    };
    let section = match enter.contains("ss") {
        true => "\tint r2;\n",
        false => "",
    };
    format!(
        "C RCU+{name}\n\n(* Result: Never *)\n\n{{}}\n\n\
         P0(int *x, int *y{srcu})\n{{\n\tint r0;\n\tint r1;\n{section}\n\t{enter}\n\tr0 = READ_ONCE(*x);\n\
         \tr1 = READ_ONCE(*y);\n\t{leave}\n}}\n\n\
         P1(int *x, int *y{srcu})\n{{\n\tWRITE_ONCE(*x, 1);\n\t{wait}\n\tWRITE_ONCE(*y, 1);\n}}\n\n\
         exists (0:r0=0 /\\ 0:r1=1)\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_test_is_translated_and_has_a_name_of_its_own() {
        let all = all();
        let names: BTreeSet<&str> = all.iter().map(|mutant| mutant.test.name.as_str()).collect();
        assert_eq!(names.len(), all.len());
        for mutant in &all {
            let (_, text) = crate::rust::translate(&mutant.test)
                .unwrap_or_else(|e| panic!("{}: {e:?}", mutant.test));
            let broken = crate::rust::mutated(&mutant.test, mutant.name).expect("translatable");
            assert_ne!(text, broken);
        }
    }
}
