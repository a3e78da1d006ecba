// SPDX-License-Identifier: GPL-2.0

//! The kernel's own modules that an exercise asks for, out of the kernel's package.

use anyhow::{Context as _, Result};
use kernels::Installed;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use symbols::{contents, name_of, Module};
use walkdir::WalkDir;

/// A module of the kernel's own, unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// Its file.
    pub(crate) file: PathBuf,
    /// What it is loaded with.
    pub(crate) parameters: Vec<String>,
}

/// Finds a kernel's own modules.
pub(crate) struct Finder {
    files: BTreeMap<String, PathBuf>,
    built_in: Vec<String>,
    into: PathBuf,
    found: Vec<(String, Own)>,
}

impl Finder {
    /// Look through a kernel's modules; what is found is unpacked into a folder.
    pub(crate) fn new(kernel: &Installed, into: &Path) -> Self {
        let files = WalkDir::new(&kernel.modules)
            .into_iter()
            .flatten()
            .map(walkdir::DirEntry::into_path)
            .filter(|path| path.to_string_lossy().contains(".ko"))
            .map(|path| (name_of(&path), path))
            .collect();
        let list = fs::read_to_string(kernel.modules.join("modules.builtin")).unwrap_or_default();
        Finder {
            files,
            built_in: list.lines().map(|line| name_of(Path::new(line))).collect(),
            into: into.to_owned(),
            found: Vec::new(),
        }
    }

    /// Have a module, and what it depends on, loaded with these parameters. False if the kernel has no such module;
    /// one that is built in is there already.
    pub(crate) fn want(&mut self, line: &str) -> Result<bool> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let name = words.next().unwrap_or_default().replace('-', "_");
        if self.built_in.contains(&name) || self.found.iter().any(|(found, _)| *found == name) {
            return Ok(true);
        }
        let Some(path) = self.files.get(&name).cloned() else {
            return Ok(false);
        };
        for other in Module::read(&path)?.depends() {
            if !self.want(other)? {
                return Ok(false);
            }
        }
        let file = self.into.join(format!("{name}.ko"));
        let content = contents(&path)?;
        fs::create_dir_all(&self.into)
            .and_then(|()| fs::write(&file, content))
            .with_context(|| format!("cannot write {}", file.display()))?;
        self.found.push((
            name,
            Own {
                file,
                parameters: words.collect(),
            },
        ));
        Ok(true)
    }

    /// All that was found, in the order of loading.
    pub(crate) fn found(self) -> Vec<Own> {
        self.found.into_iter().map(|(_, own)| own).collect()
    }
}
