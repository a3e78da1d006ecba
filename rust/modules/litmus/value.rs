// SPDX-License-Identifier: GPL-2.0

//! What a register or a location can hold at the end of a test: a number, whole, or the address of a location.

use kernel::sync::atomic::AtomicType;

use crate::cell::{
    Instance,
    Location, //
};

/// A value as a condition compares it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Value {
    /// A number.
    Int(i64),
    /// The address of the test's location of this number.
    Address(usize),
    /// The address of something else.
    Other,
}

impl PartialEq<i64> for Value {
    fn eq(&self, other: &i64) -> bool {
        *self == Self::Int(*other)
    }
}

/// The code of the first location's address; numbers are their own codes. No address of an x86_64,
/// arm64 or riscv64 kernel is near it, and no test writes such a number by chance.
const ADDRESS: u64 = 0x5a17_1e57_c0de_0000;
/// The code of an address of something else.
const OTHER: u64 = ADDRESS + 0xffff;

impl Value {
    /// The code of a pointer.
    #[inline(always)]
    pub(crate) fn code_pointer(instance: Instance<'_>, address: usize) -> u64 {
        match instance.index_of(address) {
            // CAST: A test has fewer locations than that.
            Some(index) => ADDRESS + index as u64,
            None if address == 0 => 0,
            None => OTHER,
        }
    }

    /// The code of a number that may be an address.
    #[inline(always)]
    pub(crate) fn code_word(instance: Instance<'_>, word: u64) -> u64 {
        // CAST: The same number of bits.
        match instance.index_of(word as usize) {
            // CAST: A test has fewer locations than that.
            Some(index) => ADDRESS + index as u64,
            None => word,
        }
    }

    /// What `code` stands for.
    pub(crate) fn of(code: u64) -> Self {
        match code {
            OTHER => Self::Other,
            // CAST: Below 65535.
            ADDRESS..OTHER => Self::Address((code - ADDRESS) as usize),
            // CAST: The same bits.
            _ => Self::Int(code as i64),
        }
    }
}

/// What a location of 8-bit numbers without a sign holds: the kernel crate has no atomic `u8`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct U8(pub(crate) u8);

// SAFETY: As large as an `i8` and aligned so; each is the other's bits.
unsafe impl AtomicType for U8 {
    type Repr = i8;
}

/// What a location of 16-bit numbers without a sign holds: the kernel crate has no atomic `u16`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub(crate) struct U16(pub(crate) u16);

// SAFETY: As large as an `i16` and aligned so; each is the other's bits.
unsafe impl AtomicType for U16 {
    type Repr = i16;
}

/// What a thread's register may be.
pub(crate) trait Register {
    /// Its code.
    fn code(self, instance: Instance<'_>) -> u64;
}

/// Numbers are their own codes, with their sign in all bits.
macro_rules! numbers {
    ($($type:ty),*) => {$(
        impl Register for $type {
            #[inline(always)]
            fn code(self, _: Instance<'_>) -> u64 {
                // CAST: The same bits.
                i64::from(self) as u64
            }
        }
    )*};
}

numbers!(bool, i8, u8, i16, u16, i32, u32);

impl Register for i64 {
    #[inline(always)]
    fn code(self, instance: Instance<'_>) -> u64 {
        // CAST: The same bits.
        Value::code_word(instance, self as u64)
    }
}

impl Register for u64 {
    #[inline(always)]
    fn code(self, instance: Instance<'_>) -> u64 {
        Value::code_word(instance, self)
    }
}

impl<T: Location> Register for *const T {
    #[inline(always)]
    fn code(self, instance: Instance<'_>) -> u64 {
        Value::code_pointer(instance, self.addr())
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for value in [0, 1, -1, 127, 128, 1000, i64::MIN, i64::MAX, -(1 << 40)] {
            // CAST: The same bits.
            assert_eq!(Value::of(value as u64), Value::Int(value));
        }
        assert_eq!(Value::of(ADDRESS + 3), Value::Address(3));
        assert_eq!(Value::of(OTHER), Value::Other);
    }
}
