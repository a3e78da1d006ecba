// SPDX-License-Identifier: GPL-2.0

//! The native provider's tree: the Rust metadata that a header package lacks, rebuilt from the source package.
//!
//! The result is a build folder like that of a header package: `make -C TREE M=... modules` works in the root with
//! nothing more to say. Rust symbol names depend on the crate's name and the compiler's version string; both are the
//! kernel's own ([`choose`](crate::provider::choose) sees to it), so what is built here links against the kernel.

use crate::build_folder::{stays, wrapper};
use anyhow::{bail, Context as _, Result};
use host::{explain, jobs, safe, Cmd, Context};
use kernels::{Config, Installed};
use root::Root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What the tree and the objects beside it take on disk, in MiB.
const SPACE: u64 = 600;

/// The kernel's build folder with its Rust metadata, made now if it is not in the cache.
pub(crate) fn tree(
    ctx: &Context,
    root: &Root,
    kernel: &Installed,
    source: &Path,
) -> Result<PathBuf> {
    if has_metadata(&kernel.headers) {
        return Ok(kernel.kdir.clone());
    }
    let entry = ctx.cache.entry(format!(
        "native/{}-{}-{}",
        kernel.name,
        safe(&kernel.version),
        root.id()
    ));
    if let Some(dir) = entry.get() {
        stays(&dir)?;
        return Ok(dir);
    }
    ctx.cache.need_space(SPACE, "the kernel's Rust metadata")?;
    let place = entry.path();
    entry.get_or_make(
        &mut |_| {
            ctx.note(format!(
                "  waiting for another run that rebuilds the Rust metadata of {}",
                kernel.name
            ))
        },
        |partial| make(ctx, root, kernel, source, partial, &place),
    )
}

/// Does the build folder have the Rust metadata?
fn has_metadata(build: &Path) -> bool {
    build.join("rust/libkernel.rmeta").exists()
}

fn make(
    ctx: &Context,
    root: &Root,
    kernel: &Installed,
    source: &Path,
    partial: &Path,
    place: &Path,
) -> Result<()> {
    let configuration = kernel.headers.join(".config");
    copy(&configuration, &partial.join(".config"))?;
    let compiler = compiler(&Config::read(kernel)?);
    let kbuild = |goal: &str| -> Cmd {
        root.enter(ctx)
            .kernel(kernel)
            .cmd("make")
            .arg("-C")
            .arg(source)
            .arg(format!("O={}", partial.display()))
            .arg(format!("CC={compiler}"))
            .arg(format!("KERNELRELEASE={}", kernel.release))
            .arg(format!("-j{}", jobs()))
            .arg(goal)
    };
    kbuild("olddefconfig").run(ctx)?;
    same_configuration(kernel, &configuration, &partial.join(".config"))?;
    kbuild("modules_prepare")
        .what(format!(
            "rebuilding the Rust metadata of {} from its source",
            kernel.name
        ))
        .run(ctx)?;
    copy(
        &kernel.headers.join("Module.symvers"),
        &partial.join("Module.symvers"),
    )?;
    // The types of the kernel that runs: with them, modules get their BTF as in the distributor's own build.
    let types = kernel.headers.join("vmlinux");
    if types.exists() {
        copy(&types, &partial.join("vmlinux"))?;
    }
    if !has_metadata(partial) {
        bail!(
            "the source of {} ({}) was built, but gave no rust/libkernel.rmeta: is it a kernel with CONFIG_RUST?",
            kernel.name,
            source.display()
        );
    }
    wrapper(partial, place, source, &kernel.release, Some(&compiler))
}

/// The C compiler that the kernel was built with, as its configuration names it.
fn compiler(config: &Config) -> String {
    let text = config.text("CONFIG_CC_VERSION_TEXT");
    text.split_whitespace().next().unwrap_or("gcc").to_owned()
}

/// An error if configuring the source changed more than the versions of tools.
fn same_configuration(kernel: &Installed, before: &Path, after: &Path) -> Result<()> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let changed = differences(&read(before)?, &read(after)?);
    if changed.is_empty() {
        return Ok(());
    }
    bail!(
        "the root's tools cannot build {} as its distributor did: configuring its source changes\n  {}\n\
         A kernel of another configuration has other structures, so nothing built so would fit. Take PROVIDER=carried.",
        kernel.name,
        changed.join("\n  ")
    );
}

/// The options that differ, as `-old` and `+new`, other than the versions of tools.
fn differences(before: &str, after: &str) -> Vec<String> {
    let options = |text: &str| -> BTreeSet<String> {
        let is_option = |line: &&str| line.starts_with("CONFIG_") || line.starts_with("# CONFIG_");
        let is_version = |line: &str| line.contains("_VERSION");
        text.lines()
            .filter(is_option)
            .filter(|line| !is_version(line))
            .map(str::to_owned)
            .collect()
    };
    let (before, after) = (options(before), options(after));
    let gone = before.difference(&after).map(|line| format!("-{line}"));
    let new = after.difference(&before).map(|line| format!("+{line}"));
    gone.chain(new).collect()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(error) if !from.exists() => Err(explain(error, from)),
        Err(error) => Err(explain(error, to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_may_differ() {
        let before = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_GCC_VERSION=140200\n";
        assert!(differences(before, &before.replace("140200", "140300")).is_empty());
        let after = before.replace("CONFIG_A=y", "# CONFIG_A is not set");
        assert_eq!(
            differences(before, &after),
            ["-CONFIG_A=y", "+# CONFIG_A is not set"]
        );
    }
}
