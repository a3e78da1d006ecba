// SPDX-License-Identifier: GPL-2.0

//! The native provider's tree: the Rust metadata that a header package lacks, rebuilt from the source package.
//!
//! The result is a build folder like that of a header package: `make -C TREE M=... modules` works in the root with
//! nothing more to say. Rust symbol names depend on the crate's name and the compiler's version string; both are the
//! kernel's own ([`choose`](crate::provider::choose) sees to it), so what is built here links against the kernel.

use anyhow::{bail, Context as _, Result};
use host::{explain, jobs, safe, Cmd, Context};
use kernels::{Config, Installed};
use root::Root;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What the tree and the objects beside it take on disk, in MiB.
const SPACE: u64 = 600;

/// In a build folder's `Makefile`, what comes before its place.
const OUTPUT: &str = "export KBUILD_OUTPUT = ";

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

/// Is the kernel's tree in the cache, or not needed?
pub(crate) fn has_metadata(build: &Path) -> bool {
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

/// Write the top `Makefile` of a build folder that will be at `place`, so that `make -C PLACE` needs no more words.
pub(crate) fn wrapper(
    build: &Path,
    place: &Path,
    source: &Path,
    release: &str,
    compiler: Option<&str>,
) -> Result<()> {
    let makefile = build.join("Makefile");
    // Kbuild starts itself again without this file, so what it must know goes along as if it had been typed.
    let mut text = format!(
        "# Written by ferrite, from {source} and the configuration of {release}.\n\
         {OUTPUT}{place}\n\
         MAKEOVERRIDES += KERNELRELEASE={release}\n",
        source = source.display(),
        place = place.display(),
    );
    if let Some(compiler) = compiler {
        text.push_str(&format!(
            "ifeq ($(origin CC)$(LLVM),default)\nMAKEOVERRIDES += CC={compiler}\nendif\n"
        ));
    }
    text.push_str(&format!("include {}/Makefile\n", source.display()));
    // Kbuild's own may be a link to the source's.
    let _ = fs::remove_file(&makefile);
    fs::write(&makefile, text).map_err(|error| explain(error, &makefile))
}

/// An error if a build folder was made for another place than where it is: what Kbuild writes holds absolute paths, and
/// a build would write to wherever they lead.
pub(crate) fn stays(build: &Path) -> Result<()> {
    let makefile = build.join("Makefile");
    let text = fs::read_to_string(&makefile).map_err(|error| explain(error, &makefile))?;
    let line = text.lines().find_map(|line| line.strip_prefix(OUTPUT));
    let real = |path: &Path| fs::canonicalize(path).ok();
    if line.is_some_and(|line| real(Path::new(line)) == real(build)) {
        return Ok(());
    }
    bail!(
        "{} was made for another place ({}), as it is when a cache was moved, and holds absolute paths to there.\n\
         Remove it, and it is made again; or move the cache back.",
        build.display(),
        line.unwrap_or("unknown")
    )
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
    fn a_folder_that_was_moved_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let source = Path::new("/source");
        wrapper(dir.path(), dir.path(), source, "7.3.4", Some("gcc-14")).unwrap();
        stays(dir.path()).unwrap();
        wrapper(dir.path(), Path::new("/elsewhere"), source, "7.3.4", None).unwrap();
        let error = stays(dir.path()).unwrap_err().to_string();
        assert!(error.contains("(/elsewhere)"), "{error}");
    }

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
