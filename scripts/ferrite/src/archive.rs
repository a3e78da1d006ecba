// SPDX-License-Identifier: GPL-2.0

//! The distribution's archive, seen through a private apt state: nothing is installed on the host.
//!
//! The mirror, proxies, certificates and keys are those of the host's own apt. Package lists are read only when a
//! package is needed that the cache lacks.

use anyhow::{anyhow, bail, Context as _, Result};
use host::{explain, is_root, Cmd, Context, Lock};
use kernels::Package;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Overrides the mirror that the host's apt uses.
const MIRROR: &str = "FERRITE_MIRROR";
/// Overrides the mirror of the security suites.
const SECURITY_MIRROR: &str = "FERRITE_SECURITY_MIRROR";

/// The file whose time says when package lists were read.
const STAMP: &str = "lists-read";
/// Lists that were read this lately are not read again because a package could not be fetched.
const LATELY: Duration = Duration::from_secs(600);

/// Where Debian keeps the keys that sign its archive; the newer name first.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
];

/// Which packages of a suite are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Those that are installed.
    Binary,
    /// Those that are built.
    Source,
}

/// Some suites of the archive. While it exists, no other process uses the same suites' state.
pub(crate) struct Archive<'a> {
    ctx: &'a Context,
    dir: PathBuf,
    suites: Vec<String>,
    kind: Kind,
    _lock: Lock,
}

impl<'a> Archive<'a> {
    /// The suites, with whatever package lists the cache has.
    pub(crate) fn open(ctx: &'a Context, suites: &[String], kind: Kind) -> Result<Self> {
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
    pub(crate) fn has_lists(&self) -> bool {
        self.dir.join(STAMP).exists()
    }

    /// Have the package lists of these suites been read, but not lately? Then they may name what is gone.
    pub(crate) fn is_stale(ctx: &Context, suites: &[String], kind: Kind) -> bool {
        let stamp = ctx
            .cache
            .path()
            .join("apt")
            .join(state_name(suites, kind))
            .join(STAMP);
        let read = fs::metadata(stamp).and_then(|meta| meta.modified());
        read.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > LATELY))
    }

    /// Read the package lists; `wanted` is what for.
    pub(crate) fn update(&self, wanted: &[String]) -> Result<()> {
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
    pub(crate) fn versions(&self, package: &str) -> Result<BTreeSet<String>> {
        let args: &[&str] = match self.kind {
            Kind::Binary => &["madison"],
            Kind::Source => &["showsrc", "--only-source"],
        };
        let outcome = self
            .apt("apt-cache")
            .args(args)
            .arg(package)
            .outcome(self.ctx)?;
        Ok(match self.kind {
            Kind::Binary => parse_madison(&outcome.stdout, package),
            Kind::Source => parse_showsrc(&outcome.stdout),
        })
    }

    /// Does the lists' archive have all these packages?
    pub(crate) fn has_all(&self, packages: &[Package]) -> Result<bool> {
        for package in packages {
            if !self.versions(&package.name)?.contains(&package.version) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The packages whose names match a regular expression.
    pub(crate) fn names(&self, pattern: &str) -> Result<Vec<String>> {
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
    pub(crate) fn download(&self, packages: &[Package], into: &Path, what: &str) -> Result<()> {
        let list: Vec<_> = packages.iter().map(Package::to_string).collect();
        let args: &[&str] = match self.kind {
            Kind::Binary => &["download"],
            Kind::Source => &["source", "--only-source", "--tar-only"],
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

/// Is `a` an older version than `b`, by the rules of Debian's versions?
pub(crate) fn older(ctx: &Context, a: &str, b: &str) -> Result<bool> {
    let outcome = Cmd::new("dpkg")
        .args(["--compare-versions", a, "lt", b])
        .outcome(ctx)?;
    Ok(outcome.status.success())
}

/// Where the host gets its packages from.
pub(crate) struct Mirrors {
    main: String,
    security: Option<String>,
}

impl Mirrors {
    /// From the environment, else from the host's own apt.
    pub(crate) fn find(ctx: &Context) -> Result<Self> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (main, security) = (set(MIRROR), set(SECURITY_MIRROR));
        if let Some(main) = main {
            return Ok(Mirrors { main, security });
        }
        let how = format!(
            "set {MIRROR} (and {SECURITY_MIRROR}) to the address of a Debian mirror, as it would stand in sources.list"
        );
        let os = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let os = os_release(&os);
        if os.as_deref() != Some("debian") {
            let os = os.unwrap_or("unknown".to_owned());
            bail!("this machine's system is \"{os}\", not Debian, so its apt cannot say where Debian's archive is: {how}");
        }
        let targets = Cmd::new("apt-get")
            .args([
                "indextargets",
                "--format",
                "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)",
                "Created-By: Packages",
            ])
            .run(ctx)?;
        let mut found = parse_targets(&targets.stdout)
            .ok_or_else(|| anyhow!("this machine's apt names no Debian mirror: {how}"))?;
        if security.is_some() {
            found.security = security;
        }
        Ok(found)
    }
}

impl std::fmt::Display for Mirrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.security {
            Some(security) => write!(f, "{} and {security}", self.main),
            None => write!(f, "{} (and none for the security suites)", self.main),
        }
    }
}

/// The lines of sources.list for these suites.
pub(crate) fn sources_list(mirrors: &Mirrors, suites: &[String], kind: Kind) -> Result<String> {
    let what = match kind {
        Kind::Binary => "deb",
        Kind::Source => "deb-src",
    };
    let mut text = String::new();
    for suite in suites {
        let mirror = if suite.ends_with("-security") {
            mirrors.security.as_ref().with_context(|| {
                format!("this machine's apt names no mirror of Debian's security suites, and {suite} is one: set {SECURITY_MIRROR}")
            })?
        } else {
            &mirrors.main
        };
        text.push_str(&format!("{what}{} {mirror} {suite} main\n", signed_by()));
    }
    Ok(text)
}

/// The option that names the keyring; nothing where the host's apt has its keys elsewhere.
fn signed_by() -> String {
    match KEYRINGS.iter().find(|path| Path::new(path).exists()) {
        Some(path) => format!(" [signed-by={path}]"),
        None => String::new(),
    }
}

/// Settings that keep apt's state, and the host's hooks, out of each other's way.
///
/// Lists may be past their date: old suites are signed once and for all, and the pins say which version is meant.
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
        // The archive user of apt's sandbox may not be able to reach the cache, in root's home.
        text.push_str("APT::Sandbox::User \"root\";\n");
    }
    text
}

/// The name of some suites' state, and of its lock.
fn state_name(suites: &[String], kind: Kind) -> String {
    let suites = suites.join("+");
    match kind {
        Kind::Binary => suites,
        Kind::Source => format!("{suites}-src"),
    }
}

/// What `apt-cache showsrc` says: a paragraph a version.
fn parse_showsrc(text: &str) -> BTreeSet<String> {
    let versions = text
        .lines()
        .filter_map(|line| line.strip_prefix("Version: "));
    versions.map(str::to_owned).collect()
}

/// What `apt-cache madison` says of one package: `name | version | source` a line.
fn parse_madison(text: &str, package: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| {
            let mut fields = line.split('|').map(str::trim);
            (fields.next() == Some(package)).then(|| fields.next().map(str::to_owned))?
        })
        .collect()
}

/// `URI|RELEASE|COMPONENT|ORIGIN` a line; a field that apt does not know stays as it was asked for.
fn parse_targets(text: &str) -> Option<Mirrors> {
    let mut main = None;
    let mut security = None;
    for line in text.lines() {
        let fields: Vec<_> = line.split('|').collect();
        let &[uri, release, component, origin] = fields.as_slice() else {
            continue;
        };
        let debian = origin == "Debian" || origin.starts_with('$') || origin.is_empty();
        if !debian || component != "main" {
            continue;
        }
        let uri = uri.trim_end_matches('/').to_owned();
        if release.ends_with("-security") {
            security.get_or_insert(uri);
        } else if release.chars().all(|c| c.is_ascii_lowercase()) || release.ends_with("-updates") {
            main.get_or_insert(uri);
        }
    }
    Some(Mirrors {
        main: main?,
        security,
    })
}

/// The `ID=` of an os-release file.
fn os_release(text: &str) -> Option<String> {
    text.lines()
        .find_map(|line| line.strip_prefix("ID="))
        .map(|id| id.trim_matches('"').to_owned())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| explain(error, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_of_a_host() {
        let text = "http://mirror.example/debian/|trixie|main|Debian\n\
                    http://other.example/apt/|stable|main|Other\n\
                    http://mirror.example/debian/|trixie|non-free|Debian\n\
                    http://mirror.example/security/|trixie-security|main|Debian\n";
        let mirrors = parse_targets(text).unwrap();
        assert_eq!(mirrors.main, "http://mirror.example/debian");
        assert_eq!(
            mirrors.security.as_deref(),
            Some("http://mirror.example/security")
        );
    }

    #[test]
    fn mirrors_before_the_first_update() {
        // Without lists apt does not know the origin and leaves the field as it was asked for.
        let mirrors = parse_targets("http://m.example/debian/|bookworm|main|$(ORIGIN)\n").unwrap();
        assert_eq!(mirrors.main, "http://m.example/debian");
        assert!(mirrors.security.is_none());
        assert!(parse_targets("http://o.example/|stable|main|Other\n").is_none());
    }

    #[test]
    fn security_suites_need_their_mirror() {
        let mirrors = Mirrors {
            main: "http://m.example/debian".into(),
            security: None,
        };
        assert!(sources_list(&mirrors, &["trixie".into()], Kind::Binary)
            .unwrap()
            .contains("/debian trixie main"));
        let error = sources_list(&mirrors, &["trixie-security".into()], Kind::Source).unwrap_err();
        assert!(error.to_string().contains(SECURITY_MIRROR));
    }

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

    #[test]
    fn systems() {
        assert_eq!(
            os_release("NAME=x\nID=debian\nID_LIKE=y\n").as_deref(),
            Some("debian")
        );
        assert_eq!(os_release("ID=\"ubuntu\"\n").as_deref(), Some("ubuntu"));
        assert_eq!(os_release("NAME=x\n"), None);
    }
}
