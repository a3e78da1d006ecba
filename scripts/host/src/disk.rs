// SPDX-License-Identifier: GPL-2.0

//! Files and folders: names, removal, and errors that say what to do.

use crate::rights::is_root;
use anyhow::{anyhow, Result};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// Remove a folder and all in it; no error if it is not there.
///
/// A root that an ordinary user made contains files of the user's subordinate ids: only a user namespace can remove
/// them.
pub fn remove_tree(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !is_root() => {}
        Err(error) => return Err(explain(error, path)),
    }
    let status = Command::new("unshare")
        .args(["--user", "--map-auto", "--map-root-user", "rm", "-rf", "--"])
        .arg(path)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        _ => Err(anyhow!(
            "cannot remove {}: remove it as root",
            path.display()
        )),
    }
}

/// Add the file's path to an error of the file system, and a remedy if the disk is full or may not be written.
pub fn explain(error: io::Error, path: &Path) -> anyhow::Error {
    let remedy = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space there, or put the cache on another disk with FERRITE_CACHE=/path"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "set FERRITE_CACHE to a folder that you may write"
        }
        _ => return anyhow::Error::new(error).context(format!("{}", path.display())),
    };
    anyhow!("{}: {error}: {remedy}", path.display())
}

/// The last part of a path.
pub fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Replace each character of a name that has a meaning for make or for a shell.
pub fn safe(name: &str) -> String {
    name.replace(
        |c: char| !c.is_ascii_alphanumeric() && !".+-_".contains(c),
        "_",
    )
}
