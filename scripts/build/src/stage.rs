// SPDX-License-Identifier: GPL-2.0

//! The staged tree: a mirror of what Kbuild needs of the repository, in the cache.
//!
//! A file is written only when its content changed, so Kbuild, which goes by times, rebuilds what depends on it and
//! nothing else. A file that left the repository leaves the mirror. What Kbuild makes there is left alone.

use anyhow::{Context as _, Result};
use host::explain;
use ignore::WalkBuilder;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What of the repository Kbuild reads.
const STAGED: [&str; 7] = [
    "Kbuild",
    "rust",
    "c-helpers",
    "lib",
    "probes",
    "selftests",
    "scripts/kbuild",
];

/// The list of the files that were staged last time; the files of a name that starts with it are ours.
const LIST: &str = ".ferrite-staged";

/// Make `stage` a mirror of `repo`. Returns how many files were written or removed.
pub(crate) fn mirror(repo: &Path, stage: &Path) -> Result<usize> {
    let list = stage.join(LIST);
    let before: BTreeSet<PathBuf> = match fs::read_to_string(&list) {
        Ok(text) => text.lines().map(PathBuf::from).collect(),
        Err(_) => BTreeSet::new(),
    };
    let now = files(repo)?;
    let mut changed = 0;
    for file in &now {
        let (from, to) = (repo.join(file), stage.join(file));
        let content = fs::read(&from).map_err(|error| explain(error, &from))?;
        let mode = fs::metadata(&from)
            .map_err(|error| explain(error, &from))?
            .permissions();
        if fs::read(&to).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(|error| explain(error, parent))?;
        }
        fs::write(&to, content).map_err(|error| explain(error, &to))?;
        fs::set_permissions(&to, mode).map_err(|error| explain(error, &to))?;
        changed += 1;
    }
    for file in before.difference(&now) {
        let gone = stage.join(file);
        if gone.exists() {
            fs::remove_file(&gone).map_err(|error| explain(error, &gone))?;
            changed += 1;
        }
    }
    let mut text = String::new();
    for file in &now {
        text.push_str(&file.to_string_lossy());
        text.push('\n');
    }
    fs::write(&list, text).map_err(|error| explain(error, &list))?;
    Ok(changed)
}

/// The files to stage, relative to the repository: all that git would take.
fn files(repo: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for top in STAGED
        .iter()
        .map(|name| repo.join(name))
        .filter(|path| path.exists())
    {
        let walk = WalkBuilder::new(&top)
            .hidden(true)
            .require_git(false)
            .build();
        for entry in walk {
            let entry = entry.with_context(|| format!("cannot list {}", top.display()))?;
            let path = entry.path().strip_prefix(repo).unwrap_or(entry.path());
            if entry.file_type().is_some_and(|kind| kind.is_file()) {
                files.insert(path.to_owned());
            }
        }
    }
    Ok(files)
}

/// A line of a compiler's output with the repository's paths in place of the stage's.
pub fn unstaged(line: &str, stage: &str) -> String {
    line.replace(&format!("{stage}/"), "").replace(stage, ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dir: &Path, file: &str, text: &str) {
        let path = dir.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn mirrors_what_changed_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let (repo, stage) = (dir.path().join("repo"), dir.path().join("stage"));
        fs::create_dir(&stage).unwrap();
        for file in [
            "Kbuild",
            "rust/a.rs",
            "rust/b.rs",
            "scripts/kbuild/Makefile.rust",
            "scripts/tool/main.rs",
            "rust/a.o",
        ] {
            put(&repo, file, file);
        }
        put(&repo, ".gitignore", "*.o\n");
        assert_eq!(mirror(&repo, &stage).unwrap(), 4);
        assert!(
            !stage.join("rust/a.o").exists(),
            "what git ignores was staged"
        );
        assert!(
            !stage.join("scripts/tool").exists(),
            "a host tool was staged"
        );

        put(&stage, "rust/a.o", "made by Kbuild");
        let time = |file: &str| fs::metadata(stage.join(file)).unwrap().modified().unwrap();
        let untouched = time("rust/b.rs");
        put(&repo, "rust/a.rs", "new");
        put(&repo, "rust/b.rs", "rust/b.rs");
        fs::remove_file(repo.join("Kbuild")).unwrap();
        assert_eq!(mirror(&repo, &stage).unwrap(), 2);
        assert_eq!(fs::read_to_string(stage.join("rust/a.rs")).unwrap(), "new");
        assert_eq!(time("rust/b.rs"), untouched);
        assert!(!stage.join("Kbuild").exists() && stage.join("rust/a.o").exists());
        assert_eq!(mirror(&repo, &stage).unwrap(), 0);
    }

    #[test]
    fn paths_on_screen_are_the_repositorys() {
        let line = "error: no --> /c/build/x/rust/a.rs:1:2 (in /c/build/x)";
        assert_eq!(
            unstaged(line, "/c/build/x"),
            "error: no --> rust/a.rs:1:2 (in .)"
        );
    }
}
