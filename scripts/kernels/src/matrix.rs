// SPDX-License-Identifier: GPL-2.0

//! `kernels.toml`: the declared range, the crate, the toolchain root and the matrix.

use anyhow::{bail, Context as _, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The content of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The kernel that is used if the user names none.
    pub default: String,
    /// The range of supported kernels.
    pub range: Range,
    /// The upstream `kernel` crate that modules are written against.
    #[serde(rename = "crate")]
    pub upstream: Upstream,
    /// The toolchain root.
    pub root: RootSpec,
    /// The packages of herd7, which judges litmus tests.
    pub herd: Option<HerdSpec>,
    /// The matrix.
    #[serde(rename = "kernel")]
    pub kernels: Vec<Kernel>,
}

/// A range of release lines, both ends included.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The oldest line.
    pub oldest: ReleaseLine,
    /// The newest line.
    pub newest: ReleaseLine,
}

/// The upstream source package.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upstream {
    /// Its release line.
    pub line: ReleaseLine,
    /// The suites that have the package.
    pub suites: Vec<String>,
    /// The package.
    pub package: String,
    /// The pinned version.
    pub version: String,
}

/// The suites and packages of the toolchain root.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RootSpec {
    /// The suites; the first one names the release.
    pub suites: Vec<String>,
    /// The packages in addition to the essential ones.
    pub packages: Vec<String>,
}

/// The packages of herd7.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HerdSpec {
    /// Where the packages are.
    pub suites: Vec<String>,
    /// The packages: the herdtools, and the libraries that they need.
    pub packages: Vec<String>,
    /// The pinned version of the herdtools. If the archive has removed it, the newest one is used.
    pub version: String,
}

/// One kernel of the matrix.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    /// Its name on the command line.
    pub name: String,
    /// Why it is in the matrix.
    pub role: String,
    /// The release line.
    pub line: ReleaseLine,
    /// The provider that `auto` should choose.
    pub provider: Provider,
    /// Where its packages are.
    pub suites: Vec<String>,
    /// The pinned release, as `uname -r` prints it; empty for a kernel that is built here.
    #[serde(default)]
    pub release: String,
    /// The pinned version of its packages.
    pub version: String,
    /// The packages with the image and the modules.
    #[serde(default)]
    pub image: Vec<String>,
    /// The packages with the headers for external modules.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The distributor's source package.
    pub source: Option<String>,
    /// The files of the configuration for building it here, on top of `tinyconfig`. Without one, the kernel comes in
    /// packages.
    #[serde(default)]
    pub config: Vec<PathBuf>,
    /// The group of the kernel. `compat` takes the kernels of no group, unless it is asked for others.
    pub group: Option<String>,
    /// The number of upstream's samples that have to work; the default is all that its configuration allows.
    pub samples: Option<usize>,
    /// The version that the headers claim in a second build, whose result has to be the same.
    pub forge: Option<String>,
}

/// The provider of the `kernel` crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The target kernel's own crate.
    Native,
    /// The newest upstream crate, compiled against the target's headers.
    Carried,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Provider::Native => "native",
            Provider::Carried => "carried",
        })
    }
}

/// A release line, such as 6.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ReleaseLine(u32, u32);

impl TryFrom<String> for ReleaseLine {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = text
            .split_once('.')
            .and_then(|(major, minor)| Some(ReleaseLine(major.parse().ok()?, minor.parse().ok()?)));
        parsed.ok_or(format!("\"{text}\" is no release line such as \"6.12\""))
    }
}

impl fmt::Display for ReleaseLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Table {
    /// Read the tree's table.
    pub fn read(repo: &Path) -> Result<Self> {
        let path = repo.join("kernels.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not right", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let table: Table = toml::from_str(text)?;
        let mut names = BTreeSet::new();
        for kernel in &table.kernels {
            let name = &kernel.name;
            if !names.insert(name) {
                bail!("two kernels are called {name}");
            }
            if kernel.line < table.range.oldest || kernel.line > table.range.newest {
                bail!(
                    "{name} is of line {}, outside the declared range {} to {}",
                    kernel.line,
                    table.range.oldest,
                    table.range.newest
                );
            }
            kernel.check()?;
        }
        table
            .kernel(&table.default)
            .context("`default` is not right")?;
        if table.root.suites.is_empty() {
            bail!("the toolchain root needs at least one suite");
        }
        Ok(table)
    }

    /// The kernel with this name, or the default one.
    pub fn named(&self, name: Option<&str>) -> Result<&Kernel> {
        self.kernel(name.unwrap_or(&self.default))
    }

    /// The kernels that a word means: a kernel's name, a group's, or `all`.
    pub fn meant(&self, word: &str) -> Result<Vec<&Kernel>> {
        let is_meant = |kernel: &&Kernel| word == "all" || kernel.group.as_deref() == Some(word);
        let meant: Vec<_> = self.kernels.iter().filter(is_meant).collect();
        match meant.is_empty() {
            true => Ok(vec![self.kernel(word)?]),
            false => Ok(meant),
        }
    }

    /// The kernels that are tested when nobody names one: those of no group.
    pub fn ungrouped(&self) -> impl Iterator<Item = &Kernel> {
        self.kernels.iter().filter(|kernel| kernel.group.is_none())
    }

    /// The kernel with this name.
    pub fn kernel(&self, name: &str) -> Result<&Kernel> {
        match self.kernels.iter().find(|kernel| kernel.name == name) {
            Some(kernel) => Ok(kernel),
            None => {
                let names: Vec<_> = self.kernels.iter().map(|k| k.name.as_str()).collect();
                bail!(
                    "kernels.toml has no kernel \"{name}\": it has {}",
                    names.join(", ")
                )
            }
        }
    }
}

impl Kernel {
    /// Returns an error if a field is missing that fetching or building the kernel needs, or if one is too many.
    fn check(&self) -> Result<()> {
        let name = &self.name;
        let packaged =
            !self.release.is_empty() && !self.image.is_empty() && !self.headers.is_empty();
        let nothing = self.release.is_empty() && self.image.is_empty() && self.headers.is_empty();
        if self.suites.is_empty() {
            bail!("{name} needs at least one suite");
        }
        match self.is_built_here() {
            false if !packaged => {
                bail!("{name} needs a release, an image package and a header package")
            }
            true if !nothing => {
                bail!("{name} is built here: it has no release, image and header packages")
            }
            true if self.source.is_none() => {
                bail!("{name} is built here: it needs a source package")
            }
            _ => Ok(()),
        }
    }

    /// Is it built here, from its source, rather than unpacked?
    pub fn is_built_here(&self) -> bool {
        !self.config.is_empty()
    }

    /// The release's end, such as `amd64` or `rt-amd64`.
    pub fn flavour(&self) -> &str {
        let mut parts = self.release.rsplit('-');
        let machine = parts.next().unwrap_or_default();
        let variant = parts
            .next()
            .filter(|part| part.starts_with(|c: char| c.is_alphabetic()));
        let length = machine.len() + variant.map_or(0, |variant| variant.len() + 1);
        &self.release[self.release.len() - length..]
    }

    /// The names of the packages for a release: the image's, then the headers'.
    pub fn packages(&self, release: &str) -> Vec<String> {
        let abi = release
            .strip_suffix(&format!("-{}", self.flavour()))
            .unwrap_or(release);
        self.image
            .iter()
            .chain(&self.headers)
            .map(|name| name.replace("{release}", release).replace("{abi}", abi))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = include_str!("../../../kernels.toml");

    #[test]
    fn own_table_is_right() {
        let table = Table::parse(OWN).unwrap();
        assert_eq!(
            table.kernel("debian-7.3").unwrap().provider,
            Provider::Native
        );
    }

    #[test]
    fn packages_of_a_release() {
        let table = Table::parse(OWN).unwrap();
        let kernel = table.kernel("debian-6.12").unwrap();
        assert_eq!(kernel.flavour(), "amd64");
        assert_eq!(table.kernel("debian-6.1").unwrap().flavour(), "amd64");
        let real_time = table.kernel("debian-6.12-rt").unwrap();
        assert_eq!(real_time.flavour(), "rt-amd64");
        assert_eq!(
            real_time.packages("6.12.9+deb13-rt-amd64")[2],
            "linux-headers-6.12.9+deb13-common-rt"
        );
        assert_eq!(
            kernel.packages("6.12.9+deb13-amd64"),
            [
                "linux-image-6.12.9+deb13-amd64",
                "linux-headers-6.12.9+deb13-amd64",
                "linux-headers-6.12.9+deb13-common",
                "linux-kbuild-6.12.9+deb13"
            ]
        );
    }

    #[test]
    fn groups_are_asked_for_by_name() {
        let table = Table::parse(OWN).unwrap();
        let names = |word: &str| -> Vec<String> {
            let meant = table.meant(word).unwrap();
            meant.iter().map(|kernel| kernel.name.clone()).collect()
        };
        assert_eq!(names("rt"), ["debian-6.12-rt"]);
        assert_eq!(names("debian-6.1"), ["debian-6.1"]);
        assert_eq!(names("all").len(), table.kernels.len());
        assert!(table.meant("cloudy").is_err());
        assert!(table
            .ungrouped()
            .all(|kernel| kernel.name != "debian-6.12-rt"));
    }

    #[test]
    fn lines_compare_as_numbers() {
        let line = |text: &str| ReleaseLine::try_from(text.to_owned()).unwrap();
        assert!(line("5.10") > line("5.4"));
        assert!(line("6.12") < line("7.3"));
        assert!(ReleaseLine::try_from("7".to_owned()).is_err());
        assert!(ReleaseLine::try_from("7.x".to_owned()).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        let error = |text: &str| format!("{:#}", Table::parse(text).unwrap_err());
        assert!(error(&OWN.replace("oldest = \"5.10\"", "oldest = \"7.0\""))
            .contains("outside the declared range"));
        assert!(error(&OWN.replace("debian-6.12", "debian-7.3")).contains("two kernels"));
        assert!(error(&OWN.replace("config =", "#")).contains("needs a release"));
        assert!(error(&OWN.replace("role =", "rôle =")).contains("TOML"));
        let unknown = Table::parse(OWN)
            .unwrap()
            .kernel("debian-9")
            .unwrap_err()
            .to_string();
        assert!(unknown.contains("debian-7.3"), "{unknown}");
    }
}
