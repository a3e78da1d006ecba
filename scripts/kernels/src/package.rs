// SPDX-License-Identifier: GPL-2.0

//! A package of Debian's archive at one version.

/// A package at one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl std::fmt::Display for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

impl Package {
    /// The same package at another version.
    pub fn at(&self, version: &str) -> Self {
        Package {
            name: self.name.clone(),
            version: version.to_owned(),
        }
    }
}
