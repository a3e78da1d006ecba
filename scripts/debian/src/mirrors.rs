// SPDX-License-Identifier: GPL-2.0

//! The mirrors from which this machine gets its packages.

use anyhow::{anyhow, bail, Context as _, Result};
use host::{Cmd, Context};
use std::fs;
use std::path::Path;

/// The environment variable that replaces the mirror of the host's apt.
const MIRROR: &str = "FERRITE_MIRROR";

/// The environment variable that replaces the mirror of the security suites.
const SECURITY_MIRROR: &str = "FERRITE_SECURITY_MIRROR";

/// The files with the keys that sign Debian's archive; the newer name first.
const KEYRINGS: [&str; 2] = [
    "/usr/share/keyrings/debian-archive-keyring.pgp",
    "/usr/share/keyrings/debian-archive-keyring.gpg",
];

/// The kind of packages: binary or source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageKind {
    /// Binary packages, which are installed.
    Binary,
    /// Source packages, which are built.
    Source,
}

/// The mirrors that the host uses.
pub struct Mirrors {
    main: String,
    security: Option<String>,
}

impl Mirrors {
    /// Read them from the environment, else from the host's apt.
    pub fn find(ctx: &Context) -> Result<Self> {
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
pub fn sources_list(mirrors: &Mirrors, suites: &[String], kind: PackageKind) -> Result<String> {
    let what = match kind {
        PackageKind::Binary => "deb",
        PackageKind::Source => "deb-src",
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

/// The option `signed-by` with the keyring; empty if the host's apt has its keys in another place.
fn signed_by() -> String {
    match KEYRINGS.iter().find(|path| Path::new(path).exists()) {
        Some(path) => format!(" [signed-by={path}]"),
        None => String::new(),
    }
}

/// Parse lines `URI|RELEASE|COMPONENT|ORIGIN`. apt leaves the placeholder of a field that it does not know.
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
        // Without package lists, apt does not know the origin and leaves the placeholder.
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
        assert!(
            sources_list(&mirrors, &["trixie".into()], PackageKind::Binary)
                .unwrap()
                .contains("/debian trixie main")
        );
        let error =
            sources_list(&mirrors, &["trixie-security".into()], PackageKind::Source).unwrap_err();
        assert!(error.to_string().contains(SECURITY_MIRROR));
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
