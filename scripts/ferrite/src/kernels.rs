// SPDX-License-Identifier: GPL-2.0

//! The kernels of `kernels.toml`: what they are, and how they look when unpacked.

use crate::context::Context;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Options of `ferrite kernels`.
#[derive(Args)]
pub(crate) struct KernelsArgs {
    /// Fetch these kernels now
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub(crate) fetch: Vec<String>,
}

/// A kernel whose packages are unpacked in the cache.
#[derive(Clone, Debug)]
pub(crate) struct Installed {
    /// Its name in `kernels.toml`, such as `debian-7.3`.
    pub(crate) name: String,
    /// The version of the package, such as `7.3.4-1~bpo13+1`.
    pub(crate) version: String,
    /// The release string that `uname -r` prints, such as `7.3.4+deb13-amd64`.
    pub(crate) release: String,
    /// The image to boot.
    pub(crate) vmlinuz: PathBuf,
    /// The folder of its own modules (`.../lib/modules/RELEASE`, on the host).
    pub(crate) modules: PathBuf,
    /// The build folder of its header package, as seen inside the root.
    pub(crate) kdir: PathBuf,
    /// The unpacked source package the target was built from, if it is in the cache.
    pub(crate) source: Option<PathBuf>,
    /// Folders to show inside the root: (on the host, inside).
    pub(crate) binds: Vec<(PathBuf, PathBuf)>,
}

/// `ferrite kernels`: list the table and what of it is cached.
pub(crate) fn run(_ctx: &Context, _args: &KernelsArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
