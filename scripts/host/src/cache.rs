// SPDX-License-Identifier: GPL-2.0

//! The cache: whole entries only, whoever races and whoever is killed.
//!
//! An entry is a folder. It is made in a sibling whose name starts with [`PARTIAL`], under a lock of its own, and
//! renamed into place when it is whole. A lock is a `flock`, so a holder that died holds nothing; and whoever
//! holds an entry's lock knows that any partial sibling belongs to a maker that died.

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

/// How the names of half-made entries start.
const PARTIAL: &str = ".partial-";

/// How often a waiting process asks for a lock.
const POLL: Duration = Duration::from_millis(50);

/// How long a wait may be without a word.
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

    /// The cache's own folder.
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

    /// Take the lock with this name; wait while another process has it. Dropping it lets go.
    pub fn lock(&self, name: &str) -> Result<Lock> {
        self.lock_saying(name, &mut |_| {})
    }

    /// Like [`Cache::lock`], but calls `waiting` once if there is a wait that a person notices.
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

    /// How many bytes the cache's file system can still take.
    pub fn free_bytes(&self) -> Result<u64> {
        let stat = statvfs(&self.dir).map_err(|error| explain(error.into(), &self.dir))?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// An error unless `mib` MiB are free; `what` says what needs them.
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

    /// Remove what makers that died left behind. Returns how many half-made entries there were.
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

/// A lock between processes; let go when dropped or when the holder dies.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// A folder in the cache that is whole or not there.
#[derive(Debug)]
pub struct Entry<'a> {
    cache: &'a Cache,
    name: String,
}

impl Entry<'_> {
    /// Where the entry is, or will be.
    pub fn path(&self) -> PathBuf {
        self.cache.dir.join(&self.name)
    }

    /// Where the entry is, if it is there.
    pub fn get(&self) -> Option<PathBuf> {
        Some(self.path()).filter(|path| path.is_dir())
    }

    /// The entry, made by `make` in the empty folder that it is given, if it is not there yet.
    ///
    /// `waiting` is told when another process is making the same entry.
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
            // The first error is the one to tell; what cannot be removed now is swept later.
            let _ = remove_tree(&partial);
            return Err(error);
        }
        Ok(path)
    }
}

/// What of a hash stands in an entry's name, so that it is another entry when something that it depends on changes.
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
