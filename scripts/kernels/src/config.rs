// SPDX-License-Identifier: GPL-2.0

//! A kernel's configuration.

use crate::installed::Installed;
use anyhow::{Context as _, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A kernel's configuration.
pub struct Config(BTreeMap<String, String>);

impl Config {
    /// Read the configuration of a kernel's header package.
    pub fn read(kernel: &Installed) -> Result<Self> {
        Self::at(&kernel.headers)
            .with_context(|| format!("the header package of {} is not whole", kernel.name))
    }

    /// Read the configuration of a build tree or header package.
    pub fn at(kdir: &Path) -> Result<Self> {
        let path = kdir.join(".config");
        let text = fs::read_to_string(&path).with_context(|| {
            format!(
                "there is no configuration at {}: is that a kernel's build tree?",
                path.display()
            )
        })?;
        Ok(Self::parse(&text))
    }

    /// Add the options of a file with `NAME=value` lines; they replace options with the same name.
    pub fn extend(&mut self, text: &str) {
        self.0.extend(Self::parse(text).0);
    }

    /// Read the `NAME=value` lines of a configuration.
    pub fn parse(text: &str) -> Self {
        let pairs = text.lines().filter(|line| line.starts_with("CONFIG_"));
        let pairs = pairs.filter_map(|line| line.split_once('='));
        Config(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// Is the option `y`?
    pub fn is_set(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value == "y")
    }

    /// Is the option `y` or `m`?
    pub fn is_on(&self, name: &str) -> bool {
        self.0
            .get(name)
            .is_some_and(|value| value == "y" || value == "m")
    }

    /// The option's string without its quotes; empty if it is not set.
    pub fn text(&self, name: &str) -> String {
        self.0
            .get(name)
            .map(|value| value.trim_matches('"').to_owned())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration() {
        let config =
            Config::parse("# CONFIG_A is not set\nCONFIG_RUST=y\nCONFIG_T=\"a b\"\nCONFIG_M=m\n");
        assert!(
            config.is_set("CONFIG_RUST")
                && !config.is_set("CONFIG_A")
                && !config.is_set("CONFIG_M")
        );
        assert_eq!(config.text("CONFIG_T"), "a b");
        assert_eq!(config.text("CONFIG_A"), "");
    }
}
