// SPDX-License-Identifier: GPL-2.0

//! What the Linux kernel memory model (LKMM) has, and `kernel::sync` does not.
//!
//! Named as in C, but for the doubled underscores. What each means is said by
//! `tools/memory-model/linux-kernel.def`; how Rust's orderings map to it, with a litmus test for
//! each claim, is in `Documentation/lkmm.md`.
//!
//! C headers: `asm/barrier.h`, `linux/atomic.h`, `linux/rcupdate.h`, `linux/spinlock.h`.

pub use crate::atomic::AtomicRmw;

use kernel::{
    sync::{
        atomic::{
            Atomic,
            Relaxed,
            Release, //
        },
        barrier::{
            smp_mb,
            Full, //
        },
        SpinLock, //
    },
    types::Opaque, //
};

use ferrite_bindings as bindings;

/// Orders everything before it against the read-modify-write operation after it, and what follows.
///
/// For operations without an ordering of their own: those that return nothing, the relaxed, and a
/// [`Atomic::cmpxchg`] that may fail.
#[doc(alias = "smp_mb__before_atomic")]
#[inline(always)]
pub fn smp_mb_before_atomic() {
    // ORDERING: A full barrier with the atomic operation that follows
    // (cmpxchg-fail-ordered-1, with the barrier on the other side).
    // SAFETY: A barrier may be anywhere.
    unsafe { bindings::smp_mb__before_atomic() };
}

/// Orders the read-modify-write operation before it, and what precedes, against everything after it.
#[doc(alias = "smp_mb__after_atomic")]
#[inline(always)]
pub fn smp_mb_after_atomic() {
    // ORDERING: A full barrier with the atomic operation before it
    // (Atomic-RMW+mb__after_atomic-is-stronger-than-acquire, cmpxchg-fail-ordered-2).
    // SAFETY: A barrier may be anywhere.
    unsafe { bindings::smp_mb__after_atomic() };
}

/// Makes the acquisition of the spinlock before it a full barrier.
#[doc(alias = "smp_mb__after_spinlock")]
#[inline(always)]
pub fn smp_mb_after_spinlock() {
    // ORDERING: Critical sections of one lock are seen in order by CPUs without it
    // (Z6.0+pooncelock+poonceLock+pombonce).
    // SAFETY: A barrier may be anywhere.
    unsafe { bindings::smp_mb__after_spinlock() };
}

/// Makes a release of a lock and the acquisition of another, which it follows, a full barrier.
#[doc(alias = "smp_mb__after_unlock_lock")]
#[inline(always)]
pub fn smp_mb_after_unlock_lock() {
    // ORDERING: Unlock on one CPU, lock and this on the same, or on one that takes the same lock.
    // SAFETY: A barrier may be anywhere.
    unsafe { bindings::smp_mb__after_unlock_lock() };
}

/// Makes the end of the SRCU read-side critical section before it a full barrier.
#[doc(alias = "smp_mb__after_srcu_read_unlock")]
#[inline(always)]
pub fn smp_mb_after_srcu_read_unlock() {
    // ORDERING: The unlock and all before it, against all after it.
    // SAFETY: A barrier may be anywhere.
    unsafe { bindings::smp_mb__after_srcu_read_unlock() };
}

/// Keeps the compiler, and only it, from moving accesses across.
#[inline(always)]
pub fn barrier() {
    // ORDERING: The compiler's alone: the CPU is free.
    // SAFETY: No instruction; without options, the compiler must take it to touch any memory.
    unsafe { core::arch::asm!("") };
}

/// A store with a full barrier after it.
#[inline(always)]
pub fn smp_store_mb(location: &Atomic<i32>, value: i32) {
    // ORDERING: The store against all that follows it, as in SB+fencembonceonces.
    location.store(value, Relaxed);
    // ORDERING: As above.
    smp_mb(Full);
}

/// Loads a pointer which [`rcu_assign_pointer`] published, to be followed in a read-side critical
/// section.
#[inline(always)]
pub fn rcu_dereference<T>(location: &Atomic<*const T>) -> *const T {
    // ORDERING: What is reached through the pointer depends on the address, and that dependency
    // pairs with the release in `rcu_assign_pointer` (MP+onceassign+derefonce).
    location.load(Relaxed)
}

/// Publishes a pointer to something that is ready to be read.
#[inline(always)]
pub fn rcu_assign_pointer<T>(location: &Atomic<*const T>, pointer: *const T) {
    // ORDERING: What was made before is seen by whoever follows the pointer, by the dependency in
    // `rcu_dereference` (MP+onceassign+derefonce).
    location.store(pointer, Release);
}

/// Waits for an RCU grace period, hurrying it. May sleep.
///
/// Orders as `kernel::sync::rcu::synchronize_rcu` does.
#[inline]
pub fn synchronize_rcu_expedited() {
    // ORDERING: A grace period, as RCU+sync+read.
    // SAFETY: The caller may sleep.
    unsafe { kernel::bindings::synchronize_rcu_expedited() };
}

/// Whether anybody holds `lock` now. Orders nothing.
#[inline(always)]
pub fn spin_is_locked<T>(lock: &SpinLock<T>) -> bool {
    let raw = core::ptr::from_ref(lock).cast::<Opaque<kernel::bindings::spinlock_t>>();
    // ORDERING: None: see MP+polockonce+poacquiresilsil, and MP+polockmbonce+poacquiresilsil for
    // what the holder can do about it.
    // SAFETY: A lock is `repr(C)` and begins with its `spinlock_t`, which is initialised for as
    // long as there is a reference to it.
    unsafe { bindings::spin_is_locked(Opaque::cast_into(raw)) != 0 }
}
