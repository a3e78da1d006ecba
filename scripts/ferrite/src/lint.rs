// SPDX-License-Identifier: GPL-2.0

//! `ferrite lint`: formatting, clippy and the rules of the house, for the host's code and the kernel's.

use anyhow::{bail, ensure, Context as _, Result};
use build::Target;
use clap::Args;
use host::{Cmd, Context};
use root::Root;
use rules::Wanted;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// The files that the crates of the host tools begin with.
const ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

/// Files that still have circles among them, or are too long: nothing new may join them.
const LEFT: [&str; 3] = [
    "scripts/lkmm/src/",
    "scripts/ferrite/src/litmus",
    "scripts/lifo/src/",
];

/// Options of `ferrite lint`.
#[derive(Args)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) target: Target,

    /// Only what needs neither the toolchain root nor a kernel
    #[arg(long)]
    pub(crate) host_only: bool,
}

/// Look at everything; the first kind of fault found is the error.
pub(crate) fn run(ctx: &Context, args: &LintArgs) -> Result<ExitCode> {
    let files = files(ctx)?;
    check_rules(ctx, &files)?;
    host(ctx)?;
    if !args.host_only {
        let ready = build::ready(ctx, &args.target)?;
        kernel_format(ctx, &ready.root)?;
        build::lint(ctx, &ready)?;
    }
    ctx.say("lint: nothing to complain about");
    Ok(ExitCode::SUCCESS)
}

/// Every file that git has or would take.
fn files(ctx: &Context) -> Result<Vec<PathBuf>> {
    let list = Cmd::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .dir(&ctx.repo)
        .run(ctx)?;
    let files = list.stdout.lines().map(PathBuf::from);
    Ok(files.filter(|file| ctx.repo.join(file).is_file()).collect())
}

/// The rules that a program can check.
fn check_rules(ctx: &Context, files: &[PathBuf]) -> Result<()> {
    let machine = machine_paths(ctx);
    let mut faults = Vec::new();
    for file in files {
        // Not every file is text.
        let Ok(text) = fs::read_to_string(ctx.repo.join(file)) else {
            continue;
        };
        faults.extend(rules::text(file, &text, &machine));
        if file.extension().is_some_and(|extension| extension == "rs") {
            let found = rules::comments(&text, Wanted::of(file))
                .with_context(|| format!("{} is no Rust", file.display()))?;
            let at = |(line, fault)| format!("{}:{line}: {fault}", file.display());
            faults.extend(found.into_iter().map(at));
        }
        if ROOTS.iter().any(|root| file.ends_with(root)) && file.starts_with("scripts") {
            let circles = rules::circles(&ctx.repo.join(file))?;
            let top = format!("{}/", ctx.repo.display());
            faults.extend(circles.iter().map(|circle| circle.replace(&top, "")));
        }
    }
    faults.retain(|fault| {
        let known = fault.contains(" need each other") || fault.contains(" lines: split it");
        !known || !LEFT.iter().any(|left| fault.starts_with(left))
    });
    faults.extend(rules::layers(&ctx.repo.join("scripts"))?);
    ensure!(
        faults.is_empty(),
        "{} places break a rule of the house:\n  {}",
        faults.len(),
        faults.join("\n  ")
    );
    Ok(())
}

/// Paths of this machine, which mean nothing on another.
fn machine_paths(ctx: &Context) -> Vec<String> {
    let home = std::env::var("HOME").ok();
    let dirs = [
        Some(ctx.repo.display().to_string()),
        home,
        Some(ctx.cache.path().display().to_string()),
    ];
    // A path as short as "/" is everywhere.
    let dirs = dirs.into_iter().flatten().filter(|dir| dir.len() > 1);
    dirs.map(|dir| format!("{}/", dir.trim_end_matches('/')))
        .collect()
}

/// Formatting and clippy of the host's tools.
fn host(ctx: &Context) -> Result<()> {
    let cargo = |subcommand: &str| {
        Cmd::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .arg(subcommand)
            .arg("--manifest-path")
            .arg(ctx.repo.join("scripts/Cargo.toml"))
            .env("CARGO_TERM_COLOR", "never")
            .env("TERM", "dumb")
    };
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let there = cargo(tool).arg("--version").outcome(ctx)?.status.success();
        if !there {
            bail!(
                "cargo {tool} is missing: rustup component add {component}, or your distribution's package of it"
            );
        }
    }
    cargo("fmt")
        .args(["--all", "--check"])
        .what("checking the host tools' formatting")
        .remedy("`cargo fmt --manifest-path scripts/Cargo.toml --all` mends it.")
        .run(ctx)?;
    cargo("clippy")
        .args(["--workspace", "--all-targets", "--locked", "--target-dir"])
        .arg(ctx.cache.path().join("target"))
        .args(["--", "-D", "warnings"])
        .what("asking clippy about the host tools")
        .tail(80)
        .run(ctx)?;
    Ok(())
}

/// Formatting of the kernel's code, by the root's rustfmt: it is of the kernel's own age.
fn kernel_format(ctx: &Context, root: &Root) -> Result<()> {
    root.enter(ctx)
        .cmd("sh")
        .arg(ctx.repo.join("scripts/kbuild/rustfmt.sh"))
        .arg("--check")
        .what("checking the kernel code's formatting")
        .remedy("`make rustfmt` mends it.")
        .run(ctx)
        .map(drop)
        .context("the kernel code is not formatted")
}
