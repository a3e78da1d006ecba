// SPDX-License-Identifier: GPL-2.0

//! Tests that would hang the kernel.

use super::Refusal;
use crate::ast::{Expr, Span, Stmt, Test};
use crate::ops::Op;
use std::collections::BTreeSet;

/// Refuses a test whose threads may wait for each other for ever, for locks or for readers, or sleep where they
/// must not: a spinlock cannot be given up, and the CPU would be lost with it.
pub(super) fn refuse(test: &Test) -> Result<(), Refusal> {
    let mut orders = BTreeSet::new();
    for thread in &test.threads {
        lock_orders(&thread.body, &mut Vec::new(), &mut orders)?;
    }
    // Whoever is behind a lock, by any number of steps.
    loop {
        let further: BTreeSet<(String, String)> = orders
            .iter()
            .flat_map(|(a, b)| {
                let next = orders.iter().filter(move |(c, _)| c == b);
                next.map(move |(_, d)| (a.clone(), d.clone()))
            })
            .collect();
        let before = orders.len();
        orders.extend(further);
        if orders.len() == before {
            break;
        }
    }
    match orders.iter().find(|(a, b)| a == b) {
        Some((lock, _)) => Err(Refusal::new(
            Span::default(),
            format!("the threads take `{lock}` and another lock, or wait for its readers, in opposite orders: in the kernel they would hang"),
        )),
        None => Ok(()),
    }
}

/// What RCU's readers are in.
const RCU: &str = "rcu_read_lock()";

/// A lock that is held, or a section of readers.
#[derive(Clone)]
struct Inside {
    name: String,
    /// Whether one may sleep there.
    sleeps: bool,
}

fn lock_orders(
    body: &[Stmt],
    held: &mut Vec<Inside>,
    orders: &mut BTreeSet<(String, String)>,
) -> Result<(), Refusal> {
    for stmt in body {
        match stmt {
            Stmt::If {
                then, otherwise, ..
            } => {
                lock_orders(then, &mut held.clone(), orders)?;
                lock_orders(otherwise, &mut held.clone(), orders)?;
            }
            Stmt::Expr {
                expr: Expr::Call { name, args, at },
                ..
            }
            | Stmt::Assign {
                value: Expr::Call { name, args, at },
                ..
            }
            | Stmt::Decl {
                value: Some(Expr::Call { name, args, at }),
                ..
            } => {
                let Some(op) = Op::named(name) else {
                    continue;
                };
                let lock = match args.first() {
                    Some(Expr::Var(lock, _)) => lock.clone(),
                    _ => RCU.to_owned(),
                };
                if op.waits() {
                    if let Some(inside) = held.iter().find(|held| !held.sleeps) {
                        let message =
                            format!("`{name}()` may sleep, and `{}` is held here", inside.name);
                        return Err(Refusal::new(*at, message));
                    }
                }
                if op.waits() || op == Op::Lock {
                    if held.iter().any(|held| held.name == lock) {
                        let message = format!("`{lock}` is held already: this would hang");
                        return Err(Refusal::new(*at, message));
                    }
                    orders.extend(held.iter().map(|held| (held.name.clone(), lock.clone())));
                }
                match op {
                    Op::Lock | Op::RcuLock | Op::SrcuLock => held.push(Inside {
                        name: lock,
                        sleeps: op == Op::SrcuLock,
                    }),
                    Op::Unlock | Op::RcuUnlock | Op::SrcuUnlock => {
                        if let Some(index) = held.iter().rposition(|held| held.name == lock) {
                            held.remove(index);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Ok(())
}
