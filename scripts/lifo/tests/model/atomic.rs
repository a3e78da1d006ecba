// SPDX-License-Identifier: GPL-2.0

//! What `rust/ferrite/sync/lifo/atomic.rs` is in the kernel, over a model checker's atomics, and over
//! pointers that know whether their object has died.

use super::arena;
use super::checker::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use super::checker::thread;

/// An address that several threads load and store.
#[repr(transparent)]
pub(crate) struct Address(AtomicUsize);

// ORDERING: The name of each method says its ordering; the caller says why.
impl Address {
    pub(crate) fn new(address: usize) -> Self {
        Self(AtomicUsize::new(address))
    }

    /// Once a run has failed, each list ends here: what is dropped then must not fail again.
    pub(crate) fn load_relaxed(&self) -> usize {
        match std::thread::panicking() {
            true => 0,
            false => self.0.load(Relaxed),
        }
    }

    pub(crate) fn load_acquire(&self) -> usize {
        self.0.load(Acquire)
    }

    pub(crate) fn store_relaxed(&self, address: usize) {
        self.0.store(address, Relaxed);
    }

    pub(crate) fn swap_acquire(&self, address: usize) -> usize {
        self.0.swap(address, Acquire)
    }

    pub(crate) fn swap_full(&self, address: usize) -> usize {
        self.0.swap(address, AcqRel)
    }

    pub(crate) fn replace_release(&self, old: usize, new: usize) -> Result<(), usize> {
        let success = match arena::plant() {
            arena::Plant::RelaxedPush => Relaxed,
            _ => Release,
        };
        self.replace(old, new, success, Relaxed)
    }

    pub(crate) fn replace_acquire(&self, old: usize, new: usize) -> Result<(), usize> {
        self.replace(old, new, Acquire, Relaxed)
    }

    /// Compares as a processor does: addresses, and not which object a pointer was made for.
    fn replace(
        &self,
        old: usize,
        new: usize,
        success: super::checker::atomic::Ordering,
        failure: super::checker::atomic::Ordering,
    ) -> Result<(), usize> {
        let mut expected = old;
        loop {
            match self.0.compare_exchange(expected, new, success, failure) {
                Ok(_) => return Ok(()),
                Err(found) if arena::same_address(found, old) => expected = found,
                Err(found) => return Err(found),
            }
        }
    }
}

/// A constructor that is not `const`: the checker's atomics are made in a run.
macro_rules! constructor {
    ($(#[$doc:meta])* pub fn $name:ident() -> $type:ty { $($body:tt)* }) => {
        $(#[$doc])*
        pub fn $name() -> $type { $($body)* }
    };
}
pub(crate) use constructor;

pub(crate) fn expose<T>(node: *const T) -> usize {
    arena::expose(node.addr())
}

/// # Safety
///
/// As in the kernel; but here a violation ends the run.
pub(crate) unsafe fn rebuild<T>(address: usize) -> *const T {
    std::ptr::with_exposed_provenance(arena::follow(address))
}

/// A read-side critical section.
pub(crate) struct Guard;

impl Guard {
    pub(crate) fn new() -> Self {
        // ORDERING: Pairs with the acquire in `synchronize`; and no access of the section comes before.
        arena::readers().fetch_add(1, AcqRel);
        Self
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // ORDERING: Pairs with the acquire in `synchronize`.
        arena::readers().fetch_sub(1, AcqRel);
    }
}

/// Waits until each [`Guard`] that exists now is gone.
pub(crate) fn synchronize() {
    if arena::plant() == arena::Plant::NoGracePeriod {
        return;
    }
    // ORDERING: Pairs with the release of each guard that went.
    while arena::readers().fetch_add(0, AcqRel) != 0 {
        thread::yield_now();
    }
}
