// SPDX-License-Identifier: GPL-2.0

//! The programs of the host that the tool calls, and the installation of the packages that contain them.

use anyhow::{bail, ensure, Result};
use host::{is_root, which, Cmd, Context};
use std::path::Path;

/// A program of the host.
pub struct Program {
    /// Its name.
    pub name: &'static str,
    /// The Debian package that has it.
    pub package: &'static str,
    /// The features that need it.
    pub cost: &'static str,
    /// Only needed if the user is not root.
    pub user_only: bool,
}

/// Every program of the host that the tool calls, except cargo and make, which started the tool.
pub const PROGRAMS: &[Program] = &[
    Program {
        name: "apt-get",
        package: "apt",
        cost: "no kernel package can be fetched",
        user_only: false,
    },
    Program {
        name: "dpkg-deb",
        package: "dpkg",
        cost: "no kernel package can be unpacked",
        user_only: false,
    },
    Program {
        name: "tar",
        package: "tar",
        cost: "no kernel source can be unpacked",
        user_only: false,
    },
    Program {
        name: "xz",
        package: "xz-utils",
        cost: "no kernel source can be unpacked",
        user_only: false,
    },
    Program {
        name: "unshare",
        package: "util-linux",
        cost: "no toolchain root can be made",
        user_only: false,
    },
    Program {
        name: "mmdebstrap",
        package: "mmdebstrap",
        cost: "no toolchain root can be made",
        user_only: false,
    },
    Program {
        name: "bwrap",
        package: "bubblewrap",
        cost: "the toolchain root cannot be entered",
        user_only: false,
    },
    Program {
        name: "newuidmap",
        package: "uidmap",
        cost: "without root, no toolchain root can be made or entered",
        user_only: true,
    },
];

/// The programs of [`PROGRAMS`] that this user needs and this machine lacks.
pub fn missing() -> Vec<&'static Program> {
    PROGRAMS
        .iter()
        .filter(|program| !(program.user_only && is_root()))
        .filter(|program| which(program.name).is_none())
        .collect()
}

/// The command line that installs these packages, to be shown to the user.
pub fn install_line(packages: &[&str]) -> String {
    format!(
        "apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    )
}

/// Check that every program is there and that this user may use it, before the long steps begin.
pub fn ensure(ctx: &Context) -> Result<()> {
    install_missing(ctx)?;
    rights(ctx)
}

/// Returns an error unless this user can make and enter a toolchain root.
pub fn rights(ctx: &Context) -> Result<()> {
    if is_root() {
        return Ok(());
    }
    let tried = Cmd::new("unshare")
        .args(["--user", "--map-auto", "--map-root-user", "true"])
        .outcome(ctx)?;
    ensure!(
        tried.status.success(),
        "not root, and user namespaces do not work ({}). Run as root, or as root: allow them (sysctl \
         kernel.unprivileged_userns_clone=1 or the container's settings), apt-get install uidmap, and give \
         this user lines in /etc/subuid and /etc/subgid (usermod --add-subuids 100000-165535 \
         --add-subgids 100000-165535 USER)",
        tried.tail.trim().replace('\n', "; ")
    );
    Ok(())
}

/// Install missing packages, if this is possible without asking the user.
fn install_missing(ctx: &Context) -> Result<()> {
    let lacking = missing();
    if lacking.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = lacking.iter().map(|program| program.name).collect();
    let packages: Vec<_> = lacking.iter().map(|program| program.package).collect();
    let line = install_line(&packages);
    let debian = Path::new("/etc/debian_version").exists() && which("apt-get").is_some();
    if !debian {
        bail!(
            "this machine lacks {}, and it is not a Debian, where they could be installed: \
             install them (on Debian: {line})",
            names.join(", ")
        );
    }
    if !is_root() {
        bail!(
            "this machine lacks {}: as root, run\n    {line}",
            names.join(", ")
        );
    }
    // One run at a time: apt fails if another apt holds its lock.
    let _lock = ctx.cache.lock("host-programs")?;
    if missing().is_empty() {
        return Ok(());
    }
    let install = |what: &str| {
        Cmd::new("apt-get")
            .args(["install", "-y", "--no-install-recommends"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .what(what)
    };
    let what = format!("installing {} on this machine", packages.join(", "));
    if !install(&what).outcome(ctx)?.status.success() {
        // Without package lists, apt cannot find the packages.
        Cmd::new("apt-get")
            .arg("update")
            .what("reading the archive's package lists")
            .remedy("Is there a network? Install by hand what is missing, then start again.")
            .run(ctx)?;
        install(&what)
            .remedy(format!("Install them by hand, then start again: {line}"))
            .run(ctx)?;
    }
    let still: Vec<_> = missing().iter().map(|program| program.name).collect();
    if !still.is_empty() {
        bail!(
            "after {line}, this machine still lacks {}",
            still.join(", ")
        );
    }
    Ok(())
}
