// SPDX-License-Identifier: GPL-2.0

//! What upstream says of its samples: the modules of `samples/rust/Makefile`, and in `samples/rust/Kconfig` what a
//! kernel has to be configured with for each.

use anyhow::{ensure, Context as _, Result};
use kernels::Config;
use std::fs;
use std::path::Path;

/// One of upstream's samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The module, such as `rust_minimal`.
    pub(crate) module: String,
    /// The option that builds it, such as `CONFIG_SAMPLE_RUST_MINIMAL`.
    pub(crate) option: String,
    /// What the kernel's configuration has to have, each as Kconfig writes it: `PCI`, `I2C=y`.
    pub(crate) needs: Vec<String>,
}

/// The samples of a kernel source tree, in upstream's order.
pub(crate) fn samples(linux: &Path) -> Result<Vec<Sample>> {
    let read = |file: &str| {
        let path = linux.join("samples/rust").join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let samples = parse(&read("Makefile")?, &read("Kconfig")?);
    ensure!(
        !samples.is_empty(),
        "{} has no Rust samples: is it the source of Linux 7.3?",
        linux.display()
    );
    Ok(samples)
}

fn parse(makefile: &str, kconfig: &str) -> Vec<Sample> {
    let objects = makefile.lines().filter_map(|line| {
        let (option, object) = line.strip_prefix("obj-$(")?.split_once(')')?;
        let module = object.split_whitespace().last()?.strip_suffix(".o")?;
        Some((option.to_owned(), module.to_owned()))
    });
    objects
        .map(|(option, module)| Sample {
            needs: needs(kconfig, option.trim_start_matches("CONFIG_")),
            module,
            option,
        })
        .collect()
}

/// The dependencies of an option. What it selects counts too: a kernel that is built already cannot be given it.
fn needs(kconfig: &str, option: &str) -> Vec<String> {
    let mut needs = Vec::new();
    let mut inside = false;
    for line in kconfig.lines() {
        if let Some(name) = line.strip_prefix("config ") {
            inside = name.trim() == option;
        } else if !inside {
            continue;
        } else if let Some(terms) = line.trim().strip_prefix("depends on ") {
            needs.extend(terms.split("&&").map(|term| term.replace(' ', "")));
        } else if let Some(name) = line.trim().strip_prefix("select ") {
            needs.push(name.trim().to_owned());
        }
    }
    needs
}

impl Sample {
    /// Why a kernel's configuration rules the sample out, if it does.
    pub(crate) fn obstacle(&self, config: &Config) -> Option<String> {
        self.needs.iter().find_map(|need| {
            let alternatives = need.split("||");
            let why: Option<Vec<String>> = alternatives.map(|term| unmet(term, config)).collect();
            why.map(|why| why.join(", and "))
        })
    }
}

/// Why one term, `A`, `!A` or `A=y`, is not met.
fn unmet(term: &str, config: &Config) -> Option<String> {
    let state = |name: &str| match config.text(name).as_str() {
        "" => "off".to_owned(),
        value => value.to_owned(),
    };
    let option = |name: &str| format!("CONFIG_{name}");
    if let Some((name, value)) = term.split_once('=') {
        let name = option(name);
        let is = config.text(&name);
        return (is != value).then(|| format!("{name} is {}, not {value}", state(&name)));
    }
    if let Some(name) = term.strip_prefix('!') {
        let name = option(name);
        return config
            .is_on(&name)
            .then(|| format!("{name} is {}", state(&name)));
    }
    let name = option(term);
    (!config.is_on(&name)).then(|| format!("{name} is off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAKEFILE: &str = "ccflags-y += -I$(src)\nobj-$(CONFIG_SAMPLE_RUST_A)\t+= rust_a.o\n\
        obj-$(CONFIG_SAMPLE_RUST_AB)\t\t+= rust_ab.o\n\nrust_ab-y := rust_ab_main.o rust_ab_events.o\n\
        subdir-$(CONFIG_SAMPLE_RUST_HOST)\t+= host\n";
    const KCONFIG: &str = "menuconfig SAMPLES_RUST\n\tdepends on RUST\nif SAMPLES_RUST\nconfig SAMPLE_RUST_A\n\ttristate \"A\"\n\
        \thelp\n\t  depends on nothing\n\nconfig SAMPLE_RUST_AB\n\ttristate \"AB\"\n\tdepends on PCI && USB = y\n\tselect BUS\n";

    #[test]
    fn upstream_is_read() {
        let samples = parse(MAKEFILE, KCONFIG);
        let names: Vec<&str> = samples
            .iter()
            .map(|sample| sample.module.as_str())
            .collect();
        assert_eq!(names, ["rust_a", "rust_ab"]);
        assert_eq!(samples[1].option, "CONFIG_SAMPLE_RUST_AB");
        assert_eq!(samples[1].needs, ["PCI", "USB=y", "BUS"]);
    }

    #[test]
    fn obstacles() {
        let obstacle = |need: &str| {
            let sample = Sample {
                module: "m".into(),
                option: "CONFIG_M".into(),
                needs: vec![need.into()],
            };
            sample
                .obstacle(&Config::parse("CONFIG_PCI=y\nCONFIG_USB=m\n"))
                .unwrap_or_default()
        };
        assert_eq!(obstacle("PCI"), "");
        assert_eq!(obstacle("USB"), "");
        assert_eq!(obstacle("USB=y"), "CONFIG_USB is m, not y");
        assert_eq!(obstacle("BUS"), "CONFIG_BUS is off");
        assert_eq!(obstacle("BUS=y"), "CONFIG_BUS is off, not y");
        assert_eq!(obstacle("!PCI"), "CONFIG_PCI is y");
        assert_eq!(obstacle("BUS||PCI"), "");
        assert_eq!(obstacle("BUS||A"), "CONFIG_BUS is off, and CONFIG_A is off");
    }
}
