// SPDX-License-Identifier: GPL-2.0

//! What compilers do to plain accesses, and whether the kernel crate's are safe from it: the machine code of
//! `rust/modules/litmus/hazards.rs` against what each function says.

use super::codegen::Threads;
use anyhow::{bail, Result};
use host::columns;
use lkmm::ast::{Expr, Stmt, Test};
use lkmm::compare::Level;
use lkmm::lowered::Arch;
use lkmm::trace::Ways;
use serde::Serialize;
use std::path::Path;

/// The crate's module with the functions.
const MODULE: &str = "ferrite_litmus::hazards";

/// One of them.
struct Hazard {
    name: &'static str,
    /// The thread, as it is meant.
    source: &'static str,
    /// The parameters that its Rust takes: what else the thread has is a static there.
    params: &'static [&'static str],
    /// Where the plain function is compiled to something else.
    plain: On,
    /// And the relaxed one: that is C's hazard, too.
    relaxed: On,
}

/// On which machines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    None,
    /// arm64 and riscv64, which read out of order, and only what is aligned.
    Weak,
    All,
}

const HAZARDS: [Hazard; 12] = [
    Hazard {
        name: "fused_reads",
        source: "P0(int *x) { int r0; int r1; r0 = READ_ONCE(*x); r1 = READ_ONCE(*x); }",
        params: &["x"],
        plain: On::All,
        relaxed: On::None,
    },
    Hazard {
        name: "fused_writes",
        source: "P0(int *x) { WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); }",
        params: &["x"],
        plain: On::All,
        relaxed: On::None,
    },
    Hazard {
        name: "dropped_read",
        source: "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1); }",
        params: &["x", "y"],
        plain: On::All,
        relaxed: On::None,
    },
    Hazard {
        name: "dropped_write",
        source: "P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); WRITE_ONCE(*x, 2); }",
        params: &["x", "y"],
        plain: On::All,
        relaxed: On::None,
    },
    Hazard {
        name: "invented_read",
        source: "P0(int *x, int *y) { int r0; int r1; r0 = READ_ONCE(*x); if (r0) { r1 = READ_ONCE(*y); } }",
        params: &["x", "y"],
        plain: On::Weak,
        relaxed: On::None,
    },
    Hazard {
        name: "torn_read",
        source: "P0(int *x) { int r0; r0 = READ_ONCE(*x); }",
        params: &["x"],
        plain: On::Weak,
        relaxed: On::None,
    },
    Hazard {
        name: "compared_address",
        source: "P0(int **p, int *known) { int *r0; int r1; r0 = READ_ONCE(*p); if (r0 == known) { r1 = READ_ONCE(*r0); } }",
        params: &["p"],
        plain: On::All,
        relaxed: On::All,
    },
    Hazard {
        name: "cancelled_data",
        source: "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 - r0); }",
        params: &["x", "y"],
        plain: On::All,
        relaxed: On::All,
    },
    Hazard {
        name: "collapsed_control",
        source: "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 1); } }",
        params: &["x", "y"],
        plain: On::All,
        relaxed: On::All,
    },
    Hazard {
        name: "kept_control",
        source: "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); } }",
        params: &["x", "y"],
        plain: On::None,
        relaxed: On::None,
    },
    Hazard {
        name: "kept_address",
        source: "P0(int **p) { int *r0; int r1; r0 = READ_ONCE(*p); r1 = READ_ONCE(*r0); }",
        params: &["p"],
        plain: On::None,
        relaxed: On::None,
    },
    Hazard {
        name: "kept_data",
        source: "P0(int *x, int *y) { int r0; r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 + 1); }",
        params: &["x", "y"],
        plain: On::None,
        relaxed: On::None,
    },
];

/// What one hazard's machine code was found to be.
#[derive(Debug, Serialize)]
pub(crate) struct Seen {
    pub(crate) hazard: &'static str,
    plain: Compiled,
    relaxed: Compiled,
    /// What a relaxed function does otherwise, where it never did.
    pub(crate) failed: Option<String>,
    /// What else is not as it was known to be: a compiler's freedom.
    news: Option<String>,
}

/// A function.
#[derive(Debug, Serialize)]
struct Compiled {
    /// Its accesses, way by way.
    code: String,
    /// What it does otherwise than it says.
    differs: Option<String>,
}

/// All of them, in some machine code.
pub(super) fn all<T: Threads>(code: &T) -> Result<Vec<Seen>> {
    HAZARDS.iter().map(|hazard| seen(code, hazard)).collect()
}

fn seen<T: Threads>(code: &T, hazard: &Hazard) -> Result<Seen> {
    let text = format!("C {}\n{{}}\n{}\nexists (x=0)\n", hazard.name, hazard.source);
    let relaxed = lkmm::parse(Path::new(hazard.name), &text)?;
    let mut plain = relaxed.clone();
    plain
        .threads
        .iter_mut()
        .for_each(|thread| thread.body.iter_mut().for_each(make_plain));
    let (plain, relaxed) = (
        differ(code, hazard, &plain, "plain")?,
        differ(code, hazard, &relaxed, "relaxed")?,
    );
    let weak = matches!(code.level(), Level::Instructions(Arch::Arm64 | Arch::Riscv));
    let known = |on: On| on == On::All || on == On::Weak && weak;
    let news = |found: &Compiled, on: On| match (&found.differs, known(on)) {
        (Some(found), false) => Some(found.clone()),
        (None, true) => Some("it is compiled as it is written, which it was not".to_owned()),
        _ => None,
    };
    let (freedom, relaxed_news) = (news(&plain, hazard.plain), news(&relaxed, hazard.relaxed));
    let failed = relaxed_news.clone().filter(|_| relaxed.differs.is_some());
    Ok(Seen {
        hazard: hazard.name,
        plain,
        relaxed,
        failed,
        news: freedom.or(relaxed_news),
    })
}

/// What a function does that its thread does not say.
fn differ<T: Threads>(code: &T, hazard: &Hazard, test: &Test, which: &str) -> Result<Compiled> {
    let function = format!("{MODULE}::{}::{which}", hazard.name);
    let Some(found) = code.found(&function, false) else {
        bail!("the litmus module has no {function}: it is built with FERRITE_TESTS=y");
    };
    let params: Vec<String> = hazard
        .params
        .iter()
        .map(|name| (*name).to_owned())
        .collect();
    let found = found?;
    let ways = found.shown.iter().map(|way| match way.is_empty() {
        true => "(nothing)".to_owned(),
        false => way.join("; "),
    });
    Ok(Compiled {
        code: ways.collect::<Vec<_>>().join(" | "),
        differs: Ways::of(test, 0, &params).differ_strictly(&found.ways, code.level()),
    })
}

/// The same with plain accesses.
fn make_plain(stmt: &mut Stmt) {
    match stmt {
        Stmt::Assign { value, .. } => {
            if let Expr::Call { name, args, .. } = value {
                if name == "READ_ONCE" {
                    if let Some(place) = args.pop() {
                        *value = place;
                    }
                }
            }
        }
        Stmt::Expr {
            expr: Expr::Call { name, args, .. },
            at,
            ..
        } if name == "WRITE_ONCE" => {
            let (value, place) = (args.pop(), args.pop());
            if let (Some(value), Some(Expr::Unary(_, pointer, _))) = (value, place) {
                *stmt = Stmt::Store {
                    pointer: *pointer,
                    value,
                    at: *at,
                };
            }
        }
        Stmt::If {
            then, otherwise, ..
        } => {
            then.iter_mut().for_each(make_plain);
            otherwise.iter_mut().for_each(make_plain);
        }
        _ => {}
    }
}

/// A table for people.
pub(crate) fn text(all: &[Seen]) -> String {
    let mut table = columns::headed(["hazard", "plain", "", "Relaxed", ""]);
    let word = |found: &Compiled| match found.differs {
        Some(_) => "NOT as written",
        None => "as written",
    };
    for seen in all {
        let (plain, relaxed) = (&seen.plain, &seen.relaxed);
        table.add_row([
            seen.hazard,
            word(plain),
            &plain.code,
            word(relaxed),
            &relaxed.code,
        ]);
    }
    let mut text = table.trim_fmt();
    for seen in all {
        if let Some(news) = &seen.news {
            text.push_str(&format!("\n{} is news: {news}", seen.hazard));
        }
    }
    text
}
