// SPDX-License-Identifier: GPL-2.0

//! `ferrite compat-symbols`: would a kernel take a module? Answered from their files, without building or booting.

use anyhow::{Context as _, Result};
use clap::Args;
use comfy_table::{ContentArrangement, Table};
use host::{columns, Context};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use symbols::{judge, Kernel, Module, Row, Verdict};

/// Options of `ferrite compat-symbols`.
#[derive(Args)]
pub(crate) struct SymbolsArgs {
    /// The module; more than once: in the order in which they are loaded. What a module depends on is also found
    /// beside it
    #[arg(long = "ko", value_name = "KO", required = true)]
    modules: Vec<PathBuf>,

    /// The target: a kernel's build tree, or its installed header package
    #[arg(long, value_name = "DIR")]
    kdir: PathBuf,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `ferrite compat-symbols`: exit status 0 if the target takes every module, 1 if not.
pub(crate) fn run(ctx: &Context, args: &SymbolsArgs) -> Result<ExitCode> {
    let kernel = Kernel::read(&args.kdir)?;
    let mut loaded: Vec<Module> = Vec::new();
    let mut verdicts = Vec::new();
    for path in &args.modules {
        let module = Module::read(path)?;
        load_siblings(&module, path, &kernel, &mut loaded)?;
        verdicts.push(judge(&module, &kernel, &loaded));
        loaded.push(module);
    }
    if args.json {
        ctx.say(
            serde_json::to_string_pretty(&verdicts)
                .context("the answer cannot be written as JSON")?,
        );
    } else {
        for verdict in &verdicts {
            show(ctx, verdict);
        }
    }
    let all = verdicts.iter().all(|verdict| verdict.loads);
    Ok(if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Read what a module depends on from the folder that it is in, where the target does not have it itself.
fn load_siblings(
    module: &Module,
    path: &Path,
    kernel: &Kernel,
    loaded: &mut Vec<Module>,
) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    for name in module.depends() {
        let have = loaded
            .iter()
            .any(|other| other.name == name.replace('-', "_"));
        let targets = kernel
            .exports
            .values()
            .any(|export| export.module().is_some_and(|owner| owner == name));
        let file =
            [name.to_owned(), name.replace('_', "-")].map(|name| dir.join(format!("{name}.ko")));
        if let (false, false, Some(file)) = (have, targets, file.iter().find(|file| file.is_file()))
        {
            let sibling = Module::read(file)?;
            load_siblings(&sibling, file, kernel, loaded)?;
            loaded.push(sibling);
        }
    }
    Ok(())
}

fn show(ctx: &Context, verdict: &Verdict) {
    let Verdict {
        module, release, ..
    } = verdict;
    ctx.say(format!(
        "module    {module}, licence \"{}\"",
        verdict.license
    ));
    ctx.say(format!("vermagic  {}", verdict.vermagic));
    ctx.say(format!("kernel    {}", verdict.wanted_vermagic));
    if !verdict.depends.is_empty() {
        ctx.say(format!("depends   {}", verdict.depends.join(", ")));
    }
    ctx.say(table(&verdict.imports).trim_fmt());
    let count = verdict.imports.len();
    ctx.say(if verdict.loads {
        format!("{module} loads on {release}: all {count} imports are exported")
    } else {
        format!(
            "{module} does not load on {release}: {}",
            verdict.reasons.join("; ")
        )
    });
}

fn table(rows: &[Row]) -> Table {
    let mut table = columns::headed(["symbol", "exported by", "CRC", "licence tag", ""]);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    for row in rows {
        let crc = match (&row.crc, &row.wanted_crc) {
            (Some(crc), Some(wanted)) if crc == wanted => format!("{crc} ="),
            (Some(crc), Some(wanted)) => format!("{crc}, not {wanted}"),
            (crc, _) => text(crc),
        };
        let tag = match &row.namespace {
            Some(namespace) => format!("{} {namespace}", text(&row.tag)),
            None => text(&row.tag),
        };
        let remark = row
            .problem
            .as_ref()
            .map(|problem| format!("<- {problem}"))
            .unwrap_or_default();
        table.add_row([
            row.demangled.clone(),
            text(&row.exported_by),
            crc,
            tag,
            remark,
        ]);
    }
    table
}
