// SPDX-License-Identifier: GPL-2.0

//! Does KVM work here? It is not enough that `/dev/kvm` opens: a guest has to run.

use crate::guest::{Accelerator, Guest, Payload, Runner, CPUS};
use anyhow::{Context as _, Result};
use host::Context;
use kernels::Installed;
use root::Root;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// The device of KVM.
pub(crate) const DEVICE: &str = "/dev/kvm";

/// The time limit of the probe's guest. With working KVM, it takes a second.
const PROBE: Duration = Duration::from_secs(5);
const NOT_UP: &str = "a guest was not up there after 5 s";

/// The default time limit of a guest.
const LIMIT: Duration = Duration::from_secs(900);

/// The accelerator to use, and the reason.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The accelerator.
    pub accelerator: Accelerator,
    /// The reason, in one line.
    pub because: String,
}

impl Probe {
    /// Find out. Starts a guest once for each boot of the host; the answer is kept in the cache.
    pub fn new(ctx: &Context, root: &Root, kernel: &Installed) -> Result<Self> {
        if let Err(error) = fs::OpenOptions::new().read(true).write(true).open(DEVICE) {
            let because = match error.kind() {
                std::io::ErrorKind::NotFound => format!("there is no {DEVICE}"),
                std::io::ErrorKind::PermissionDenied => {
                    format!("this user may not open {DEVICE} (adduser $USER kvm)")
                }
                _ => format!("{DEVICE} cannot be opened: {error}"),
            };
            return Ok(Self::tcg(&because));
        }
        let dir = ctx.cache.dir("vm")?;
        let answer = dir.join(format!("kvm-{}", boot_id()));
        let said = match fs::read_to_string(&answer) {
            Ok(said) => said,
            Err(_) => match probe(ctx, root, kernel, &dir)? {
                // On a busy machine, a timeout proves little, so the next run asks again.
                Verdict::NotUp => return Ok(Self::tcg(&format!("{DEVICE} opens, but {NOT_UP}"))),
                Verdict::Lives => keep(&answer, String::new())?,
                Verdict::Dies(why) => keep(&answer, why)?,
            },
        };
        Ok(match said.as_str() {
            "" => Probe {
                accelerator: Accelerator::Kvm,
                because: "guests run with KVM".to_owned(),
            },
            why => Self::tcg(&format!("{DEVICE} opens, but a guest dies there: {why}")),
        })
    }

    fn tcg(why: &str) -> Self {
        Probe {
            accelerator: Accelerator::Tcg,
            because: format!("guests run without KVM, by translation (TCG): {why}"),
        }
    }
}

impl<'a> Guest<'a> {
    /// A guest that runs `kernel` and has its logs in `dir`. Finds out whether KVM works, and prints that in one line.
    pub fn new(
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
}

enum Verdict {
    Lives,
    Dies(String),
    NotUp,
}

/// Boot a guest without jobs.
fn probe(ctx: &Context, root: &Root, kernel: &Installed, dir: &Path) -> Result<Verdict> {
    let step = ctx.step("Does KVM work here?");
    let start = Instant::now();
    let logs = tempfile::Builder::new().prefix("probe-").tempdir_in(dir)?;
    let guest = Guest {
        root,
        kernel,
        runner: Runner::Qemu,
        accelerator: Accelerator::Kvm,
        dir: logs.path().to_owned(),
        limit: PROBE,
        silence: None,
        devices: Vec::new(),
        cpus: CPUS,
    };
    let outcome = guest.run(ctx, &Payload::default(), &[], &mut |_| {})?;
    step.done();
    Ok(match outcome.fault {
        None => Verdict::Lives,
        Some(_) if start.elapsed() >= PROBE => Verdict::NotUp,
        Some(why) => Verdict::Dies(why),
    })
}

/// Write the file and rename it into place: another run may read it at any time.
fn keep(path: &Path, text: String) -> Result<String> {
    let partial = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&partial, &text)
        .and_then(|()| fs::rename(&partial, path))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(text)
}

/// The id of the host's current boot.
fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}
