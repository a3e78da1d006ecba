// SPDX-License-Identifier: GPL-2.0

//! Circles: files of one crate that need each other, directly or through others.
//!
//! A file needs another if it writes a path into that file's module, in a `use` or elsewhere, in a test or not. That a
//! module declares the modules below it is not a need; that it gives out their items again (`pub use`) is one. So a
//! crate's root, which does that, has nothing that the files below it need.

use crate::modules::{read, Crate, Written};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Who needs whom: each file's needs, with the line that says so first.
type Needs = BTreeMap<Vec<String>, BTreeMap<Vec<String>, usize>>;

/// The circles of the crate with this root file, one text each: every file of the circle, and where it needs the next.
///
/// # Errors
///
/// If a file of the crate cannot be read or is not Rust.
pub fn circles(root: &Path) -> Result<Vec<String>> {
    let files = read(root)?;
    let needs = needs(&files);
    let mut told = BTreeSet::new();
    let mut circles = Vec::new();
    for start in files.keys() {
        if told.contains(start) {
            continue;
        }
        if let Some(circle) = way_back(&needs, start) {
            let mut lines = Vec::new();
            for (here, next) in circle.iter().zip(circle.iter().cycle().skip(1)) {
                let line = needs[here][next];
                lines.push(format!("{}:{line}", files[here].path.display()));
                told.insert(here.clone());
            }
            circles.push(format!("{} need each other", lines.join(" and ")));
        }
    }
    Ok(circles)
}

fn needs(files: &Crate) -> Needs {
    let mut all = Needs::new();
    for (name, file) in files {
        let needs = all.entry(name.clone()).or_default();
        for written in &file.paths {
            if let Some(other) = leads_to(files, name, written) {
                if &other != name {
                    needs.entry(other).or_insert(written.line);
                }
            }
        }
    }
    all
}

/// The module whose file a path leads into, if it is one of this crate.
fn leads_to(files: &Crate, here: &[String], written: &Written) -> Option<Vec<String>> {
    let mut at: Vec<String> = here.iter().chain(&written.inside).cloned().collect();
    let mut rest = written.segments.as_slice();
    let (first, _) = rest.split_first()?;
    match first.as_str() {
        "crate" => {
            at.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|segment| segment == "super") {
                at.pop();
                rest = &rest[1..];
            }
        }
        name => {
            let below: Vec<String> = here.iter().cloned().chain([name.to_owned()]).collect();
            files.get(&below)?;
            at = here.to_vec();
        }
    }
    for segment in rest {
        at.push(segment.clone());
        if !files.contains_key(&at) {
            at.pop();
            break;
        }
    }
    // A module inside a file is that file.
    while !files.contains_key(&at) {
        at.pop();
    }
    Some(at)
}

/// The shortest way from a file back to itself.
fn way_back(needs: &Needs, start: &Vec<String>) -> Option<Vec<Vec<String>>> {
    let mut ways = vec![vec![start.clone()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let last = way.last()?;
            for next in needs.get(last).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push(way.iter().cloned().chain([next.clone()]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The circles of a crate of these files; the first is its root.
    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let circles = circles(&dir.path().join(files[0].0)).unwrap();
        let short = format!("{}/", dir.path().display());
        circles
            .iter()
            .map(|text| text.replace(&short, ""))
            .collect()
    }

    #[test]
    fn one_way_is_no_circle() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
            (
                "a.rs",
                "pub(super) struct A;\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n",
            ),
            (
                "b.rs",
                "use crate::a::A;\nuse std::fmt;\npub struct B(A);\n",
            ),
        ];
        assert!(found(&files).is_empty());
    }

    #[test]
    fn files_that_need_each_other() {
        let files = [
            ("main.rs", "mod a;\nmod b;\nfn main() {}\n"),
            ("a.rs", "\nuse crate::b::{self, B};\n"),
            ("b.rs", "use super::a;\nfn f() {\n    a::g();\n}\n"),
        ];
        assert_eq!(found(&files), ["a.rs:2 and b.rs:1 need each other"]);
    }

    #[test]
    fn a_circle_through_others_is_told_once() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::X;\n"),
            ("b.rs", "use crate::c::X;\n"),
            ("c.rs", "fn f() -> crate::a::X {\n}\n"),
        ];
        assert_eq!(
            found(&files),
            ["a.rs:1 and b.rs:1 and c.rs:1 need each other"]
        );
    }

    #[test]
    fn a_parent_that_uses_its_child_is_not_used_by_it() {
        let files = [
            ("lib.rs", "mod a;\n"),
            ("a.rs", "mod below;\nfn f() {\n    below::g();\n}\n"),
            ("a/below.rs", "use super::f;\n"),
        ];
        assert_eq!(found(&files), ["a.rs:3 and a/below.rs:1 need each other"]);
    }

    #[test]
    fn paths_in_macros_count() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            (
                "a.rs",
                "fn f() {\n    println!(\"{}\", if true { crate::b::g() } else { 1 });\n}\n",
            ),
            ("b.rs", "fn g() {\n    crate::a::f();\n}\n"),
        ];
        assert_eq!(found(&files), ["a.rs:2 and b.rs:2 need each other"]);
    }

    #[test]
    fn files_elsewhere_are_followed() {
        let files = [
            (
                "lib.rs",
                "#[path = \"other/x.rs\"]\nmod a;\nuse a::A;\nstruct B;\n",
            ),
            ("other/x.rs", "use crate::B;\npub struct A;\n"),
        ];
        assert_eq!(found(&files), ["lib.rs:3 and other/x.rs:1 need each other"]);
    }

    #[test]
    fn names_of_other_crates_do_not_count() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "use b::X;\nuse crate::b::Y;\n"),
            ("b.rs", "use a::X;\n"),
        ];
        assert!(found(&files).is_empty());
    }
}
