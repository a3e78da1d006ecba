// SPDX-License-Identifier: GPL-2.0

//! Atomic read-modify-write operations of C's `atomic_t` that [`Atomic`] lacks.

use kernel::{
    bindings,
    sync::atomic::{
        ordering::{
            Ordering,
            OrderingType, //
        },
        Atomic, //
    }, //
};

/// `atomic_<name>`, `atomic_<name>_acquire`, `_release`, `_relaxed`, by the type of the ordering.
macro_rules! ordered {
    ($ordering:ident, $full:ident, $acquire:ident, $release:ident, $relaxed:ident, $atomic:expr, $v:expr) => {
        // ORDERING: The caller's choice, as C's suffixes: all before and after (`Full`), the load
        // against what follows (`Acquire`), what precedes against the store (`Release`).
        // SAFETY: A reference to an `Atomic<i32>` is a pointer to a live `atomic_t`: the same size,
        // alignment and representation, touched by atomic operations alone.
        unsafe {
            match $ordering::TYPE {
                OrderingType::Full => bindings::$full($v, raw($atomic)),
                OrderingType::Acquire => bindings::$acquire($v, raw($atomic)),
                OrderingType::Release => bindings::$release($v, raw($atomic)),
                OrderingType::Relaxed => bindings::$relaxed($v, raw($atomic)),
            }
        }
    };
}

/// `atomic_<name>`, which returns nothing.
macro_rules! unordered {
    ($name:ident, $atomic:expr, $v:expr) => {
        // ORDERING: None but coherence: an operation that returns nothing is relaxed.
        // SAFETY: A reference to an `Atomic<i32>` is a pointer to a live `atomic_t`: the same size,
        // alignment and representation, touched by atomic operations alone.
        unsafe { bindings::$name($v, raw($atomic)) }
    };
}

/// The C side's view of an atomic.
#[inline(always)]
fn raw(atomic: &Atomic<i32>) -> *mut bindings::atomic_t {
    atomic.as_ptr().cast()
}

/// Bitwise, returning and conditional operations, wrapping as all of C's do.
pub trait AtomicRmw {
    /// Subtracts.
    #[doc(alias = "atomic_sub")]
    fn sub(&self, v: i32);

    /// Bitwise and.
    #[doc(alias = "atomic_and")]
    fn and(&self, v: i32);

    /// Bitwise and with the complement of `v`.
    #[doc(alias = "atomic_andnot")]
    fn andnot(&self, v: i32);

    /// Bitwise or.
    #[doc(alias = "atomic_or")]
    fn or(&self, v: i32);

    /// Bitwise exclusive or.
    #[doc(alias = "atomic_xor")]
    fn xor(&self, v: i32);

    /// Bitwise and; returns what was there before.
    #[doc(alias = "atomic_fetch_and")]
    fn fetch_and<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Bitwise and with the complement of `v`; returns what was there before.
    #[doc(alias = "atomic_fetch_andnot")]
    fn fetch_andnot<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Bitwise or; returns what was there before.
    #[doc(alias = "atomic_fetch_or")]
    fn fetch_or<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Bitwise exclusive or; returns what was there before.
    #[doc(alias = "atomic_fetch_xor")]
    fn fetch_xor<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Adds; returns what is there then.
    #[doc(alias("atomic_add_return", "atomic_inc_return"))]
    fn add_return<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Subtracts; returns what is there then.
    #[doc(alias("atomic_sub_return", "atomic_dec_return"))]
    fn sub_return<O: Ordering>(&self, v: i32, ordering: O) -> i32;

    /// Adds; returns whether what is there then is negative.
    #[doc(alias = "atomic_add_negative")]
    fn add_negative<O: Ordering>(&self, v: i32, ordering: O) -> bool;

    /// Adds, fully ordered; returns whether what is there then is 0.
    #[doc(alias = "atomic_inc_and_test")]
    fn add_and_test(&self, v: i32) -> bool;

    /// Subtracts, fully ordered; returns whether what is there then is 0.
    #[doc(alias("atomic_sub_and_test", "atomic_dec_and_test"))]
    fn sub_and_test(&self, v: i32) -> bool;

    /// Adds `v` unless `unless` is there; returns whether it did. Fully ordered where it did, and
    /// not at all where it did not.
    #[doc(alias = "atomic_add_unless")]
    fn add_unless(&self, v: i32, unless: i32) -> bool;
}

impl AtomicRmw for Atomic<i32> {
    #[inline(always)]
    fn sub(&self, v: i32) {
        unordered!(atomic_sub, self, v)
    }

    #[inline(always)]
    fn and(&self, v: i32) {
        unordered!(atomic_and, self, v)
    }

    #[inline(always)]
    fn andnot(&self, v: i32) {
        unordered!(atomic_andnot, self, v)
    }

    #[inline(always)]
    fn or(&self, v: i32) {
        unordered!(atomic_or, self, v)
    }

    #[inline(always)]
    fn xor(&self, v: i32) {
        unordered!(atomic_xor, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn fetch_and<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_fetch_and, atomic_fetch_and_acquire, atomic_fetch_and_release, atomic_fetch_and_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn fetch_andnot<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_fetch_andnot, atomic_fetch_andnot_acquire, atomic_fetch_andnot_release, atomic_fetch_andnot_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn fetch_or<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_fetch_or, atomic_fetch_or_acquire, atomic_fetch_or_release, atomic_fetch_or_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn fetch_xor<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_fetch_xor, atomic_fetch_xor_acquire, atomic_fetch_xor_release, atomic_fetch_xor_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn add_return<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_add_return, atomic_add_return_acquire, atomic_add_return_release, atomic_add_return_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn sub_return<O: Ordering>(&self, v: i32, _: O) -> i32 {
        ordered!(O, atomic_sub_return, atomic_sub_return_acquire, atomic_sub_return_release, atomic_sub_return_relaxed, self, v)
    }

    #[inline(always)]
    #[rustfmt::skip]
    fn add_negative<O: Ordering>(&self, v: i32, _: O) -> bool {
        ordered!(O, atomic_add_negative, atomic_add_negative_acquire, atomic_add_negative_release, atomic_add_negative_relaxed, self, v)
    }

    #[inline(always)]
    fn add_and_test(&self, v: i32) -> bool {
        // ORDERING: As of C's function of this name, which is fully ordered.
        self.add_return(v, kernel::sync::atomic::Full) == 0
    }

    #[inline(always)]
    fn sub_and_test(&self, v: i32) -> bool {
        // ORDERING: Full, as everything that returns and has no suffix.
        // SAFETY: A reference to an `Atomic<i32>` is a pointer to a live `atomic_t`.
        unsafe { bindings::atomic_sub_and_test(v, raw(self)) }
    }

    #[inline(always)]
    fn add_unless(&self, v: i32, unless: i32) -> bool {
        // ORDERING: Full where it adds, none where it does not
        // (Atomic-RMW-ops-are-atomic-WRT-atomic_set).
        // SAFETY: A reference to an `Atomic<i32>` is a pointer to a live `atomic_t`.
        unsafe { bindings::atomic_add_unless(raw(self), v, unless) }
    }
}
