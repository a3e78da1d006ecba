// SPDX-License-Identifier: GPL-2.0

//! The documentation against the tree: its links, its code, its command lines, and the age of what it shows.

use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Markdown file of the tree: its path from the top, and its text.
struct Page {
    path: PathBuf,
    text: String,
}

/// A fenced block: what stands beside its three backticks, and its lines without the fence's indentation.
struct Block {
    info: String,
    body: String,
}

fn top() -> PathBuf {
    // As cargo says now: a test program may be older than the folder it is run from.
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..")
}

fn read(path: &Path) -> Option<String> {
    fs::read_to_string(top().join(path)).ok()
}

/// The pages at the top and in `Documentation/`.
fn pages() -> Vec<Page> {
    let files = ["", "Documentation"].map(|dir| fs::read_dir(top().join(dir)).unwrap());
    let mut pages = Vec::new();
    for (dir, files) in ["", "Documentation"].iter().zip(files) {
        for file in files.flatten().map(|file| file.file_name()) {
            let path = Path::new(dir).join(file);
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = read(&path).unwrap();
                pages.push(Page { path, text });
            }
        }
    }
    assert!(pages.len() > 5);
    pages
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for line in text.lines() {
        let bare = line.trim_start();
        open = match (open, bare.strip_prefix("```")) {
            (None, None) => None,
            (None, Some(info)) => {
                let info = info.to_owned();
                let body = String::new();
                Some((line.len() - bare.len(), Block { info, body }))
            }
            (Some((_, block)), Some("")) => {
                blocks.push(block);
                None
            }
            (Some((indent, mut block)), _) => {
                block.body += line.get(indent..).unwrap_or_default();
                block.body.push('\n');
                Some((indent, block))
            }
        };
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// What stands between backticks on one line, and each indented line: where command lines are.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let candidates: Vec<&str> = match line.strip_prefix("    ") {
            _ if fenced => continue,
            Some(line) if !line.starts_with(' ') => vec![line],
            _ => line.split('`').skip(1).step_by(2).collect(),
        };
        for command in candidates {
            let command = command.split(" #").next().unwrap_or_default().trim();
            if command.starts_with("make ") || command.starts_with("ferrite ") {
                // A picture has two blanks between its columns.
                found.extend((!command.contains("  ")).then(|| command.to_owned()));
            }
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    for Page { path, text } in pages() {
        for link in text.split("](").skip(1) {
            let link = link.split([')', '#']).next().unwrap();
            let file = path.parent().unwrap().join(link);
            let there = link.is_empty() || link.contains("://") || top().join(&file).exists();
            assert!(there, "{}: {link} does not exist", path.display());
        }
    }
}

#[test]
fn code_is_the_trees_or_is_built_by_ci() {
    for Page { path, text } in pages() {
        for Block { info, body } in blocks(&text) {
            let at = format!("{}: the block ```{info}", path.display());
            match *info.split(' ').collect::<Vec<_>>() {
                // `.ci/examples` makes these two, and builds what comes of them.
                ["diff"] | [_, "new", _] => assert_eq!(path, Path::new("CONTRIBUTING.md"), "{at}"),
                [_, file] => {
                    let whole =
                        read(Path::new(file)).unwrap_or_else(|| panic!("{at}: no such file"));
                    assert!(whole.contains(&body), "{at} is not in that file:\n{body}");
                }
                _ => panic!("{at} names no file: say ```LANGUAGE FILE"),
            }
        }
    }
}

#[test]
fn the_examples_apply() {
    if !top().join(".git").exists() {
        println!("SKIP: this tree has no .git, and the examples are applied in a clone");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let clone = dir.path().join("clone");
    let prepare = Command::new(top().join(".ci/examples"))
        .arg("prepare")
        .arg(&clone)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&prepare.stderr);
    assert!(
        prepare.status.success(),
        "CONTRIBUTING.md does not fit the tree: {said}"
    );
    assert!(clone.join("selftests/foo/count.c").is_file());
}

#[test]
fn command_lines_can_be_given() {
    let make =
        read(Path::new("Makefile")).unwrap() + &read(Path::new("selftests/Makefile")).unwrap();
    let goals: BTreeSet<&str> = make
        .lines()
        .filter(|line| !line.starts_with(['\t', '#']) && !line.contains(":="))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .flat_map(str::split_whitespace)
        .collect();
    let mut subcommands = 0;
    for Page { path, text } in pages() {
        for command in commands(&text) {
            let at = format!("{}: `{command}`", path.display());
            let mut words = command.split_whitespace();
            match words.next() {
                Some("make") => {
                    let words: Vec<&str> = words.collect();
                    let elsewhere = words.iter().position(|word| *word == "-C");
                    let dir = elsewhere.map(|place| words[place + 1]);
                    if dir.is_some_and(|dir| dir != "selftests") {
                        continue;
                    }
                    let plain =
                        |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                    for goal in words.iter().filter(plain).filter(|word| **word != "-C") {
                        let known = goals.contains(*goal) || dir == Some(*goal);
                        assert!(known, "{at}: the Makefile has no goal {goal}");
                    }
                }
                _ => {
                    let subcommand = words.next().unwrap();
                    let help = Command::new(env!("CARGO_BIN_EXE_ferrite"))
                        .args([subcommand, "--help"])
                        .output()
                        .unwrap();
                    assert!(help.status.success(), "{at}: no such subcommand");
                    let help = String::from_utf8(help.stdout).unwrap();
                    for option in words.filter(|word| word.starts_with("--")) {
                        assert!(help.contains(option), "{at}: no such option");
                    }
                    subcommands += 1;
                }
            }
        }
    }
    assert!(
        subcommands > 5,
        "only {subcommands} command lines were found"
    );
}

/// The files that print what a page shows, and a hash over them at the time when it was pasted:
/// `<!-- printed by: make compat; code: FILE FILE; hash: 0123456789ab -->`.
#[test]
fn what_pages_show_is_as_old_as_the_code_that_prints_it() {
    for Page { path, text } in pages() {
        for marker in text.split("<!-- printed by: ").skip(1) {
            let marker = marker.split(" -->").next().unwrap();
            let fields: Vec<&str> = marker.split("; ").collect();
            let [command, code, hash] = *fields else {
                panic!(
                    "{}: {marker} is not COMMAND; code: FILES; hash: HASH",
                    path.display()
                );
            };
            let mut sum = Sha256::new();
            for file in code.strip_prefix("code: ").unwrap().split(' ') {
                let text = read(Path::new(file));
                let text = text.unwrap_or_else(|| panic!("{}: there is no {file}", path.display()));
                // Imports and comments print nothing.
                let silent = |line: &&str| {
                    let line = line.trim_start();
                    ["use ", "//", "#include"]
                        .iter()
                        .any(|start| line.starts_with(start))
                };
                for line in text.lines().filter(|line| !silent(line)) {
                    sum.update(line);
                    sum.update("\n");
                }
            }
            let now: String = sum
                .finalize()
                .iter()
                .take(6)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            if hash.strip_prefix("hash: ") != Some(&now) {
                println!(
                    "SKIP: {}: the code that prints what `{command}` shows there has changed: run it and paste it \
                     again, or see that it prints the same; then write hash: {now}",
                    path.display()
                );
            }
        }
    }
}
