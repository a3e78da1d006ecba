// SPDX-License-Identifier: GPL-2.0

//! Finds litmus tests in files and folders, and reads them. A file that cannot be taken takes no others with it.

use super::back;
use super::corpus::Source;
use super::reason::{Reason, Trouble};
use host::Context;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// What files with litmus tests end with.
const LITMUS: [&str; 1] = ["litmus"];

/// A file without a test in it, and why.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    pub(crate) file: PathBuf,
    pub(crate) trouble: Trouble,
}

impl Unread {
    fn new(file: &Path, reason: Reason, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            trouble: Trouble::new(reason, message),
        }
    }
}

/// The files that are meant: those that are named, and all `.litmus` below folders that are named, sorted.
pub(super) fn found(named: &[PathBuf]) -> (Vec<PathBuf>, Vec<Unread>) {
    let (mut files, mut unread) = (Vec::new(), Vec::new());
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            match entry {
                Ok(entry) => {
                    let ending = entry.path().extension().unwrap_or_default();
                    let is_test = LITMUS.iter().any(|wanted| ending == *wanted);
                    if is_test && !entry.file_type().is_dir() {
                        files.push(entry.into_path());
                    }
                }
                Err(error) => {
                    let at = error.path().unwrap_or(path).to_owned();
                    unread.push(Unread::new(&at, Reason::Unreadable, error.to_string()));
                }
            }
        }
        if files.len() == before {
            let message = "this folder has no .litmus file below it";
            unread.push(Unread::new(path, Reason::NotATest, message));
        }
    }
    // Named twice, or named and in a folder that is named: once is enough.
    let mut seen = BTreeSet::new();
    files.retain(|file| seen.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
    (files, unread)
}

/// The tests of files, in C or in Rust, and the files that have none. Of tests that have one name, the later ones get
/// another.
pub(super) fn read(ctx: &Context, files: &[PathBuf], builtin: &Path) -> (Vec<Source>, Vec<Unread>) {
    let (mut sources, mut unread): (Vec<Source>, _) = (Vec::new(), Vec::new());
    let mut names: BTreeSet<String> = BTreeSet::new();
    for file in files {
        match one(ctx, file, builtin) {
            Ok(new) => sources.extend(new.into_iter().map(|mut source| {
                rename(ctx, &mut source, &mut names);
                source
            })),
            Err(trouble) => unread.push(Unread {
                file: file.clone(),
                trouble,
            }),
        }
    }
    (sources, unread)
}

/// The tests of a file.
fn one(ctx: &Context, file: &Path, builtin: &Path) -> Result<Vec<Source>, Trouble> {
    let not_a_test = |message: String| Trouble::new(Reason::NotATest, message);
    if file.extension().is_some_and(|ending| ending == "rs") {
        let written = back::written(ctx, file, file == builtin);
        return written.map_err(|error| not_a_test(format!("{error:#}")));
    }
    let text = fs::read(file).map_err(|error| {
        let message = format!("{}: {error}", file.display());
        Trouble::new(Reason::Unreadable, message)
    })?;
    let text = lkmm::text(file, text).map_err(|error| not_a_test(error.to_string()))?;
    let test = lkmm::parse(file, &text).map_err(|error| not_a_test(error.to_string()))?;
    Ok(vec![Source {
        file: file.to_owned(),
        text,
        test,
        module: None,
        rust: None,
    }])
}

/// The engine and the logs tell tests apart by their names.
fn rename(ctx: &Context, source: &mut Source, names: &mut BTreeSet<String>) {
    let old = source.test.name.clone();
    let mut name = old.clone();
    let mut number = 1;
    while !names.insert(name.clone()) {
        number += 1;
        name = format!("{old}-{number}");
    }
    if name != old {
        ctx.note(format!(
            "  {}: there is another test called {old}: this one is called {name} here",
            source.file.display()
        ));
        source.test.name = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: &str = "C same\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=1)\n";

    #[test]
    fn a_folder_is_walked_and_a_bad_file_takes_no_others_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let ctx = Context::new(
            Some(dir.path().to_owned()),
            Some(dir.path().join("cache")),
            false,
        );
        let ctx = ctx.unwrap();
        let top = dir.path().join("tests");
        fs::create_dir_all(top.join("deep/er")).unwrap();
        fs::create_dir(top.join("empty")).unwrap();
        fs::write(top.join("a.litmus"), TEST).unwrap();
        fs::write(top.join("deep/b.litmus"), "nothing\n").unwrap();
        fs::write(top.join("deep/c.litmus"), b"C x\n{}\n(* \xff *)\n").unwrap();
        fs::write(top.join("deep/er/d.litmus"), TEST).unwrap();
        fs::write(top.join("deep/er/readme.txt"), "no test").unwrap();
        let gone = dir.path().join("gone.litmus");
        let named = [
            top.clone(),
            top.join("a.litmus"),
            top.join("empty"),
            gone.clone(),
        ];
        let (files, empty) = found(&named);
        assert_eq!(files.len(), 5, "{files:?}");
        assert_eq!(empty.len(), 1, "{empty:?}");
        let (sources, unread) = read(&ctx, &files, Path::new("none"));
        let names: Vec<&str> = sources.iter().map(|s| s.test.name.as_str()).collect();
        assert_eq!(names, ["same", "same-2"]);
        let reasons: Vec<Reason> = unread.iter().map(|u| u.trouble.reason).collect();
        assert_eq!(
            reasons,
            [Reason::NotATest, Reason::NotATest, Reason::Unreadable]
        );
        let message = &unread[1].trouble.message;
        assert!(message.contains("c.litmus:3:4"), "{message}");
        assert_eq!(unread[2].file, gone);
    }
}
