// SPDX-License-Identifier: GPL-2.0

//! The layers of the host tools: only the command line knows both building and guests.

use anyhow::{Context as _, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The crates that nobody but the top may need together.
const APART: [&str; 2] = ["build", "guest"];

/// The crate that may.
const TOP: &str = "ferrite";

/// What breaks the rule in a workspace's folder: its crates are the folders with a `Cargo.toml`. (That they need each
/// other one way is cargo's to say.)
///
/// # Errors
///
/// If a `Cargo.toml` cannot be read.
pub fn layers(workspace: &Path) -> Result<Vec<String>> {
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(workspace)?.flatten() {
        let manifest = entry.path().join("Cargo.toml");
        if manifest.exists() {
            let text = fs::read_to_string(&manifest)
                .with_context(|| format!("cannot read {}", manifest.display()))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            needs.insert(name, paths(&text));
        }
    }
    let mut faults = Vec::new();
    for name in needs.keys().filter(|name| *name != TOP) {
        let all = reached(&needs, name);
        if APART.iter().all(|layer| all.contains(*layer)) {
            faults.push(format!(
                "scripts/{name} needs both {} and {}: only scripts/{TOP} may",
                APART[0], APART[1]
            ));
        }
    }
    Ok(faults)
}

/// The folders of the crates that a manifest depends on by path: `{ path = "../host" }`.
fn paths(manifest: &str) -> Vec<String> {
    let parts = manifest.split("path = \"../").skip(1);
    parts
        .filter_map(|part| Some(part.split_once('"')?.0.to_owned()))
        .collect()
}

/// A crate and all that it needs.
fn reached(needs: &BTreeMap<String, Vec<String>>, name: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        open.extend(needs.get(&name).into_iter().flatten().cloned());
        if !all.insert(name) {
            // It was there before, with what it needs.
            open.retain(|other| !all.contains(other));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(crates: &[(&str, &[&str])]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (name, needs) in crates {
            let lines: Vec<_> = needs
                .iter()
                .map(|need| format!("{need} = {{ path = \"../{need}\" }}\n"))
                .collect();
            fs::create_dir(dir.path().join(name)).unwrap();
            fs::write(dir.path().join(name).join("Cargo.toml"), lines.concat()).unwrap();
        }
        layers(dir.path()).unwrap()
    }

    #[test]
    fn only_the_top_knows_building_and_guests() {
        let low: [(&str, &[&str]); 3] = [("host", &[]), ("build", &["host"]), ("guest", &["host"])];
        assert!(found(&[&low[..], &[("ferrite", &["build", "guest"])]].concat()).is_empty());
        let faults = found(
            &[
                &low[..],
                &[("middle", &["build"]), ("report", &["middle", "guest"])],
            ]
            .concat(),
        );
        assert_eq!(
            faults,
            ["scripts/report needs both build and guest: only scripts/ferrite may"]
        );
    }
}
