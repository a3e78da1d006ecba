// SPDX-License-Identifier: GPL-2.0

//! The cache. An entry is complete or not there, also when two runs race or a run is killed.
//!
//! An entry is a folder. A run makes it in a sibling folder whose name starts with [`PARTIAL`], holding the entry's
//! lock, and renames it when it is complete. The lock is a `flock`: the kernel releases it when its holder dies. So
//! whoever holds the lock of an entry knows that a partial sibling was left by a run that died.

use crate::disk::{explain, file_name, remove_tree};
use crate::signals;
use anyhow::{bail, Context as _, Result};
use rustix::fs::{flock, statvfs, FlockOperation};
use sha2::{Digest, Sha256};
use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The prefix of the names of incomplete entries.
const PARTIAL: &str = ".partial-";

/// The time between two attempts to take a lock.
const POLL: Duration = Duration::from_millis(50);

/// After this time, the tool says that it waits.
const PATIENCE: Duration = Duration::from_secs(1);

const MIB: u64 = 1 << 20;

/// The folder where everything that was downloaded or built is kept.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: PathBuf,
}

impl Cache {
    /// Open `dir`, or the user's cache folder, and create it if it is not there.
    pub fn open(dir: Option<PathBuf>) -> Result<Self> {
        let dir = match dir {
            Some(dir) => dir,
            None => default_dir()?,
        };
        let dir = std::path::absolute(&dir).map_err(|error| explain(error, &dir))?;
        let text = dir.to_string_lossy();
        if text.contains(|c: char| c.is_whitespace() || ":'\"$#\\".contains(c)) {
            bail!(
                "the cache's path, {text}, has a character that make cannot take in a path: \
                 set FERRITE_CACHE to a path without spaces, colons, quotes, '$' and '#'"
            );
        }
        fs::create_dir_all(&dir).map_err(|error| explain(error, &dir))?;
        let dir = dir.canonicalize().map_err(|error| explain(error, &dir))?;
        Ok(Cache { dir })
    }

    /// The folder of the cache.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// A folder in the cache, created if it is not there.
    pub fn dir(&self, name: &str) -> Result<PathBuf> {
        let dir = self.dir.join(name);
        fs::create_dir_all(&dir).map_err(|error| explain(error, &dir))?;
        Ok(dir)
    }

    /// The entry with this name, such as `kernels/debian-7.3-7.3.4-1`.
    pub fn entry(&self, name: impl Into<String>) -> Entry<'_> {
        Entry {
            cache: self,
            name: name.into(),
        }
    }

    /// Take the lock with this name. Waits while another process has it. Dropping the value releases the lock.
    pub fn lock(&self, name: &str) -> Result<Lock> {
        self.lock_saying(name, &mut |_| {})
    }

    /// Like [`Cache::lock`], but calls `waiting` once if the wait is long enough to be noticed.
    pub fn lock_saying(&self, name: &str, waiting: &mut dyn FnMut(&str)) -> Result<Lock> {
        if let Some(lock) = self.try_lock(name)? {
            return Ok(lock);
        }
        let start = Instant::now();
        let mut said = false;
        loop {
            signals::check()?;
            if let Some(lock) = self.try_lock(name)? {
                return Ok(lock);
            }
            if !said && start.elapsed() >= PATIENCE {
                waiting(name);
                said = true;
            }
            sleep(POLL);
        }
    }

    /// Take the lock with this name, if no other process has it.
    pub fn try_lock(&self, name: &str) -> Result<Option<Lock>> {
        let path = self.dir("locks")?.join(name.replace('/', "_"));
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|error| explain(error, &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(explain(error.into(), &path)),
        }
    }

    /// The free space of the cache's file system, in bytes.
    pub fn free_bytes(&self) -> Result<u64> {
        let stat = statvfs(&self.dir).map_err(|error| explain(error.into(), &self.dir))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Returns an error unless `mib` MiB are free. The error names `what`, the thing that needs the space.
    pub fn need_space(&self, mib: u64, what: &str) -> Result<()> {
        let free = self.free_bytes()? / MIB;
        if free < mib {
            bail!(
                "{} has {free} MiB free, and {what} needs {mib} MiB: free some space there, \
                 or put the cache on another disk with FERRITE_CACHE=/path",
                self.dir.display()
            );
        }
        Ok(())
    }

    /// Remove the incomplete entries of runs that died. Returns the number of removed entries.
    pub fn sweep(&self) -> Result<usize> {
        let mut swept = 0;
        for group in subfolders(&self.dir) {
            for partial in subfolders(&group) {
                let name = file_name(&partial);
                let Some(name) = name.strip_prefix(PARTIAL) else {
                    continue;
                };
                let entry = format!("{}/{name}", file_name(&group));
                if let Some(_lock) = self.try_lock(&entry)? {
                    remove_tree(&partial)?;
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }
}

/// A lock between processes. It is released when the value is dropped or the process dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A folder in the cache that is complete or not there.
#[derive(Debug)]
pub struct Entry<'a> {
    cache: &'a Cache,
    name: String,
}

impl Entry<'_> {
    /// The path of the entry, whether it exists or not.
    pub fn path(&self) -> PathBuf {
        self.cache.dir.join(&self.name)
    }

    /// The path of the entry, if it exists.
    pub fn get(&self) -> Option<PathBuf> {
        Some(self.path()).filter(|path| path.is_dir())
    }

    /// Returns the path of the entry. If it does not exist, `make` fills an empty folder first.
    ///
    /// Calls `waiting` if another process is making the same entry.
    pub fn get_or_make(
        &self,
        waiting: &mut dyn FnMut(&str),
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        if let Some(path) = self.get() {
            return Ok(path);
        }
        let _lock = self.cache.lock_saying(&self.name, waiting)?;
        if let Some(path) = self.get() {
            return Ok(path);
        }
        let path = self.path();
        let parent = path.parent().unwrap_or(&self.cache.dir);
        let partial = parent.join(format!("{PARTIAL}{}", file_name(&path)));
        remove_tree(&partial)?;
        fs::create_dir_all(&partial).map_err(|error| explain(error, &partial))?;
        let made = make(&partial).and_then(|()| {
            signals::check()?;
            fs::rename(&partial, &path).map_err(|error| explain(error, &path))
        });
        if let Err(error) = made {
            // The first error is reported. A folder that cannot be removed now is removed by a later run.
            let _ = remove_tree(&partial);
            return Err(error);
        }
        Ok(path)
    }
}

/// The first 12 hex digits of the hash, used in the entry's name: a changed input gets a new entry.
pub fn digits(hash: Sha256) -> String {
    let bytes = hash.finalize();
    let digits = bytes.iter().take(6).map(|byte| format!("{byte:02x}"));
    digits.collect()
}

fn default_dir() -> Result<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|dir| dir.is_absolute())
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .context("neither FERRITE_CACHE nor XDG_CACHE_HOME nor HOME is set: set FERRITE_CACHE")?;
    Ok(base.join("ferrite"))
}

fn subfolders(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests;
