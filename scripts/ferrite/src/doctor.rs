// SPDX-License-Identifier: GPL-2.0

//! `ferrite doctor`: what this machine has, what it lacks, and what each lack costs.

use anyhow::Result;
use clap::Args;
use debian::programs::{install_line, missing};
use debian::{programs, Mirrors};
use guest::{Accelerator, Probe};
use host::{is_root, Cmd, Context};
use kernels::Table;
use provide::{install, is_cached};
use root::Root;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// What a first run takes on disk, in MiB: the root, a kernel with its source and metadata, builds and runs.
const WANTED_MIB: u64 = 8000;

/// The oldest cargo that builds the host tools.
const OLDEST_CARGO: (u32, u32) = (1, 85);

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grade {
    /// As it should be.
    Good,
    /// Something costs more, or is not possible.
    Costs,
    /// Nothing works like this.
    Bad,
}

/// One thing that was looked at.
struct Finding {
    grade: Grade,
    what: &'static str,
    text: String,
}

/// Options of `ferrite doctor`: none.
#[derive(Args)]
pub(crate) struct DoctorArgs {}

/// Print the findings; failure if something is lacking without which nothing works.
pub(crate) fn run(ctx: &Context, _: &DoctorArgs) -> Result<ExitCode> {
    let table = Table::read(&ctx.repo)?;
    let mut findings = vec![machine(), cargo(ctx)];
    findings.extend(host_programs());
    findings.extend([
        rights(ctx),
        archive(ctx),
        disk(ctx)?,
        kvm(ctx, &table),
        memory(),
    ]);
    findings.extend(cached(ctx, &table)?);
    for finding in &findings {
        let mark = match finding.grade {
            Grade::Good => "ok   ",
            Grade::Costs => "note ",
            Grade::Bad => "LACKS",
        };
        ctx.say(format!("{mark} {:<14} {}", finding.what, finding.text));
    }
    let bad = findings
        .iter()
        .filter(|finding| finding.grade == Grade::Bad)
        .count();
    if bad > 0 {
        ctx.say(format!(
            "{bad} lacking: the demo and the tests cannot run before that is mended"
        ));
        return Ok(ExitCode::FAILURE);
    }
    ctx.say("this machine can run the demo and the tests");
    Ok(ExitCode::SUCCESS)
}

fn good(what: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        grade: Grade::Good,
        what,
        text: text.into(),
    }
}

fn costs(what: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        grade: Grade::Costs,
        what,
        text: text.into(),
    }
}

fn bad(what: &'static str, text: impl Into<String>) -> Finding {
    Finding {
        grade: Grade::Bad,
        what,
        text: text.into(),
    }
}

fn machine() -> Finding {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = system
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let name = name.unwrap_or("unknown system").trim_matches('"');
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let text = format!("{name}, {}, {cores} cores", std::env::consts::ARCH);
    if std::env::consts::ARCH == "x86_64" {
        good("machine", text)
    } else {
        bad(
            "machine",
            format!("{text}: the kernels of kernels.toml and the toolchain root are for x86_64"),
        )
    }
}

fn cargo(ctx: &Context) -> Finding {
    let said = Cmd::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .arg("--version")
        .outcome(ctx);
    let said = said
        .map(|outcome| outcome.stdout.trim().to_owned())
        .unwrap_or_default();
    match cargo_version(&said) {
        None => costs(
            "cargo",
            "not found: the host tools cannot be rebuilt (rustup, or apt-get install cargo)",
        ),
        Some(version) if version < OLDEST_CARGO => costs(
            "cargo",
            format!(
                "{said}: the host tools need {}.{} or newer (rustup)",
                OLDEST_CARGO.0, OLDEST_CARGO.1
            ),
        ),
        Some(_) => good("cargo", said),
    }
}

/// Major and minor of `cargo 1.85.1 (...)`.
fn cargo_version(said: &str) -> Option<(u32, u32)> {
    let mut parts = said.strip_prefix("cargo ")?.split(['.', ' ', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn host_programs() -> Vec<Finding> {
    let lacking = missing();
    if lacking.is_empty() {
        return vec![good("host programs", "all there")];
    }
    let describe = |program: &&programs::Program| {
        let line = install_line(&[program.package]);
        if is_root() {
            costs(
                "host programs",
                format!("{} is missing; a run installs it ({line})", program.name),
            )
        } else {
            bad(
                "host programs",
                format!(
                    "{} is missing: {}. As root: {line}",
                    program.name, program.cost
                ),
            )
        }
    };
    lacking.iter().map(describe).collect()
}

fn rights(ctx: &Context) -> Finding {
    if is_root() {
        return good("rights", "root: roots are made and entered as they are");
    }
    match programs::rights(ctx) {
        Ok(()) => good(
            "rights",
            "user namespaces with subordinate ids: roots are made and entered without root",
        ),
        Err(error) => bad("rights", format!("{error:#}")),
    }
}

fn archive(ctx: &Context) -> Finding {
    match Mirrors::find(ctx) {
        Ok(mirrors) => good("archive", mirrors.to_string()),
        Err(error) => bad(
            "archive",
            format!("{error:#}; without it only what is cached can be used"),
        ),
    }
}

fn disk(ctx: &Context) -> Result<Finding> {
    let free = ctx.cache.free_bytes()? >> 20;
    let text = format!("{} MiB free in {}", free, ctx.cache.path().display());
    Ok(if free >= WANTED_MIB {
        good("disk", text)
    } else {
        costs(
            "disk",
            format!(
                "{text}; a first run takes about {WANTED_MIB}: free some, or set FERRITE_CACHE"
            ),
        )
    })
}

/// KVM, asked by starting a guest where there is something to start one with.
fn kvm(ctx: &Context, table: &Table) -> Finding {
    let slow = "guests run by translation (TCG), several times slower";
    let kernel = match table.named(None) {
        Ok(kernel) if is_cached(ctx, table, kernel) && Root::is_cached(ctx, &table.root) => kernel,
        _ => {
            let text = if Path::new("/dev/kvm").exists() {
                "/dev/kvm is there; whether guests live on it is found out in the first run"
                    .to_owned()
            } else {
                format!("no /dev/kvm: {slow}")
            };
            return costs("KVM", text);
        }
    };
    let probe = Root::get(ctx).and_then(|root| Probe::new(ctx, &root, &install(ctx, kernel)?));
    match probe {
        Ok(probe) if probe.accelerator == Accelerator::Kvm => good("KVM", probe.because),
        Ok(probe) => costs("KVM", format!("{}: several times slower", probe.because)),
        Err(error) => costs("KVM", format!("cannot be tried ({error:#}): {slow}")),
    }
}

fn memory() -> Finding {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |line: &str| {
        line.strip_prefix("MemAvailable:")?
            .split_whitespace()
            .next()?
            .parse::<u64>()
            .ok()
    };
    let mib = text.lines().find_map(field).unwrap_or(0) / 1024;
    if mib >= 3000 {
        good("memory", format!("{mib} MiB available"))
    } else {
        costs(
            "memory",
            format!(
                "{mib} MiB available: compiling the kernel crate takes about 2000, a guest 1000"
            ),
        )
    }
}

fn cached(ctx: &Context, table: &Table) -> Result<Vec<Finding>> {
    let mut findings = vec![if Root::is_cached(ctx, &table.root) {
        good("cached", "the toolchain root")
    } else {
        costs(
            "not cached",
            format!(
                "the toolchain root: the first run makes it ({} MiB, minutes)",
                root::SPACE
            ),
        )
    }];
    for kernel in &table.kernels {
        if is_cached(ctx, table, kernel) {
            findings.push(good("cached", format!("{} ({})", kernel.name, kernel.role)));
        }
    }
    let swept = ctx.cache.sweep()?;
    if swept > 0 {
        findings.push(costs(
            "swept",
            format!("{swept} half-made entries that runs left which were killed"),
        ));
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_versions() {
        assert_eq!(
            cargo_version("cargo 1.85.1 (d73d2caf9 2024-12-31)"),
            Some((1, 85))
        );
        assert_eq!(cargo_version("cargo 1.95.0-nightly"), Some((1, 95)));
        assert_eq!(cargo_version("sh: cargo: not found"), None);
    }
}
