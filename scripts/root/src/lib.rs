// SPDX-License-Identifier: GPL-2.0

//! The toolchain root: a small Debian with the compilers, QEMU and all that a build or a guest needs.
//!
//! root makes and enters it as it is. Anyone else does both in a user namespace in which their own id is root's
//! and their subordinate ids are everyone else's, so a root in the cache belongs to whoever made it.

use anyhow::{Context as _, Result};
use debian::{programs, sources_list, Mirrors, PackageKind};
use host::{digits, explain, is_root, Cmd, Context};
use kernels::{Installed, RootSpec, Table};
use sha2::{Digest, Sha256};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The disk space that making a root needs, in MiB.
pub const SPACE: u64 = 3500;

/// The remedy that the error shows if a root cannot be made.
const REMEDY: &str =
    "This needs the archive, and without root user namespaces and subordinate ids: see `make doctor`.";

/// A complete toolchain root.
#[derive(Clone, Debug)]
pub struct Root {
    dir: PathBuf,
}

impl Root {
    /// Returns the root. Makes it first if it is not in the cache.
    pub fn get(ctx: &Context) -> Result<Self> {
        let spec = Table::read(&ctx.repo)?.root;
        let entry = ctx.cache.entry(entry_name(&spec));
        if let Some(dir) = entry.get() {
            return Ok(Root { dir });
        }
        programs::ensure(ctx)?;
        ctx.cache.need_space(SPACE, "the toolchain root")?;
        let dir = entry.get_or_make(
            &mut |_| ctx.note("  waiting for another run that makes the toolchain root"),
            |partial| make(ctx, &spec, partial),
        )?;
        Ok(Root { dir })
    }

    /// Is it in the cache?
    pub fn is_cached(ctx: &Context, spec: &RootSpec) -> bool {
        ctx.cache.entry(entry_name(spec)).get().is_some()
    }

    /// The name of the cache entry for the root of this `spec`.
    pub fn id_of(spec: &RootSpec) -> String {
        entry_name(spec).replacen("roots/", "", 1)
    }

    /// The path of the root on the host.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// The name of its cache entry. It depends on the list of packages.
    pub fn id(&self) -> String {
        self.dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }

    /// Prepare to enter the root. The tree and the cache have the same paths inside as outside.
    pub fn enter<'a>(&'a self, ctx: &'a Context) -> Enter<'a> {
        Enter {
            root: self,
            ctx,
            binds: Vec::new(),
            devices: Vec::new(),
        }
    }
}

/// How to enter the root: the paths of the host that are visible inside.
pub struct Enter<'a> {
    root: &'a Root,
    ctx: &'a Context,
    binds: Vec<(PathBuf, PathBuf)>,
    devices: Vec<PathBuf>,
}

impl Enter<'_> {
    /// Show a kernel's packages as if they were installed.
    pub fn kernel(mut self, kernel: &Installed) -> Self {
        self.binds.extend(kernel.binds.iter().cloned());
        self
    }

    /// Show a folder or file of the host at the same path.
    pub fn bind(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        self.bind_at(path.clone(), path)
    }

    /// Show a folder or file of the host at another path.
    pub fn bind_at(mut self, host: impl AsRef<Path>, inside: impl AsRef<Path>) -> Self {
        self.binds
            .push((host.as_ref().to_owned(), inside.as_ref().to_owned()));
        self
    }

    /// Make a device of the host visible, such as `/dev/kvm`.
    pub fn device(mut self, path: impl AsRef<Path>) -> Self {
        self.devices.push(path.as_ref().to_owned());
        self
    }

    /// The program `program` inside the root; add its arguments to what is returned.
    ///
    /// It starts in the tree, in its own pid namespace, which ends with it. Of the host's environment it gets only
    /// `TERM`.
    pub fn cmd(self, program: impl AsRef<OsStr>) -> Cmd {
        let mut cmd = in_namespace("bwrap")
            .arg("--bind")
            .arg(self.root.path())
            .arg("/");
        cmd = cmd.args([
            "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/run",
        ]);
        for dir in [self.ctx.repo.as_path(), self.ctx.cache.path()] {
            cmd = cmd.arg("--bind").arg(dir).arg(dir);
        }
        for (host, inside) in &self.binds {
            cmd = cmd.arg("--bind").arg(host).arg(inside);
        }
        for device in &self.devices {
            cmd = cmd.arg("--dev-bind").arg(device).arg(device);
        }
        cmd = cmd.args(["--unshare-pid", "--die-with-parent", "--clearenv"]);
        let term = std::env::var("TERM").unwrap_or_else(|_| "dumb".to_owned());
        for (name, value) in [
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            ("HOME", "/tmp"),
            ("LC_ALL", "C.UTF-8"),
            ("TERM", &term),
        ] {
            cmd = cmd.args(["--setenv", name, value]);
        }
        cmd.arg("--chdir")
            .arg(&self.ctx.repo)
            .arg("--")
            .arg(program)
    }
}

/// Run a program as root, or in a user namespace in which this user is root.
fn in_namespace(program: &str) -> Cmd {
    if is_root() {
        return Cmd::new(program);
    }
    Cmd::new("unshare").args(["--user", "--map-auto", "--map-root-user", program])
}

fn entry_name(spec: &RootSpec) -> String {
    let mut hash = Sha256::new();
    for word in spec.suites.iter().chain(&spec.packages) {
        hash.update(word);
        hash.update("\n");
    }
    format!("roots/{}-{}", spec.suites[0], digits(hash))
}

/// mmdebstrap in its own namespaces: its mounts and processes end when it ends, for any reason.
fn make(ctx: &Context, spec: &RootSpec, partial: &Path) -> Result<()> {
    let sources = tempfile::NamedTempFile::new().context("no temporary file can be made")?;
    let list = sources_list(&Mirrors::find(ctx)?, &spec.suites, PackageKind::Binary)?;
    fs::write(sources.path(), list).map_err(|error| explain(error, sources.path()))?;
    let mut cmd = Cmd::new("unshare").args(["--mount", "--pid", "--fork", "--kill-child"]);
    if !is_root() {
        cmd = cmd.args(["--user", "--map-auto", "--map-root-user"]);
    }
    cmd.args([
        "mmdebstrap",
        "--mode=root",
        "--variant=apt",
        "--format=directory",
        "--skip=check/empty",
    ])
    .arg("--architectures=amd64")
    .arg("--aptopt=APT::Install-Recommends \"false\"")
    .arg("--aptopt=Acquire::Languages \"none\"")
    // A root that a crash interrupted is made again, so dpkg does not have to sync its files.
    .arg("--dpkgopt=force-unsafe-io")
    .arg("--dpkgopt=path-exclude=/usr/share/man/*")
    .arg("--dpkgopt=path-exclude=/usr/share/doc/*")
    .arg("--dpkgopt=path-exclude=/usr/share/locale/*")
    .arg(format!("--include={}", spec.packages.join(",")))
    .arg(&spec.suites[0])
    .arg(partial)
    .arg("-")
    .stdin(sources.path())
    .what(format!(
        "making the toolchain root ({}, {} packages)",
        spec.suites[0],
        spec.packages.len()
    ))
    .remedy(REMEDY)
    .run(ctx)?;
    Ok(())
}
