// SPDX-License-Identifier: GPL-2.0

//! Expressions, and the primitives among them.

use super::{expect, followed, Body, Kind, Refusal, Rust, Ty, PLAIN};
use crate::ast::{BinaryOp, Expr, Span, UnaryOp};
use crate::ops::{Op, Order, Place, Returns};

/// What has a value that can be loaded and stored.
const VALUES: &[Kind] = &[Kind::Int, Kind::Pointer];

impl Body<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Rust, Refusal> {
        match expr {
            Expr::Int(number) => match i32::try_from(*number) {
                Ok(number) => Ok(Rust::new(number.to_string(), Ty::Int)),
                Err(_) => Err(Refusal::new(Span::default(), format!("{number} is no int"))),
            },
            Expr::Var(name, at) => self.variable(name, *at),
            Expr::Cast(ty, operand) => {
                let value = self.expr(operand)?;
                match (ty.base.as_str(), ty.stars, value.ty) {
                    ("int", 0, Ty::Int | Ty::Bool) => Ok(value.int()),
                    (_, 1, Ty::Pointer) => Ok(value),
                    _ => Err(Refusal::new(
                        Span::default(),
                        format!("this is no `{}` here", ty.to_string().trim()),
                    )),
                }
            }
            Expr::Unary(op, operand, at) => self.unary(*op, operand, *at),
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Call { name, args, at } => self.call(name, args, *at),
        }
    }

    fn variable(&mut self, name: &str, at: Span) -> Result<Rust, Refusal> {
        if self.params.contains(name) {
            self.used.insert(name.to_owned());
            return match self.shared.get(name) {
                // A reference: coerces to a pointer where it is stored or compared.
                Some(Kind::Int) => Ok(Rust::new(
                    format!("core::ptr::from_ref({name})"),
                    Ty::Pointer,
                )),
                _ => Err(Refusal::new(
                    at,
                    format!("the address of `{name}` is no value here"),
                )),
            };
        }
        match self.registers.get(name) {
            Some(register) => Ok(Rust::new(register.rust.clone(), register.ty)),
            None => Err(Refusal::new(at, format!("`{name}` is not declared"))),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, at: Span) -> Result<Rust, Refusal> {
        match op {
            UnaryOp::Deref => {
                let place = self.followed_by(operand, VALUES, at)?;
                self.line(PLAIN);
                let text = format!("unsafe {{ *{}.as_ptr() }}", followed(&place));
                Ok(Rust::new(text, self.ty_of(&place)))
            }
            UnaryOp::AddressOf => Err(Refusal::new(at, "what is shared comes by its address")),
            UnaryOp::Not => {
                let value = self.expr(operand)?;
                Ok(match value.ty {
                    Ty::Pointer => Rust::new(format!("{}.is_null()", value.text), Ty::Bool),
                    Ty::Int => Rust::loose(format!("{} == 0", value.text), Ty::Bool),
                    _ if value.loose => Rust::loose(format!("!({})", value.text), Ty::Bool),
                    _ => Rust::loose(format!("!{}", value.text), Ty::Bool),
                })
            }
            UnaryOp::Neg | UnaryOp::Complement => {
                let value = self.expr(operand)?.int();
                match (op, value.ty) {
                    (_, Ty::Pointer) => Err(Refusal::new(at, "a pointer is no number")),
                    (UnaryOp::Neg, _) => Ok(Rust::new(
                        format!("{}.wrapping_neg()", value.receiver()),
                        Ty::Int,
                    )),
                    _ => Ok(Rust::loose(format!("!{}", value.receiver()), Ty::Int)),
                }
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Rust, Refusal> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let parens = |value: &Rust| match value.loose {
            true => format!("({})", value.text),
            false => value.text.clone(),
        };
        use BinaryOp::{
            Add, And, BitAnd, BitOr, BitXor, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Shl, Shr,
            Sub,
        };
        let pointers = left.ty == Ty::Pointer || right.ty == Ty::Pointer;
        match op {
            And | Or => {
                let (left, right) = (left.bool(), right.bool());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Bool))
            }
            Eq | Ne if pointers && left.ty == right.ty => {
                let text = format!("{} {} {}", left.text, op.symbol(), right.text);
                Ok(Rust::loose(text, Ty::Bool))
            }
            // There is no other number that a pointer can be.
            Eq | Ne if pointers && (left.text == "0" || right.text == "0") => {
                let pointer = if left.ty == Ty::Pointer { left } else { right };
                let not = if op == Ne { "!" } else { "" };
                let text = format!("{not}{}.is_null()", pointer.text);
                Ok(Rust::loose(text, Ty::Bool))
            }
            _ if pointers => Err(Refusal::new(
                Span::default(),
                format!("`{}` between an address and something else", op.symbol()),
            )),
            Eq | Ne | Lt | Le | Gt | Ge => {
                let (left, right) = (left.int(), right.int());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Bool))
            }
            BitAnd | BitOr | BitXor => {
                let (left, right) = (left.int(), right.int());
                let text = format!("{} {} {}", parens(&left), op.symbol(), parens(&right));
                Ok(Rust::loose(text, Ty::Int))
            }
            Add | Sub | Mul => {
                let method = match op {
                    Add => "wrapping_add",
                    Sub => "wrapping_sub",
                    _ => "wrapping_mul",
                };
                let (left, right) = (left.int(), right.int());
                let text = format!("{}.{method}({})", left.receiver(), right.text);
                Ok(Rust::new(text, Ty::Int))
            }
            Shl | Shr | Div | Rem => Err(Refusal::new(
                Span::default(),
                format!(
                    "`{}`: what C leaves undefined, the kernel's Rust stops at",
                    op.symbol()
                ),
            )),
        }
    }

    pub(super) fn call(&mut self, name: &str, args: &[Expr], at: Span) -> Result<Rust, Refusal> {
        let Some(op) = Op::named(name) else {
            return Err(Refusal::new(
                at,
                match name {
                    "srcu_down_read" | "srcu_up_read" => format!(
                        "`{name}()`: the kernel crate's guard of SRCU belongs to one thread"
                    ),
                    _ => format!("LKMM has no `{name}()`"),
                },
            ));
        };
        expect(op, name, args, at)?;
        let first = args.first();
        match op {
            Op::Fence(rust) => Ok(Rust::new(rust, Ty::Unit)),
            Op::Load(how, order) => {
                let place = self.place(first, how, VALUES, at)?;
                let ty = self.ty_of(&place);
                self.justify(&place);
                Ok(Rust::new(format!("{place}.load({})", order.rust()), ty))
            }
            Op::Store(how, order) => {
                let place = self.place(first, how, VALUES, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                Ok(Rust::new(
                    format!("{place}.store({value}, {})", order.rust()),
                    Ty::Unit,
                ))
            }
            Op::RcuDereference => {
                let place = self.place(first, Place::Value, &[Kind::Pointer], at)?;
                Ok(Rust::new(format!("rcu_dereference({place})"), Ty::Pointer))
            }
            Op::RcuAssign => {
                let place = self.place(first, Place::Value, &[Kind::Pointer], at)?;
                let value = self.stored(&args[1], &place, at)?;
                let text = format!("rcu_assign_pointer({place}, {value})");
                Ok(Rust::new(text, Ty::Unit))
            }
            Op::StoreMb => {
                let place = self.place(first, Place::Value, &[Kind::Int], at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                Ok(Rust::new(
                    format!("smp_store_mb({place}, {value})"),
                    Ty::Unit,
                ))
            }
            Op::Xchg(order) => {
                let place = self.place(first, Place::Address, VALUES, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                let ty = self.ty_of(&place);
                Ok(Rust::new(
                    format!("{place}.xchg({value}, {})", order.rust()),
                    ty,
                ))
            }
            Op::Cmpxchg(order) => {
                let place = self.place(first, Place::Address, VALUES, at)?;
                let old = self.stored(&args[1], &place, at)?;
                let new = self.stored(&args[2], &place, at)?;
                self.justify(&place);
                let text = format!(
                    "{place}.cmpxchg({old}, {new}, {}).unwrap_or_else(|old| old)",
                    order.rust()
                );
                let ty = self.ty_of(&place);
                Ok(Rust::new(text, ty))
            }
            Op::Rmw {
                method,
                implied,
                order,
                returns,
            } => {
                let place = self.place(args.last(), Place::Address, &[Kind::Int], at)?;
                let operand = match implied {
                    Some(number) => number.to_string(),
                    None => self.expr(&args[0])?.int().text,
                };
                self.justify(&place);
                let order = order.map_or(String::new(), |o: Order| format!(", {}", o.rust()));
                let ty = match returns {
                    Returns::Nothing => Ty::Unit,
                    Returns::Int => Ty::Int,
                    Returns::Bool => Ty::Bool,
                };
                Ok(Rust::new(format!("{place}.{method}({operand}{order})"), ty))
            }
            Op::AddUnless => {
                let place = self.place(first, Place::Address, &[Kind::Int], at)?;
                let operand = self.expr(&args[1])?.int().text;
                let unless = self.expr(&args[2])?.int().text;
                self.justify(&place);
                Ok(Rust::new(
                    format!("{place}.add_unless({operand}, {unless})"),
                    Ty::Bool,
                ))
            }
            Op::IsLocked => {
                let place = self.place(first, Place::Address, &[Kind::Lock], at)?;
                Ok(Rust::new(format!("spin_is_locked({place})"), Ty::Bool))
            }
            Op::Trylock => Err(Refusal::new(
                at,
                format!("`{name}()` has to be assigned, or to be all that an `if` asks"),
            )),
            Op::SrcuSync(method) => {
                let place = self.place(first, Place::Address, &[Kind::Srcu], at)?;
                Ok(Rust::new(format!("{place}.{method}()"), Ty::Unit))
            }
            Op::Lock | Op::Unlock | Op::RcuLock | Op::RcuUnlock | Op::SrcuUnlock => {
                Err(Refusal::new(at, format!("`{name}()` returns nothing")))
            }
            Op::SrcuLock => Err(Refusal::new(
                at,
                "a section of readers has to be kept in a variable of its own",
            )),
        }
    }

    /// Says why a pointer may be followed, before the statement that does.
    pub(super) fn justify(&mut self, place: &str) {
        if place.starts_with("unsafe") {
            self.line("// SAFETY: It points to one of the test's locations: no other is assigned.");
        }
    }

    pub(super) fn ty_of(&self, place: &str) -> Ty {
        match self.shared.get(place) {
            Some(Kind::Pointer) => Ty::Pointer,
            _ => Ty::Int,
        }
    }

    /// A value to be stored in `place`.
    pub(super) fn stored(
        &mut self,
        value: &Expr,
        place: &str,
        at: Span,
    ) -> Result<String, Refusal> {
        let wanted = self.ty_of(place);
        if let (Ty::Pointer, Expr::Var(name, _)) = (wanted, value) {
            if self.params.contains(name.as_str()) && self.shared.get(name) == Some(&Kind::Int) {
                self.used.insert(name.clone());
                return Ok(name.clone());
            }
        }
        let value = self.expr(value)?.int();
        match (wanted, value.ty) {
            (Ty::Pointer, Ty::Int) if value.text == "0" => Ok("core::ptr::null()".to_owned()),
            (wanted, ty) if wanted == ty => Ok(value.text),
            _ => Err(Refusal::new(at, format!("`{place}` holds another type"))),
        }
    }
}
