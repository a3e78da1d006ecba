// SPDX-License-Identifier: GPL-2.0

//! Reads a target kernel's build tree: its exports, its release, and its checks of a module.

use anyhow::{Context as _, Result};
use kernels::Config;
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// One line of `Module.symvers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The CRC of its type; 0 without MODVERSIONS.
    pub crc: u32,
    /// The exporter: `vmlinux`, or the path of a module.
    pub owner: String,
    /// `EXPORT_SYMBOL` or `EXPORT_SYMBOL_GPL`.
    pub tag: String,
    /// The namespace; empty without one.
    pub namespace: String,
}

impl Export {
    /// Is it exported to GPL-compatible modules only?
    pub fn gpl_only(&self) -> bool {
        self.tag.contains("GPL")
    }

    /// The module that exports it; `None` if the kernel itself does.
    pub fn module(&self) -> Option<String> {
        let name = self
            .owner
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .replace('-', "_");
        (self.owner != "vmlinux").then_some(name)
    }
}

/// A target kernel.
pub struct Kernel {
    /// The release, as `uname -r` prints it.
    pub release: String,
    /// Its exports by name.
    pub exports: HashMap<String, Export>,
    /// Does it compare CRCs (MODVERSIONS)?
    pub modversions: bool,
    /// Does it refuse modules without a signature?
    pub signatures: bool,
    /// Is it for x86-64?
    pub x86_64: bool,
    /// Does it accept a module that does not import a namespace?
    pub lax_namespaces: bool,
    /// The words of its vermagic after the release.
    pub magic: Vec<&'static str>,
}

impl Kernel {
    /// Read a build tree or header package.
    pub fn read(kdir: &Path) -> Result<Self> {
        let config = Config::at(kdir)?;
        let on = |name: &str| config.is_set(name);
        let symvers = kdir.join("Module.symvers");
        let text = fs::read_to_string(&symvers).with_context(|| {
            format!(
                "{} cannot be read, so nothing says what the kernel exports: take a header package, or a tree \
                 in which the kernel was built",
                symvers.display()
            )
        })?;
        let magic = [
            ("SMP", on("CONFIG_SMP")),
            ("preempt_rt", on("CONFIG_PREEMPT_RT")),
            (
                "preempt",
                !on("CONFIG_PREEMPT_RT") && (on("CONFIG_PREEMPT_BUILD") || on("CONFIG_PREEMPT")),
            ),
            ("mod_unload", on("CONFIG_MODULE_UNLOAD")),
            ("modversions", on("CONFIG_MODVERSIONS")),
        ];
        Ok(Kernel {
            release: release(kdir)?,
            exports: parse_symvers(&text),
            modversions: on("CONFIG_MODVERSIONS"),
            signatures: on("CONFIG_MODULE_SIG_FORCE"),
            x86_64: on("CONFIG_X86_64"),
            lax_namespaces: on("CONFIG_MODULE_ALLOW_MISSING_NAMESPACE_IMPORTS"),
            magic: magic
                .iter()
                .filter(|(_, on)| *on)
                .map(|(word, _)| *word)
                .collect(),
        })
    }
}

/// The release that the tree's kernel reports.
fn release(kdir: &Path) -> Result<String> {
    let header = kdir.join("include/generated/utsrelease.h");
    let text = fs::read_to_string(&header).with_context(|| {
        format!(
            "{} cannot be read: in a source tree, run `make modules_prepare`",
            header.display()
        )
    })?;
    let quoted = text
        .lines()
        .find_map(|line| line.strip_prefix("#define UTS_RELEASE "));
    let release = quoted.map(|value| value.trim().trim_matches('"').to_owned());
    release.with_context(|| format!("{} has no UTS_RELEASE", header.display()))
}

/// CRC, symbol, module, export type and namespace, with tabs between.
pub(crate) fn parse_symvers(text: &str) -> HashMap<String, Export> {
    let mut exports = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let mut next = || fields.next().unwrap_or_default().to_owned();
        let (crc, name, owner, tag, namespace) = (next(), next(), next(), next(), next());
        let crc = u32::from_str_radix(crc.trim_start_matches("0x"), 16);
        if let (Ok(crc), false) = (crc, name.is_empty()) {
            exports.insert(
                name,
                Export {
                    crc,
                    owner,
                    tag,
                    namespace,
                },
            );
        }
    }
    exports
}
