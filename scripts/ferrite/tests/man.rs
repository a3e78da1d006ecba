// SPDX-License-Identifier: GPL-2.0

//! `ferrite man`: every subcommand has a manual page, and every shell its completion.

use std::fs;
use std::process::Command;

#[test]
fn every_subcommand_has_a_page_and_is_completed() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let ferrite = || Command::new(env!("CARGO_BIN_EXE_ferrite"));
    let man = ferrite().args(["man", "--out"]).arg(&out).output().unwrap();
    assert!(man.status.success(), "{man:?}");
    let help = ferrite().arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap();
    let commands = commands.split("Options:").next().unwrap();
    let names = commands.lines().filter(|line| line.starts_with("  "));
    let names: Vec<&str> = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    assert!(names.contains(&"check") && names.len() > 10, "{names:?}");
    let read = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_default();
    assert!(read("ferrite.1").contains("Exit status"));
    for name in names {
        let page = read(&format!("ferrite-{name}.1"));
        assert!(page.contains(".SH SYNOPSIS"), "no page of {name}");
        for shell in ["ferrite.bash", "_ferrite", "ferrite.fish"] {
            assert!(read(shell).contains(name), "{shell} lacks {name}");
        }
    }
}
