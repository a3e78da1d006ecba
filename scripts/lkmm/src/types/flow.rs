// SPDX-License-Identifier: GPL-2.0

//! Who stores what where.

use super::{literal, Int, Kind};
use crate::ast::{BinaryOp, Expr, Location, Stmt, Test, UnaryOp};
use crate::ops::{Op, Place, Returns};
use std::collections::{BTreeMap, BTreeSet};

/// What may be in something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holds {
    /// Numbers of these types.
    pub(super) int: Option<Int>,
    /// One of them may be another than 0.
    pub(super) other: bool,
    /// The addresses of these locations.
    pub(super) addresses: BTreeSet<String>,
}

impl Holds {
    pub(super) fn number(int: Int) -> Self {
        Self {
            int: Some(int),
            other: true,
            addresses: BTreeSet::new(),
        }
    }

    pub(super) fn join(&mut self, more: &Self) {
        self.int = match (self.int, more.int) {
            (Some(a), Some(b)) => Some(if b.covers(a) || b.bits > a.bits { b } else { a }),
            (a, b) => a.or(b),
        };
        self.other |= more.other;
        self.addresses.extend(more.addresses.iter().cloned());
    }
}

/// Whether this is 0 whatever its operands are.
fn nothing(op: BinaryOp, (left, right): (&Expr, &Expr)) -> bool {
    let zero = |expr: &Expr| *expr == Expr::Int(0);
    match op {
        BinaryOp::BitXor | BinaryOp::Sub => matches!(left, Expr::Var(..)) && left == right,
        BinaryOp::BitAnd | BinaryOp::Mul => zero(left) || zero(right),
        _ => false,
    }
}

/// Who stores what where, over and over until nothing new is found.
pub(super) struct Flow<'t> {
    pub(super) test: &'t Test,
    pub(super) declared: BTreeMap<Location, Kind>,
    pub(super) holds: BTreeMap<Location, Holds>,
    pub(super) changed: bool,
}

impl Flow<'_> {
    fn put(&mut self, to: Location, what: &Holds) {
        let held = self.holds.entry(to).or_insert_with(|| {
            self.changed = true;
            Holds::default()
        });
        let before = held.clone();
        held.join(what);
        self.changed |= *held != before;
    }

    pub(super) fn stmts(&mut self, thread: usize, body: &[Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::Decl {
                    name,
                    value: Some(value),
                    ..
                }
                | Stmt::Assign { name, value, .. } => {
                    let held = self.expr(thread, value);
                    self.put(Location::Register(thread, name.clone()), &held);
                }
                Stmt::Decl { value: None, .. } => {}
                Stmt::Store { pointer, value, .. } => {
                    let held = self.expr(thread, value);
                    self.store(thread, pointer, &held);
                }
                Stmt::Expr { expr, .. } => {
                    self.expr(thread, expr);
                }
                Stmt::If {
                    condition,
                    then,
                    otherwise,
                    ..
                } => {
                    self.expr(thread, condition);
                    self.stmts(thread, then);
                    self.stmts(thread, otherwise);
                }
            }
        }
    }

    fn store(&mut self, thread: usize, pointer: &Expr, what: &Holds) {
        for name in self.expr(thread, pointer).addresses {
            self.put(Location::Shared(name), what);
        }
    }

    /// What is at an address.
    fn load(&mut self, thread: usize, pointer: &Expr) -> Holds {
        let mut all = Holds::default();
        for name in self.expr(thread, pointer).addresses {
            let location = Location::Shared(name);
            all.join(&self.at(&location));
        }
        all
    }

    /// What is in a location or a register.
    fn at(&self, location: &Location) -> Holds {
        let mut held = self.holds.get(location).cloned().unwrap_or_default();
        if let Some(Kind::Value(int, 0)) = self.declared.get(location) {
            held.int = Some(*int);
        }
        held
    }

    /// What an expression may be.
    pub(super) fn expr(&mut self, thread: usize, expr: &Expr) -> Holds {
        match expr {
            Expr::Int(0) => Holds::default(),
            Expr::Int(number) => Holds::number(literal(*number)),
            Expr::Var(name, _) => {
                let params = self.test.threads.get(thread).map(|t| t.params.as_slice());
                let mut params = params.unwrap_or_default().iter();
                if params.any(|param| param.name == *name) {
                    return Holds {
                        addresses: BTreeSet::from([name.clone()]),
                        ..Holds::default()
                    };
                }
                self.at(&Location::Register(thread, name.clone()))
            }
            Expr::Cast(ty, operand) => {
                let mut held = self.expr(thread, operand);
                if let (Some(Kind::Value(int, 0)), true) = (Kind::of(ty), held.int.is_some()) {
                    held.int = Some(int);
                }
                held
            }
            Expr::Unary(UnaryOp::Deref, pointer, _) => self.load(thread, pointer),
            // `&*x` is `x`.
            Expr::Unary(UnaryOp::AddressOf, operand, _) => match &**operand {
                Expr::Unary(UnaryOp::Deref, pointer, _) => self.expr(thread, pointer),
                _ => Holds::default(),
            },
            Expr::Unary(UnaryOp::Not, operand, _) => {
                self.expr(thread, operand);
                Holds::number(Int::INT)
            }
            Expr::Unary(_, operand, _) => {
                let held = self.expr(thread, operand);
                Holds::number(held.int.unwrap_or(Int::INT).promoted())
            }
            Expr::Binary(op, left, right) => {
                let before = (&**left, &**right);
                let (left, right) = (self.expr(thread, left), self.expr(thread, right));
                let int = |held: Holds| match held.addresses.is_empty() {
                    true => held.int.unwrap_or(Int::INT),
                    false => Int::LONG,
                };
                let addresses = !left.addresses.is_empty() || !right.addresses.is_empty();
                match op {
                    _ if nothing(*op, before) => Holds {
                        other: false,
                        ..Holds::number(int(left).common(int(right)))
                    },
                    // An address with an offset, which has to be 0.
                    BinaryOp::Add | BinaryOp::Sub if addresses => Holds {
                        int: None,
                        other: left.other || right.other,
                        addresses: &left.addresses | &right.addresses,
                    },
                    BinaryOp::Or | BinaryOp::And => Holds::number(Int::INT),
                    op if op.compares() => Holds::number(Int::INT),
                    _ => Holds::number(int(left).common(int(right))),
                }
            }
            Expr::Call { name, args, .. } => self.call(thread, name, args),
        }
    }

    fn call(&mut self, thread: usize, name: &str, args: &[Expr]) -> Holds {
        let Some(op) = Op::named(name) else {
            return Holds::default();
        };
        let at = match op {
            Op::Rmw { .. } => args.last(),
            _ => args.first(),
        };
        let Some(at) = at else {
            return Holds::default();
        };
        // A place is named by its value or by its address.
        let pointer = match (op, at) {
            (
                Op::Load(Place::Value, _)
                | Op::Store(Place::Value, _)
                | Op::RcuDereference
                | Op::RcuAssign
                | Op::StoreMb,
                Expr::Unary(UnaryOp::Deref, pointer, _),
            ) => pointer,
            _ => at,
        };
        let operand = |flow: &mut Self, number: usize| match args.get(number) {
            Some(arg) => flow.expr(thread, arg),
            None => Holds::default(),
        };
        match op {
            Op::Load(..) | Op::RcuDereference => self.load(thread, pointer),
            Op::Store(..) | Op::RcuAssign | Op::StoreMb => {
                let held = operand(self, 1);
                self.store(thread, pointer, &held);
                Holds::default()
            }
            Op::Xchg(_) | Op::Cmpxchg(_) => {
                let new = if matches!(op, Op::Xchg(_)) { 1 } else { 2 };
                let held = operand(self, new);
                let before = self.load(thread, pointer);
                self.store(thread, pointer, &held);
                before
            }
            Op::Rmw { returns, .. } => {
                let held = self.load(thread, pointer);
                let number = Holds::number(held.int.unwrap_or(Int::INT));
                self.store(thread, pointer, &number);
                match returns {
                    Returns::Bool => Holds::number(Int::INT),
                    _ => number,
                }
            }
            Op::AddUnless => {
                let held = self.load(thread, pointer);
                let number = Holds::number(held.int.unwrap_or(Int::INT));
                self.store(thread, pointer, &number);
                Holds::number(Int::INT)
            }
            Op::IsLocked | Op::Trylock | Op::SrcuLock => Holds::number(Int::INT),
            _ => Holds::default(),
        }
    }
}
