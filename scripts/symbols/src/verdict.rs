// SPDX-License-Identifier: GPL-2.0

//! Would the target load the module? Makes the kernel's own checks, from files.

use crate::kernel::{Export, Kernel};
use crate::module::{Import, Module};
use serde::Serialize;
use std::collections::BTreeSet;

/// The verdict on one import.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The symbol as the linker knows it.
    pub symbol: String,
    /// The symbol, demangled.
    pub demangled: String,
    /// The exporter: `vmlinux`, a module, or nobody.
    pub exported_by: Option<String>,
    /// The CRC of the export.
    pub crc: Option<String>,
    /// The CRC that the module was built with.
    pub wanted_crc: Option<String>,
    /// `EXPORT_SYMBOL` or `EXPORT_SYMBOL_GPL`.
    pub tag: Option<String>,
    /// The namespace that a module has to import.
    pub namespace: Option<String>,
    /// The reason why the kernel would refuse it.
    pub problem: Option<String>,
}

/// The answer, with the facts that led to it.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// The module.
    pub module: String,
    /// The target's release.
    pub release: String,
    /// Would the target load the module?
    pub loads: bool,
    /// The module's vermagic: the kernel that it was built for.
    pub vermagic: String,
    /// The vermagic that the target expects.
    pub wanted_vermagic: String,
    /// The module's licence.
    pub license: String,
    /// The modules that have to be loaded before it.
    pub depends: Vec<String>,
    /// The reasons against it, one each.
    pub reasons: Vec<String>,
    /// Its imports.
    pub imports: Vec<Row>,
}

/// Compare a module with a target. `others` are modules that are loaded first.
pub fn judge(module: &Module, kernel: &Kernel, others: &[Module]) -> Verdict {
    let mut reasons = Vec::new();
    let wanted_vermagic = format!("{} {}", kernel.release, kernel.magic.join(" "));
    reasons.extend(vermagic(module, kernel));
    if module.x86_64 != kernel.x86_64 {
        let name = |x86_64| {
            if x86_64 {
                "x86-64"
            } else {
                "another architecture"
            }
        };
        let (here, there) = (name(module.x86_64), name(kernel.x86_64));
        reasons.push(format!("the module is for {here}, the kernel for {there}"));
    }
    if kernel.signatures && !module.signed {
        reasons.push(
            "the kernel takes signed modules alone (CONFIG_MODULE_SIG_FORCE), and this one is not"
                .into(),
        );
    }
    let layout = kernel
        .exports
        .get("module_layout")
        .filter(|_| kernel.modversions);
    let crcs = module.versions.as_ref();
    if let Some(problem) =
        layout.and_then(|export| crc_problem(module, "module_layout", export.crc))
    {
        reasons.push(format!("struct module: {problem}"));
    } else if kernel.modversions && crcs.is_none() {
        reasons
            .push("the kernel compares CRCs (CONFIG_MODVERSIONS), and the module has none".into());
    }
    let imports: Vec<Row> = module
        .imports
        .iter()
        .map(|import| row(module, kernel, others, import))
        .collect();
    let bad = imports.iter().filter(|row| row.problem.is_some()).count();
    if bad > 0 {
        reasons.push(format!(
            "{bad} of its {} imports cannot be had",
            imports.len()
        ));
    }
    reasons.extend(absent_modules(module, kernel, others, &imports));
    Verdict {
        module: module.name.clone(),
        release: kernel.release.clone(),
        loads: reasons.is_empty(),
        vermagic: module.field("vermagic").trim().to_owned(),
        wanted_vermagic,
        license: module.field("license").to_owned(),
        depends: module.depends().map(str::to_owned).collect(),
        reasons,
        imports,
    }
}

/// Compare vermagic as the kernel does. The words after the release have to be the same. The release itself has to be
/// the same only if there are no CRCs.
fn vermagic(module: &Module, kernel: &Kernel) -> Option<String> {
    let magic = module.field("vermagic");
    let (release, words) = magic.split_once(' ').unwrap_or((magic, ""));
    if release != kernel.release && (module.versions.is_none() || !kernel.modversions) {
        return Some(format!(
            "it was built for {release}, the kernel is {}",
            kernel.release
        ));
    }
    let here: BTreeSet<&str> = words.split_whitespace().collect();
    let there: BTreeSet<&str> = kernel.magic.iter().copied().collect();
    let list = |set: BTreeSet<&str>| set.into_iter().collect::<Vec<_>>().join(" ");
    // The words that an architecture or a plugin adds are not known here. So an additional word of the module counts
    // as a difference only if it is one of the known words.
    let known = ["SMP", "preempt", "preempt_rt", "mod_unload", "modversions"];
    let excess: BTreeSet<&str> = here
        .difference(&there)
        .copied()
        .filter(|word| known.contains(word))
        .collect();
    let lack: BTreeSet<&str> = there.difference(&here).copied().collect();
    match (excess.is_empty(), lack.is_empty()) {
        (true, true) => None,
        (true, false) => Some(format!("its vermagic lacks \"{}\"", list(lack))),
        (false, true) => Some(format!(
            "its vermagic has \"{}\", which the kernel's has not",
            list(excess)
        )),
        (false, false) => Some(format!(
            "its vermagic has \"{}\" for \"{}\"",
            list(excess),
            list(lack)
        )),
    }
}

fn row(module: &Module, kernel: &Kernel, others: &[Module], import: &Import) -> Row {
    let export = find(kernel, others, &import.name);
    let problem = match &export {
        None if import.weak => None,
        None => Some("not exported".to_owned()),
        Some(export) => problem(module, kernel, import, export),
    };
    let wanted = module
        .versions
        .as_ref()
        .and_then(|versions| versions.get(&import.name));
    let hex = |crc: u32| format!("0x{crc:08x}");
    Row {
        symbol: import.name.clone(),
        demangled: format!("{:#}", rustc_demangle::demangle(&import.name)),
        crc: export
            .as_ref()
            .map(|export| export.crc)
            .filter(|&crc| crc != 0)
            .map(hex),
        wanted_crc: wanted.copied().map(hex),
        tag: export.as_ref().map(|export| export.tag.clone()),
        namespace: export
            .as_ref()
            .map(|export| export.namespace.clone())
            .filter(|text| !text.is_empty()),
        exported_by: export.map(|export| export.module().unwrap_or(export.owner)),
        problem,
    }
}

/// Find the exporter of a symbol: the target, or one of the modules that are loaded first.
fn find(kernel: &Kernel, others: &[Module], name: &str) -> Option<Export> {
    if let Some(export) = kernel.exports.get(name) {
        return Some(export.clone());
    }
    others
        .iter()
        .find_map(|other| other.exports.get(name).cloned())
}

fn problem(module: &Module, kernel: &Kernel, import: &Import, export: &Export) -> Option<String> {
    if export.gpl_only() && !module.is_gpl() {
        return Some(format!(
            "exported for the GPL alone; the module's licence is \"{}\"",
            module.field("license")
        ));
    }
    let space = &export.namespace;
    if let Some(only) = space.strip_prefix("module:") {
        let allowed = only
            .split(',')
            .any(|name| matches(name.trim(), &module.name));
        return (!allowed).then(|| format!("exported for {only} alone"));
    }
    if !space.is_empty()
        && !kernel.lax_namespaces
        && !module.fields("import_ns").any(|name| name == space)
    {
        return Some(format!(
            "in the namespace {space}, which the module does not import"
        ));
    }
    if kernel.modversions {
        return crc_problem(module, &import.name, export.crc);
    }
    None
}

/// A CRC of 0 means that there is none. The kernel accepts an import for which the module has no CRC.
fn crc_problem(module: &Module, name: &str, crc: u32) -> Option<String> {
    let wanted = *module.versions.as_ref()?.get(name)?;
    (crc != 0 && wanted != crc).then(|| {
        format!("its type has changed: built with 0x{wanted:08x}, the kernel has 0x{crc:08x}")
    })
}

/// Does a name match a pattern? A pattern may end with a star (`kvm-*`); `-` and `_` are the same.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern = pattern.replace('-', "_");
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern == name,
    }
}

/// The modules that `depends=` names and that are neither in the target nor among `others`.
fn absent_modules(
    module: &Module,
    kernel: &Kernel,
    others: &[Module],
    rows: &[Row],
) -> Option<String> {
    let targets: BTreeSet<String> = kernel.exports.values().filter_map(Export::module).collect();
    let absent: Vec<&str> = module
        .depends()
        .map(|name| name.trim())
        .filter(|name| {
            let name = name.replace('-', "_");
            !targets.contains(&name) && !others.iter().any(|other| other.name == name)
        })
        .collect();
    let missing = rows
        .iter()
        .any(|row| row.exported_by.is_none() && row.problem.is_some());
    (missing && !absent.is_empty()).then(|| {
        format!(
            "it depends on {}, which the kernel does not have: give the file of each too, before this one",
            absent.join(", ")
        )
    })
}
