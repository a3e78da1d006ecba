// SPDX-License-Identifier: GPL-2.0

//! Tests that would hang the kernel.

use super::Refusal;
use crate::ast::{Expr, Span, Stmt, Test};
use crate::ops::Op;
use std::collections::BTreeMap;

/// Refuses a test whose threads may wait for each other for ever, for locks or for readers, or sleep where they
/// must not: a spinlock cannot be given up, and the CPU would be lost with it.
pub(super) fn refuse(test: &Test) -> Result<(), Refusal> {
    let mut orders = Orders::new();
    for thread in &test.threads {
        lock_orders(&thread.body, &mut Vec::new(), &mut orders)?;
    }
    // Whoever is behind a lock, by any number of steps.
    loop {
        let mut further = Orders::new();
        for ((a, b), at) in &orders {
            for (_, d) in orders.keys().filter(|(c, _)| c == b) {
                further.entry((a.clone(), d.clone())).or_insert(*at);
            }
        }
        let before = orders.len();
        for (order, at) in further {
            orders.entry(order).or_insert(at);
        }
        if orders.len() == before {
            break;
        }
    }
    match orders.iter().find(|((a, b), _)| a == b) {
        Some(((lock, _), at)) => Err(Refusal::new(
            *at,
            format!("the threads take `{lock}` and another lock, or wait for its readers, in opposite orders: in the kernel they would hang"),
        )),
        None => Ok(()),
    }
}

/// Which lock is held where another is waited for, and where that is.
type Orders = BTreeMap<(String, String), Span>;

/// What RCU's readers are in.
const RCU: &str = "rcu_read_lock()";

/// A lock that is held, or a section of readers.
#[derive(Clone, PartialEq, Eq)]
struct Inside {
    name: String,
    /// Whether one may sleep there.
    sleeps: bool,
}

fn lock_orders(body: &[Stmt], held: &mut Vec<Inside>, orders: &mut Orders) -> Result<(), Refusal> {
    for stmt in body {
        match stmt {
            Stmt::If {
                condition,
                then,
                otherwise,
                ..
            } => {
                lock_order(condition, held, orders)?;
                let mut other = held.clone();
                lock_orders(then, held, orders)?;
                lock_orders(otherwise, &mut other, orders)?;
                // A lock that was tried is released where it was taken.
                held.retain(|inside| other.contains(inside));
            }
            Stmt::Expr { expr, .. }
            | Stmt::Assign { value: expr, .. }
            | Stmt::Decl {
                value: Some(expr), ..
            } => lock_order(expr, held, orders)?,
            _ => {}
        }
    }
    Ok(())
}

/// What a call does to what is held.
fn lock_order(expr: &Expr, held: &mut Vec<Inside>, orders: &mut Orders) -> Result<(), Refusal> {
    let Expr::Call { name, args, at } = expr else {
        return Ok(());
    };
    let Some(op) = Op::named(name) else {
        return Ok(());
    };
    let lock = match args.first() {
        Some(Expr::Var(lock, _)) => lock.clone(),
        _ => RCU.to_owned(),
    };
    if op.waits() {
        if let Some(inside) = held.iter().find(|held| !held.sleeps) {
            let message = format!("`{name}()` may sleep, and `{}` is held here", inside.name);
            return Err(Refusal::new(*at, message));
        }
    }
    if op.waits() || op == Op::Lock {
        if held.iter().any(|held| held.name == lock) {
            let message = format!("`{lock}` is held already: this would hang");
            return Err(Refusal::new(*at, message));
        }
        for held in held.iter() {
            orders
                .entry((held.name.clone(), lock.clone()))
                .or_insert(*at);
        }
    }
    match op {
        Op::Lock | Op::Trylock | Op::RcuLock | Op::SrcuLock => held.push(Inside {
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
    Ok(())
}
