// SPDX-License-Identifier: GPL-2.0

//! Objects that are linked already, to be added at once.

use core::{
    marker::PhantomData,
    mem, //
};

use super::{
    batch::Batch,
    node::{
        self,
        Owner, //
    }, //
};

/// Objects to be added to a list at once, by [`Lifo::push_batch`](super::Lifo::push_batch).
///
/// # Invariants
///
/// Both addresses are 0, or a [`Batch`] that began with `first` would have its invariants, and `last`
/// is the address of its last link.
pub struct Chain<P: Owner<ID>, const ID: u64 = 0> {
    first: usize,
    last: usize,
    _owns: PhantomData<P>,
}

impl<P: Owner<ID>, const ID: u64> Chain<P, ID> {
    /// An empty chain.
    pub const fn new() -> Self {
        Self {
            first: 0,
            last: 0,
            _owns: PhantomData,
        }
    }

    /// Whether there is nothing in it.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0
    }

    /// Adds an object at the front, as [`Lifo::push`](super::Lifo::push) does.
    #[inline]
    pub fn push(&mut self, owner: P) {
        let address = node::give_up(owner);
        // SAFETY: The object was given up above, and nobody else knows its address.
        let link = unsafe { node::link::<ID>(address) };
        // ORDERING: Nobody else knows the object; `Lifo::push_batch` publishes it.
        link.next.store_relaxed(self.first);
        // INVARIANT: The object was given up, and its link is in front of the others.
        self.first = address;
        if self.last == 0 {
            self.last = address;
        }
    }

    /// The addresses of the first and of the last link, if there is any: the objects are the caller's.
    #[inline(always)]
    pub(super) fn into_raw(self) -> Option<(usize, usize)> {
        let raw = (self.first, self.last);
        mem::forget(self);
        (raw.0 != 0).then_some(raw)
    }

    /// The chain between these links.
    ///
    /// # Safety
    ///
    /// The type's invariants.
    pub(super) unsafe fn from_raw(first: usize, last: usize) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self {
            first,
            last,
            _owns: PhantomData,
        }
    }

    /// The objects one by one, the newest first.
    #[inline]
    pub fn into_batch(self) -> Batch<P, ID> {
        let first = self.into_raw().map_or(0, |(first, _)| first);
        // SAFETY: By the type's invariants; the chain is no more.
        unsafe { Batch::from_raw(first) }
    }
}

impl<P: Owner<ID>, const ID: u64> Default for Chain<P, ID> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Owner<ID>, const ID: u64> FromIterator<P> for Chain<P, ID> {
    fn from_iter<I: IntoIterator<Item = P>>(owners: I) -> Self {
        let mut chain = Self::new();
        owners.into_iter().for_each(|owner| chain.push(owner));
        chain
    }
}

impl<P: Owner<ID>, const ID: u64> Drop for Chain<P, ID> {
    fn drop(&mut self) {
        drop(mem::take(self).into_batch());
    }
}
