// SPDX-License-Identifier: GPL-2.0

//! A kernel in the cache: the paths of its image, its modules and its build folder.

use crate::matrix::ReleaseLine;
use crate::package::Package;
use std::path::PathBuf;

/// A kernel whose packages are unpacked in the cache.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Its name in `kernels.toml`, such as `debian-7.3`.
    pub name: String,
    /// The name of its cache entry. It depends on the package and on the configuration.
    pub id: String,
    /// Its release line.
    pub line: ReleaseLine,
    /// The version of the package, such as `7.3.4-1~bpo13+1`.
    pub version: String,
    /// The release string that `uname -r` prints, such as `7.3.4+deb13-amd64`.
    pub release: String,
    /// The image to boot.
    pub vmlinuz: PathBuf,
    /// The folder of its own modules (`.../lib/modules/RELEASE`, on the host).
    pub modules: PathBuf,
    /// The build folder of its header package, as seen inside the root.
    pub kdir: PathBuf,
    /// The build folder of its header package, on the host.
    pub headers: PathBuf,
    /// The source package that it was built from, if `kernels.toml` names one.
    pub source: Option<Package>,
    /// Folders to show inside the root: (on the host, inside).
    pub binds: Vec<(PathBuf, PathBuf)>,
}
