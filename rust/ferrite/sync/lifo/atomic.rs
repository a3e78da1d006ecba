// SPDX-License-Identifier: GPL-2.0

//! The pointers and atomics below a LIFO, in the kernel.
//!
//! The other files of this folder use nothing of the kernel but this file's items. `scripts/lifo`
//! compiles them on the host, over files of the same items for std, loom and shuttle.

use kernel::sync::{
    atomic::{
        Acquire,
        Atomic,
        Full,
        Relaxed,
        Release, //
    },
    rcu, //
};

pub(super) use kernel::sync::rcu::Guard;

/// An address that several contexts load and store.
///
/// The kernel's atomics are inline assembly, or calls of C functions: the compiler does not forward an
/// address from a store to a load. Documentation/provenance.md shows what it does where it can.
#[repr(transparent)]
pub(super) struct Address(Atomic<usize>);

// ORDERING: The name of each method says its ordering; the caller says why.
impl Address {
    #[inline(always)]
    pub(super) const fn new(address: usize) -> Self {
        Self(Atomic::new(address))
    }

    #[inline(always)]
    pub(super) fn load_relaxed(&self) -> usize {
        self.0.load(Relaxed)
    }

    #[inline(always)]
    pub(super) fn load_acquire(&self) -> usize {
        self.0.load(Acquire)
    }

    #[inline(always)]
    pub(super) fn store_relaxed(&self, address: usize) {
        self.0.store(address, Relaxed);
    }

    #[inline(always)]
    pub(super) fn swap_acquire(&self, address: usize) -> usize {
        self.0.xchg(address, Acquire)
    }

    #[inline(always)]
    pub(super) fn swap_full(&self, address: usize) -> usize {
        self.0.xchg(address, Full)
    }

    /// Stores `new` if `old` is there. Otherwise gives the address that is there.
    #[inline(always)]
    pub(super) fn replace_release(&self, old: usize, new: usize) -> Result<(), usize> {
        self.0.cmpxchg(old, new, Release).map(|_| ())
    }

    /// As [`Self::replace_release`].
    #[inline(always)]
    pub(super) fn replace_acquire(&self, old: usize, new: usize) -> Result<(), usize> {
        self.0.cmpxchg(old, new, Acquire).map(|_| ())
    }
}

/// Makes a constructor `const` where the atomics allow that: here, and not under loom.
macro_rules! constructor {
    ($(#[$doc:meta])* pub fn $name:ident() -> $type:ty { $($body:tt)* }) => {
        $(#[$doc])*
        pub const fn $name() -> $type { $($body)* }
    };
}
pub(super) use constructor;

/// The address of `node`, whose provenance is exposed from now on.
#[inline(always)]
pub(super) fn expose<T>(node: *const T) -> usize {
    node.expose_provenance()
}

/// A pointer to the object that is at `address` now.
///
/// # Safety
///
/// At `address` is a live object whose provenance has been exposed since it was made.
#[inline(always)]
pub(super) unsafe fn rebuild<T>(address: usize) -> *const T {
    core::ptr::with_exposed_provenance(address)
}

/// Waits until each [`Guard`] that exists now is gone. May sleep.
pub(super) fn synchronize() {
    rcu::synchronize_rcu();
}
