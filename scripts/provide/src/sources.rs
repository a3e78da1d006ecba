// SPDX-License-Identifier: GPL-2.0

//! Kernel sources, fetched from the archive and unpacked in the cache.
//!
//! There are two kinds of packages: `linux-source-*`, a binary package with the distributor's tree in a tarball, and a
//! source package such as `linux`, whose upstream tarball is used. Archives keep old versions of the latter longer.

use anyhow::{ensure, Context as _, Result};
use debian::{compare_versions, unpack, with_lists, Archive, PackageKind};
use host::{explain, remove_tree, safe, signals, Cmd, Context};
use kernels::{Package, ReleaseLine, Table};
use std::fs;
use std::path::{Path, PathBuf};

/// The number of other versions of a line that are tried if the pinned version cannot be fetched.
const TRIES: usize = 3;

/// The upstream source that the carried provider compiles.
pub fn upstream(ctx: &Context, table: &Table) -> Result<PathBuf> {
    let upstream = &table.upstream;
    let pinned = Package {
        name: upstream.package.clone(),
        version: upstream.version.clone(),
    };
    Ok(of_line(ctx, &upstream.suites, &pinned, upstream.line)?.0)
}

/// Returns a source and its version: the pinned version, or the newest one of its line that can be fetched.
pub fn of_line(
    ctx: &Context,
    suites: &[String],
    pinned: &Package,
    line: ReleaseLine,
) -> Result<(PathBuf, Package)> {
    let stand_in = ctx
        .cache
        .path()
        .join("resolved")
        .join(safe(&pinned.to_string()));
    let wanted = match fs::read_to_string(&stand_in) {
        Ok(version) => pinned.at(version.trim()),
        Err(_) => pinned.clone(),
    };
    let error = match exactly(ctx, suites, &wanted) {
        Ok(dir) => return Ok((dir, wanted)),
        Err(error) => error,
    };
    signals::check()?;
    for version in others(ctx, suites, &wanted, line)? {
        let other = wanted.at(&version);
        ctx.note(format!(
            "  {wanted} cannot be had ({}); trying {version}",
            first_line(&error)
        ));
        if let Ok(dir) = exactly(ctx, suites, &other) {
            ctx.cache.dir("resolved")?;
            fs::write(&stand_in, version).map_err(|error| explain(error, &stand_in))?;
            return Ok((dir, other));
        }
        signals::check()?;
    }
    Err(error)
}

/// Returns the source at this version: the folder with the top `Makefile`.
pub fn exactly(ctx: &Context, suites: &[String], package: &Package) -> Result<PathBuf> {
    let Package { name, version } = package;
    let entry = ctx
        .cache
        .entry(format!("sources/{}", safe(&format!("{name}-{version}"))));
    if let Some(dir) = entry.get() {
        return Ok(dir);
    }
    ctx.cache.need_space(2600, "a kernel's source")?;
    with_lists(ctx, suites, kind(name), |archive, fresh| {
        if fresh || !archive.has_lists() {
            archive.update(&[package.to_string()])?;
        }
        entry.get_or_make(
            &mut |_| ctx.note(format!("  waiting for another run that fetches {name}")),
            |partial| {
                let fetched = partial.join(".fetched");
                fs::create_dir(&fetched).map_err(|error| explain(error, &fetched))?;
                let tar = tarball(ctx, archive, package, &fetched)?;
                Cmd::new("tar")
                    .args(["-x", "--strip-components=1", "--no-same-owner"])
                    .args(["--use-compress-program=xz -T0", "-f"])
                    .arg(&tar)
                    .arg("-C")
                    .arg(partial)
                    .what(format!("unpacking {package}"))
                    .run(ctx)?;
                remove_tree(&fetched)
            },
        )
    })
}

/// The source of a kernel of this line and version, if it is in the cache already.
pub fn cached(ctx: &Context, line: ReleaseLine, version: &str) -> Option<PathBuf> {
    let names = [format!("linux-source-{line}"), "linux".to_owned()];
    names.iter().find_map(|name| {
        let entry = format!("sources/{}", safe(&format!("{name}-{version}")));
        ctx.cache.entry(entry).get()
    })
}

/// Fetch the package and return the path of its tarball. Releases the lock of the archive before unpacking.
fn tarball(ctx: &Context, archive: Archive<'_>, package: &Package, into: &Path) -> Result<PathBuf> {
    archive.download(std::slice::from_ref(package), into, &package.to_string())?;
    drop(archive);
    let name = &package.name;
    if kind(name) == PackageKind::Binary {
        unpack(ctx, into, into, &format!("unpacking the package {name}"))?;
        let tar = into.join(format!("usr/src/{name}.tar.xz"));
        ensure!(
            tar.is_file(),
            "the package {package} has no usr/src/{name}.tar.xz"
        );
        return Ok(tar);
    }
    let files = fs::read_dir(into).map_err(|error| explain(error, into))?;
    let mut files = files.flatten().map(|entry| entry.path());
    files
        .find(|path| path.to_string_lossy().ends_with(".orig.tar.xz"))
        .with_context(|| format!("the source package {package} has no .orig.tar.xz"))
}

/// The other versions of a line in the package lists, the newest first.
fn others(
    ctx: &Context,
    suites: &[String],
    package: &Package,
    line: ReleaseLine,
) -> Result<Vec<String>> {
    let archive = Archive::open(ctx, suites, kind(&package.name))?;
    let mut versions: Vec<String> = archive.versions(&package.name)?.into_iter().collect();
    versions
        .retain(|version| *version != package.version && version.starts_with(&format!("{line}.")));
    versions.sort_by(|a, b| compare_versions(b, a));
    versions.truncate(TRIES);
    Ok(versions)
}

fn kind(package: &str) -> PackageKind {
    match package.starts_with("linux-source-") {
        true => PackageKind::Binary,
        false => PackageKind::Source,
    }
}

fn first_line(error: &anyhow::Error) -> String {
    error
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(120)
        .collect()
}
