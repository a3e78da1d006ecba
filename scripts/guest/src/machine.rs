// SPDX-License-Identifier: GPL-2.0

//! The command that boots a guest. Its standard output is the test channel.

use crate::guest::{Accelerator, Guest, Payload, Runner};
use crate::job::Job;
use crate::{image, initrd, stripped};
use anyhow::Result;
use host::{Cmd, Context};
use std::env;
use std::fs;
use std::path::Path;

/// Kernel parameters of every guest: a warning is a panic, and a panic ends the guest.
const STRICT: &str = "panic=-1 panic_on_warn=1 oops=panic";

/// No kernel tests at boot whether the timer's interrupt arrives. On a busy host an emulated interrupt comes too late
/// for that test, and the kernel panics: "IO-APIC + timer doesn't work!". A kernel under KVM leaves the test out, too.
const NO_TIMER_TEST: &str = "no_timer_check";

/// The prefix of the environment variables that the selftests read.
const SETTINGS: [&str; 3] = ["FERRITE_BENCH_", "FERRITE_ORACLE_", "FERRITE_STRESS_"];

const MEMORY: &str = "1G";

/// QEMU's option for a clock that counts instructions. When the guest is idle, the clock jumps to its next timer.
const COUNTING: &str = "shift=0,sleep=off";

/// The names of the logs in the guest's folder.
pub(crate) const CONSOLE_LOG: &str = "kernel.log";
pub(crate) const CHANNEL_LOG: &str = "channel.log";

/// The destination of the standard error of the command that boots a guest.
pub(crate) fn error_log(runner: Runner) -> &'static str {
    match runner {
        Runner::Qemu => "runner.log",
        // The standard error is the kernel's console.
        Runner::Vng => CONSOLE_LOG,
    }
}

/// Make the guest's files in `work`, and return the command that boots it.
pub(crate) fn command(
    ctx: &Context,
    guest: &Guest<'_>,
    payload: &Payload,
    jobs: &[Job],
    work: &Path,
) -> Result<Cmd> {
    // The console's log exists from the start, so that a user can follow it.
    fs::write(guest.dir.join(CONSOLE_LOG), "")?;
    let payload = &stripped::payload(ctx, guest, payload, work)?;
    match guest.runner {
        Runner::Qemu => {
            let initrd = work.join("initrd");
            let busybox = guest.root.path().join("usr/bin/busybox");
            initrd::write(&initrd, &busybox, payload, jobs)?;
            let image = image::fastest(ctx, guest.root, guest.kernel)?;
            Ok(qemu(ctx, guest, &image, &initrd))
        }
        Runner::Vng => {
            initrd::share(work, payload, jobs)?;
            Ok(vng(ctx, guest, work))
        }
    }
}

/// The selftests' settings in this process's environment, as `NAME=value`. A kernel passes parameters that it does not
/// know to the first process as environment.
fn settings(environment: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let number = |value: &str| !value.is_empty() && value.bytes().all(|c| c.is_ascii_digit());
    let mut settings: Vec<String> = environment
        .filter(|(name, value)| {
            SETTINGS.iter().any(|start| name.starts_with(start)) && number(value)
        })
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    settings.sort();
    settings
}

/// The kernel's command line.
fn append() -> String {
    let settings =
        settings(env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        }));
    let fixed = [STRICT, NO_TIMER_TEST].map(str::to_owned);
    [&fixed, settings.as_slice()].concat().join(" ")
}

/// The number of processors of the guest.
fn cpus(guest: &Guest<'_>) -> String {
    match guest.accelerator {
        Accelerator::Counting => 1,
        Accelerator::Kvm | Accelerator::Tcg => guest.cpus,
    }
    .to_string()
}

fn qemu(ctx: &Context, guest: &Guest<'_>, image: &Path, initrd: &Path) -> Cmd {
    let mut enter = guest.root.enter(ctx).bind(&guest.dir);
    let (accelerator, cpu) = match guest.accelerator {
        Accelerator::Kvm => {
            enter = enter.device(super::kvm::DEVICE);
            ("kvm", "host")
        }
        Accelerator::Tcg => ("tcg,thread=multi", "max"),
        Accelerator::Counting => ("tcg,thread=single", "max"),
    };
    let counting: &[&str] = match guest.accelerator {
        Accelerator::Counting => &["-icount", COUNTING],
        Accelerator::Kvm | Accelerator::Tcg => &[],
    };
    enter
        .cmd("qemu-system-x86_64")
        .args([
            "-accel",
            accelerator,
            "-cpu",
            cpu,
            "-smp",
            &cpus(guest),
            "-m",
            MEMORY,
        ])
        .args(counting)
        .args(["-nodefaults", "-display", "none", "-no-reboot"])
        .arg("-kernel")
        .arg(image)
        .arg("-initrd")
        .arg(initrd)
        .args(["-append", &format!("console=ttyS0 {}", append())])
        .args([
            "-serial",
            &format!("file:{}", guest.dir.join(CONSOLE_LOG).display()),
        ])
        .args([
            "-chardev",
            "stdio,id=channel,signal=off",
            "-serial",
            "chardev:channel",
        ])
        .args(&guest.devices)
}

/// The folder with the files of virtme-ng's guest. Nothing in the guest is mounted over it.
const SHARE: &str = "/mnt";

/// virtme-ng uses ttyS0; with `--verbose` it copies the output of ttyS0 to its standard error.
fn vng(ctx: &Context, guest: &Guest<'_>, share: &Path) -> Cmd {
    let mut enter = guest
        .root
        .enter(ctx)
        .kernel(guest.kernel)
        .bind_at(share, SHARE);
    if guest.accelerator == Accelerator::Kvm {
        enter = enter.device(super::kvm::DEVICE);
    }
    let mut cmd = enter
        .cmd("vng")
        .arg("--run")
        .arg(&guest.kernel.vmlinuz)
        .args(["--user", "root", "--memory", MEMORY, "--cpus", &cpus(guest)])
        .args(["--verbose", "--append", &append()]);
    if guest.accelerator != Accelerator::Kvm {
        cmd = cmd.arg("--disable-kvm");
    }
    let mut options = guest.devices.clone();
    if guest.accelerator == Accelerator::Counting {
        options.extend(["-icount".to_owned(), COUNTING.to_owned()]);
    }
    if !options.is_empty() {
        cmd = cmd.arg(format!("--qemu-opts={}", options.join(" ")));
    }
    cmd.args(["--", &format!("busybox sh {SHARE}/jobs.sh {SHARE}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_selftests() {
        let environment = [
            ("FERRITE_STRESS_CALLS", "1000000"),
            ("FERRITE_CACHE", "5"),
            ("FERRITE_ORACLE_SEED", "7"),
            ("FERRITE_BENCH_CALLS", "1 init=/bin/sh"),
            ("FERRITE_BENCH_ROUNDS", ""),
            ("HOME", "1"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(
            settings(environment.into_iter()),
            ["FERRITE_ORACLE_SEED=7", "FERRITE_STRESS_CALLS=1000000"]
        );
    }
}
