// SPDX-License-Identifier: GPL-2.0

//! The toolchain root: a small Debian with the compilers, QEMU and all that a build or a guest needs.

use crate::context::Context;
use crate::host::Cmd;
use crate::kernels::Installed;
use anyhow::Result;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Options of `ferrite shell`.
#[derive(Args)]
pub(crate) struct ShellArgs {
    /// Show this kernel's packages as installed
    pub(crate) kernel: Option<String>,
}

/// A toolchain root that is whole.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    dir: PathBuf,
}

impl Root {
    /// The root, made now if it is not in the cache.
    pub(crate) fn get(_ctx: &Context) -> Result<Self> {
        anyhow::bail!("the toolchain root is not there")
    }

    /// Where the root is on the host.
    pub(crate) fn path(&self) -> &Path {
        &self.dir
    }

    /// A way into the root. The tree and the cache have the same paths inside as outside.
    pub(crate) fn enter<'a>(&'a self, ctx: &'a Context) -> Enter<'a> {
        Enter {
            root: self,
            ctx,
            binds: Vec::new(),
            devices: Vec::new(),
        }
    }
}

/// A way into the root: what of the host is seen inside.
pub(crate) struct Enter<'a> {
    root: &'a Root,
    ctx: &'a Context,
    binds: Vec<(PathBuf, PathBuf)>,
    devices: Vec<PathBuf>,
}

impl Enter<'_> {
    /// Show a kernel's packages as if they were installed.
    pub(crate) fn kernel(mut self, kernel: &Installed) -> Self {
        self.binds.extend(kernel.binds.iter().cloned());
        self
    }

    /// Show a folder or file of the host at the same path.
    pub(crate) fn bind(mut self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        self.binds.push((path.clone(), path));
        self
    }

    /// Show a folder or file of the host at another path.
    pub(crate) fn bind_at(mut self, host: impl AsRef<Path>, inside: impl AsRef<Path>) -> Self {
        self.binds
            .push((host.as_ref().to_owned(), inside.as_ref().to_owned()));
        self
    }

    /// Let a device of the host in, such as `/dev/kvm`.
    pub(crate) fn device(mut self, path: impl AsRef<Path>) -> Self {
        self.devices.push(path.as_ref().to_owned());
        self
    }

    /// The program `program` inside the root; add its arguments to what is returned.
    pub(crate) fn cmd(self, program: impl AsRef<std::ffi::OsStr>) -> Cmd {
        let mut cmd = Cmd::new("bwrap")
            .arg("--bind")
            .arg(self.root.path())
            .arg("/");
        for dir in [self.ctx.repo.as_path(), self.ctx.cache.path()] {
            cmd = cmd.arg("--bind").arg(dir).arg(dir);
        }
        for (host, inside) in &self.binds {
            cmd = cmd.arg("--bind").arg(host).arg(inside);
        }
        for device in &self.devices {
            cmd = cmd.arg("--dev-bind").arg(device).arg(device);
        }
        cmd.arg(program)
    }
}

/// `ferrite root`: make the root if it is not there, and print where it is.
pub(crate) fn run(ctx: &Context) -> Result<ExitCode> {
    ctx.say(Root::get(ctx)?.path().display().to_string());
    Ok(ExitCode::SUCCESS)
}

/// `ferrite shell`: a shell in the root.
pub(crate) fn shell(_ctx: &Context, _args: &ShellArgs) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
