// SPDX-License-Identifier: GPL-2.0

//! Objects that were taken from a list.

use core::marker::PhantomData;

use super::node::{
    self,
    Owner, //
};

/// The objects of a list, taken at once: an iterator from the newest to the oldest.
///
/// A batch of millions takes long. Where that is too long, take a part:
/// `batch.by_ref().take(64)`, then let others run, then the next part. A batch that is dropped drops
/// its objects one after the other, at once.
///
/// # Invariants
///
/// `first` is 0, or the address of a link. It and each `next` that is reached from it belong to objects
/// that `P`s gave up, and that this batch alone may take back.
pub struct Batch<P: Owner<ID>, const ID: u64 = 0> {
    first: usize,
    _owns: PhantomData<P>,
}

impl<P: Owner<ID>, const ID: u64> Batch<P, ID> {
    /// The batch that begins with the link at `first`; none at all if that is 0.
    ///
    /// # Safety
    ///
    /// The type's invariants.
    #[inline(always)]
    pub(super) unsafe fn from_raw(first: usize) -> Self {
        // INVARIANT: By the safety requirements of this function.
        Self {
            first,
            _owns: PhantomData,
        }
    }

    /// Whether there is none left.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0
    }

    /// The objects in the order in which they were pushed. Goes through all of them: the time is linear.
    #[doc(alias = "llist_reverse_order")]
    pub fn reverse(mut self) -> Self {
        let mut reversed = 0;
        while self.first != 0 {
            let address = self.first;
            // SAFETY: By the type's invariants.
            let link = unsafe { node::link::<ID>(address) };
            // ORDERING: The exchange that gave the batch ordered this load (lifo-push-pop); nobody else
            // knows the link, so the store is of interest to this context alone.
            self.first = link.next.load_relaxed();
            link.next.store_relaxed(reversed);
            reversed = address;
        }
        // SAFETY: By the type's invariants; `self` is empty now.
        unsafe { Self::from_raw(reversed) }
    }
}

impl<P: Owner<ID>, const ID: u64> Iterator for Batch<P, ID> {
    type Item = P;

    #[inline]
    fn next(&mut self) -> Option<P> {
        let address = self.first;
        if address == 0 {
            return None;
        }
        // SAFETY: By the type's invariants.
        let link = unsafe { node::link::<ID>(address) };
        // Provenance: The address came out of an atomic exchange, or out of a link that was reached from
        // there; each is made into a pointer only here, when its object is known to live.
        //
        // ORDERING: The exchange that gave the batch ordered this load (lifo-push-pop).
        self.first = link.next.load_relaxed();
        // SAFETY: By the type's invariants; `first` is past it now, so it is taken back once.
        Some(unsafe { node::take_back(address) })
    }
}

impl<P: Owner<ID>, const ID: u64> Drop for Batch<P, ID> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}
