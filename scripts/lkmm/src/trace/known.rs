// SPDX-License-Identifier: GPL-2.0

//! Which numbers an expression can be, as far as that follows from the text of its thread alone: what a compiler knows,
//! too, so that it leaves out the ways that cannot be.

use crate::ast::{BinaryOp, Expr, UnaryOp};
use crate::ops::{Op, Returns};
use crate::types::Int;
use std::collections::BTreeMap;

/// The numbers from the first to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range(i64, i64);

/// What is read can be anything.
const ANY: Range = Range(i64::MIN, i64::MAX);
const BOOL: Range = Range(0, 1);

impl Range {
    pub(super) fn may_be_zero(self) -> bool {
        self.0 <= 0 && 0 <= self.1
    }

    pub(super) fn may_be_other(self) -> bool {
        self != Self(0, 0)
    }

    /// The one number that it is.
    fn one(self) -> Option<i64> {
        (self.0 == self.1).then_some(self.0)
    }

    /// All bits that it can have, if it is not negative.
    fn bits(self) -> Option<i64> {
        // All bits below the highest.
        let below = |number: i64| {
            i64::MAX
                .checked_shr(number.leading_zeros() - 1)
                .unwrap_or(0)
        };
        (self.0 >= 0).then(|| self.one().unwrap_or_else(|| below(self.1)))
    }

    fn truth(self) -> Self {
        Self(
            i64::from(!self.may_be_zero()),
            i64::from(self.may_be_other()),
        )
    }

    fn not(self) -> Self {
        let Self(low, high) = self.truth();
        Self(1 - high, 1 - low)
    }

    /// From the least to the greatest of these; anything if an `int` does not hold them all, as it may have wrapped.
    fn over(all: [Option<i64>; 4]) -> Self {
        let low = all.into_iter().min().flatten();
        let high = all.into_iter().max().flatten();
        match (low, high) {
            (Some(low), Some(high)) if Int::INT.holds(low) && Int::INT.holds(high) => {
                Self(low, high)
            }
            _ => ANY,
        }
    }

    fn of(op: BinaryOp, left: Self, right: Self) -> Self {
        let (Self(a, b), Self(c, d)) = (left, right);
        let (one, other) = (left.one(), right.one());
        match op {
            BinaryOp::Add => {
                let (low, high) = (a.checked_add(c), b.checked_add(d));
                Self::over([low, high, low, high])
            }
            BinaryOp::Sub => {
                let (low, high) = (a.checked_sub(d), b.checked_sub(c));
                Self::over([low, high, low, high])
            }
            BinaryOp::Mul => {
                Self::over([(a, c), (a, d), (b, c), (b, d)].map(|(a, b)| a.checked_mul(b)))
            }
            BinaryOp::Lt => Self(i64::from(b < c), i64::from(a < d)),
            BinaryOp::Ge => Self::of(BinaryOp::Lt, left, right).not(),
            BinaryOp::Gt => Self::of(BinaryOp::Lt, right, left),
            BinaryOp::Le => Self::of(BinaryOp::Gt, left, right).not(),
            BinaryOp::Eq => {
                let same = one.is_some() && one == other;
                Self(i64::from(same), i64::from(a <= d && c <= b))
            }
            BinaryOp::Ne => Self::of(BinaryOp::Eq, left, right).not(),
            BinaryOp::And => {
                let (left, right) = (left.truth(), right.truth());
                Self(left.0.min(right.0), left.1.min(right.1))
            }
            BinaryOp::Or => {
                let (left, right) = (left.truth(), right.truth());
                Self(left.0.max(right.0), left.1.max(right.1))
            }
            BinaryOp::BitAnd | BinaryOp::BitOr | BinaryOp::BitXor => match (one, other) {
                (Some(one), Some(other)) => {
                    let both = match op {
                        BinaryOp::BitAnd => one & other,
                        BinaryOp::BitOr => one | other,
                        _ => one ^ other,
                    };
                    Self(both, both)
                }
                _ => match (op, left.bits(), right.bits()) {
                    (BinaryOp::BitAnd, Some(left), Some(right)) => Self(0, left & right),
                    (BinaryOp::BitAnd, Some(bits), None) | (BinaryOp::BitAnd, None, Some(bits)) => {
                        Self(0, bits)
                    }
                    (BinaryOp::BitOr, Some(left), Some(right)) => Self(a.max(c), left | right),
                    (BinaryOp::BitOr, ..) if b < 0 || d < 0 => Self(ANY.0, -1),
                    _ => ANY,
                },
            },
            BinaryOp::Shl | BinaryOp::Shr | BinaryOp::Div | BinaryOp::Rem => ANY,
        }
    }
}

/// What a thread's variables can be at one point of one way.
#[derive(Clone, Debug, Default)]
pub(super) struct Known(BTreeMap<String, Range>);

impl Known {
    /// What an expression can be.
    pub(super) fn range(&self, expr: &Expr) -> Range {
        match expr {
            Expr::Int(number) => Range(*number, *number),
            Expr::Var(name, _) => self.0.get(name).copied().unwrap_or(ANY),
            Expr::Unary(op, operand, _) => match op {
                UnaryOp::Neg => Range::of(BinaryOp::Sub, Range(0, 0), self.range(operand)),
                UnaryOp::Complement => Range::of(BinaryOp::Sub, Range(-1, -1), self.range(operand)),
                UnaryOp::Not => self.range(operand).not(),
                UnaryOp::Deref | UnaryOp::AddressOf => ANY,
            },
            Expr::Binary(op, left, right) => match (&**left, &**right) {
                (Expr::Var(left, _), Expr::Var(right, _)) if left == right => self.same(*op, left),
                _ => Range::of(*op, self.range(left), self.range(right)),
            },
            Expr::Cast(ty, operand) => match (Int::of(&ty.base), self.range(operand)) {
                (Some(int), range @ Range(low, high))
                    if ty.stars == 0 && int.holds(low) && int.holds(high) =>
                {
                    range
                }
                _ => ANY,
            },
            Expr::Call { name, .. } => match Op::named(name) {
                Some(
                    Op::Trylock
                    | Op::AddUnless
                    | Op::Rmw {
                        returns: Returns::Bool,
                        ..
                    },
                ) => BOOL,
                _ => ANY,
            },
        }
    }

    /// A variable with itself.
    fn same(&self, op: BinaryOp, name: &str) -> Range {
        let range = self.0.get(name).copied().unwrap_or(ANY);
        match op {
            BinaryOp::Eq | BinaryOp::Le | BinaryOp::Ge => Range(1, 1),
            BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Gt => Range(0, 0),
            BinaryOp::Sub | BinaryOp::BitXor => Range(0, 0),
            BinaryOp::BitAnd | BinaryOp::BitOr => range,
            _ => Range::of(op, range, range),
        }
    }

    /// What an assignment leaves a variable with.
    pub(super) fn assign(&mut self, name: &str, value: &Expr) {
        let range = self.range(value);
        self.0.insert(name.to_owned(), range);
    }

    /// What follows from a condition that turned out so.
    pub(super) fn decided(&mut self, condition: &Expr, holds: bool) {
        match condition {
            Expr::Var(name, _) if !holds => {
                self.0.insert(name.clone(), Range(0, 0));
            }
            Expr::Unary(UnaryOp::Not, operand, _) => self.decided(operand, !holds),
            Expr::Binary(op, left, right)
                if *op == if holds { BinaryOp::Eq } else { BinaryOp::Ne } =>
            {
                if let (Expr::Var(name, _), Some(_)) = (&**left, self.range(right).one()) {
                    self.assign(name, right);
                }
            }
            _ => {}
        }
    }
}
