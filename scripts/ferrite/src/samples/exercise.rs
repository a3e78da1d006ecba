// SPDX-License-Identifier: GPL-2.0

//! `samples/samples.toml`: what each sample is made to do, and what shows that it did.

use super::acpi::AcpiDevice;
use anyhow::{bail, Context as _, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exercises {
    /// What the guest has besides a processor and memory.
    pub(crate) machine: Machine,
    /// By the name of the sample's module.
    pub(crate) sample: BTreeMap<String, Exercise>,
}

/// What the guest has besides a processor and memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Machine {
    /// Devices, as QEMU's `-device` calls them.
    pub(crate) devices: Vec<String>,
    /// Devices that the firmware describes.
    pub(crate) acpi: Vec<AcpiDevice>,
}

/// What one sample is made to do.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exercise {
    /// What that shows, for people.
    pub(crate) shows: String,
    /// Modules of the kernel itself that have to be there first, with their parameters: `i2c-stub chip_addr=0x30`.
    #[serde(default)]
    pub(crate) before: Vec<String>,
    /// Parameters that the sample is loaded with.
    #[serde(default)]
    pub(crate) parameters: Vec<String>,
    /// What the kernel's log gains when it is loaded.
    #[serde(default)]
    pub(crate) load: Vec<String>,
    /// What is done then, in this order.
    #[serde(default)]
    pub(crate) step: Vec<Step>,
    /// What the kernel's log gains when it is unloaded.
    #[serde(default)]
    pub(crate) unload: Vec<String>,
    /// What is done after that.
    #[serde(default)]
    pub(crate) after: Vec<Step>,
}

/// A command for the guest's shell, and what shows that the sample did its part.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// The command.
    pub(crate) run: String,
    /// The lines that it prints, if that matters.
    pub(crate) prints: Option<Vec<String>>,
    /// What the kernel's log gains, in this order: a part of a line each.
    #[serde(default)]
    pub(crate) log: Vec<String>,
    /// It has to fail.
    #[serde(default)]
    pub(crate) fails: bool,
}

impl Exercises {
    /// Read the tree's file.
    pub(crate) fn read(repo: &Path) -> Result<Self> {
        let path = repo.join("samples/samples.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{} is not right", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let exercises: Exercises = toml::from_str(text)?;
        for (name, exercise) in &exercises.sample {
            if !exercise.has_evidence() {
                bail!("{name} has no evidence: nothing is printed and nothing is logged that would show that it works");
            }
        }
        Ok(exercises)
    }
}

impl Exercise {
    fn has_evidence(&self) -> bool {
        let told = |step: &Step| step.fails || step.prints.is_some() || !step.log.is_empty();
        !self.load.is_empty() || self.step.iter().any(told)
    }
}

/// Does the log have each of these parts of lines, in this order? If not, the first that is missing.
pub(crate) fn missing<'a>(expected: &'a [String], log: &[String]) -> Option<&'a str> {
    let mut lines = log.iter();
    expected
        .iter()
        .find(|part| !lines.any(|line| line.contains(part.as_str())))
        .map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = include_str!("../../../../samples/samples.toml");

    #[test]
    fn own_file_is_right() {
        Exercises::parse(OWN).unwrap();
    }

    #[test]
    fn an_exercise_without_evidence_is_refused() {
        let text = "[machine]\ndevices = []\nacpi = []\n[sample.a]\nshows = \"x\"\n[[sample.a.step]]\nrun = \"true\"\n";
        let error = format!("{:#}", Exercises::parse(text).unwrap_err());
        assert!(error.contains("a has no evidence"), "{error}");
        assert!(Exercises::parse(&text.replace("\"true\"", "\"true\"\nprints = []")).is_ok());
    }

    #[test]
    fn logs_are_read_in_order() {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let log = list("one,a two b,three");
        assert_eq!(missing(&list("one,two"), &log), None);
        assert_eq!(missing(&list("two,one"), &log), Some("one"));
        assert_eq!(missing(&list("three,three"), &log), Some("three"));
        assert_eq!(missing(&[], &[]), None);
    }
}
