// SPDX-License-Identifier: GPL-2.0

//! Where the `kernel` crate comes from, and why.

use anyhow::{bail, Result};
use clap::ValueEnum;
use host::Context;
use kernels::{Config, Installed, Provider, Table};
use root::Root;
use std::fmt;

/// What the person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wish {
    /// Native where it can be, else carried
    Auto,
    /// The target kernel's own crate
    Native,
    /// The newest upstream crate, compiled against the target's headers
    Carried,
}

/// A provider, and the reason it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The provider.
    pub provider: Provider,
    /// Why this one, in a few words.
    pub why: String,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider: {} ({})", self.provider, self.why)
    }
}

/// What of a kernel and of the root decides. Gathered first, so that deciding can be tested.
#[derive(Clone, Debug)]
struct Facts {
    /// The kernel's name in `kernels.toml`.
    kernel: String,
    /// The kernel's crate: its release line, if it has Rust.
    crate_line: Option<kernels::Line>,
    /// The line of the crate that the modules are written against.
    wanted_line: kernels::Line,
    /// The kernel's rustc, as its configuration has it.
    kernel_rustc: String,
    /// The root's rustc.
    root_rustc: String,
    /// The header package has the Rust metadata.
    metadata: bool,
    /// The source package to rebuild it from.
    source: Option<String>,
}

/// The provider for a kernel: what was wished, or what is right.
pub fn choose(
    ctx: &Context,
    table: &Table,
    root: &Root,
    kernel: &Installed,
    wish: Wish,
) -> Result<Choice> {
    let config = Config::read(kernel)?;
    let facts = Facts {
        kernel: kernel.name.clone(),
        crate_line: config.is_set("CONFIG_RUST").then_some(kernel.line),
        wanted_line: table.upstream.line,
        kernel_rustc: config.text("CONFIG_RUSTC_VERSION_TEXT"),
        root_rustc: rustc(ctx, root)?,
        metadata: kernel.headers.join("rust/libkernel.rmeta").exists(),
        source: kernel.source.as_ref().map(|source| source.name.clone()),
    };
    decide(&facts, wish)
}

fn decide(facts: &Facts, wish: Wish) -> Result<Choice> {
    let carried = |why: String| Choice {
        provider: Provider::Carried,
        why,
    };
    let obstacle = match native(facts) {
        Ok(why) if wish != Wish::Carried => {
            return Ok(Choice {
                provider: Provider::Native,
                why,
            })
        }
        Ok(_) => return Ok(carried("asked for; native would do".to_owned())),
        Err(obstacle) => obstacle,
    };
    match wish {
        Wish::Native => bail!(
            "{} cannot have the native provider: {}.\n{}",
            facts.kernel,
            obstacle.what,
            obstacle.remedy
        ),
        Wish::Auto => Ok(carried(obstacle.what)),
        Wish::Carried => Ok(carried(format!("asked for; {}", obstacle.what))),
    }
}

/// Why native is not possible, and what would make it so.
struct Obstacle {
    what: String,
    remedy: String,
}

fn native(facts: &Facts) -> Result<String, Obstacle> {
    let auto = "Take PROVIDER=auto, which carries the crate to it";
    let Some(line) = facts.crate_line else {
        return Err(Obstacle {
            what: "the kernel has no Rust: CONFIG_RUST is not set".to_owned(),
            remedy: format!("{auto}."),
        });
    };
    if line < facts.wanted_line {
        return Err(Obstacle {
            what: format!(
                "the kernel's own crate is that of {line}, and the modules are written against that of {}",
                facts.wanted_line
            ),
            remedy: format!("{auto}."),
        });
    }
    let (here, there) = (facts.root_rustc.trim(), facts.kernel_rustc.trim());
    let equal = here == there;
    let (here, there) = tell_apart(here, there);
    if !equal {
        return Err(Obstacle {
            what: format!("the kernel has CONFIG_RUST=y but its rustc is {there}, here is {here}"),
            remedy: format!(
                "Rust symbols carry the compiler's version, so the two must be equal. {auto}, or give [root] in \
                 kernels.toml a suite that has rustc {there}."
            ),
        });
    }
    if facts.metadata {
        return Ok(format!(
            "CONFIG_RUST=y, rustc {there} is here, and the headers have the Rust metadata"
        ));
    }
    match &facts.source {
        Some(source) => Ok(format!(
            "CONFIG_RUST=y, rustc {there} is here; the headers lack the Rust metadata, rebuilt from {source}"
        )),
        None => Err(Obstacle {
            what: "the headers lack the Rust metadata, and no source package to rebuild it from is named".to_owned(),
            remedy: format!("{auto}, or name the kernel's `source` in kernels.toml."),
        }),
    }
}

/// Two compilers' version texts, as short as they can be and still be told apart. (The whole text goes into symbol
/// names; people know a compiler by its number.)
fn tell_apart<'a>(here: &'a str, there: &'a str) -> (&'a str, &'a str) {
    let bare = |text: &'a str| text.strip_prefix("rustc ").unwrap_or(text);
    let number = |text: &'a str| bare(text).split(' ').next().unwrap_or(text);
    if here == there || number(here) != number(there) {
        (number(here), number(there))
    } else {
        (bare(here), bare(there))
    }
}

/// What `rustc --version` says in the root.
fn rustc(ctx: &Context, root: &Root) -> Result<String> {
    let output = root.enter(ctx).cmd("rustc").arg("--version").run(ctx)?;
    Ok(output.stdout.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernels::Line;

    fn facts() -> Facts {
        let line = Line::try_from("7.3".to_owned()).unwrap();
        Facts {
            kernel: "debian-7.3".into(),
            crate_line: Some(line),
            wanted_line: line,
            kernel_rustc: "rustc 1.85.1 (4eb161250 2025-03-15)".into(),
            root_rustc: "rustc 1.85.1 (4eb161250 2025-03-15)".into(),
            metadata: false,
            source: Some("linux-source-7.3".into()),
        }
    }

    #[test]
    fn native_where_it_can_be() {
        let choice = decide(&facts(), Wish::Auto).unwrap();
        assert_eq!(choice.provider, Provider::Native);
        assert!(
            choice.to_string().contains("rebuilt from linux-source-7.3"),
            "{choice}"
        );
        let choice = decide(
            &Facts {
                metadata: true,
                source: None,
                ..facts()
            },
            Wish::Native,
        )
        .unwrap();
        assert!(choice.why.contains("have the Rust metadata"));
    }

    #[test]
    fn another_rustc_names_both_versions_and_the_remedy() {
        let facts = Facts {
            kernel_rustc: "rustc 1.85.0 (4d91de4e4 2025-02-17)".into(),
            ..facts()
        };
        let choice = decide(&facts, Wish::Auto).unwrap();
        assert_eq!(choice.provider, Provider::Carried);
        assert!(
            choice.why.contains("1.85.0") && choice.why.contains("1.85.1"),
            "{choice}"
        );
        let error = decide(&facts, Wish::Native).unwrap_err().to_string();
        assert!(
            error.contains("1.85.0") && error.contains("1.85.1") && error.contains("kernels.toml"),
            "{error}"
        );
    }

    #[test]
    fn compilers_of_one_number_are_told_apart() {
        let texts = ("rustc 1.85.1 (4eb 2025)", "rustc 1.85.1 (999 2025)");
        assert_eq!(
            tell_apart(texts.0, texts.1),
            ("1.85.1 (4eb 2025)", "1.85.1 (999 2025)")
        );
        assert_eq!(tell_apart(texts.0, texts.0), ("1.85.1", "1.85.1"));
        assert_eq!(
            tell_apart(texts.0, "rustc 1.85.0 (4d9)"),
            ("1.85.1", "1.85.0")
        );
    }

    #[test]
    fn reasons_to_carry() {
        let no_rust = Facts {
            crate_line: None,
            ..facts()
        };
        assert!(decide(&no_rust, Wish::Auto)
            .unwrap()
            .why
            .contains("CONFIG_RUST is not set"));
        let old = Facts {
            crate_line: Line::try_from("7.2".to_owned()).ok(),
            ..facts()
        };
        assert!(decide(&old, Wish::Auto)
            .unwrap()
            .why
            .contains("that of 7.2"));
        let no_source = Facts {
            source: None,
            ..facts()
        };
        assert!(decide(&no_source, Wish::Auto)
            .unwrap()
            .why
            .contains("no source package"));
        assert!(decide(&no_source, Wish::Native).is_err());
        assert!(decide(&facts(), Wish::Carried)
            .unwrap()
            .why
            .contains("asked for"));
    }
}
