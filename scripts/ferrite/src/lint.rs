// SPDX-License-Identifier: GPL-2.0

//! `ferrite lint`: formatting, clippy and the rules of the house, for the host's code and the kernel's.

use anyhow::{bail, ensure, Context as _, Result};
use build::Target;
use clap::Args;
use host::{Cmd, Context};
use root::Root;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What asks a kernel for its version. Only probes may: enterprise kernels backport, so a version says nothing.
const VERSION_CHECKS: [&str; 2] = [
    concat!("LINUX_VERSION", "_CODE"),
    concat!("KERNEL_", "VERSION("),
];

/// The files in which a licence is said in the first lines.
const LICENSED: [&str; 8] = ["rs", "c", "h", "sh", "toml", "py", "S", "awk"];

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
    rules(ctx, &files)?;
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

/// The rules that a search can check.
fn rules(ctx: &Context, files: &[PathBuf]) -> Result<()> {
    let machine = machine_paths(ctx);
    let mut faults = Vec::new();
    for file in files {
        // Not every file is text.
        let Ok(text) = fs::read_to_string(ctx.repo.join(file)) else {
            continue;
        };
        faults.extend(faults_in(file, &text, &machine));
    }
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

fn faults_in(file: &Path, text: &str, machine: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let hidden = file
        .file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if !hidden
        && LICENSED.contains(&&*extension)
        && !text
            .lines()
            .take(3)
            .any(|line| line.contains("SPDX-License-Identifier:"))
    {
        faults.push(format!(
            "{}: no SPDX-License-Identifier in the first lines",
            file.display()
        ));
    }
    for (number, line) in text.lines().enumerate() {
        let at = || format!("{}:{}", file.display(), number + 1);
        if !file.starts_with("probes") {
            if let Some(check) = VERSION_CHECKS.iter().find(|check| line.contains(**check)) {
                faults.push(format!(
                    "{}: {check} outside probes/: ask for the feature there instead",
                    at()
                ));
            }
        }
        if let Some(path) = machine.iter().find(|path| line.contains(path.as_str())) {
            faults.push(format!("{}: {path} is a path of this machine", at()));
        }
    }
    faults
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_checks_belong_to_probes() {
        let text = format!(
            "// SPDX-License-Identifier: GPL-2.0\n#if {} < 5\n",
            VERSION_CHECKS[0]
        );
        let faults = faults_in(Path::new("c-helpers/a.c"), &text, &[]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("c-helpers/a.c:2:"), "{faults:?}");
        assert!(faults_in(Path::new("probes/a.c"), &text, &[]).is_empty());
    }

    #[test]
    fn paths_of_this_machine() {
        let machine = ["/srv/me/ferrite/".to_owned()];
        let text = "see /srv/me/ferrite/rust\n";
        assert_eq!(faults_in(Path::new("README.md"), text, &machine).len(), 1);
        assert!(faults_in(Path::new("README.md"), "see rust/\n", &machine).is_empty());
    }

    #[test]
    fn licences() {
        assert_eq!(
            faults_in(Path::new("a.rs"), "//! No licence.\n", &[]).len(),
            1
        );
        assert!(faults_in(Path::new("a.txt"), "No licence.\n", &[]).is_empty());
    }
}
