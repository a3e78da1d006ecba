// SPDX-License-Identifier: GPL-2.0

//! What `scripts/kbuild/probe.sh` makes of a probe: yes, no, or broken, which is an error that shows what the compiler said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What came of a probe.
struct Asked {
    /// The answer's line, if there is one.
    answer: Option<String>,
    /// What was printed.
    said: String,
}

fn script() -> PathBuf {
    // As cargo says now: a test program may be older than the folder it is run from.
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    here.join("../kbuild/probe.sh")
}

/// A compiler that fails with `errors` where the question is asked, and with `plain` where it is not.
fn compiler(dir: &Path, errors: &str, plain: &str) -> PathBuf {
    let path = dir.join("cc");
    let fail = |text: &str| match text {
        "" => "exit 0".to_owned(),
        _ => format!("printf '%b' '{text}' >&2; exit 1"),
    };
    let script = format!(
        "#!/bin/sh\ncase $* in\n*-DQUESTION*) {} ;;\nesac\n{}\n",
        fail(errors),
        fail(plain)
    );
    fs::write(&path, script).unwrap();
    let chmod = Command::new("chmod").arg("+x").arg(&path).status();
    assert!(chmod.unwrap().success());
    path
}

fn ask(fields: &str, errors: &str, plain: &str) -> Asked {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a_thing.c"), format!("/*\n{fields} */\n")).unwrap();
    let symvers =
        "0x00000000\ta_function\tvmlinux\tEXPORT_SYMBOL\n0x00000000\tother\tvmlinux\tEXPORT_SYMBOL\n";
    fs::write(at("Module.symvers"), symvers).unwrap();
    // Of an earlier run; a broken probe has none.
    fs::write(at("a_thing.answer"), "a_thing yes\n").unwrap();
    let output = Command::new("sh")
        .arg(script())
        .args([at("a_thing.c"), at("a_thing.answer"), at("Module.symvers")])
        .arg(compiler(dir.path(), errors, plain))
        .output()
        .unwrap();
    let answer = fs::read_to_string(at("a_thing.answer")).ok();
    assert_eq!(output.status.success(), answer.is_some());
    Asked {
        answer: answer.map(|text| text.trim_end().to_owned()),
        said: String::from_utf8(output.stderr).unwrap(),
    }
}

const ASKS: &str = " * Asks: a_member\n";
const NO_MEMBER: &str = "a.c:1:2: error: no member named a_member\\n";

#[test]
fn yes_and_what_it_sets() {
    assert_eq!(ask(ASKS, "", "").answer.unwrap(), "a_thing yes");
    let fields = format!("{ASKS} * Sets: CONFIG_A_THING=y\n");
    assert_eq!(
        ask(&fields, "", "").answer.unwrap(),
        "a_thing yes CONFIG_A_THING=y"
    );
}

#[test]
fn no() {
    assert_eq!(ask(ASKS, NO_MEMBER, "").answer.unwrap(), "a_thing no");
    // The word may be in the line that the compiler shows.
    let shown = "a.c:1:2: error: too few arguments\\n    1 | a_member(1);\\n";
    assert_eq!(ask(ASKS, shown, "").answer.unwrap(), "a_thing no");
}

#[test]
fn exports_decide_too() {
    let exports = |names: &str| ask(&format!("{ASKS} * Exports: {names}\n"), "", "").answer;
    assert_eq!(exports("a_function other").unwrap(), "a_thing yes");
    assert_eq!(exports("a_function absent").unwrap(), "a_thing no");
}

#[track_caller]
fn broken(asked: Asked, because: &str) {
    assert_eq!(asked.answer, None, "{}", asked.said);
    for part in ["the probe 'a_thing' is broken", because, "mend the probe"] {
        assert!(asked.said.contains(part), "no '{part}' in: {}", asked.said);
    }
}

#[test]
fn broken_without_its_question() {
    let plain = "a.c:3:1: error: what the compiler said\\n";
    let asked = ask(ASKS, NO_MEMBER, plain);
    assert!(asked.said.contains("what the compiler said"));
    broken(asked, "does not compile without its question");
}

#[test]
fn broken_over_something_else() {
    let errors = format!("{NO_MEMBER}a.c:2:2: error: missing.h: No such file\\n");
    broken(ask(ASKS, &errors, ""), "something other than 'a_member'");
}

#[test]
fn broken_where_it_does_not_say_what_it_asks() {
    broken(ask(" * What?\n", NO_MEMBER, ""), "no 'Asks:' line");
}
