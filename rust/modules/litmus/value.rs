// SPDX-License-Identifier: GPL-2.0

//! What a register or a location can hold at the end of a test, in a byte.

use kernel::sync::atomic::Atomic;

use crate::cell::Instance;

/// A value as a condition compares it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Value {
    /// A number.
    Int(i32),
    /// The address of the test's location of this number.
    Address(usize),
    /// Something that no byte stands for: a number far from 0, an address of something else.
    Other,
}

impl PartialEq<i32> for Value {
    fn eq(&self, other: &i32) -> bool {
        *self == Self::Int(*other)
    }
}

/// The least number that has a code.
const LEAST: i32 = -64;
/// The code of the first location's address; lower ones are numbers.
const ADDRESS: u8 = 192;
/// The code of everything else.
const OTHER: u8 = 255;

impl Value {
    /// The code of a number.
    #[inline(always)]
    pub(crate) fn code_int(value: i32) -> u8 {
        let above = value.wrapping_sub(LEAST);
        if (0..i32::from(ADDRESS)).contains(&above) {
            // CAST: Below `ADDRESS`, as was just seen.
            above as u8
        } else {
            OTHER
        }
    }

    /// The code of a pointer.
    #[inline(always)]
    pub(crate) fn code_pointer(instance: Instance<'_>, pointer: *const Atomic<i32>) -> u8 {
        if pointer.is_null() {
            return Self::code_int(0);
        }
        match instance.index_of(pointer) {
            // CAST: Below 63, as was just seen.
            Some(index) if index < usize::from(OTHER - ADDRESS) => ADDRESS + index as u8,
            _ => OTHER,
        }
    }

    /// What `code` stands for.
    pub(crate) fn of(code: u8) -> Self {
        match code {
            OTHER => Self::Other,
            ADDRESS.. => Self::Address(usize::from(code - ADDRESS)),
            _ => Self::Int(i32::from(code) + LEAST),
        }
    }
}

/// What a thread's register may be.
pub(crate) trait Register {
    /// Its code.
    fn code(self, instance: Instance<'_>) -> u8;
}

impl Register for i32 {
    #[inline(always)]
    fn code(self, _: Instance<'_>) -> u8 {
        Value::code_int(self)
    }
}

impl Register for bool {
    #[inline(always)]
    fn code(self, _: Instance<'_>) -> u8 {
        Value::code_int(self.into())
    }
}

impl Register for *const Atomic<i32> {
    #[inline(always)]
    fn code(self, instance: Instance<'_>) -> u8 {
        Value::code_pointer(instance, self)
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for value in -64..=127 {
            assert_eq!(Value::of(Value::code_int(value)), Value::Int(value));
        }
        for value in [-65, 128, i32::MIN, i32::MAX] {
            assert_eq!(Value::of(Value::code_int(value)), Value::Other);
        }
    }
}
