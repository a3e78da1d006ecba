// SPDX-License-Identifier: GPL-2.0

//! Expressions, and the primitives among them.

use super::{
    address_of, c_name, expect, followed, known, Body, Refusal, Rust, Spot, Ty, Wanted, INT, PLAIN,
};
use crate::ast::{BinaryOp, Expr, Span, UnaryOp};
use crate::ops::{Op, Order, Place, Returns};
use crate::types::{literal, Int, Kind};

impl Body<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Rust, Refusal> {
        match expr {
            Expr::Int(number) => {
                let ty = Ty::Int(literal(*number));
                Ok(Rust::new(number.to_string(), ty))
            }
            Expr::Var(name, at) => self.variable(name, *at),
            Expr::Cast(ty, operand) => {
                let value = self.expr(operand)?;
                match known(ty, Span::default())? {
                    // What an address is cast to follows from where it leads.
                    Kind::Value(_, 1..) | Kind::Value(Int::LONG, 0)
                        if matches!(value.ty, Ty::Pointer(..)) =>
                    {
                        Ok(value)
                    }
                    kind @ Kind::Value(..) => {
                        let value = value.converted(Ty::of(kind));
                        value.map_err(|why| Refusal::new(Span::default(), why))
                    }
                    kind => {
                        let message = format!("nothing is cast to `{}`", c_name(kind));
                        Err(Refusal::new(Span::default(), message))
                    }
                }
            }
            Expr::Unary(op, operand, at) => self.unary(*op, operand, *at),
            Expr::Binary(op, left, right) => self.binary(*op, left, right),
            Expr::Call { name, args, at } => self.call(name, args, *at),
        }
    }

    fn variable(&mut self, name: &str, at: Span) -> Result<Rust, Refusal> {
        if let Some(register) = self.registers.get(name) {
            return Ok(Rust::new(register.rust.clone(), register.ty));
        }
        if !self.params.contains(name) {
            let message = format!(
                "`{name}` is no parameter of P{}, and assigned nowhere",
                self.number
            );
            return Err(Refusal::new(at, message));
        }
        self.used.insert(name.to_owned());
        match self.types.shared().get(name) {
            // A reference: coerces to a pointer where it is stored or compared.
            Some(kind @ Kind::Value(..)) => Ok(address_of(name, *kind)),
            _ => Err(Refusal::new(
                at,
                format!("the address of `{name}` is no value here"),
            )),
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, at: Span) -> Result<Rust, Refusal> {
        match op {
            UnaryOp::Deref => {
                let place = self.followed_by(operand, Wanted::Value, at)?;
                self.line(PLAIN);
                let read = format!("*{}.as_ptr()", followed(&place.text));
                let read = match place.wrapper() {
                    Some(_) => format!("({read}).0"),
                    None => read,
                };
                Ok(Rust::new(format!("unsafe {{ {read} }}"), place.ty()))
            }
            UnaryOp::AddressOf => match operand {
                // `&*x` is `x`.
                Expr::Unary(UnaryOp::Deref, pointer, _) => self.expr(pointer),
                _ => Err(Refusal::new(at, "what is shared comes by its address")),
            },
            UnaryOp::Not => {
                let value = self.expr(operand)?;
                Ok(match value.ty {
                    Ty::Pointer(..) => {
                        Rust::new(format!("{}.is_null()", value.receiver()), Ty::Bool)
                    }
                    Ty::Int(_) => Rust::loose(format!("{} == 0", value.compared()), Ty::Bool),
                    _ if value.loose => Rust::loose(format!("!({})", value.text), Ty::Bool),
                    _ => Rust::loose(format!("!{}", value.text), Ty::Bool),
                })
            }
            UnaryOp::Neg | UnaryOp::Complement => {
                let value = promoted(self.expr(operand)?, at)?;
                match op {
                    UnaryOp::Neg => Ok(Rust::new(
                        format!("{}.wrapping_neg()", value.receiver()),
                        value.ty,
                    )),
                    _ => Ok(Rust::loose(format!("!{}", value.receiver()), value.ty)),
                }
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr) -> Result<Rust, Refusal> {
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        use BinaryOp::{
            Add, And, BitAnd, BitOr, BitXor, Div, Eq, Ge, Gt, Le, Lt, Mul, Ne, Or, Rem, Shl, Shr,
            Sub,
        };
        let pointer = |value: &Rust| matches!(value.ty, Ty::Pointer(..));
        let pointers = pointer(&left) || pointer(&right);
        match op {
            And | Or => {
                let (left, right) = (left.bool(), right.bool());
                let text = format!("{} {} {}", left.operand(), op.symbol(), right.operand());
                Ok(Rust::loose(text, Ty::Bool))
            }
            Eq | Ne if pointers && left.ty == right.ty => {
                let text = format!("{} {} {}", left.compared(), op.symbol(), right.compared());
                Ok(Rust::loose(text, Ty::Bool))
            }
            Eq | Ne if pointers && (left.text == "0" || right.text == "0") => {
                let pointer = if pointer(&left) { left } else { right };
                let not = if op == Ne { "!" } else { "" };
                let text = format!("{not}{}.is_null()", pointer.receiver());
                Ok(Rust::loose(text, Ty::Bool))
            }
            // In elements, as C counts.
            Add | Sub if pointer(&left) != pointer(&right) && (op == Add || pointer(&left)) => {
                let (pointer, offset) = if pointer(&left) {
                    (left, right)
                } else {
                    (right, left)
                };
                let (ty, offset) = (pointer.ty, offset.int());
                let offset = match offset.literal() {
                    Some(number) if op == Add => number.to_string(),
                    _ if op == Add => format!("{} as isize", offset.operand()),
                    _ => format!("({} as isize).wrapping_neg()", offset.operand()),
                };
                let text = format!("{}.wrapping_offset({offset})", pointer.receiver());
                Ok(Rust::new(text, ty))
            }
            Eq | Ne | Lt | Le | Gt | Ge => {
                let (left, right) = common(left, right)?;
                let text = format!("{} {} {}", left.operand(), op.symbol(), right.operand());
                Ok(Rust::loose(text, Ty::Bool))
            }
            BitAnd | BitOr | BitXor => {
                let (left, right) = common(left, right)?;
                let text = format!("{} {} {}", left.operand(), op.symbol(), right.operand());
                Ok(Rust::loose(text, left.ty))
            }
            Add | Sub | Mul => {
                let method = match op {
                    Add => "wrapping_add",
                    Sub => "wrapping_sub",
                    _ => "wrapping_mul",
                };
                let (left, right) = common(left, right)?;
                let text = format!("{}.{method}({})", left.receiver(), right.text);
                Ok(Rust::new(text, left.ty))
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
                let place = self.place(first, how, Wanted::Value, at)?;
                self.justify(&place);
                Ok(place.unwrapped(format!("{}.load({})", place.text, order.rust())))
            }
            Op::Store(how, order) => {
                let place = self.place(first, how, Wanted::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                let text = format!("{}.store({value}, {})", place.text, order.rust());
                Ok(Rust::new(text, Ty::Unit))
            }
            Op::RcuDereference => {
                let place = self.place(first, Place::Value, Wanted::Value, at)?;
                match place.ty() {
                    ty @ Ty::Pointer(..) => {
                        Ok(Rust::new(format!("rcu_dereference({})", place.text), ty))
                    }
                    // An address that is kept as a number.
                    _ => {
                        self.justify(&place);
                        Ok(place.unwrapped(format!("{}.load(Relaxed)", place.text)))
                    }
                }
            }
            Op::RcuAssign => {
                let place = self.place(first, Place::Value, Wanted::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                let text = match place.ty() {
                    Ty::Pointer(..) => format!("rcu_assign_pointer({}, {value})", place.text),
                    _ => {
                        self.justify(&place);
                        format!("{}.store({value}, Release)", place.text)
                    }
                };
                Ok(Rust::new(text, Ty::Unit))
            }
            Op::StoreMb => {
                let place = self.place(first, Place::Value, Wanted::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                if place.ty() == INT {
                    let text = format!("smp_store_mb({}, {value})", place.text);
                    return Ok(Rust::new(text, Ty::Unit));
                }
                self.line(format!("{}.store({value}, Relaxed);", place.text));
                Ok(Rust::new("smp_mb(Full)", Ty::Unit))
            }
            Op::Xchg(order) => {
                let place = self.place(first, Place::Address, Wanted::Value, at)?;
                let value = self.stored(&args[1], &place, at)?;
                self.justify(&place);
                Ok(place.unwrapped(format!("{}.xchg({value}, {})", place.text, order.rust())))
            }
            Op::Cmpxchg(order) => {
                let place = self.place(first, Place::Address, Wanted::Value, at)?;
                let old = self.stored(&args[1], &place, at)?;
                let new = self.stored(&args[2], &place, at)?;
                self.justify(&place);
                Ok(place.unwrapped(format!(
                    "{}.cmpxchg({old}, {new}, {}).unwrap_or_else(|old| old)",
                    place.text,
                    order.rust()
                )))
            }
            Op::Rmw {
                method,
                implied,
                order,
                returns,
            } => {
                let place = self.place(args.last(), Place::Address, Wanted::Number, at)?;
                computed(&place, name, at)?;
                let operand = match implied {
                    Some(number) => number.to_string(),
                    None => {
                        let operand = self.expr(&args[0])?.converted(place.ty());
                        operand.map_err(|why| Refusal::new(at, why))?.text
                    }
                };
                self.justify(&place);
                let order = order.map_or(String::new(), |o: Order| format!(", {}", o.rust()));
                let ty = match returns {
                    Returns::Nothing => Ty::Unit,
                    Returns::Int => place.ty(),
                    Returns::Bool => Ty::Bool,
                };
                let text = format!("{}.{method}({operand}{order})", place.text);
                Ok(Rust::new(text, ty))
            }
            Op::AddUnless => {
                let place = self.place(first, Place::Address, Wanted::Number, at)?;
                computed(&place, name, at)?;
                let mut operand = |arg: &Expr| {
                    let operand = self.expr(arg)?.converted(place.ty());
                    operand.map_err(|why| Refusal::new(at, why))
                };
                let (operand, unless) = (operand(&args[1])?.text, operand(&args[2])?.text);
                self.justify(&place);
                let text = format!("{}.add_unless({operand}, {unless})", place.text);
                Ok(Rust::new(text, Ty::Bool))
            }
            Op::IsLocked => {
                let place = self.place(first, Place::Address, Wanted::Lock, at)?;
                Ok(Rust::new(
                    format!("spin_is_locked({})", place.text),
                    Ty::Bool,
                ))
            }
            Op::Trylock => Err(Refusal::new(
                at,
                format!("`{name}()` has to be assigned, or to be all that an `if` asks"),
            )),
            Op::SrcuSync(method) => {
                let place = self.place(first, Place::Address, Wanted::Srcu, at)?;
                Ok(Rust::new(format!("{}.{method}()", place.text), Ty::Unit))
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
    pub(super) fn justify(&mut self, place: &Spot) {
        if place.text.starts_with("unsafe") {
            self.line("// SAFETY: It points to one of the test's locations: no other is assigned.");
        }
    }

    /// A value to be stored in `place`.
    pub(super) fn stored(
        &mut self,
        value: &Expr,
        place: &Spot,
        at: Span,
    ) -> Result<String, Refusal> {
        let wanted = place.ty();
        if let Expr::Var(name, _) = value {
            let kind = self.types.shared().get(name).copied();
            let own = self.params.contains(name) && !self.registers.contains_key(name);
            match (wanted, kind) {
                // A reference coerces.
                (Ty::Pointer(int, stars), Some(Kind::Value(own_int, own_stars)))
                    if own && (int, stars) == (own_int, own_stars) =>
                {
                    self.used.insert(name.clone());
                    return Ok(crate::rust::location_name(name));
                }
                _ => {}
            }
        }
        let value = self.expr(value)?.converted(wanted);
        let value = value.map_err(|why| Refusal::new(at, why))?;
        Ok(place.wrapped(value.text))
    }
}

/// A number as C computes with it.
fn promoted(value: Rust, at: Span) -> Result<Rust, Refusal> {
    let value = value.number();
    match value.ty {
        Ty::Int(int) => {
            let value = value.converted(Ty::Int(int.promoted()));
            value.map_err(|why| Refusal::new(at, why))
        }
        _ => Err(Refusal::new(at, "this is no number")),
    }
}

/// Two operands in the type that C computes in.
fn common(left: Rust, right: Rust) -> Result<(Rust, Rust), Refusal> {
    let (left, right) = (left.number(), right.number());
    let (Ty::Int(one), Ty::Int(other)) = (left.ty, right.ty) else {
        return Err(Refusal::new(Span::default(), "this is no number"));
    };
    let ty = Ty::Int(one.common(other));
    let converted = |value: Rust| {
        let value = value.converted(ty);
        value.map_err(|why| Refusal::new(Span::default(), why))
    };
    Ok((converted(left)?, converted(right)?))
}

/// Refuses arithmetic on what C has no atomic arithmetic of.
fn computed(place: &Spot, name: &str, at: Span) -> Result<(), Refusal> {
    match place.kind {
        Kind::Value(
            Int {
                bits: 32 | 64,
                signed: true,
            },
            0,
        ) => Ok(()),
        kind => {
            let message = format!("C has no `{name}()` of a `{}`", c_name(kind));
            Err(Refusal::new(at, message))
        }
    }
}
