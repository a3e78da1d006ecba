// SPDX-License-Identifier: GPL-2.0

//! The variables of a thread, and how it uses them.

use super::{refuse_taken, Refusal, Ty};
use crate::ast::{Expr, Stmt, Thread};

/// The variables that a thread declares, in blocks too; by one name there is one, as in herd7.
pub(super) fn declared(thread: &Thread) -> Result<Vec<(String, Ty)>, Refusal> {
    let mut all = Vec::new();
    let mut scope = thread.params.iter().map(|p| p.name.clone()).collect();
    collect(&thread.body, &mut scope, &mut all)?;
    Ok(all)
}

/// What `body` declares, beside what its `scope` has.
fn collect(
    body: &[Stmt],
    scope: &mut Vec<String>,
    all: &mut Vec<(String, Ty)>,
) -> Result<(), Refusal> {
    for stmt in body {
        match stmt {
            Stmt::Decl { ty, name, at, .. } => {
                let kind = match (ty.base.as_str(), ty.stars) {
                    ("int", 0) => Ty::Int,
                    ("int", 1) => Ty::Pointer,
                    _ => {
                        let ty = ty.to_string();
                        let message = format!("`{}`: a variable is an int or an int *", ty.trim());
                        return Err(Refusal::new(*at, message));
                    }
                };
                refuse_taken(name, *at)?;
                if scope.contains(name) {
                    return Err(Refusal::new(*at, format!("`{name}` is declared twice")));
                }
                scope.push(name.clone());
                match all.iter().find(|(other, _)| other == name) {
                    None => all.push((name.clone(), kind)),
                    Some((_, other)) if *other == kind => {}
                    Some(_) => {
                        let message = format!("`{name}` has another type elsewhere");
                        return Err(Refusal::new(*at, message));
                    }
                }
            }
            Stmt::If {
                then, otherwise, ..
            } => {
                collect(then, &mut scope.clone(), all)?;
                collect(otherwise, &mut scope.clone(), all)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// How a variable is used.
#[derive(Default)]
pub(super) struct Uses {
    pub(super) assigned: usize,
    pub(super) read: bool,
    /// The first use is an assignment outside all blocks.
    pub(super) first_is_top: bool,
    pub(super) any: bool,
}

pub(super) fn uses_of(name: &str, body: &[Stmt]) -> Uses {
    let mut uses = Uses::default();
    collect_uses(name, body, true, &mut uses);
    uses
}

fn collect_uses(name: &str, body: &[Stmt], top: bool, uses: &mut Uses) {
    for stmt in body {
        match stmt {
            Stmt::Decl {
                name: target,
                value: Some(value),
                ..
            }
            | Stmt::Assign {
                name: target,
                value,
                ..
            } => {
                collect_reads(name, value, uses);
                if target == name {
                    uses.first_is_top |= top && !uses.any;
                    uses.any = true;
                    uses.assigned += 1;
                }
            }
            Stmt::Decl { value: None, .. } => {}
            Stmt::Store { pointer, value, .. } => {
                collect_reads(name, value, uses);
                collect_reads(name, pointer, uses);
            }
            Stmt::Expr { expr, .. } => collect_reads(name, expr, uses),
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                collect_reads(name, condition, uses);
                collect_uses(name, then, false, uses);
                collect_uses(name, otherwise, false, uses);
            }
        }
    }
}

fn collect_reads(name: &str, expr: &Expr, uses: &mut Uses) {
    match expr {
        Expr::Int(_) => {}
        Expr::Var(other, _) if other == name => (uses.read, uses.any) = (true, true),
        Expr::Var(..) => {}
        Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => collect_reads(name, operand, uses),
        Expr::Binary(_, left, right) => {
            collect_reads(name, left, uses);
            collect_reads(name, right, uses);
        }
        Expr::Call { args, .. } => args.iter().for_each(|arg| collect_reads(name, arg, uses)),
    }
}
