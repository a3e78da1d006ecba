// SPDX-License-Identifier: GPL-2.0

//! The variables of a thread, and how it uses them.

use super::{known, Refusal};
use crate::ast::{Expr, Stmt, Thread};
use crate::types::Kind;

/// Refuses what C would, where it is no matter of taste: one name for two things.
pub(super) fn refuse(thread: &Thread) -> Result<(), Refusal> {
    let mut scope = thread.params.iter().map(|p| p.name.clone()).collect();
    collect(&thread.body, &mut scope)
}

/// Refuses what `body` declares and its `scope` has already; by one name there is one variable, as in herd7.
fn collect(body: &[Stmt], scope: &mut Vec<String>) -> Result<(), Refusal> {
    for stmt in body {
        match stmt {
            Stmt::Decl { ty, name, at, .. } => {
                if !matches!(known(ty, *at)?, Kind::Value(..)) {
                    let message = format!("`{name}` is a lock of its own: threads share theirs");
                    return Err(Refusal::new(*at, message));
                }
                if scope.contains(name) {
                    return Err(Refusal::new(*at, format!("`{name}` is declared twice")));
                }
                scope.push(name.clone());
            }
            Stmt::If {
                then, otherwise, ..
            } => {
                collect(then, &mut scope.clone())?;
                collect(otherwise, &mut scope.clone())?;
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
