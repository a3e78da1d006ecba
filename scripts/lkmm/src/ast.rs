// SPDX-License-Identifier: GPL-2.0

//! What a litmus test says, as written.

/// Where in the file something is written: byte offsets.
///
/// All places are equal, so that two tests that say the same are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

impl Span {
    /// Whether this says no place.
    pub fn is_nowhere(self) -> bool {
        self.end == 0
    }
}

/// A whole litmus test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The name on the first line, such as `SB+poonceonces`, without a `.litmus` at its end.
    pub name: String,
    /// The comments before the initial state, and any with a `Result:`, without their `(*`, `*)` and leading stars, one line each.
    /// Printed in C, a `{` is a `[`, and half of a comment is written with a blank in it.
    pub doc: Vec<String>,
    /// What holds before the threads start. What is not named is 0.
    pub init: Vec<Init>,
    /// `P0`, `P1`, ...
    pub threads: Vec<Thread>,
    /// What is shown beside what the condition names.
    pub locations: Vec<Location>,
    /// Only executions that end like this count.
    pub filter: Option<Prop>,
    /// How the condition is meant.
    pub quantifier: Quantifier,
    /// The question that the test asks.
    pub condition: Prop,
    /// Where `locations`, the filter and the condition are written.
    pub asked: Span,
}

/// One item of the initial state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Init {
    /// What it says something about.
    pub location: Location,
    /// The type, where one is given; of an array, that of its elements.
    pub ty: Option<Type>,
    /// How many elements an array has.
    pub length: Option<usize>,
    /// The value, where one is given.
    pub value: Option<Value>,
    /// Where this is written.
    pub at: Span,
}

/// A C type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// `int`, `atomic_t`, `struct srcu_struct`, ...
    pub base: String,
    /// How many stars.
    pub stars: usize,
}

/// A thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Pointers to the shared locations that it uses.
    pub params: Vec<Param>,
    /// What it does.
    pub body: Vec<Stmt>,
}

/// A parameter of a thread: a shared location of the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// Always a pointer.
    pub ty: Type,
    /// The location's name.
    pub name: String,
    /// Where this is written.
    pub at: Span,
}

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// `int r0;`, `int r0 = READ_ONCE(*x);`: one variable each.
    Decl {
        /// The variable's type.
        ty: Type,
        /// Its name.
        name: String,
        /// Its first value.
        value: Option<Expr>,
        /// Where this is written.
        at: Span,
    },
    /// `r0 = ...;`
    Assign {
        /// The variable.
        name: String,
        /// Its new value.
        value: Expr,
        /// Where this is written.
        at: Span,
    },
    /// `*x = ...;`: a plain store.
    Store {
        /// The address.
        pointer: Expr,
        /// What is stored.
        value: Expr,
        /// Where this is written.
        at: Span,
    },
    /// `f(...);`, or `(void)f(...);`
    Expr {
        /// Most often a call.
        expr: Expr,
        /// Written with `(void)`.
        void: bool,
        /// Where this is written.
        at: Span,
    },
    /// `if (...) ... else ...`
    If {
        /// Taken where this is not 0.
        condition: Expr,
        /// The first branch.
        then: Vec<Stmt>,
        /// The second branch.
        otherwise: Vec<Stmt>,
        /// Where the condition is written.
        at: Span,
    },
}

impl Stmt {
    /// Where this is written; of an `if`, its condition.
    pub fn at(&self) -> Span {
        match self {
            Self::Decl { at, .. }
            | Self::Assign { at, .. }
            | Self::Store { at, .. }
            | Self::Expr { at, .. }
            | Self::If { at, .. } => *at,
        }
    }
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A number.
    Int(i64),
    /// A variable or a parameter.
    Var(String, Span),
    /// `-e`, `!e`, `~e`, `*e`, `&e`.
    Unary(UnaryOp, Box<Expr>, Span),
    /// `e + e` and such.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `(int)e` and such.
    Cast(Type, Box<Expr>),
    /// A call of one of LKMM's primitives.
    Call {
        /// Its name.
        name: String,
        /// Its arguments.
        args: Vec<Expr>,
        /// Where this is written.
        at: Span,
    },
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Neg,
    /// `!`
    Not,
    /// `~`
    Complement,
    /// `*`
    Deref,
    /// `&`
    AddressOf,
}

impl UnaryOp {
    /// As C writes it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Neg => "-",
            Self::Not => "!",
            Self::Complement => "~",
            Self::Deref => "*",
            Self::AddressOf => "&",
        }
    }
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as C's operators are")]
pub enum BinaryOp {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Shl,
    Shr,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl BinaryOp {
    /// As C, and Rust, write it.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::BitOr => "|",
            Self::BitXor => "^",
            Self::BitAnd => "&",
            Self::Eq => "==",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Shl => "<<",
            Self::Shr => ">>",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
        }
    }

    /// Whether it compares.
    pub fn compares(self) -> bool {
        matches!(self.precedence(), 6 | 7)
    }

    /// How tightly it binds, as in C; the higher, the tighter.
    pub fn precedence(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::BitOr => 3,
            Self::BitXor => 4,
            Self::BitAnd => 5,
            Self::Eq | Self::Ne => 6,
            Self::Lt | Self::Le | Self::Gt | Self::Ge => 7,
            Self::Shl | Self::Shr => 8,
            Self::Add | Self::Sub => 9,
            Self::Mul | Self::Div | Self::Rem => 10,
        }
    }
}

/// A register of a thread, or a shared location.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Location {
    /// `0:r1`
    Register(usize, String),
    /// `x`
    Shared(String),
}

/// A value that a location may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Int(i64),
    /// The address of a location.
    Address(String),
    /// The elements of an array, from the first.
    List(Vec<Value>),
}

/// How the condition is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// `exists`: can it be?
    Exists,
    /// `~exists`: it cannot be.
    NotExists,
    /// `forall`: it is always so.
    Forall,
}

/// A property of an execution's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prop {
    /// `true`, `false`
    Truth(bool),
    /// `x=1`
    Is(Location, Value),
    /// `0:r0=0:r1`
    Same(Location, Location),
    /// `~p`
    Not(Box<Prop>),
    /// `p /\ q`
    And(Box<Prop>, Box<Prop>),
    /// `p \/ q`
    Or(Box<Prop>, Box<Prop>),
    /// `p => q`
    Implies(Box<Prop>, Box<Prop>),
}

impl Prop {
    /// Every location that it names, in their order, each as often as it is named.
    pub fn locations(&self) -> Vec<&Location> {
        match self {
            Self::Truth(_) => Vec::new(),
            Self::Is(location, _) => vec![location],
            Self::Same(left, right) => vec![left, right],
            Self::Not(p) => p.locations(),
            Self::And(p, q) | Self::Or(p, q) | Self::Implies(p, q) => {
                let mut all = p.locations();
                all.extend(q.locations());
                all
            }
        }
    }

    /// Every value that it compares with.
    pub fn values(&self) -> Vec<&Value> {
        match self {
            Self::Truth(_) | Self::Same(..) => Vec::new(),
            Self::Is(_, value) => vec![value],
            Self::Not(p) => p.values(),
            Self::And(p, q) | Self::Or(p, q) | Self::Implies(p, q) => {
                [p.values(), q.values()].concat()
            }
        }
    }
}

impl Test {
    /// The verdict in the test's comment: what follows `Result:`.
    pub fn result(&self) -> Option<&str> {
        self.doc
            .iter()
            .find_map(|line| line.trim().strip_prefix("Result:"))
            .and_then(|rest| rest.split_whitespace().next())
    }

    /// What an execution's end is told by: what the condition, the filter and `locations` name, each
    /// once: registers in the order of their threads, then shared locations.
    pub fn observed(&self) -> Vec<Location> {
        let mut all: Vec<Location> = self.condition.locations().into_iter().cloned().collect();
        if let Some(filter) = &self.filter {
            all.extend(filter.locations().into_iter().cloned());
        }
        all.extend(self.locations.iter().cloned());
        all.sort();
        all.dedup();
        all
    }
}

impl Test {
    /// Whether a thread waits for grace periods: then an instance takes milliseconds.
    pub fn waits(&self) -> bool {
        self.threads
            .iter()
            .any(|thread| calls_waiting(&thread.body))
    }
}

impl Thread {
    /// The type with which a variable is declared.
    pub fn declared(&self, name: &str) -> Option<&Type> {
        declared(&self.body, name)
    }
}

impl Thread {
    /// Each variable that is declared, and its type.
    pub fn declarations(&self) -> Vec<(&str, &Type)> {
        let mut all = Vec::new();
        declarations(&self.body, &mut all);
        all
    }
}

fn declarations<'t>(body: &'t [Stmt], to: &mut Vec<(&'t str, &'t Type)>) {
    for stmt in body {
        match stmt {
            Stmt::Decl { ty, name, .. } => to.push((name, ty)),
            Stmt::If {
                then, otherwise, ..
            } => {
                declarations(then, to);
                declarations(otherwise, to);
            }
            _ => {}
        }
    }
}

fn declared<'t>(body: &'t [Stmt], wanted: &str) -> Option<&'t Type> {
    body.iter().find_map(|stmt| match stmt {
        Stmt::Decl { ty, name, .. } if name == wanted => Some(ty),
        Stmt::If {
            then, otherwise, ..
        } => declared(then, wanted).or_else(|| declared(otherwise, wanted)),
        _ => None,
    })
}

fn calls_waiting(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::Expr {
            expr: Expr::Call { name, .. },
            ..
        } => crate::ops::Op::named(name).is_some_and(crate::ops::Op::waits),
        Stmt::If {
            then, otherwise, ..
        } => calls_waiting(then) || calls_waiting(otherwise),
        _ => false,
    })
}
