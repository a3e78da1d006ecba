// SPDX-License-Identifier: GPL-2.0

//! `ferrite rust-project`: rust-project.json for rust-analyzer.
//!
//! Made of the commands that Kbuild ran and kept (`.<target>.cmd`), in this tree and in the kernel's: they say of each
//! crate what rust-analyzer wants to know, for either provider and every kernel, and cannot disagree with the build.

use anyhow::{bail, Context as _, Result};
use clap::Args;
use host::Context;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use walkdir::WalkDir;

/// Options of `ferrite rust-project`.
#[derive(Args)]
pub(crate) struct RustProjectArgs {
    /// The kernel's build tree that the modules were built for, in place
    #[arg(long, value_name = "DIR")]
    kdir: PathBuf,
}

/// rust-analyzer's description of a workspace that is not cargo's.
#[derive(Debug, Serialize)]
struct Project {
    sysroot_src: PathBuf,
    crates: Vec<Crate>,
}

#[derive(Debug, Serialize)]
struct Crate {
    display_name: String,
    root_module: PathBuf,
    edition: String,
    deps: Vec<Dep>,
    cfg: BTreeSet<String>,
    env: BTreeMap<String, String>,
    is_proc_macro: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    proc_macro_dylib_path: Option<PathBuf>,
    is_workspace_member: bool,
    #[serde(skip)]
    externs: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Dep {
    #[serde(rename = "crate")]
    index: usize,
    name: String,
}

/// Write rust-project.json into the tree.
pub(crate) fn run(ctx: &Context, args: &RustProjectArgs) -> Result<ExitCode> {
    let kdir = args
        .kdir
        .canonicalize()
        .with_context(|| format!("there is no kernel build tree at {}", args.kdir.display()))?;
    let mut crates = crates_below(&kdir.join("rust"), &kdir, false)?;
    crates.extend(crates_below(&ctx.repo, &ctx.repo, true)?);
    if !crates.iter().any(|krate| krate.display_name == "ferrite") {
        bail!(
            "the modules were not built in {} yet, so nothing tells how they are: make KDIR={} first",
            ctx.repo.display(),
            kdir.display()
        );
    }
    link(&mut crates);
    let project = Project {
        sysroot_src: sysroot_src()?,
        crates,
    };
    let path = ctx.repo.join("rust-project.json");
    let text = serde_json::to_string_pretty(&project).context("the project cannot be written")?;
    fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    ctx.say(format!(
        "rust-project.json: {} crates",
        project.crates.len()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Every crate that the `.cmd` files below `dir` tell of; their commands ran in `base`.
fn crates_below(dir: &Path, base: &Path, member: bool) -> Result<Vec<Crate>> {
    let mut crates = Vec::new();
    for entry in WalkDir::new(dir).sort_by_file_name() {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name().to_string_lossy();
        if !name.starts_with('.') || !name.ends_with(".cmd") {
            continue;
        }
        let text = fs::read_to_string(entry.path())
            .with_context(|| format!("{} cannot be read", entry.path().display()))?;
        crates.extend(parse(&text, base, member)?);
    }
    Ok(crates)
}

/// The crate that a `.cmd` file's command compiles, if it runs a Rust compiler.
fn parse(cmd: &str, base: &Path, member: bool) -> Result<Option<Crate>> {
    let Some((_, line)) = cmd.lines().next().and_then(|line| line.split_once(":=")) else {
        return Ok(None);
    };
    // Kbuild writes the command as make reads it.
    let line = line.replace("$(pound)", "#").replace("$$", "$");
    let Some(words) = shlex::split(&line) else {
        return Ok(None);
    };
    let is_compiler = |word: &String| {
        Path::new(word)
            .file_name()
            .is_some_and(|name| name == "rustc" || name == "clippy-driver")
    };
    let Some(at) = words.iter().position(is_compiler) else {
        return Ok(None);
    };

    let mut krate = Crate {
        display_name: String::new(),
        root_module: PathBuf::new(),
        edition: "2021".to_owned(),
        deps: Vec::new(),
        cfg: BTreeSet::new(),
        env: words[..at]
            .iter()
            .filter_map(|word| word.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        is_proc_macro: false,
        proc_macro_dylib_path: None,
        is_workspace_member: member,
        externs: Vec::new(),
    };
    let mut output = None;
    let mut words = words[at + 1..].iter().map(String::as_str);
    while let Some(word) = words.next() {
        // `--flag value` and `--flag=value` are one.
        let (flag, mut value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (word, None),
        };
        if [
            "--cfg",
            "--extern",
            "--crate-name",
            "--crate-type",
            "--edition",
        ]
        .contains(&flag)
        {
            value = value.or_else(|| words.next());
        }
        match (flag, value) {
            ("--cfg", Some(cfg)) => {
                krate.cfg.insert(cfg.to_owned());
            }
            ("--extern", Some(name)) => {
                let name = name.split_once('=').map_or(name, |(name, _)| name);
                krate.externs.push(name.to_owned());
            }
            ("--crate-name", Some(name)) => krate.display_name = name.to_owned(),
            ("--edition", Some(edition)) => krate.edition = edition.to_owned(),
            ("--crate-type", Some(kind)) => krate.is_proc_macro = kind == "proc-macro",
            ("--emit", Some(kinds)) => {
                let link = kinds.split(',').find_map(|kind| kind.strip_prefix("link="));
                output = link.map(|path| base.join(path)).or(output);
            }
            (word, None) if word.starts_with('@') => {
                krate.cfg.extend(cfgs(&base.join(&word[1..]))?)
            }
            (word, None) if word.ends_with(".rs") && krate.root_module.as_os_str().is_empty() => {
                krate.root_module = base.join(word);
            }
            (";" | "&&", None) => break,
            _ => (),
        }
    }
    if krate.root_module.as_os_str().is_empty() {
        return Ok(None);
    }
    if krate.display_name.is_empty() {
        let stem = krate.root_module.file_stem().unwrap_or_default();
        krate.display_name = stem.to_string_lossy().into_owned();
    }
    if krate.is_proc_macro {
        krate.proc_macro_dylib_path = output;
    }
    Ok(Some(krate))
}

/// The `--cfg` lines of an argument file.
fn cfgs(path: &Path) -> Result<Vec<String>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text
        .lines()
        .filter_map(|line| line.strip_prefix("--cfg="))
        .map(str::to_owned)
        .collect())
}

/// Resolve each crate's `--extern`s. Where two crates have one name, the later (this tree's) is meant.
fn link(crates: &mut [Crate]) {
    let index: BTreeMap<String, usize> = crates
        .iter()
        .enumerate()
        .map(|(index, krate)| (krate.display_name.clone(), index))
        .collect();
    for krate in crates {
        krate.deps = krate
            .externs
            .iter()
            .filter_map(|name| index.get(name).map(|&index| (index, name)))
            .map(|(index, name)| Dep {
                index,
                name: name.clone(),
            })
            .collect();
    }
}

/// Where the sources of `core` are.
fn sysroot_src() -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(["--print", "sysroot"])
        .output()
        .with_context(|| format!("{} cannot be run", Path::new(&rustc).display()))?;
    let sysroot = String::from_utf8_lossy(&output.stdout);
    Ok(Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CMD: &str = "savedcmd_rust/ferrite/lib.o := OBJTREE=/k RUST_MODFILE=./ferrite rustc --edition=2021 \
        -Dwarnings --cfg CONFIG_X --cfg 'a=\"b\"' --crate-name ferrite -L ./rust --extern kernel --extern m=/p/libm.so \
        -Zcrate-attr='feature(asm_goto)' --emit=dep-info=./rust/.lib.o.d --emit=obj=rust/lib.o ./rust/ferrite/lib.rs \
        ; objtool other.rs\n\nsource := x\n";

    #[test]
    fn a_library_crate() {
        let krate = parse(CMD, Path::new("/m"), true).unwrap().unwrap();
        assert_eq!(krate.display_name, "ferrite");
        assert_eq!(krate.root_module, Path::new("/m/./rust/ferrite/lib.rs"));
        assert_eq!(krate.externs, ["kernel", "m"]);
        assert!(krate.cfg.contains("CONFIG_X") && krate.cfg.contains("a=\"b\""));
        assert_eq!(krate.env["RUST_MODFILE"], "./ferrite");
        assert!(!krate.is_proc_macro);
    }

    #[test]
    fn a_procedural_macro() {
        let cmd = "savedcmd_x := clippy-driver --extern proc_macro --crate-type proc-macro --crate-name m \
            --emit=dep-info=a.d,link=rust/libm.so rust/macros/lib.rs";
        let krate = parse(cmd, Path::new("/m"), true).unwrap().unwrap();
        assert!(krate.is_proc_macro);
        let dylib = krate.proc_macro_dylib_path.unwrap();
        assert_eq!(dylib, Path::new("/m/rust/libm.so"));
    }

    #[test]
    fn a_c_object_is_none() {
        let cmd = "savedcmd_a.o := gcc -DX=\\\"y\\\" -c -o a.o a.c";
        assert!(parse(cmd, Path::new("/m"), true).unwrap().is_none());
        assert!(parse("", Path::new("/m"), true).unwrap().is_none());
    }

    #[test]
    fn externs_become_dependencies_of_this_tree_first() {
        let named = |name: &str, externs: &[&str]| Crate {
            display_name: name.to_owned(),
            externs: externs.iter().map(|name| (*name).to_owned()).collect(),
            ..parse(CMD, Path::new("/m"), true).unwrap().unwrap()
        };
        let mut crates = [
            named("kernel", &[]),
            named("kernel", &[]),
            named("user", &["kernel", "proc_macro"]),
        ];
        link(&mut crates);
        assert_eq!(crates[2].deps.len(), 1);
        assert_eq!(crates[2].deps[0].index, 1);
    }
}
