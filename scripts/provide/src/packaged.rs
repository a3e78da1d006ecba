// SPDX-License-Identifier: GPL-2.0

//! Kernels from packages: fetches and unpacks them, and finds their files.

use anyhow::{bail, Context as _, Result};
use debian::{compare_versions, unpack, with_lists, Archive, PackageKind};
use host::{explain, file_name, remove_tree, safe, Context};
use kernels::{Installed, Kernel, Package};
use std::fs;
use std::path::{Path, PathBuf};

/// A release and a package version that the archive has, or had when the lists were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The release, as `uname -r` prints it.
    pub release: String,
    /// The version of the packages.
    pub version: String,
}

/// Returns the kernel. Fetches and unpacks it first if it is not in the cache.
pub(crate) fn install(ctx: &Context, kernel: &Kernel) -> Result<Installed> {
    let pin = cached_pin(ctx, kernel);
    if let Some(dir) = ctx.cache.entry(entry_name(kernel, &pin)).get() {
        return view(kernel, &pin, &dir);
    }
    ctx.cache.need_space(700, "a kernel's packages")?;
    with_lists(
        ctx,
        &kernel.suites,
        PackageKind::Binary,
        |archive, fresh| {
            let pin = resolve(ctx, &archive, kernel, fresh)?;
            let packages = packages(kernel, &pin);
            let name = &kernel.name;
            let dir = ctx.cache.entry(entry_name(kernel, &pin)).get_or_make(
                &mut |_| ctx.note(format!("  waiting for another run that fetches {name}")),
                |partial| {
                    let debs = partial.join("debs");
                    fs::create_dir(&debs).map_err(|error| explain(error, &debs))?;
                    let what = format!("the kernel {name} ({})", pin.version);
                    archive.download(&packages, &debs, &what)?;
                    // Releases the lock of the archive before unpacking.
                    drop(archive);
                    unpack(ctx, &debs, partial, &format!("unpacking {name}"))?;
                    remove_tree(&debs)
                },
            )?;
            view(kernel, &pin, &dir)
        },
    )
}

/// The source package of a kernel, at the version of its binary packages.
pub fn source_of(ctx: &Context, kernel: &Kernel) -> Option<Package> {
    source_package(kernel, &cached_pin(ctx, kernel))
}

/// Is the kernel in the cache?
pub(crate) fn is_cached(ctx: &Context, kernel: &Kernel) -> bool {
    ctx.cache
        .entry(entry_name(kernel, &cached_pin(ctx, kernel)))
        .get()
        .is_some()
}

fn entry_name(kernel: &Kernel, pin: &Pin) -> String {
    format!("kernels/{}-{}", kernel.name, safe(&pin.version))
}

/// The replacement of the pin, if the archive did not have the pin; else the pin.
pub fn cached_pin(ctx: &Context, kernel: &Kernel) -> Pin {
    let pin = Pin {
        release: kernel.release.clone(),
        version: kernel.version.clone(),
    };
    read_pin(ctx, &pin_key(kernel)).unwrap_or(pin)
}

fn pin_key(kernel: &Kernel) -> String {
    format!("{}-{}", kernel.name, kernel.version)
}

fn read_pin(ctx: &Context, key: &str) -> Option<Pin> {
    let text = fs::read_to_string(ctx.cache.path().join("resolved").join(safe(key))).ok()?;
    let mut words = text.split_whitespace().map(str::to_owned);
    Some(Pin {
        release: words.next()?,
        version: words.next()?,
    })
}

fn write_pin(ctx: &Context, key: &str, pin: &Pin) -> Result<()> {
    let path = ctx.cache.dir("resolved")?.join(safe(key));
    fs::write(&path, format!("{} {}\n", pin.release, pin.version))
        .map_err(|error| explain(error, &path))
}

fn packages(kernel: &Kernel, pin: &Pin) -> Vec<Package> {
    let package = |name| Package {
        name,
        version: pin.version.clone(),
    };
    kernel
        .packages(&pin.release)
        .into_iter()
        .map(package)
        .collect()
}

fn source_package(kernel: &Kernel, pin: &Pin) -> Option<Package> {
    let name = kernel.source.clone()?;
    Some(Package {
        name,
        version: pin.version.clone(),
    })
}

/// Returns the pin if the archive still has it. Else prints that, and returns the newest patch release of the line.
fn resolve(ctx: &Context, archive: &Archive<'_>, kernel: &Kernel, fresh: bool) -> Result<Pin> {
    let pin = Pin {
        release: kernel.release.clone(),
        version: kernel.version.clone(),
    };
    let all = |pin: &Pin| {
        let mut all = packages(kernel, pin);
        all.extend(source_package(kernel, pin));
        all
    };
    let wanted: Vec<_> = all(&pin).iter().map(Package::to_string).collect();
    if !fresh && archive.has_lists() && archive.has_all(&all(&pin))? {
        return Ok(pin);
    }
    archive.update(&wanted)?;
    if archive.has_all(&all(&pin))? {
        return Ok(pin);
    }
    let mut newest: Option<Pin> = None;
    for release in releases(archive, kernel)? {
        for version in archive.versions(&kernel.packages(&release)[0])? {
            let candidate = Pin {
                release: release.clone(),
                version,
            };
            let newer = match &newest {
                Some(newest) => compare_versions(&newest.version, &candidate.version).is_lt(),
                None => true,
            };
            if newer && archive.has_all(&all(&candidate))? {
                newest = Some(candidate);
            }
        }
    }
    let Some(newest) = newest else {
        bail!(
            "{} is gone: the suites {} have neither {} {} nor any other complete kernel of line {}.\n\
             Choose another kernel (ferrite kernels), or give {} in kernels.toml another suite and pin.",
            kernel.name, kernel.suites.join(", "), pin.release, pin.version, kernel.line, kernel.name
        );
    };
    ctx.note(format!(
        "  {}: {} ({}) is gone from the archive; taking {} ({}), the newest of line {}",
        kernel.name, pin.release, pin.version, newest.release, newest.version, kernel.line
    ));
    write_pin(ctx, &pin_key(kernel), &newest)?;
    Ok(newest)
}

/// The releases of a kernel's line and flavour that the archive has.
fn releases(archive: &Archive<'_>, kernel: &Kernel) -> Result<Vec<String>> {
    let pattern = format!(
        "^linux-headers-{}[.][0-9a-z.+]+(-[0-9]+)?-{}$",
        kernel.line.to_string().replace('.', "[.]"),
        kernel.flavour()
    );
    let names = archive.names(&pattern)?;
    let release = |name: &String| name.strip_prefix("linux-headers-").map(str::to_owned);
    Ok(names.iter().filter_map(release).collect())
}

/// Finds the files of an unpacked kernel. Before 6.19, the image is in /boot and the modules may be in /lib; from 6.19
/// on, both are in /usr/lib/modules.
fn view(kernel: &Kernel, pin: &Pin, dir: &Path) -> Result<Installed> {
    let release = &pin.release;
    let find =
        |paths: &[String], what: &str| {
            let found = paths
                .iter()
                .map(|path| dir.join(path))
                .find(|path| path.exists());
            found.with_context(|| {
                format!(
                "{} in {} has no {what} (looked for {}): are its packages in kernels.toml right? \
                 Remove that folder to fetch it again",
                kernel.name, dir.display(), paths.join(" and ")
            )
            })
        };
    let modules = find(
        &[
            format!("usr/lib/modules/{release}"),
            format!("lib/modules/{release}"),
        ],
        "folder of modules",
    )?;
    let vmlinuz = find(
        &[
            format!("usr/lib/modules/{release}/vmlinuz"),
            format!("boot/vmlinuz-{release}"),
        ],
        "image",
    )?;
    let headers = find(
        &[format!("usr/src/linux-headers-{release}")],
        "build folder",
    )?;
    let mut binds = vec![(
        modules.clone(),
        PathBuf::from(format!("/usr/lib/modules/{release}")),
    )];
    for (host, inside) in [("usr/src", "/usr/src"), ("usr/lib", "/usr/lib")] {
        for entry in fs::read_dir(dir.join(host)).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("linux-") {
                binds.push((entry.path(), Path::new(inside).join(entry.file_name())));
            }
        }
    }
    binds.sort();
    Ok(Installed {
        name: kernel.name.clone(),
        id: file_name(dir),
        line: kernel.line,
        version: pin.version.clone(),
        release: release.clone(),
        vmlinuz,
        modules,
        kdir: PathBuf::from(format!("/usr/src/linux-headers-{release}")),
        headers,
        source: source_package(kernel, pin),
        binds,
    })
}
