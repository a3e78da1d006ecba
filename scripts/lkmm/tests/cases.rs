// SPDX-License-Identifier: GPL-2.0

//! Small tests of each way in which litmus files are written: each is translated, and its Rust read back means the
//! same. What herd7 says of them stands in the table; `ferrite litmus scripts/lkmm/tests/cases` asks it.

use lkmm::{inverse, parse, rust};
use std::path::Path;

/// Each case, what herd7 says of it, and a part of its Rust that shows what it is about.
const CASES: [(&str, &str, &str); 29] = [
    (
        "addrptr",
        "Sometimes 1 1",
        "unsafe { &*core::ptr::from_ref(y).wrapping_offset((r0 ^ r0) as isize) }.load(Relaxed)",
    ),
    ("big", "Sometimes 1 1", "exists (p1.r0 == 1000)"),
    ("cast1", "Sometimes 1 1", "rcu_assign_pointer(p, y);"),
    ("cast2", "Sometimes 1 1", "y.store(1, Release);"),
    ("charvar", "Sometimes 1 1", "x: Atomic<U8>"),
    ("declares", "Always 1 0", "fn p1() -> () {\n    }"),
    ("dotlitmus", "Sometimes 1 3", "mod sb_named = \"SB-named\";"),
    ("filter", "Sometimes 1 1", "filter (p1.r0 == 1)"),
    (
        "initptr",
        "Never 0 1",
        "let mut r0 = core::ptr::from_ref(y) as",
    ),
    (
        "intptr",
        "Sometimes 1 1",
        "fn p1(x: &Atomic<i64>) -> (r0: i64)",
    ),
    ("lockinbranch", "Sometimes 1 1", "spin_lock(s)"),
    ("longvar", "Sometimes 1 1", "x: Atomic<i64>"),
    ("many-22", "Always 1 0", "x.store(1, Relaxed);"),
    ("maybe", "Sometimes 1 1", "/// Result: Maybe"),
    (
        "name-slash",
        "Sometimes 1 1",
        "mod dir_name_slash = \"dir/name-slash\";",
    ),
    ("oota", "Never 0 7", "exists (b == 7)"),
    ("pname", "Sometimes 1 1", "p1_: Atomic<i32>"),
    (
        "ptrptr",
        "Sometimes 1 1",
        "pp: Atomic<*const Atomic<*const Atomic<i32>>>",
    ),
    ("race", "Never 0 2", "/// Result: Sometimes DATARACE"),
    ("reginit-decl", "Sometimes 1 1", "let r0 = x.load(Relaxed);"),
    ("regreg", "Sometimes 2 1", "exists (p0.r0 == p0.r1)"),
    ("relock", "Sometimes 1 1", "spin_unlock(s)"),
    (
        "rustword",
        "Sometimes 1 1",
        "let match_ = type_.load(Relaxed);",
    ),
    ("semi", "Sometimes 1 3", "exists (p0.r0 == 0 && p1.r0 == 0)"),
    ("store-mb-dep", "Never 0 3", "smp_store_mb(y, r0);"),
    (
        "swallow",
        "Sometimes 1 1",
        "unsafe { *y.as_ptr() } as *const Atomic<i32>",
    ),
    (
        "undecl2",
        "Never 0 1",
        "x.store(r1.wrapping_add(1), Relaxed);",
    ),
    ("undeclared", "Sometimes 1 1", "let r0 = x.load(Relaxed);"),
    ("voidthread", "Sometimes 1 1", "x.store(1, Relaxed);"),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

#[test]
fn each_case_is_translated_and_comes_back() {
    for (name, _, part) in CASES {
        let path = folder().join(format!("{name}.litmus"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        let test = parse(&path, &text).unwrap_or_else(|error| panic!("{error}"));
        let (_, text) =
            rust::translate(&test).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert!(text.contains(part), "{name}: {part} is not in\n{text}");
        let back = inverse::tests(&path, &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let c = back[0].test.to_string();
        let again = parse(&path, &c).unwrap_or_else(|error| panic!("{error}\n{c}"));
        assert_eq!(again, back[0].test, "{c}");
        assert_eq!(again.condition, test.condition, "{c}");
        rust::translate(&again).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}\n{c}"));
    }
}

#[test]
fn every_case_is_in_the_table() {
    let files = std::fs::read_dir(folder()).expect("the cases are there");
    assert_eq!(files.count(), CASES.len());
}
