// SPDX-License-Identifier: GPL-2.0

//! A guest: the kernel, what boots it, what it gets, and how long it may take.

use clap::ValueEnum;
use host::file_name;
use kernels::Installed;
use root::Root;
use std::path::PathBuf;
use std::time::Duration;

/// What boots the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Runner {
    /// QEMU and a file system of our own: the fastest
    #[default]
    Qemu,
    /// virtme-ng, with the toolchain root as the guest's file system
    Vng,
}

impl Runner {
    /// How long a guest that boots may show no sign of life; under TCG on a busy machine.
    pub fn boot_limit(self) -> Duration {
        match self {
            Runner::Qemu => Duration::from_secs(30),
            Runner::Vng => Duration::from_secs(120),
        }
    }
}

/// The files that a guest gets.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    /// Modules.
    pub modules: Vec<PathBuf>,
    /// Programs: name and file.
    pub programs: Vec<(String, PathBuf)>,
}

impl Payload {
    /// Each file, under the name by which the guest finds it.
    pub fn files(&self) -> impl Iterator<Item = (String, PathBuf)> + '_ {
        let modules = self
            .modules
            .iter()
            .map(|file| (format!("modules/{}", file_name(file)), file.clone()));
        let programs = self
            .programs
            .iter()
            .map(|(name, file)| (format!("programs/{name}"), file.clone()));
        modules.chain(programs)
    }
}

/// What executes the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// The processor, through KVM.
    Kvm,
    /// QEMU's own translator: slower, works everywhere.
    Tcg,
    /// The same with one processor, whose clock counts instructions: one is a nanosecond.
    Counting,
}

/// A guest about to be booted.
pub struct Guest<'a> {
    /// The toolchain root, where QEMU is.
    pub root: &'a Root,
    /// The kernel to boot.
    pub kernel: &'a Installed,
    /// What boots it.
    pub runner: Runner,
    /// What executes its instructions.
    pub accelerator: Accelerator,
    /// The folder that gets its logs.
    pub dir: PathBuf,
    /// It is stopped after this long, whatever it does.
    pub limit: Duration,
    /// If set, no job of it may be silent for longer than this.
    pub silence: Option<Duration>,
    /// More arguments for QEMU: devices that the guest is to have.
    pub devices: Vec<String>,
    /// How many processors it has; where its instructions are counted, one.
    pub cpus: usize,
}

/// How many processors guests have.
pub const CPUS: usize = 2;
