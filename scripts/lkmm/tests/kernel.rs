// SPDX-License-Identifier: GPL-2.0

//! The kernel's own litmus tests, read and written.
//!
//! They are not in this repository: `FERRITE_LINUX` says where a Linux source tree is. `make check` sets it; cargo alone
//! ignores these tests, and says so.

use std::path::{Path, PathBuf};

/// The kernel's litmus tests.
fn kernel_tests() -> Vec<PathBuf> {
    let linux = std::env::var_os("FERRITE_LINUX").expect("FERRITE_LINUX=dir names Linux's source");
    let found = lkmm::corpus::kernel_tests(Path::new(&linux)).expect("no litmus tests");
    assert!(found.len() >= 47, "only {} tests", found.len());
    found
}

#[test]
#[ignore = "FERRITE_LINUX has to name Linux's source"]
fn what_is_printed_reads_the_same() {
    for path in kernel_tests() {
        let text = std::fs::read_to_string(&path).expect("readable");
        let test = lkmm::parse(&path, &text).unwrap_or_else(|e| panic!("{e}"));
        let printed = test.to_string();
        let again = lkmm::parse(&path, &printed).unwrap_or_else(|e| panic!("{e}\n{printed}"));
        assert_eq!(test, again, "{printed}");
        assert!(test.result().is_some(), "{} has no verdict", path.display());
    }
}

#[test]
#[ignore = "FERRITE_LINUX has to name Linux's source"]
fn all_are_translated() {
    let tests: Vec<_> = kernel_tests()
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("readable");
            lkmm::parse(path, &text).unwrap_or_else(|e| panic!("{e}"))
        })
        .collect();
    let (text, refused) = lkmm::rust::file(&tests);
    for (test, refusal) in &refused {
        eprintln!("{}: {}", test.name, refusal.message);
    }
    assert!(refused.is_empty());
    assert_eq!(text.matches("litmus! {").count(), tests.len());
    if let Some(path) = std::env::var_os("FERRITE_LITMUS_OUT") {
        std::fs::write(path, text).expect("writable");
    }
}
