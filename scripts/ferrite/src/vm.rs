// SPDX-License-Identifier: GPL-2.0

//! Guests: a kernel in a virtual machine, with modules and programs, and a list of jobs to do.

mod channel;
mod command;
pub(crate) mod console;
mod drive;
mod image;
mod initrd;
pub(crate) mod job;
mod kvm;
mod machine;
mod session;
mod stripped;

use anyhow::Result;
use clap::ValueEnum;
use host::{file_name, Context};
use kernels::Installed;
use root::Root;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use command::{run, VmArgs};
pub(crate) use drive::{Event, Outcome};
pub(crate) use job::Job;
pub(crate) use kvm::{Accelerator, Probe};
pub(crate) use session::Done;
pub(crate) use stripped::bare;

/// What boots the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runner {
    /// QEMU and a file system of our own: the fastest
    #[default]
    Qemu,
    /// virtme-ng, with the toolchain root as the guest's file system
    Vng,
}

impl Runner {
    /// How long a guest that boots may show no sign of life; under TCG on a busy machine.
    fn boot_limit(self) -> Duration {
        match self {
            Runner::Qemu => Duration::from_secs(30),
            Runner::Vng => Duration::from_secs(120),
        }
    }
}

/// The files that a guest gets.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payload {
    /// Modules.
    pub(crate) modules: Vec<PathBuf>,
    /// Programs: name and file.
    pub(crate) programs: Vec<(String, PathBuf)>,
}

impl Payload {
    /// Each file, under the name by which the guest finds it.
    fn files(&self) -> impl Iterator<Item = (String, PathBuf)> + '_ {
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

/// A guest about to be booted.
pub(crate) struct Guest<'a> {
    /// The toolchain root, where QEMU is.
    pub(crate) root: &'a Root,
    /// The kernel to boot.
    pub(crate) kernel: &'a Installed,
    /// What boots it.
    pub(crate) runner: Runner,
    /// What executes its instructions.
    pub(crate) accelerator: Accelerator,
    /// The folder that gets its logs.
    pub(crate) dir: PathBuf,
    /// It is stopped after this long, whatever it does.
    pub(crate) limit: Duration,
    /// If set, no job of it may be silent for longer than this.
    pub(crate) silence: Option<Duration>,
    /// More arguments for QEMU: devices that the guest is to have.
    pub(crate) devices: Vec<String>,
    /// How many processors it has; where its instructions are counted, one.
    pub(crate) cpus: usize,
}

/// How many processors guests have.
pub(crate) const CPUS: usize = 2;

/// How long a guest may take altogether, unless its user says otherwise.
const LIMIT: Duration = Duration::from_secs(900);

impl<'a> Guest<'a> {
    /// A guest that runs `kernel` and keeps its logs in `dir`. Asks whether KVM works here, and says so in one line.
    pub(crate) fn new(
        ctx: &Context,
        root: &'a Root,
        kernel: &'a Installed,
        runner: Runner,
        dir: &Path,
    ) -> Result<Self> {
        let probe = Probe::new(ctx, root, kernel)?;
        ctx.note(format!("  {}", probe.because));
        Ok(Guest {
            root,
            kernel,
            runner,
            accelerator: probe.accelerator,
            dir: dir.to_owned(),
            limit: LIMIT,
            silence: None,
            devices: Vec::new(),
            cpus: CPUS,
        })
    }

    /// Boot it, have the jobs done, and say how that went. `watch` is told all that happens.
    ///
    /// An error means that the guest could not be started; what goes wrong inside is in the [`Outcome`].
    pub(crate) fn run(
        &self,
        ctx: &Context,
        payload: &Payload,
        jobs: &[Job],
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<Outcome> {
        fs::create_dir_all(&self.dir)?;
        let first = drive::drive(ctx, self, payload, jobs, watch)?;
        if !self.stuck_in_boot(&first) {
            return Ok(first);
        }
        // None of our code has run yet, so this says nothing of what is to be tested.
        let kept = self.dir.join("stuck-in-boot.log");
        fs::rename(&first.log, &kept)?;
        ctx.note(format!(
            "  a guest got stuck while its kernel booted, and is booted once more (log: {})",
            kept.display()
        ));
        drive::drive(ctx, self, payload, jobs, watch)
    }

    /// About one boot in a hundred of a stock kernel stands still under TCG on a busy machine, without a complaint.
    fn stuck_in_boot(&self, outcome: &Outcome) -> bool {
        self.accelerator != Accelerator::Kvm
            && outcome.hung
            && outcome.up.is_none()
            && outcome.complaints.is_empty()
    }
}
