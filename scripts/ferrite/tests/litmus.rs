// SPDX-License-Identifier: GPL-2.0

//! `ferrite litmus --translate`, as its user meets it: both ways, and what it says of a test that it cannot take. The
//! tool is the real one; nothing is fetched, built or booted.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

const SB: &str = "C SB+mine\n\n{}\n\nP0(int *x, int *y)\n{\n\tint r0;\n\n\tWRITE_ONCE(*x, 1);\n\tr0 = READ_ONCE(*y);\n}\n\n\
                  P1(int *x, int *y)\n{\n\tint r0;\n\n\tWRITE_ONCE(*y, 1);\n\tr0 = READ_ONCE(*x);\n}\n\n\
                  exists (0:r0=0 /\\ 1:r0=0)\n";

fn translate(name: &str, text: &str) -> Output {
    // As cargo says now: a test program may be older than the folder it is run from.
    let repo = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(name);
    fs::write(&file, text).unwrap();
    Command::new(env!("CARGO_BIN_EXE_ferrite"))
        .arg("--repo")
        .arg(repo)
        .arg("--cache")
        .arg(dir.path().join("cache"))
        .args(["litmus", "--translate"])
        .arg(file)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn c_becomes_rust_and_rust_becomes_c() {
    let rust = translate("sb.litmus", SB);
    assert!(rust.status.success(), "{}", said(&rust));
    let rust = String::from_utf8(rust.stdout).unwrap();
    assert!(rust.contains("x.store(1, Relaxed);"), "{rust}");
    let c = translate("sb.rs", &rust);
    assert!(c.status.success(), "{}", said(&c));
    let c = String::from_utf8(c.stdout).unwrap();
    assert!(
        c.contains("\tWRITE_ONCE(*x, 1);\n\tr0 = READ_ONCE(*y);\n"),
        "{c}"
    );
    assert!(c.trim_end().ends_with("exists (0:r0=0 /\\ 1:r0=0)"), "{c}");
}

#[test]
fn what_cannot_be_taken_is_refused_where_it_stands() {
    let cases = [
        // Malformed: the brace is missing.
        ("a.litmus", SB.replacen("{}", "{", 1), "a.litmus:"),
        (
            "b.litmus",
            SB.replacen("int r0;", "int r0 = ;", 1),
            "b.litmus:7:11",
        ),
        ("c.litmus", "not a test\n".to_owned(), "c.litmus:1:1"),
        ("d.litmus", String::new(), "d.litmus:1:1"),
        // Well formed, and nothing that Rust has.
        (
            "e.litmus",
            SB.replacen("WRITE_ONCE(*x, 1)", "frobnicate(x)", 1),
            "e.litmus:9:2",
        ),
        // It would hang.
        (
            "f.litmus",
            SB.replacen(
                "WRITE_ONCE(*x, 1);",
                "rcu_read_lock(); synchronize_rcu(); rcu_read_unlock();",
                1,
            ),
            "may sleep",
        ),
        ("g.rs", "litmus! { mod m = \"m\"; }".to_owned(), "g.rs:1:24"),
        ("h.rs", "fn main( {".to_owned(), "h.rs:1:"),
    ];
    for (name, text, part) in cases {
        let output = translate(name, &text);
        assert!(!output.status.success(), "{name} was taken");
        let said = said(&output);
        assert!(said.contains(part), "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");
    }
}

/// A folder with a test, the same test again, a file that is none, and one that is no text.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("tests/deep")).unwrap();
    fs::write(dir.path().join("tests/a.litmus"), SB).unwrap();
    fs::write(dir.path().join("tests/b.litmus"), "not a test\n").unwrap();
    fs::write(dir.path().join("tests/c.litmus"), b"C c\n{}\n\xff\n").unwrap();
    fs::write(dir.path().join("tests/deep/d.litmus"), SB).unwrap();
    dir
}

fn translate_folder(dir: &tempfile::TempDir, json: bool) -> Output {
    let repo = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    Command::new(env!("CARGO_BIN_EXE_ferrite"))
        .arg("--repo")
        .arg(repo)
        .arg("--cache")
        .arg(dir.path().join("cache"))
        .args(["litmus", "--translate"])
        .args(json.then_some("--json"))
        .arg(dir.path().join("tests"))
        .output()
        .unwrap()
}

#[test]
fn one_file_of_a_folder_takes_no_others_with_it() {
    let dir = folder();
    let output = translate_folder(&dir, false);
    // 3: nothing is wrong, and not all could be taken.
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let rust = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(rust.matches("litmus! {").count(), 2, "{rust}");
    let said = said(&output);
    for part in [
        "d.litmus: there is another test called SB+mine: this one is called SB+mine-2 here",
        "b.litmus:1:1",
        "c.litmus:3:1",
        "2 of 4 translated, 2 not",
    ] {
        assert!(said.contains(part), "no {part:?}: {said}");
    }
    let row = |words: &[&str]| {
        let mut lines = said
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines.any(|line| line.ends_with(words))
    };
    assert!(
        row(&["tests", "3", "1", "0", "2"]) || row(&["3", "1", "0", "2"]),
        "{said}"
    );
    assert!(row(&["not-a-test", "2", "b.litmus"]), "{said}");
}

#[test]
fn json_tells_each_file() {
    let dir = folder();
    let output = translate_folder(&dir, true);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let lines: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = lines.as_array().unwrap();
    let of = |name: &str| {
        let mut lines = lines.iter();
        let found = lines.find(|line| line["file"].as_str().unwrap().ends_with(name));
        found.unwrap_or_else(|| panic!("no {name}")).clone()
    };
    assert_eq!(lines.len(), 4);
    assert!(of("a.litmus")["text"]
        .as_str()
        .unwrap()
        .starts_with("litmus! {"));
    assert_eq!(of("d.litmus")["test"], "SB+mine-2");
    assert_eq!(of("b.litmus")["reason"], "not-a-test");
    assert!(of("c.litmus")["detail"]
        .as_str()
        .unwrap()
        .contains("no UTF-8"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = translate("a.litmus", SB);
    assert!(output.status.success());
    let output = Command::new(env!("CARGO_BIN_EXE_ferrite"))
        .args(["litmus", "--translate", "/nowhere/at-all.litmus"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        said(&output).contains("/nowhere/at-all.litmus"),
        "{}",
        said(&output)
    );
}
