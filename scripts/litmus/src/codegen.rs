// SPDX-License-Identifier: GPL-2.0

//! What a thread's machine code has to have: the primitives that the test names, each once and in order.
//!
//! Where the kernel crate's helpers are functions, every access and every fence is a call, and no
//! compiler can split, join, invent or drop one unseen.

use crate::ast::{Expr, Stmt, Test};
use crate::ops::{Op, Order, Place};

/// What a thread's function has to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The helpers, without their prefixes, in the order of the source.
    pub names: Vec<String>,
    /// Whether there are branches, which a compiler may lay out in another order.
    pub branches: bool,
}

impl Calls {
    /// Of thread `number` of a test.
    pub fn of(test: &Test, number: usize) -> Self {
        let mut calls = Self::default();
        if let Some(thread) = test.threads.get(number) {
            let pointers: Vec<&str> = thread
                .params
                .iter()
                .filter(|param| param.ty.stars == 2)
                .map(|param| param.name.as_str())
                .collect();
            calls.stmts(&thread.body, &pointers);
        }
        calls
    }

    /// What differs, if anything does, in the calls that machine code has.
    pub fn differ(&self, found: &[String]) -> Option<String> {
        let (mut wanted, mut there) = (self.names.clone(), found.to_vec());
        if self.branches {
            wanted.sort();
            there.sort();
        }
        (wanted != there).then(|| {
            format!(
                "the source has [{}], the machine code [{}]",
                self.names.join(" "),
                found.join(" ")
            )
        })
    }

    fn stmts(&mut self, body: &[Stmt], pointers: &[&str]) {
        for stmt in body {
            match stmt {
                Stmt::Decl { value: None, .. } => {}
                Stmt::Decl {
                    value: Some(value), ..
                }
                | Stmt::Assign { value, .. }
                | Stmt::Store { value, .. } => self.expr(value, pointers),
                Stmt::Expr { expr, .. } => self.expr(expr, pointers),
                Stmt::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    self.branches = true;
                    self.expr(condition, pointers);
                    self.stmts(then, pointers);
                    self.stmts(otherwise, pointers);
                }
            }
        }
    }

    fn expr(&mut self, expr: &Expr, pointers: &[&str]) {
        match expr {
            Expr::Int(_) | Expr::Var(..) => {}
            Expr::Unary(_, operand, _) | Expr::Cast(_, operand) => self.expr(operand, pointers),
            Expr::Binary(op, left, right) => {
                self.branches |= matches!(op.symbol(), "&&" | "||");
                self.expr(left, pointers);
                self.expr(right, pointers);
            }
            Expr::Call { name, args, .. } => {
                args.iter().for_each(|arg| self.expr(arg, pointers));
                if let Some(op) = Op::named(name) {
                    let pointer = args.first().is_some_and(|arg| names_one_of(arg, pointers));
                    self.op(op, name, if pointer { "atomic_ptr" } else { "atomic" });
                }
            }
        }
    }

    fn op(&mut self, op: Op, c: &str, atomic: &str) {
        let name = match op {
            Op::Load(Place::Value | Place::Address, order) => {
                format!("{atomic}_read{}", suffix(order))
            }
            Op::Store(_, order) => format!("{atomic}_set{}", suffix(order)),
            Op::RcuDereference => format!("{atomic}_read"),
            Op::RcuAssign => format!("{atomic}_set_release"),
            Op::StoreMb => {
                self.names.push(format!("{atomic}_set"));
                "smp_mb".to_owned()
            }
            Op::Fence("barrier()") => return,
            Op::Xchg(order) => format!("{atomic}_xchg{}", rmw_suffix(order)),
            Op::Cmpxchg(order) => format!("{atomic}_try_cmpxchg{}", rmw_suffix(order)),
            Op::Rmw {
                method: method @ ("add" | "add_and_test"),
                ..
            } => match method {
                "add" => "atomic_add".to_owned(),
                _ => "atomic_add_return".to_owned(),
            },
            Op::Rmw { method, order, .. } => {
                format!("atomic_{method}{}", order.map_or("", rmw_suffix))
            }
            // Locks, readers, fences and grace periods are called as C calls them.
            _ => c.to_owned(),
        };
        self.names.push(name);
    }
}

fn suffix(order: Order) -> &'static str {
    match order {
        Order::Acquire => "_acquire",
        Order::Release => "_release",
        Order::Relaxed | Order::Full => "",
    }
}

fn rmw_suffix(order: Order) -> &'static str {
    match order {
        Order::Relaxed => "_relaxed",
        Order::Full => "",
        order => suffix(order),
    }
}

fn names_one_of(arg: &Expr, names: &[&str]) -> bool {
    match arg {
        Expr::Var(name, _) => names.contains(&name.as_str()),
        Expr::Unary(_, operand, _) => names_one_of(operand, names),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn calls(thread: &str) -> Calls {
        let text = format!("C t\n{{}}\n{thread}\nexists (x=1)\n");
        let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
        Calls::of(&test, 0)
    }

    fn names(names: &str) -> Vec<String> {
        names.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn primitives_are_called_in_their_order() {
        let calls = calls(
            "P0(int *x, int **p, atomic_t *v) { int r0; WRITE_ONCE(*x, 1); smp_mb(); r0 = smp_load_acquire(x); \
             rcu_assign_pointer(*p, x); atomic_inc(v); r0 = cmpxchg_relaxed(x, 0, xchg(x, 1)); barrier(); }",
        );
        let wanted =
            "atomic_set smp_mb atomic_read_acquire atomic_ptr_set_release atomic_add atomic_xchg \
                      atomic_try_cmpxchg_relaxed";
        assert_eq!(calls.names, names(wanted));
        assert!(!calls.branches);
    }

    #[test]
    fn dropped_doubled_and_moved_accesses_are_found() {
        let calls = calls("P0(int *x) { WRITE_ONCE(*x, 1); smp_wmb(); smp_store_release(x, 2); }");
        assert_eq!(
            calls.differ(&names("atomic_set smp_wmb atomic_set_release")),
            None
        );
        for wrong in [
            "atomic_set atomic_set_release",
            "atomic_set smp_wmb atomic_set_release atomic_set_release",
            "smp_wmb atomic_set atomic_set_release",
            "atomic_set smp_wmb atomic_set",
        ] {
            assert!(calls.differ(&names(wrong)).is_some(), "{wrong}");
        }
    }

    #[test]
    fn branches_may_be_laid_out_in_any_order() {
        let calls = calls("P0(int *x) { int r0; r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*x, 1); } else { smp_mb(); } }");
        assert_eq!(calls.differ(&names("atomic_read smp_mb atomic_set")), None);
        assert!(calls.differ(&names("atomic_read smp_mb")).is_some());
    }
}
