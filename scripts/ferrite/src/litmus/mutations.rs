// SPDX-License-Identifier: GPL-2.0

//! `--suite mutations`: every barrier and ordering, broken on purpose, one after the other. Each has to be noticed, by
//! the machine code or by what a run shows; the same tests with nothing broken have to pass.

use super::codegen::Threads;
use super::herd::{Answer, Patience};
use super::{back, commands, cross, guest, Code, Herd, LitmusArgs};
use anyhow::{bail, Context as _, Result};
use build::Wanted;
use host::{columns, explain, Context};
use kernels::Table as Kernels;
use lkmm::ast::Test;
use lkmm::judge::{Judgement, Verdict};
use lkmm::log::{self, Record};
use lkmm::{mutants, rust};
use provide::sources;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One mutant and its test.
#[derive(Debug, Serialize)]
struct Line {
    broken: String,
    test: String,
    /// What is wrong with the machine code of the mutant.
    code: Option<String>,
    /// What its run came to.
    run: String,
    /// What is wrong with the test where nothing is broken.
    sound: Option<String>,
    caught: bool,
}

/// Run it.
pub(super) fn run(ctx: &Context, args: &LitmusArgs, table: &Kernels) -> Result<ExitCode> {
    let linux = &sources::upstream(ctx, table)?;
    let wanted = args.only.as_deref().unwrap_or_default();
    let mut all = mutants::all();
    all.retain(|mutant| mutant.test.name.contains(wanted) || mutant.name.contains(wanted));
    if all.is_empty() {
        bail!("no mutant and no test of one has `{wanted}` in its name");
    }
    let verdicts = verdicts(ctx, table, linux, &all)?;

    let tests: Vec<&Test> = all.iter().map(|mutant| &mutant.test).collect();
    let (mut text, refused) = rust::file(tests.iter().copied());
    if let Some((test, refusal)) = refused.first() {
        bail!("{}: {}", test.name, refusal.message);
    }
    let mut listed = String::new();
    for mutant in &all {
        let named = rust::mutated_name(&mutant.test.name, mutant.name);
        let broken = rust::mutated(&mutant.test, mutant.name);
        let broken = broken.map_err(|refusal| anyhow::anyhow!("{named}: {}", refusal.message))?;
        text.push_str(&format!("\n{broken}"));
        listed.push_str(&format!("    &{}::TEST,\n", rust::module_name(&named)));
    }
    let text = text.replacen("];\n", &format!("{listed}];\n"), 1);

    let names = rust::module_names(&tests);
    let lines = |code: &dyn Threads, records: &BTreeMap<String, Record>| -> Vec<Line> {
        all.iter()
            .zip(&names)
            .zip(&verdicts)
            .map(|((mutant, module), verdict)| line(mutant, module, verdict, code, records))
            .collect()
    };
    if let Some(arch) = args.arch {
        let cross = cross::Cross::build(ctx, linux, arch, &text, true)?;
        let mut lines = lines(&cross.code, &BTreeMap::new());
        for line in &mut lines {
            // Some have nothing to lose: no instruction, or the one that a plain access is, too.
            let barrier = format!("smp_mb__{}", line.broken);
            let alike = match line.broken.as_str() {
                "dereference" => Some("a plain load is the same"),
                _ if arch.instructions().is_nothing(&barrier) => Some("no instruction there"),
                _ => None,
            };
            line.caught |= alike.is_some();
            line.run = alike.unwrap_or("not run").to_owned();
        }
        let dir = build::new_run(ctx, &arch.to_string())?;
        let on = format!("{arch} ({})", cross.compiler);
        return report(ctx, args, &lines, &on, &dir);
    }

    let ready = build::ready(ctx, &args.target)?;
    let wanted = Wanted {
        corpus: &text,
        mutants: true,
        ..Wanted::default()
    };
    let built = build::modules_with(ctx, &ready, &wanted)?;
    let commands: Vec<guest::Command> = all
        .iter()
        .flat_map(|mutant| {
            let mut both = commands(args, &mutant.test);
            let named = rust::mutated_name(&mutant.test.name, mutant.name);
            let broken: Vec<_> = both
                .iter()
                .map(|sound| guest::Command {
                    text: sound.text.replacen(&mutant.test.name, &named, 1),
                    ..*sound
                })
                .collect();
            both.extend(broken);
            both
        })
        .collect();
    let (runner, hashes) = (args.boot.runner, BTreeMap::new());
    let ran = guest::run(ctx, &ready, &built, runner, &commands, &hashes)?;
    if let Some(complaint) = ran.complaint {
        bail!(complaint);
    }
    let records = log::by_test(&ran.log);
    let code = Code::of(&built)?.calls();

    let kernel = &built.kernel;
    let on = format!(
        "{} ({}, {})",
        kernel.name, kernel.release, ready.choice.provider
    );
    report(ctx, args, &lines(&code, &records), &on, &built.dir)
}

/// Keep, print and judge what it came to.
fn report(
    ctx: &Context,
    args: &LitmusArgs,
    lines: &[Line],
    on: &str,
    dir: &Path,
) -> Result<ExitCode> {
    let json = serde_json::to_string_pretty(lines)?;
    let file = dir.join("mutations.json");
    fs::write(&file, &json).map_err(|error| explain(error, &file))?;
    let missed = lines
        .iter()
        .filter(|line| !line.caught || line.sound.is_some());
    let missed = missed.count();
    match args.json {
        true => ctx.say(json),
        false => {
            ctx.say(print(lines));
            ctx.say(format!(
                "\n{} mutants on {on}: {} caught by the machine code, {} by a run, {missed} missed or unsound",
                lines.len(),
                lines.iter().filter(|line| line.code.is_some()).count(),
                lines.iter().filter(|line| line.run.starts_with("FORBIDDEN")).count(),
            ));
            ctx.note(format!("  {}", file.display()));
        }
    }
    Ok(match missed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What the model says of each test: it has to forbid what is asked about.
fn verdicts(
    ctx: &Context,
    table: &Kernels,
    linux: &Path,
    all: &[mutants::Mutant],
) -> Result<Vec<Verdict>> {
    let Some(spec) = &table.herd else {
        bail!("kernels.toml has no [herd]: it says where herd7 comes from");
    };
    let files = all
        .iter()
        .map(|mutant| back::keep(ctx, "mutants", &mutant.test));
    let files: Vec<PathBuf> = files.collect::<Result<_>>()?;
    let herd = Herd::get(ctx, spec)?;
    let answers = herd.answers(ctx, linux, &files, Patience::default())?;
    files
        .iter()
        .map(|file| {
            let verdict = answers.get(file).and_then(Answer::verdict).cloned();
            let verdict =
                verdict.with_context(|| format!("herd7 is silent on {}", file.display()))?;
            match verdict.result.as_str() {
                "Never" => Ok(verdict),
                other => bail!(
                    "{}: the model says {other}, so that nothing there can be broken",
                    file.display()
                ),
            }
        })
        .collect()
}

fn line(
    mutant: &mutants::Mutant,
    module: &str,
    verdict: &Verdict,
    code: &dyn Threads,
    records: &BTreeMap<String, Record>,
) -> Line {
    let test = &mutant.test;
    let judge = |name: &str| Judgement::of(test, verdict, records.get(name));
    let sound = judge(&test.name);
    let sound = match code.differ(test, &format!("corpus::{module}")) {
        Some(difference) => Some(format!("machine code: {difference}")),
        // Where nothing runs there are no records.
        None => (sound.fails() && !records.is_empty()).then(|| sound.text()),
    };
    let named = rust::mutated_name(&test.name, mutant.name);
    let broken = judge(&named);
    let differs = code.differ(test, &format!("corpus::{}", rust::module_name(&named)));
    Line {
        broken: mutant.name.to_owned(),
        test: test.name.clone(),
        caught: differs.is_some() || matches!(broken, Judgement::Forbidden(..)),
        code: differs,
        run: match (&broken, mutant.shows_on_x86) {
            (Judgement::Kept, false) => "x86 keeps it".to_owned(),
            (Judgement::Kept, true) => "not seen".to_owned(),
            _ => broken.text(),
        },
        sound,
    }
}

fn print(lines: &[Line]) -> String {
    let mut table = columns::headed(["broken", "test", "machine code", "run", ""]);
    for line in lines {
        table.add_row([
            line.broken.clone(),
            line.test.clone(),
            line.code
                .as_ref()
                .map_or("the same", |_| "differs")
                .to_owned(),
            line.run.clone(),
            match (&line.sound, line.caught) {
                (Some(trouble), _) => format!("FAILED with nothing broken: {trouble}"),
                (None, true) => "caught".to_owned(),
                (None, false) => "MISSED".to_owned(),
            },
        ]);
    }
    table.trim_fmt()
}
