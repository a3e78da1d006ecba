// SPDX-License-Identifier: GPL-2.0

//! Types of numbers, as C has them.

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

/// The least type of C's that a number has without a suffix.
pub fn literal(number: i64) -> Int {
    match Int::INT.holds(number) {
        true => Int::INT,
        false => Int::LONG,
    }
}
