// SPDX-License-Identifier: GPL-2.0

//! `ferrite zap`: what compilers do with a pointer that outlives its object, by the form in which it is kept.
//!
//! Each program of `zap/` is compiled by each compiler without and with optimisation, and run. It prints the two values of the
//! object that lives at the address now: `3,4`. The instruction beside it is the one that gets the second value.

use anyhow::{ensure, Result};
use clap::Args;
use host::{columns, which, Cmd, Context};
use root::Root;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Options of `ferrite zap`.
#[derive(Args)]
pub(crate) struct ZapArgs {}

/// The forms, as the programs and as the table call them.
const FORMS: [(&str, &str); 10] = [
    ("variable", "the pointer itself"),
    ("exposed", "exposed, and back in sight"),
    ("field", "an integer in a field, and back"),
    ("early", "loaded before the other's birth"),
    ("local", "an atomic that nobody else has"),
    ("atomic", "an atomic that others have"),
    ("volatile", "a volatile variable"),
    ("asm", "through an empty asm"),
    ("with_addr", "its address, on an unknown pointer"),
    ("list", "the real loop: push, pop all"),
];

/// The right answer.
const RIGHT: &str = "3,4";

const RUST: &str = include_str!("zap/forms.rs");
const C: &str = include_str!("zap/forms.c");

/// A compiler, and where it is.
struct Compiler<'a> {
    name: &'static str,
    version: String,
    /// Inside this root; without, on the host.
    root: Option<&'a Root>,
}

impl Compiler<'_> {
    fn program<'a>(&'a self, ctx: &'a Context, program: impl AsRef<Path>) -> Cmd {
        let program = program.as_ref();
        match self.root {
            Some(root) => root.enter(ctx).cmd(program),
            None => Cmd::new(program),
        }
    }

    /// Compile a form, into a program and into assembly.
    fn compile(&self, ctx: &Context, form: &str, optimised: bool, out: &Path) -> Result<()> {
        let dir = out.parent().unwrap_or(out);
        let assembly = out.with_extension("s");
        if self.name == "rustc" {
            let emit = format!("--emit=link={},asm={}", out.display(), assembly.display());
            self.program(ctx, "rustc")
                .args(["--edition=2021", "-Awarnings", "--cfg", form])
                .arg(format!("-Copt-level={}", if optimised { 2 } else { 0 }))
                .args(["-Ccodegen-units=1", "-Cllvm-args=-x86-asm-syntax=intel"])
                .arg(emit)
                .arg(dir.join("forms.rs"))
                .run(ctx)?;
            return Ok(());
        }
        for (file, flag) in [(out, None), (&assembly, Some("-S"))] {
            self.program(ctx, self.name)
                .args(["-std=gnu11", "-masm=intel"])
                .arg(if optimised { "-O2" } else { "-O0" })
                .arg(format!("-DFORM_{form}"))
                .args(flag)
                .arg("-o")
                .arg(file)
                .arg(dir.join("forms.c"))
                .run(ctx)?;
        }
        Ok(())
    }
}

/// `ferrite zap`.
pub(crate) fn run(ctx: &Context, _: &ZapArgs) -> Result<ExitCode> {
    ensure!(
        cfg!(target_arch = "x86_64"),
        "the programs' machine code is read as x86-64's: run this on such a machine"
    );
    let root = Root::get(ctx)?;
    let dir = ctx.cache.dir("zap")?;
    let _lock = ctx.cache.lock("zap")?;
    fs::write(dir.join("forms.rs"), RUST)?;
    fs::write(dir.join("forms.c"), C)?;
    let compilers = compilers(ctx, &root)?;

    let step = ctx.step("compiling and running each form");
    let head = |compiler: &Compiler<'_>| compiler.version.clone();
    let mut heads = vec!["kept".to_owned()];
    heads.extend(compilers.iter().map(|c| format!("{} -O0", head(c))));
    heads.extend(compilers.iter().map(|c| format!("{} -O2", head(c))));
    let mut answers = columns::headed(heads);
    let mut heads = vec!["kept, -O2".to_owned()];
    heads.extend(compilers.iter().map(head));
    let mut instructions = columns::headed(heads);
    let mut wrong_list = Vec::new();
    for (form, shown) in FORMS {
        let mut row = vec![shown.to_owned()];
        let mut code = vec![shown.to_owned()];
        for optimised in [false, true] {
            for (number, compiler) in compilers.iter().enumerate() {
                step.message(&format!("{} {form}", compiler.version));
                let out = dir.join(format!("{form}-{number}-{}", u8::from(optimised)));
                compiler.compile(ctx, form, optimised, &out)?;
                let said = compiler.program(ctx, &out).run(ctx)?.stdout;
                let said = said.trim().to_owned();
                let assembly = fs::read_to_string(out.with_extension("s"))?;
                if optimised {
                    code.push(second_value(&assembly).unwrap_or_else(|| "?".to_owned()));
                }
                if form == "list" && said != RIGHT {
                    wrong_list.push(compiler.version.clone());
                }
                row.push(said);
            }
        }
        answers.add_row(row);
        instructions.add_row(code);
    }
    step.done();
    ctx.say(answers.trim_fmt());
    ctx.say("");
    ctx.say(instructions.trim_fmt());
    if !wrong_list.is_empty() {
        ctx.say("");
        ctx.say(format!(
            "a compiler breaks the real loop, which Documentation/provenance.md says none does: {}",
            wrong_list.join(", ")
        ));
    }
    Ok(match wrong_list.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The root's compilers, and the host's rustc.
fn compilers<'a>(ctx: &Context, root: &'a Root) -> Result<Vec<Compiler<'a>>> {
    let mut all = Vec::new();
    for (name, root) in [
        ("rustc", Some(root)),
        ("rustc", None),
        ("clang", Some(root)),
        ("gcc", Some(root)),
    ] {
        if root.is_none() && which(name).is_none() {
            ctx.note("  the host has no rustc of its own: left out");
            continue;
        }
        let mut compiler = Compiler {
            name,
            version: String::new(),
            root,
        };
        let said = compiler.program(ctx, name).arg("--version").run(ctx)?;
        compiler.version = version(name, &said.stdout);
        all.push(compiler);
    }
    Ok(all)
}

/// `rustc 1.85.1 (...)`, `Debian clang version 19.1.7 (...)`, `gcc (Debian 14.2.0-19) 14.2.0`: the name and the number.
fn version(name: &str, said: &str) -> String {
    let line = said.lines().next().unwrap_or_default();
    let is_number = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.') && !word.ends_with(')')
    };
    let number = line.split_whitespace().find(is_number);
    format!("{name} {}", number.unwrap_or("?"))
}

/// The last instruction of `zap` that sets the second argument of its call of `say`.
fn second_value(assembly: &str) -> Option<String> {
    let body = assembly
        .lines()
        .skip_while(|line| !line.starts_with("zap:"));
    let mut set = None;
    for line in body {
        let line = line.trim();
        let (name, operands) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if ["call", "jmp"].contains(&name) && operands.split('@').next().is_some_and(calls_say) {
            return set;
        }
        let to = operands.split(',').next().unwrap_or_default().trim();
        if to == "esi" || to == "rsi" {
            set = Some(format!("{name} {}", operands.trim().replace('\t', " ")));
        }
    }
    None
}

/// Whether a call's operand is `say`: directly, or through the table of offsets.
fn calls_say(operand: &str) -> bool {
    let words = operand.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|word| word == "say")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert_eq!(
            version("rustc", "rustc 1.85.1 (4eb161250 2025-03-15)\n"),
            "rustc 1.85.1"
        );
        let clang = "Debian clang version 19.1.7 (3)\nTarget: x\n";
        assert_eq!(version("clang", clang), "clang 19.1.7");
        assert_eq!(
            version("gcc", "gcc (Debian 14.2.0-19) 14.2.0\n"),
            "gcc 14.2.0"
        );
    }

    #[test]
    fn the_second_value() {
        let assembly = "say:\n\tmov esi, 1\nzap:\n\tmov\tesi, dword ptr [rbx]\n\tmov edi, esi\n\tcall\tsay@PLT\n";
        assert_eq!(
            second_value(assembly).as_deref(),
            Some("mov esi, dword ptr [rbx]")
        );
        let folded = "zap:\n\tmov esi, 2\n\tmov edi, 2\n\tjmp say\n";
        assert_eq!(second_value(folded).as_deref(), Some("mov esi, 2"));
        assert_eq!(second_value("zap:\n\tmov esi, 2\n\tcall other\n"), None);
    }
}
