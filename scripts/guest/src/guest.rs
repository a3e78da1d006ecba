// SPDX-License-Identifier: GPL-2.0

//! A guest: its kernel, its runner, its files, and its time limits.

use clap::ValueEnum;
use host::file_name;
use kernels::Installed;
use root::Root;
use std::path::PathBuf;
use std::time::Duration;

/// The program that boots the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Runner {
    /// QEMU and a file system of our own: the fastest
    #[default]
    Qemu,
    /// virtme-ng, with the toolchain root as the guest's file system
    Vng,
}

impl Runner {
    /// The time without output after which a booting guest counts as hung, chosen for TCG on a busy machine.
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
    /// Each file, with its path in the guest.
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

/// The accelerator: it executes the guest's instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accelerator {
    /// The processor, through KVM.
    Kvm,
    /// QEMU's own translator: slower, works everywhere.
    Tcg,
    /// The same with one processor, whose clock counts instructions: one is a nanosecond.
    Counting,
}

/// A guest to boot.
pub struct Guest<'a> {
    /// The toolchain root, where QEMU is.
    pub root: &'a Root,
    /// The kernel to boot.
    pub kernel: &'a Installed,
    /// The program that boots it.
    pub runner: Runner,
    /// The accelerator.
    pub accelerator: Accelerator,
    /// The folder of its logs.
    pub dir: PathBuf,
    /// The guest is stopped after this time in any case.
    pub limit: Duration,
    /// If set, each job may be without output for at most this time.
    pub silence: Option<Duration>,
    /// Further arguments for QEMU: the guest's devices.
    pub devices: Vec<String>,
    /// The number of processors; 1 if instructions are counted.
    pub cpus: usize,
}

/// The default number of processors of a guest.
pub const CPUS: usize = 2;
