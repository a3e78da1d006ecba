// SPDX-License-Identifier: GPL-2.0

//! Spinlocks without guards, for tests whose locks are not held from one place of a block to another: taken in one
//! branch and released in a later one, or released and taken again.

#![allow(dead_code, reason = "which of them are used depends on the tests")]

use core::mem::forget;

use kernel::sync::{
    lock::Guard,
    SpinLock, //
};

/// Takes a lock, which [`spin_unlock`] has to release.
#[inline(always)]
pub(crate) fn spin_lock(lock: &SpinLock<()>) {
    // ORDERING: A lock's, as with a guard.
    forget(lock.lock());
}

/// Takes a lock if nobody holds it; then [`spin_unlock`] has to release it. Returns whether it did.
#[inline(always)]
pub(crate) fn spin_trylock(lock: &SpinLock<()>) -> bool {
    // ORDERING: A lock's, where it is taken.
    lock.try_lock().map(forget).is_some()
}

/// Releases a lock.
///
/// # Safety
///
/// The thread must hold it, by [`spin_lock`] or [`spin_trylock`].
#[inline(always)]
pub(crate) unsafe fn spin_unlock(lock: &SpinLock<()>) {
    // ORDERING: An unlock's.
    // SAFETY: By the safety requirements; the guard that took it is forgotten.
    drop(unsafe { Guard::new(lock, ()) });
}
