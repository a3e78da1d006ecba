// SPDX-License-Identifier: GPL-2.0

//! Kernels that are built here, from a source package and our own configuration.

use crate::build_folder::{stays, wrapper};
use crate::sources;
use anyhow::{bail, Context as _, Result};
use host::{digits, explain, file_name, jobs, remove_tree, safe, Cmd, Context};
use kernels::{Installed, Kernel, Package, RootSpec};
use root::Root;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// The disk space that building a kernel needs, in MiB.
const SPACE: u64 = 3000;

/// The suffix of the release. It shows that the kernel is not the distributor's.
const LOCAL_VERSION: &str = "-ferrite";

/// The path of the build folder in the cache entry.
const BUILD: &str = "build";

/// Returns the kernel. Builds it first if it is not in the cache.
pub(crate) fn install(ctx: &Context, kernel: &Kernel) -> Result<Installed> {
    let config = config_of(ctx, kernel)?;
    let pinned = Package {
        name: kernel
            .source
            .clone()
            .context("a kernel that is built here needs a `source`")?,
        version: kernel.version.clone(),
    };
    let (source, package) = sources::of_line(ctx, &kernel.suites, &pinned, kernel.line)?;
    let root = Root::get(ctx)?;
    let entry = ctx
        .cache
        .entry(entry_name(kernel, &package.version, &config, &root.id()));
    let place = entry.path();
    let dir = match entry.get() {
        Some(dir) => {
            stays(&dir.join(BUILD))?;
            dir
        }
        None => {
            ctx.cache
                .need_space(SPACE, "a kernel that is built from its source")?;
            entry.get_or_make(
                &mut |_| {
                    ctx.note(format!(
                        "  waiting for another run that builds {}",
                        kernel.name
                    ))
                },
                |partial| make(ctx, &root, kernel, &source, &config, partial, &place),
            )?
        }
    };
    view(kernel, &package, &dir)
}

/// Is it in the cache, at its pin?
pub(crate) fn is_cached(ctx: &Context, root: &RootSpec, kernel: &Kernel) -> bool {
    let Ok(config) = config_of(ctx, kernel) else {
        return false;
    };
    let entry = ctx.cache.entry(entry_name(
        kernel,
        &kernel.version,
        &config,
        &Root::id_of(root),
    ));
    entry.get().is_some()
}

/// Returns the text of all files of its configuration.
fn config_of(ctx: &Context, kernel: &Kernel) -> Result<String> {
    let files = kernel.config.iter();
    files.map(|file| read(&ctx.repo.join(file))).collect()
}

/// The name of the kernel's entry. It depends on the source, the configuration and the compilers.
fn entry_name(kernel: &Kernel, version: &str, config: &str, root: &str) -> String {
    let hash = digits(Sha256::new().chain_update(config).chain_update(root));
    format!("kernels/{}-{}-{hash}", kernel.name, safe(version))
}

fn make(
    ctx: &Context,
    root: &Root,
    kernel: &Kernel,
    source: &Path,
    config: &str,
    partial: &Path,
    place: &Path,
) -> Result<()> {
    let build = partial.join(BUILD);
    fs::create_dir(&build).map_err(|error| explain(error, &build))?;
    let kbuild = |goals: &[&str]| -> Cmd {
        root.enter(ctx)
            .cmd("make")
            .arg("-C")
            .arg(source)
            .arg(format!("O={}", build.display()))
            .arg(format!("LOCALVERSION={LOCAL_VERSION}"))
            .arg(format!("-j{}", jobs()))
            .args(goals)
    };
    kbuild(&["tinyconfig"]).run(ctx)?;
    let path = build.join(".config");
    let tiny = read(&path)?;
    fs::write(&path, format!("{tiny}\n{config}")).map_err(|error| explain(error, &path))?;
    kbuild(&["olddefconfig"]).run(ctx)?;
    let lost = lost(config, &read(&path)?);
    if !lost.is_empty() {
        bail!(
            "the source of {} does not take {} lines of its configuration:\n  {}\n\
             Each needs another option first, or is not known to this kernel (or, for RUST, to these compilers).",
            kernel.name,
            lost.len(),
            lost.join("\n  ")
        );
    }
    kbuild(&["bzImage", "modules"])
        .what(format!(
            "building the kernel {} from its source (minutes)",
            kernel.name
        ))
        .tail(80)
        .run(ctx)?;
    kbuild(&["modules_install"])
        .arg(format!(
            "INSTALL_MOD_PATH={}",
            partial.join("usr").display()
        ))
        .run(ctx)?;
    let image = build.join("arch/x86/boot/bzImage");
    fs::copy(&image, partial.join("vmlinuz")).map_err(|error| explain(error, &image))?;
    slim(&build)?;
    let release = read(&build.join("include/config/kernel.release"))?;
    wrapper(&build, &place.join(BUILD), source, release.trim(), None)
}

/// Remove what a build of modules does not need: the kernel's own objects.
fn slim(build: &Path) -> Result<()> {
    for entry in walkdir::WalkDir::new(build).into_iter().flatten() {
        let path = entry.path();
        let inside = path.strip_prefix(build).unwrap_or(path);
        let kept = ["scripts", "tools", "rust"]
            .iter()
            .any(|dir| inside.starts_with(dir));
        let object = path
            .extension()
            .is_some_and(|ext| ext == "o" || ext == "a" || ext == "ko");
        if !kept && object && entry.file_type().is_file() {
            fs::remove_file(path).map_err(|error| explain(error, path))?;
        }
    }
    for big in ["vmlinux", "vmlinux.unstripped", "arch/x86/boot"] {
        let path = build.join(big);
        if path.is_dir() {
            remove_tree(&path)?;
        } else if path.exists() {
            fs::remove_file(&path).map_err(|error| explain(error, &path))?;
        }
    }
    Ok(())
}

/// The lines of the wanted configuration that Kconfig did not keep.
pub fn lost(wanted: &str, there: &str) -> Vec<String> {
    let there: std::collections::BTreeSet<_> = there.lines().map(str::trim).collect();
    let option = |line: &&str| line.starts_with("CONFIG_");
    // An option that is off may be absent.
    let wanted = wanted
        .lines()
        .map(str::trim)
        .filter(option)
        .filter(|line| !line.ends_with("=n"));
    wanted
        .filter(|line| !there.contains(line))
        .map(str::to_owned)
        .collect()
}

fn view(kernel: &Kernel, package: &Package, dir: &Path) -> Result<Installed> {
    let build = dir.join(BUILD);
    let release = read(&build.join("include/config/kernel.release"))?
        .trim()
        .to_owned();
    let modules = dir.join("usr/lib/modules").join(&release);
    let binds = vec![(
        modules.clone(),
        PathBuf::from("/usr/lib/modules").join(&release),
    )];
    Ok(Installed {
        name: kernel.name.clone(),
        id: file_name(dir),
        line: kernel.line,
        version: package.version.clone(),
        vmlinuz: dir.join("vmlinuz"),
        modules,
        kdir: build.clone(),
        headers: build,
        source: Some(package.clone()),
        binds,
        release,
    })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_options_are_named() {
        let there = "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n";
        assert!(lost("# a comment\nCONFIG_A=y\nCONFIG_B=n\n", there).is_empty());
        assert_eq!(
            lost("CONFIG_B=y\nCONFIG_C=y\n", there),
            ["CONFIG_B=y", "CONFIG_C=y"]
        );
    }

    #[test]
    fn slimming_keeps_what_modules_need() {
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "kernel/a.o",
            "rust/kernel.o",
            "scripts/mod/modpost.o",
            "include/a.h",
            "vmlinux",
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        slim(dir.path()).unwrap();
        let there = |file: &str| dir.path().join(file).exists();
        assert!(!there("kernel/a.o") && !there("vmlinux"));
        assert!(there("rust/kernel.o") && there("scripts/mod/modpost.o") && there("include/a.h"));
    }
}
