// SPDX-License-Identifier: GPL-2.0

//! What each location and each register of a test holds.
//!
//! C declares types, and herd7 does not ask for them: a register may be declared nowhere, an `int` or an `intptr_t` may
//! hold an address and be followed. What holds what follows from who stores what where, whatever was declared.

use crate::ast::{BinaryOp, Expr, Location, Stmt, Test, Type, UnaryOp, Value};
use crate::ops::{Op, Returns};
use std::collections::{BTreeMap, BTreeSet};

/// A type of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Int {
    /// How many bits it has.
    pub bits: u32,
    /// Whether it may be negative.
    pub signed: bool,
}

impl Int {
    /// `int`
    pub const INT: Self = Self::signed(32);
    /// `long`, and what holds an address as a number
    pub const LONG: Self = Self::signed(64);

    const fn signed(bits: u32) -> Self {
        let signed = true;
        Self { bits, signed }
    }

    const fn unsigned(bits: u32) -> Self {
        let signed = false;
        Self { bits, signed }
    }

    /// The type that C calls `base`, on a kernel of 64 bits; its `char` is unsigned.
    pub fn of(base: &str) -> Option<Self> {
        let fixed = base.trim_start_matches("__");
        let fixed = fixed.strip_suffix("_t").unwrap_or(fixed);
        Some(match fixed {
            "atomic" | "refcount" => Self::INT,
            "atomic64" | "atomic_long" => Self::LONG,
            "intptr" | "ssize" | "ptrdiff" => Self::LONG,
            "uintptr" | "size" => Self::unsigned(64),
            "s8" | "int8" => Self::signed(8),
            "s16" | "int16" => Self::signed(16),
            "s32" | "int32" => Self::INT,
            "s64" | "int64" => Self::LONG,
            "u8" | "uint8" | "bool" | "_Bool" => Self::unsigned(8),
            "u16" | "uint16" => Self::unsigned(16),
            "u32" | "uint32" => Self::unsigned(32),
            "u64" | "uint64" => Self::unsigned(64),
            _ => {
                let mut words: Vec<&str> = base.split(' ').collect();
                let before = words.len();
                words.retain(|word| *word != "unsigned");
                let unsigned = words.len() != before;
                let before = words.len();
                words.retain(|word| *word != "signed");
                let signed = words.len() != before;
                if words.len() > 1 || (words.is_empty() && (signed || unsigned)) {
                    words.retain(|word| *word != "int");
                }
                let bits = match words.as_slice() {
                    ["int"] | [] => 32,
                    ["char"] => 8,
                    ["short"] => 16,
                    ["long"] | ["long", "long"] => 64,
                    _ => return None,
                };
                match unsigned || (bits == 8 && !signed) {
                    true => Self::unsigned(bits),
                    false => Self::signed(bits),
                }
            }
        })
    }

    /// What Rust calls it.
    pub fn rust(self) -> String {
        format!("{}{}", if self.signed { 'i' } else { 'u' }, self.bits)
    }

    /// The type that Rust calls so.
    pub fn of_rust(name: &str) -> Option<Self> {
        let (signed, bits) = match name.split_at_checked(1)? {
            ("i", bits) => (true, bits),
            ("u", bits) => (false, bits),
            _ => return None,
        };
        let bits = bits.parse().ok()?;
        matches!(bits, 8 | 16 | 32 | 64).then_some(Self { bits, signed })
    }

    /// What C calls it, in one word: herd7 reads no others.
    pub fn c(self) -> &'static str {
        match (self.bits, self.signed) {
            (8, true) => "int8_t",
            (8, false) => "char",
            (16, true) => "int16_t",
            (16, false) => "uint16_t",
            (32, true) => "int",
            (32, false) => "uint32_t",
            (_, true) => "long",
            (_, false) => "uintptr_t",
        }
    }

    /// Whether it has this number.
    pub fn holds(self, number: i64) -> bool {
        let (number, bits) = (i128::from(number), self.bits);
        match self.signed {
            true => (-(1 << (bits - 1))..1 << (bits - 1)).contains(&number),
            false => (0..1 << bits).contains(&number),
        }
    }

    /// What its operands become before C computes with them.
    pub fn promoted(self) -> Self {
        if self.bits < 32 {
            Self::INT
        } else {
            self
        }
    }

    /// What two operands become.
    pub fn common(self, other: Self) -> Self {
        let (a, b) = (self.promoted(), other.promoted());
        match a.bits.cmp(&b.bits) {
            std::cmp::Ordering::Less => b,
            std::cmp::Ordering::Greater => a,
            std::cmp::Ordering::Equal => Self {
                bits: a.bits,
                signed: a.signed && b.signed,
            },
        }
    }

    /// Whether it has all of another's numbers.
    pub fn covers(self, other: Self) -> bool {
        match (self.signed, other.signed) {
            (true, false) => self.bits > other.bits,
            (false, true) => false,
            _ => self.bits >= other.bits,
        }
    }
}

/// What is in a location or a register, or what a location is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// With no stars a number; else what points to one, over so many pointers.
    Value(Int, usize),
    /// `spinlock_t`
    Lock,
    /// `struct srcu_struct`
    Srcu,
}

impl Kind {
    /// Of what has type `ty`.
    pub fn of(ty: &Type) -> Option<Self> {
        match ty.base.as_str() {
            "spinlock_t" | "raw_spinlock_t" if ty.stars == 0 => Some(Self::Lock),
            "struct srcu_struct" if ty.stars == 0 => Some(Self::Srcu),
            // What nobody knows is behind a pointer.
            "void" if ty.stars != 0 => Some(Self::Value(Int::INT, ty.stars)),
            base => Some(Self::Value(Int::of(base)?, ty.stars)),
        }
    }
}

/// What may be in something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Holds {
    /// Numbers of these types.
    int: Option<Int>,
    /// One of them may be another than 0.
    other: bool,
    /// The addresses of these locations.
    addresses: BTreeSet<String>,
}

impl Holds {
    fn number(int: Int) -> Self {
        Self {
            int: Some(int),
            other: true,
            addresses: BTreeSet::new(),
        }
    }

    fn join(&mut self, more: &Self) {
        self.int = match (self.int, more.int) {
            (Some(a), Some(b)) => Some(if b.covers(a) || b.bits > a.bits { b } else { a }),
            (a, b) => a.or(b),
        };
        self.other |= more.other;
        self.addresses.extend(more.addresses.iter().cloned());
    }
}

/// What each location and each register of a test holds.
#[derive(Clone, Debug, Default)]
pub struct Types {
    shared: BTreeMap<String, Kind>,
    registers: BTreeMap<(usize, String), Kind>,
    holds: BTreeMap<Location, Holds>,
}

impl Types {
    /// Of a test.
    pub fn of(test: &Test) -> Self {
        let mut declared: BTreeMap<Location, Kind> = BTreeMap::new();
        let mut declare = |location: Location, ty: &Type| {
            let Some(kind) = Kind::of(ty) else {
                return;
            };
            let more = match (declared.get(&location), kind) {
                // One name, two types: herd7 does not mind.
                (Some(Kind::Value(a, s)), Kind::Value(b, t)) => (t, b.bits) > (*s, a.bits),
                (Some(_), _) => false,
                (None, _) => true,
            };
            if more {
                declared.insert(location, kind);
            }
        };
        for (number, thread) in test.threads.iter().enumerate() {
            for param in &thread.params {
                let ty = Type {
                    base: param.ty.base.clone(),
                    stars: param.ty.stars.saturating_sub(1),
                };
                declare(Location::Shared(param.name.clone()), &ty);
            }
            for (name, ty) in thread.declarations() {
                declare(Location::Register(number, name.to_owned()), ty);
            }
        }
        for init in test.init.iter().filter(|init| init.length.is_none()) {
            if let Some(ty) = &init.ty {
                declare(init.location.clone(), ty);
            }
        }

        let mut holds: BTreeMap<Location, Holds> = BTreeMap::new();
        for init in test.init.iter().filter(|init| init.length.is_none()) {
            let held = holds.entry(init.location.clone()).or_default();
            match &init.value {
                Some(Value::Address(name)) => {
                    held.addresses.insert(name.clone());
                }
                Some(Value::Int(number)) if *number != 0 => {
                    held.join(&Holds::number(literal(*number)));
                }
                _ => {}
            }
        }
        let mut flow = Flow {
            test,
            declared,
            holds,
            changed: true,
        };
        while std::mem::take(&mut flow.changed) {
            for (number, thread) in test.threads.iter().enumerate() {
                flow.stmts(number, &thread.body);
            }
        }

        let Flow {
            mut declared,
            holds,
            ..
        } = flow;
        implied(&mut declared, &holds);
        let mut types = Self {
            holds,
            ..Self::default()
        };
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (location, held) in &types.holds {
            names.extend(held.addresses.iter().map(String::as_str));
            if let Location::Shared(name) = location {
                names.insert(name);
            }
        }
        names.extend(declared.keys().filter_map(|location| match location {
            Location::Shared(name) => Some(name.as_str()),
            Location::Register(..) => None,
        }));
        let observed = test.observed();
        names.extend(observed.iter().filter_map(|location| match location {
            Location::Shared(name) => Some(name.as_str()),
            Location::Register(..) => None,
        }));
        let found = names.into_iter().map(|name| {
            let location = Location::Shared(name.to_owned());
            let kind = kind(&location, &declared, &types.holds, &mut Vec::new());
            (name.to_owned(), kind)
        });
        types.shared = found.collect();
        for location in types.holds.keys().chain(declared.keys()) {
            if let Location::Register(number, name) = location {
                let kind = kind(location, &declared, &types.holds, &mut Vec::new());
                types.registers.insert((*number, name.clone()), kind);
            }
        }
        types
    }

    /// The shared locations: those that threads take, that the initial state or the question names, and those whose
    /// addresses are somewhere.
    pub fn shared(&self) -> &BTreeMap<String, Kind> {
        &self.shared
    }

    /// What a thread's register holds; nothing if there is no such register.
    pub fn register(&self, thread: usize, name: &str) -> Option<Kind> {
        self.registers.get(&(thread, name.to_owned())).copied()
    }

    /// The registers of a thread that are declared or assigned or begin with something.
    pub fn registers(&self, thread: usize) -> impl Iterator<Item = (&str, Kind)> {
        let all = self.registers.iter();
        all.filter_map(move |((owner, name), kind)| {
            (*owner == thread).then_some((name.as_str(), *kind))
        })
    }

    /// What is where an expression of a thread points to; nothing if it may be a number other than 0, or the addresses
    /// of different things.
    pub fn behind(&self, test: &Test, thread: usize, pointer: &Expr) -> Option<Kind> {
        let mut flow = Flow {
            test,
            declared: BTreeMap::new(),
            holds: self.holds.clone(),
            changed: false,
        };
        let held = flow.expr(thread, pointer);
        let mut kinds = held.addresses.iter().filter_map(|at| self.shared.get(at));
        let declared = match pointer {
            Expr::Var(name, _) => self.register(thread, name),
            _ => None,
        };
        match (held.other, kinds.next(), declared) {
            (true, ..) => None,
            (_, Some(first), _) => kinds.all(|kind| kind == first).then_some(*first),
            // Nothing is known to be there: what was declared.
            (_, None, Some(Kind::Value(int, stars @ 1..))) => Some(Kind::Value(int, stars - 1)),
            _ => None,
        }
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

/// The least type of C's that a number has without a suffix.
pub fn literal(number: i64) -> Int {
    match Int::INT.holds(number) {
        true => Int::INT,
        false => Int::LONG,
    }
}

/// Gives locations that are declared nowhere the types of those that the same pointers point to, or what the pointers'
/// own types say.
fn implied(declared: &mut BTreeMap<Location, Kind>, holds: &BTreeMap<Location, Holds>) {
    for (pointer, held) in holds {
        let place = |name: &String| Location::Shared(name.clone());
        let known = |name: &String| declared.get(&place(name)).copied();
        let own = match declared.get(pointer) {
            Some(Kind::Value(int, stars @ 1..)) => Some(Kind::Value(*int, stars - 1)),
            Some(number @ Kind::Value(Int { bits: 64, .. }, 0)) => Some(*number),
            _ => None,
        };
        let Some(kind) = held.addresses.iter().find_map(known).or(own) else {
            continue;
        };
        for name in &held.addresses {
            declared.entry(place(name)).or_insert(kind);
        }
    }
}

/// What is in a location or a register, in the end.
fn kind(
    location: &Location,
    declared: &BTreeMap<Location, Kind>,
    holds: &BTreeMap<Location, Holds>,
    before: &mut Vec<Location>,
) -> Kind {
    let declared_kind = declared.get(location).copied();
    let held = holds.get(location).cloned().unwrap_or_default();
    match declared_kind {
        Some(kind @ (Kind::Lock | Kind::Srcu)) => return kind,
        // It holds addresses as numbers.
        Some(kind @ Kind::Value(Int { bits: 64, .. }, 0)) => return kind,
        _ => {}
    }
    if held.addresses.is_empty() || before.contains(location) {
        let alone = Kind::Value(held.int.unwrap_or(Int::INT).promoted(), 0);
        return match before.contains(location) {
            true => Kind::Value(Int::LONG, 0),
            false => declared_kind.unwrap_or(alone),
        };
    }
    before.push(location.clone());
    let mut targets = held.addresses.iter().map(|name| {
        let target = Location::Shared(name.clone());
        kind(&target, declared, holds, before)
    });
    let first = targets.next();
    let same = targets.all(|kind| Some(kind) == first);
    drop(targets);
    before.pop();
    match (first, declared_kind) {
        (Some(Kind::Value(int, stars)), _) if same && !held.other => Kind::Value(int, stars + 1),
        _ => Kind::Value(Int::LONG, 0),
    }
}

/// Who stores what where, over and over until nothing new is found.
struct Flow<'t> {
    test: &'t Test,
    declared: BTreeMap<Location, Kind>,
    holds: BTreeMap<Location, Holds>,
    changed: bool,
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

    fn stmts(&mut self, thread: usize, body: &[Stmt]) {
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
    fn expr(&mut self, thread: usize, expr: &Expr) -> Holds {
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
                Op::Load(crate::ops::Place::Value, _)
                | Op::Store(crate::ops::Place::Value, _)
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn types(text: &str) -> (Test, Types) {
        let text = format!("C t\n{text}\nexists (x=1)\n");
        let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
        let types = Types::of(&test);
        (test, types)
    }

    fn behind((test, types): &(Test, Types), thread: usize, name: &str) -> Option<Kind> {
        types.behind(
            test,
            thread,
            &Expr::Var(name.to_owned(), Default::default()),
        )
    }

    const LONG: Option<Kind> = Some(Kind::Value(Int::LONG, 0));
    const INT: Option<Kind> = Some(Kind::Value(Int::INT, 0));
    const TO_INT: Option<Kind> = Some(Kind::Value(Int::INT, 1));

    #[test]
    fn c_s_types_have_c_s_widths() {
        for (c, rust) in [
            ("int", "i32"),
            ("unsigned", "u32"),
            ("long unsigned int", "u64"),
            ("long long", "i64"),
            ("intptr_t", "i64"),
            ("size_t", "u64"),
            ("char", "u8"),
            ("signed char", "i8"),
            ("short int", "i16"),
            ("unsigned short", "u16"),
            ("uint8_t", "u8"),
            ("__u32", "u32"),
            ("s64", "i64"),
            ("atomic_t", "i32"),
            ("atomic64_t", "i64"),
            ("atomic_long_t", "i64"),
            ("refcount_t", "i32"),
        ] {
            let int = Int::of(c).unwrap_or_else(|| panic!("{c}"));
            assert_eq!(int.rust(), rust, "{c}");
            assert_eq!(Int::of_rust(rust), Some(int));
            assert_eq!(Int::of(int.c()), Some(int));
        }
        assert_eq!(Int::of("float"), None);
        assert!(Int::of("char").is_some_and(|c| c.holds(255) && !c.holds(256) && !c.holds(-1)));
        assert!(Int::LONG.holds(i64::MIN) && !Int::INT.holds(1 << 31));
    }

    #[test]
    fn registers_are_what_they_are_assigned() {
        let types = types(
            "{ 1:r3=x; }\nP0(int *x, long *y, int **p) { r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); r2 = rcu_dereference(*p); \
             WRITE_ONCE(*p, x); int r4 = x; r5 = READ_ONCE(*r4); r6 = r2 ^ r2; r7 = x + r6; r8 = x; r8 = 1; }\n\
             P1(int *x) { WRITE_ONCE(*r3, 1); }",
        );
        assert_eq!(types.1.register(0, "r0"), INT);
        assert_eq!(types.1.register(0, "r1"), LONG);
        assert_eq!(types.1.register(0, "r2"), TO_INT);
        assert_eq!(types.1.register(0, "r4"), TO_INT);
        assert_eq!(types.1.register(0, "r5"), INT);
        assert_eq!(types.1.register(0, "r6"), LONG);
        assert_eq!(types.1.register(0, "r7"), TO_INT);
        assert_eq!(types.1.register(0, "r8"), LONG);
        assert_eq!(behind(&types, 0, "r7"), INT);
        assert_eq!(behind(&types, 0, "r8"), None);
        assert_eq!(types.1.register(0, "r9"), None);
        assert_eq!(types.1.register(1, "r3"), TO_INT);
        assert_eq!(behind(&types, 1, "r3"), INT);
    }

    #[test]
    fn numbers_hold_addresses() {
        let types = types(
            "{ x1=y1; p=x; }\nP0(intptr_t *x1, int *p) { intptr_t r1 = rcu_dereference(*x1); WRITE_ONCE(*r1, 1); \
             int r2 = READ_ONCE(*p); *r2 = 1; }\nP1(intptr_t *y1, int *x) { }",
        );
        assert_eq!(types.1.shared().get("x1").copied(), LONG);
        assert_eq!(types.1.shared().get("p").copied(), TO_INT);
        assert_eq!(types.1.register(0, "r1"), LONG);
        assert_eq!(behind(&types, 0, "r1"), LONG);
        assert_eq!(behind(&types, 0, "r2"), INT);
    }

    #[test]
    fn what_points_to_itself_has_a_type() {
        let types = types("{ p=p; }\nP0(int *p) { r0 = READ_ONCE(*p); }");
        assert_eq!(
            types.1.shared().get("p").copied(),
            Some(Kind::Value(Int::LONG, 1))
        );
    }
}
