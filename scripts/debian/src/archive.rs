// SPDX-License-Identifier: GPL-2.0

//! The distribution's archive. apt works on a private state in the cache: nothing is installed on the host.
//!
//! The mirror, proxies, certificates and keys are the host's. Package lists are read only if the cache lacks a package
//! that is needed.

use crate::mirrors::{sources_list, Mirrors, PackageKind};
use anyhow::{bail, Result};
use host::{explain, is_root, signals, Cmd, Context, Lock};
use kernels::Package;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file whose modification time is the time when the package lists were read.
const STAMP: &str = "lists-read";
/// Package lists that are younger than this are not read again after a failed download.
const LATELY: Duration = Duration::from_secs(600);

/// Some suites of the archive. The value holds a lock: no other process uses the state of these suites.
pub struct Archive<'a> {
    ctx: &'a Context,
    dir: PathBuf,
    suites: Vec<String>,
    kind: PackageKind,
    _lock: Lock,
}

impl<'a> Archive<'a> {
    /// Open the suites with the package lists that the cache has; it may have none.
    pub fn open(ctx: &'a Context, suites: &[String], kind: PackageKind) -> Result<Self> {
        let name = state_name(suites, kind);
        let lock = ctx.cache.lock_saying(&format!("apt/{name}"), &mut |_| {
            ctx.note(format!("  waiting for who reads the archive's {name} now"));
        })?;
        let dir = ctx.cache.dir(&format!("apt/{name}"))?;
        for sub in ["lists/partial", "cache/archives/partial"] {
            let path = dir.join(sub);
            fs::create_dir_all(&path).map_err(|error| explain(error, &path))?;
        }
        write(&dir.join("status"), "")?;
        write(&dir.join("apt.conf"), &configuration(&dir))?;
        Ok(Archive {
            ctx,
            dir,
            suites: suites.to_owned(),
            kind,
            _lock: lock,
        })
    }

    /// Have the package lists been read at least once?
    pub fn has_lists(&self) -> bool {
        self.dir.join(STAMP).exists()
    }

    /// Are the package lists of these suites old? Old lists may name packages that the archive has removed.
    pub fn is_stale(ctx: &Context, suites: &[String], kind: PackageKind) -> bool {
        let stamp = ctx
            .cache
            .path()
            .join("apt")
            .join(state_name(suites, kind))
            .join(STAMP);
        let read = fs::metadata(stamp).and_then(|meta| meta.modified());
        read.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LATELY))
    }

    /// Download the package lists. An error names the `wanted` packages.
    pub fn update(&self, wanted: &[String]) -> Result<()> {
        let mirrors = Mirrors::find(self.ctx)?;
        let sources = sources_list(&mirrors, &self.suites, self.kind)?;
        write(&self.dir.join("sources.list"), &sources)?;
        let outcome = self
            .apt("apt-get")
            .arg("update")
            .what(format!(
                "reading the package lists of {}",
                self.suites.join(", ")
            ))
            .outcome(self.ctx)?;
        if !outcome.status.success() {
            bail!(
                "the package lists of {} cannot be read:\n{}\nThis run wanted to fetch: {}.\n\
                 Check the network and the host's apt settings (its mirror and proxy are used), then start again. \
                 What is in the cache already needs no network.",
                self.suites.join(", "),
                outcome.tail.trim_end(),
                wanted.join(", ")
            );
        }
        write(&self.dir.join(STAMP), "")
    }

    /// The versions of a package that the lists name.
    pub fn versions(&self, package: &str) -> Result<BTreeSet<String>> {
        let args: &[&str] = match self.kind {
            PackageKind::Binary => &["madison"],
            PackageKind::Source => &["showsrc", "--only-source"],
        };
        let outcome = self
            .apt("apt-cache")
            .args(args)
            .arg(package)
            .outcome(self.ctx)?;
        Ok(match self.kind {
            PackageKind::Binary => parse_madison(&outcome.stdout, package),
            PackageKind::Source => parse_showsrc(&outcome.stdout),
        })
    }

    /// Do the package lists name all these packages?
    pub fn has_all(&self, packages: &[Package]) -> Result<bool> {
        for package in packages {
            if !self.versions(&package.name)?.contains(&package.version) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The packages whose names match a regular expression.
    pub fn names(&self, pattern: &str) -> Result<Vec<String>> {
        let output = self
            .apt("apt-cache")
            .args(["search", "--names-only", pattern])
            .run(self.ctx)?;
        let names = output
            .stdout
            .lines()
            .filter_map(|line| line.split(' ').next());
        Ok(names.map(str::to_owned).collect())
    }

    /// Fetch packages into a folder; apt checks each against the signed lists.
    pub fn download(&self, packages: &[Package], into: &Path, what: &str) -> Result<()> {
        let list: Vec<_> = packages.iter().map(Package::to_string).collect();
        let args: &[&str] = match self.kind {
            PackageKind::Binary => &["download"],
            PackageKind::Source => &["source", "--only-source", "--tar-only"],
        };
        self.apt("apt-get")
            .args(args)
            .args(packages.iter().map(|p| format!("{}={}", p.name, p.version)))
            .dir(into)
            .what(format!("fetching {what}"))
            .remedy(format!(
                "It was fetching: {}.\nCheck the network and the host's apt settings, then start again.",
                list.join(", ")
            ))
            .run(self.ctx)?;
        Ok(())
    }

    fn apt(&self, program: &str) -> Cmd {
        Cmd::new(program)
            .arg("-c")
            .arg(self.dir.join("apt.conf"))
            .env("LC_ALL", "C.UTF-8")
    }
}

/// Call `attempt` with the archive. If that fails and the package lists are old, download them and call it again.
pub fn with_lists<T>(
    ctx: &Context,
    suites: &[String],
    kind: PackageKind,
    attempt: impl Fn(Archive<'_>, bool) -> Result<T>,
) -> Result<T> {
    let result = attempt(Archive::open(ctx, suites, kind)?, false);
    if result.is_err() && signals::received().is_none() && Archive::is_stale(ctx, suites, kind) {
        return attempt(Archive::open(ctx, suites, kind)?, true);
    }
    result
}

/// Unpack every package of a folder into another.
pub fn unpack(ctx: &Context, debs: &Path, into: &Path, what: &str) -> Result<()> {
    let step = ctx.step(what);
    for deb in fs::read_dir(debs)
        .map_err(|error| explain(error, debs))?
        .flatten()
    {
        if deb
            .path()
            .extension()
            .is_some_and(|extension| extension == "deb")
        {
            step.message(&deb.file_name().to_string_lossy());
            Cmd::new("dpkg-deb")
                .arg("-x")
                .arg(deb.path())
                .arg(into)
                .run(ctx)?;
        }
    }
    step.done();
    Ok(())
}

/// Settings that keep apt's state in `dir`, and that switch the host's hooks off.
///
/// Expired lists are accepted: the lists of an old suite are never signed again, and the pins name exact versions.
fn configuration(dir: &Path) -> String {
    let d = dir.display();
    let mut text = format!(
        "Dir::State \"{d}\";\n\
         Dir::State::status \"{d}/status\";\n\
         Dir::State::lists \"{d}/lists\";\n\
         Dir::Cache \"{d}/cache\";\n\
         Dir::Etc::sourcelist \"{d}/sources.list\";\n\
         Dir::Etc::sourceparts \"/dev/null\";\n\
         Dir::Etc::preferences \"/dev/null\";\n\
         Dir::Etc::preferencesparts \"/dev/null\";\n\
         APT::Architecture \"amd64\";\n\
         #clear APT::Architectures;\n\
         APT::Architectures {{ \"amd64\"; }};\n\
         #clear APT::Update::Pre-Invoke;\n\
         #clear APT::Update::Post-Invoke;\n\
         #clear APT::Update::Post-Invoke-Success;\n\
         Acquire::Check-Valid-Until \"false\";\n\
         APT::Update::Error-Mode \"any\";\n\
         Acquire::Languages \"none\";\n\
         Acquire::Retries \"2\";\n\
         Acquire::http::Timeout \"30\";\n\
         Acquire::https::Timeout \"30\";\n"
    );
    if is_root() {
        // apt's sandbox user may not have access to the cache, which is in root's home.
        text.push_str("APT::Sandbox::User \"root\";\n");
    }
    text
}

/// The name of some suites' state, and of its lock.
fn state_name(suites: &[String], kind: PackageKind) -> String {
    let suites = suites.join("+");
    match kind {
        PackageKind::Binary => suites,
        PackageKind::Source => format!("{suites}-src"),
    }
}

/// Parse the output of `apt-cache showsrc`: one paragraph for each version.
fn parse_showsrc(text: &str) -> BTreeSet<String> {
    let versions = text
        .lines()
        .filter_map(|line| line.strip_prefix("Version: "));
    versions.map(str::to_owned).collect()
}

/// Parse the output of `apt-cache madison`: one line `name | version | source` for each version.
fn parse_madison(text: &str, package: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split('|').map(str::trim);
            (fields.next() == Some(package)).then(|| fields.next().map(str::to_owned))?
        })
        .collect()
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| explain(error, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn madison_lines() {
        let text = " linux-a | 7.3.4-1~bpo13+1 | http://m trixie-backports/main amd64 Packages\n\
                    linux-a |   7.3.5-1 | http://m sid/main amd64 Packages\n\
                    linux-ab |   7.9 | http://m sid/main amd64 Packages\n";
        let versions = parse_madison(text, "linux-a");
        assert_eq!(
            versions.into_iter().collect::<Vec<_>>(),
            ["7.3.4-1~bpo13+1", "7.3.5-1"]
        );
    }

    /// As `dpkg --compare-versions` orders them.
    #[test]
    fn versions_have_debians_order() {
        let ordered = [
            "6.1~rc7-1~exp1",
            "6.1.9-1",
            "6.1.10-1~deb11u1",
            "6.1.10-1",
            "6.1.10-1+b1",
            "6.1.10-2",
            "6.1.10+deb13-1",
            "6.12.117-1",
            "7.3.4-1~bpo13+1",
            "7.3.4-1",
            "1:5.10-1",
        ];
        for (place, older) in ordered.iter().enumerate() {
            assert!(deb_version::compare_versions(older, older).is_eq());
            for newer in &ordered[place + 1..] {
                assert!(
                    deb_version::compare_versions(older, newer).is_lt(),
                    "{older} {newer}"
                );
            }
        }
    }
}
