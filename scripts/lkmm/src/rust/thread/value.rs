// SPDX-License-Identifier: GPL-2.0

//! Expressions and locations in Rust, and C's conversions.

use super::super::{cut_off, location_name, location_type};
use crate::types::{Int, Kind};

/// What an expression is in Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Unit,
    Int(Int),
    Bool,
    /// To a location, of numbers or of pointers over so many more.
    Pointer(Int, usize),
    /// A section of SRCU readers, which C keeps as a number.
    Section,
}

pub(super) const INT: Ty = Ty::Int(Int::INT);

impl Ty {
    /// Of what is in a location.
    pub(super) fn of(kind: Kind) -> Self {
        match kind {
            Kind::Value(int, 0) => Self::Int(int),
            Kind::Value(int, stars) => Self::Pointer(int, stars - 1),
            Kind::Lock | Kind::Srcu => Self::Unit,
        }
    }

    pub(super) fn rust(self) -> String {
        match self {
            Self::Int(int) => int.rust(),
            Self::Bool => Int::INT.rust(),
            Self::Pointer(int, stars) => {
                format!("*const {}", location_type(Kind::Value(int, stars)))
            }
            Self::Unit | Self::Section => "()".to_owned(),
        }
    }
}

/// An expression in Rust.
pub(super) struct Rust {
    pub(super) text: String,
    pub(super) ty: Ty,
    /// Binds less tightly than a method call.
    pub(super) loose: bool,
}

impl Rust {
    pub(super) fn new(text: impl Into<String>, ty: Ty) -> Self {
        let text = text.into();
        Self {
            text,
            ty,
            loose: false,
        }
    }

    pub(super) fn loose(text: impl Into<String>, ty: Ty) -> Self {
        Self {
            loose: true,
            ..Self::new(text, ty)
        }
    }

    /// The number that it is.
    pub(super) fn literal(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// As the receiver of a method.
    pub(super) fn receiver(&self) -> String {
        if self.loose {
            return format!("({})", self.text);
        }
        let ty = self.ty.rust();
        match self.literal() {
            Some(number) if number < 0 => format!("({number}{ty})"),
            Some(number) => format!("{number}{ty}"),
            None => self.text.clone(),
        }
    }

    /// As an operand.
    pub(super) fn operand(&self) -> String {
        match self.loose {
            true => format!("({})", self.text),
            false => self.text.clone(),
        }
    }

    /// As the left side of a comparison.
    pub(super) fn compared(&self) -> String {
        match self.text.contains(" as ") {
            true => self.operand(),
            false => self.text.clone(),
        }
    }

    /// A number in place of a truth.
    pub(super) fn int(self) -> Self {
        match self.ty {
            Ty::Bool => Self::new(format!("i32::from({})", self.text), INT),
            _ => self,
        }
    }

    /// An address as a number, too.
    pub(super) fn number(self) -> Self {
        match self.ty {
            Ty::Pointer(..) => {
                Self::loose(format!("{} as i64", self.operand()), Ty::Int(Int::LONG))
            }
            _ => self.int(),
        }
    }

    pub(super) fn bool(self) -> Self {
        match self.ty {
            Ty::Int(_) => Self::loose(format!("{} != 0", self.compared()), Ty::Bool),
            Ty::Pointer(..) => Self::loose(format!("!{}.is_null()", self.receiver()), Ty::Bool),
            _ => self,
        }
    }

    /// As C converts it to another type; or why not.
    pub(super) fn converted(self, to: Ty) -> Result<Self, String> {
        match (self.ty, to) {
            (from, to) if from == to => Ok(self),
            (Ty::Bool, Ty::Int(int)) => Ok(Self::new(
                format!("{}::from({})", int.rust(), self.text),
                to,
            )),
            (Ty::Int(from), Ty::Int(int)) => match self.literal() {
                Some(number) if int.holds(number) => Ok(Self::new(self.text, to)),
                Some(number) => Err(format!("{number}: {}", cut_off(int))),
                None if int.covers(from) => Ok(Self::new(
                    format!("{}::from({})", int.rust(), self.text),
                    to,
                )),
                None => Ok(Self::loose(
                    format!("{} as {}", self.operand(), int.rust()),
                    to,
                )),
            },
            (Ty::Pointer(..), Ty::Int(int)) => Ok(Self::loose(
                format!("{} as {}", self.operand(), int.rust()),
                to,
            )),
            (Ty::Int(_), Ty::Pointer(..)) if self.literal() == Some(0) => {
                Ok(Self::new("core::ptr::null()", to))
            }
            (Ty::Int(_) | Ty::Pointer(..), Ty::Pointer(..)) => Ok(Self::loose(
                format!("{} as {}", self.operand(), to.rust()),
                to,
            )),
            (Ty::Bool, Ty::Pointer(..)) => Ok(Self::loose(
                format!("i64::from({}) as {}", self.text, to.rust()),
                to,
            )),
            (Ty::Unit, _) => Err("this returns nothing".to_owned()),
            _ => Err("this has another type".to_owned()),
        }
    }
}

/// A location in Rust.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) kind: Kind,
}

impl Spot {
    /// What is in it.
    pub(super) fn ty(&self) -> Ty {
        Ty::of(self.kind)
    }

    /// Whether it is stored as a type of the engine's own, which is made of a number.
    pub(super) fn wrapper(&self) -> Option<String> {
        match self.kind {
            Kind::Value(
                int @ Int {
                    bits: 8 | 16,
                    signed: false,
                },
                0,
            ) => Some(int.rust().to_uppercase()),
            _ => None,
        }
    }

    /// What is stored for a value.
    pub(super) fn wrapped(&self, value: String) -> String {
        match self.wrapper() {
            Some(wrapper) => format!("{wrapper}({value})"),
            None => value,
        }
    }

    /// The value of what was loaded.
    pub(super) fn unwrapped(&self, loaded: String) -> Rust {
        match self.wrapper() {
            Some(_) => Rust::new(format!("{loaded}.0"), self.ty()),
            None => Rust::new(loaded, self.ty()),
        }
    }
}

/// Which locations an operation works on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Numbers and pointers.
    Value,
    Number,
    Lock,
    Srcu,
}

impl Wanted {
    pub(super) fn is(self, kind: Kind) -> bool {
        matches!(
            (self, kind),
            (Self::Value, Kind::Value(..))
                | (Self::Number, Kind::Value(_, 0))
                | (Self::Lock, Kind::Lock)
                | (Self::Srcu, Kind::Srcu)
        )
    }

    pub(super) fn c(self) -> &'static str {
        match self {
            Self::Value => "number and no pointer",
            Self::Number => "number",
            Self::Lock => "spinlock_t",
            Self::Srcu => "struct srcu_struct",
        }
    }
}

/// The address of a location.
pub(super) fn address_of(name: &str, kind: Kind) -> Rust {
    let ty = match kind {
        Kind::Value(int, stars) => Ty::Pointer(int, stars),
        _ => Ty::Unit,
    };
    Rust::new(format!("core::ptr::from_ref({})", location_name(name)), ty)
}

/// The type that a variable is declared with: where Rust would take another.
pub(super) fn written_type(first: &Rust) -> String {
    match (first.literal(), first.ty) {
        (Some(_), ty) if ty != INT => format!(": {}", ty.rust()),
        _ => String::new(),
    }
}
