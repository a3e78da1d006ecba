// SPDX-License-Identifier: GPL-2.0

//! What `rust/ferrite/sync/lifo/atomic.rs` is in the kernel, over std.

use std::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// An address that several threads load and store.
#[repr(transparent)]
pub(crate) struct Address(AtomicUsize);

// ORDERING: The name of each method says its ordering; the caller says why.
impl Address {
    pub(crate) const fn new(address: usize) -> Self {
        Self(AtomicUsize::new(address))
    }

    pub(crate) fn load_relaxed(&self) -> usize {
        self.0.load(Relaxed)
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
        let replaced = self.0.compare_exchange(old, new, Release, Relaxed);
        replaced.map(|_| ())
    }

    pub(crate) fn replace_acquire(&self, old: usize, new: usize) -> Result<(), usize> {
        let replaced = self.0.compare_exchange(old, new, Acquire, Relaxed);
        replaced.map(|_| ())
    }
}

/// Makes a constructor `const`, as in the kernel.
macro_rules! constructor {
    ($(#[$doc:meta])* pub fn $name:ident() -> $type:ty { $($body:tt)* }) => {
        $(#[$doc])*
        pub const fn $name() -> $type { $($body)* }
    };
}
pub(crate) use constructor;

pub(crate) fn expose<T>(node: *const T) -> usize {
    node.expose_provenance()
}

/// # Safety
///
/// At `address` is a live object whose provenance has been exposed since it was made.
pub(crate) unsafe fn rebuild<T>(address: usize) -> *const T {
    std::ptr::with_exposed_provenance(address)
}

/// Who reads is in here; who waits for all readers locks it for itself.
static READERS: RwLock<()> = RwLock::new(());

/// A read-side critical section.
pub(crate) struct Guard(
    #[expect(dead_code, reason = "it is there to be dropped")] RwLockReadGuard<'static, ()>,
);

impl Guard {
    pub(crate) fn new() -> Self {
        Self(READERS.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Waits until each [`Guard`] that exists now is gone.
pub(crate) fn synchronize() {
    drop(READERS.write().unwrap_or_else(PoisonError::into_inner));
}
