// SPDX-License-Identifier: GPL-2.0

//! Where litmus tests are found.

use std::io;
use std::path::{Path, PathBuf};

/// Where a Linux source tree keeps its litmus tests.
const KERNEL_DIRS: [&str; 2] = [
    "tools/memory-model/litmus-tests",
    "Documentation/litmus-tests",
];

/// The litmus tests of a Linux source tree, sorted.
///
/// # Errors
///
/// If one of the folders cannot be read.
pub fn kernel_tests(linux: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for dir in KERNEL_DIRS {
        collect(&linux.join(dir), &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(dir: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "litmus") {
            found.push(path);
        }
    }
    Ok(())
}
