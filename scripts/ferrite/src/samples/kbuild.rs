// SPDX-License-Identifier: GPL-2.0

//! Building upstream's samples where they are not: a folder in the cache with links to them and our Kbuild.

use super::kconfig::Sample;
use anyhow::{bail, Context as _, Result};
use build::Ready;
use host::{explain, remove_tree, Context, ProgramOutcome};
use kernels::Provider;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// The program that does to a device what an exercise says.
pub(crate) const PROGRAM: &str = "exercise";

/// What came of building the samples.
pub(crate) struct Built {
    /// The modules, by sample.
    pub(crate) modules: BTreeMap<String, PathBuf>,
    /// Why a sample could not be built, by sample.
    pub(crate) causes: BTreeMap<String, String>,
    /// The program that does to a device what an exercise says.
    pub(crate) program: PathBuf,
}

/// Build these samples of `linux`, and copy them to `into`. One that cannot be built does not keep the others from it.
pub(crate) fn build(
    ctx: &Context,
    ready: &Ready,
    linux: &Path,
    samples: &[Sample],
    into: &Path,
) -> Result<Built> {
    let name = ready.stage_name();
    // The carried provider's crates are read while the samples are compiled.
    let _suite = ctx.cache.lock(&format!("build/{name}"))?;
    let suite = ctx.cache.dir(&format!("build/{name}"))?;
    let folder = ctx.cache.dir(&format!("build/{name}-samples"))?;
    fill(ctx, linux, &folder)?;

    let provider = match ready.choice.provider {
        Provider::Native => Vec::new(),
        Provider::Carried => vec![
            format!("FERRITE_STAGE={}", suite.display()),
            format!("KBUILD_EXTRA_SYMBOLS={}/Module.symvers", suite.display()),
        ],
    };
    let mut left: Vec<&Sample> = samples.iter().collect();
    let mut causes = BTreeMap::new();
    loop {
        let outcome = ready
            .kbuild(ctx, &folder, &folder)
            .arg(format!("FERRITE_LINUX={}", linux.display()))
            .args(provider.clone())
            .args(left.iter().map(|sample| format!("{}=m", sample.option)))
            // One after the other on screen, and on, whatever fails.
            .args(["--output-sync=target", "--keep-going", "modules"])
            .what(format!(
                "building {} samples for {}",
                left.len(),
                ready.kernel.name
            ))
            .outcome(ctx)?;
        if outcome.status.success() {
            break;
        }
        let failed = failed(&outcome, &left)?;
        left.retain(|sample| !failed.contains_key(&sample.module));
        causes.extend(failed);
        if left.is_empty() {
            break;
        }
    }
    fs::create_dir_all(into).map_err(|error| explain(error, into))?;
    let take = |file: &str| -> Result<PathBuf> {
        let to = into.join(file);
        fs::copy(folder.join(file), &to).with_context(|| format!("Kbuild did not make {file}"))?;
        Ok(to)
    };
    let modules = left
        .iter()
        .map(|sample| {
            Ok((
                sample.module.clone(),
                take(&format!("{}.ko", sample.module))?,
            ))
        })
        .collect::<Result<_>>()?;
    let program = match left.is_empty() {
        true => into.join(PROGRAM),
        false => take(PROGRAM)?,
    };
    Ok(Built {
        modules,
        causes,
        program,
    })
}

/// Upstream's sources by links, our own files by copies; what is right already is left as it is.
fn fill(ctx: &Context, linux: &Path, folder: &Path) -> Result<()> {
    let upstream = linux.join("samples/rust");
    for entry in fs::read_dir(&upstream).map_err(|error| explain(error, &upstream))? {
        let path = entry?.path();
        let source = path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "c");
        if let (true, Some(name)) = (source, path.file_name()) {
            let link = folder.join(name);
            if fs::read_link(&link).is_ok_and(|there| there == path) {
                continue;
            }
            remove_tree(&link)?;
            symlink(&path, &link).map_err(|error| explain(error, &link))?;
        }
    }
    for name in ["Kbuild", "exercise.c"] {
        let (from, to) = (ctx.repo.join("samples").join(name), folder.join(name));
        let content = fs::read(&from).map_err(|error| explain(error, &from))?;
        if !fs::read(&to).is_ok_and(|there| there == content) {
            fs::write(&to, content).map_err(|error| explain(error, &to))?;
        }
    }
    Ok(())
}

/// The samples that Kbuild's output says could not be built, and why. An error if it says none.
fn failed(outcome: &ProgramOutcome, samples: &[&Sample]) -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(&outcome.log).unwrap_or_default();
    let names: Vec<&str> = samples
        .iter()
        .map(|sample| sample.module.as_str())
        .collect();
    let causes = causes(&text, &names);
    if causes.is_empty() {
        bail!(
            "the samples could not be built, for a reason that is none of a sample's own:\n{}\n(the whole output: {})",
            outcome.tail.trim_end(),
            outcome.log.display()
        );
    }
    Ok(causes)
}

/// `*** [...: rust_x.o] Error 1` ends the output of a compiler; modpost names the module itself.
fn causes(text: &str, samples: &[&str]) -> BTreeMap<String, String> {
    let mut causes: BTreeMap<String, String> = BTreeMap::new();
    let mut errors: Vec<String> = Vec::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("ERROR: modpost: ") {
            if let Some(sample) = samples
                .iter()
                .find(|name| rest.contains(&format!("{name}.ko]")))
            {
                causes
                    .entry((*sample).to_owned())
                    .or_insert_with(|| format!("does not link: {}", demangled(rest)));
            }
        } else if line.contains("*** [") {
            let target = line
                .split_whitespace()
                .find(|word| word.contains(".o]"))
                .unwrap_or_default();
            let stem = target
                .split(".o]")
                .next()
                .unwrap_or_default()
                .rsplit('/')
                .next()
                .unwrap_or_default();
            // `rust_print_main.o` is a part of `rust_print`; the longest name that fits is the one.
            let fits = samples.iter().filter(|name| stem.starts_with(**name));
            if let Some(sample) = fits.max_by_key(|name| name.len()) {
                causes
                    .entry((*sample).to_owned())
                    .or_insert_with(|| format!("does not compile: {}", first_of(&errors)));
            }
            errors.clear();
        } else if line.starts_with("error") && !line.starts_with("error: aborting")
            || line.contains(" error: ")
        {
            errors.push(line.to_owned());
        } else if let (Some(place), Some(last)) =
            (line.trim().strip_prefix("--> "), errors.last_mut())
        {
            if !last.contains(" (") {
                let place = place.rsplit('/').next().unwrap_or(place);
                *last = format!("{last} ({place})");
            }
        }
    }
    causes
}

fn first_of(errors: &[String]) -> String {
    match errors {
        [] => "the compiler said nothing".to_owned(),
        [one] => one.clone(),
        [first, ..] => format!("{first}, and {} more errors", errors.len() - 1),
    }
}

/// modpost's message with the symbol as people read it.
fn demangled(text: &str) -> String {
    let parts: Vec<String> = text
        .split('"')
        .map(|part| format!("{:#}", rustc_demangle::demangle(part)))
        .collect();
    parts.join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_gets_its_own_cause() {
        let text = "  RUSTC [M] rust_a.o\nerror[E0433]: cannot find `i2c`\n --> /x/samples/rust/rust_a.rs:6:5\n  |\n\
            error: other\nerror: aborting due to 2 previous errors\n\
            make[3]: *** [/k/scripts/Makefile.build:367: rust_a.o] Error 1\n\
            rust_ab_events.c:3:10: fatal error: no.h: No such file\n\
            make[3]: *** [/k/scripts/Makefile.build:248: /stage/rust_ab_events.o] Error 1\n\
            make[2]: *** [/k/Makefile:1999: .] Error 2\n\
            ERROR: modpost: \"_RNvCs1234_7___rustc10rust_panic\" [/stage/rust_abc.ko] undefined!\n";
        let causes = causes(text, &["rust_a", "rust_ab", "rust_abc"]);
        assert_eq!(
            causes["rust_a"],
            "does not compile: error[E0433]: cannot find `i2c` (rust_a.rs:6:5), and 1 more errors"
        );
        assert!(causes["rust_ab"].contains("no.h"), "{causes:?}");
        assert_eq!(
            causes["rust_abc"],
            "does not link: \"__rustc::rust_panic\" [/stage/rust_abc.ko] undefined!"
        );
    }

    #[test]
    fn a_failure_of_something_else_is_nobodys() {
        assert!(causes(
            "make[1]: *** [Makefile:12: exercise] Error 1\n",
            &["rust_a"]
        )
        .is_empty());
    }
}
