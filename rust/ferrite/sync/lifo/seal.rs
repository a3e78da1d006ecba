// SPDX-License-Identifier: GPL-2.0

//! Lists that end.

use super::{
    atomic,
    batch::Batch,
    chain::Chain,
    list::{
        Lifo,
        Sealed,
        SEALED, //
    },
    node::{
        self,
        Owner, //
    }, //
};

/// A [`Lifo`] that can be sealed: it then takes no more objects.
///
/// Every method may be called in any context, as those of [`Lifo`].
#[repr(transparent)]
pub struct SealableLifo<P: Owner<ID>, const ID: u64 = 0>(Lifo<P, ID>);

impl<P: Owner<ID>, const ID: u64> SealableLifo<P, ID> {
    atomic::constructor! {
        /// An empty list that is not sealed.
        pub fn new() -> Self {
            Self(Lifo::new())
        }
    }

    /// As [`Lifo::push`].
    ///
    /// # Errors
    ///
    /// The object itself, if the list is sealed.
    #[inline]
    pub fn push(&self, owner: P) -> Result<bool, P> {
        let address = node::give_up(owner);
        // SAFETY: The object was given up above, and nobody knows the address yet.
        let link = unsafe { node::link::<ID>(address) };
        // SAFETY: As above: a chain of one.
        unsafe { self.0.add::<true>(address, link, |_| {}) }.map_err(|Sealed| {
            // SAFETY: It was given up above, and not added.
            unsafe { node::take_back(address) }
        })
    }

    /// As [`Lifo::push_batch`].
    ///
    /// # Errors
    ///
    /// The chain itself, if the list is sealed; an empty one is never refused.
    #[inline]
    pub fn push_batch(&self, chain: Chain<P, ID>) -> Result<bool, Chain<P, ID>> {
        let Some((first, last)) = chain.into_raw() else {
            return Ok(false);
        };
        // SAFETY: The chain has given its objects up, and nobody else knows their addresses.
        let link = unsafe { node::link::<ID>(last) };
        // SAFETY: As above.
        unsafe { self.0.add::<true>(first, link, |_| {}) }.map_err(|Sealed| {
            // ORDERING: Nobody else knows the objects. `add` made the last link lead to what was in
            // the list.
            link.next.store_relaxed(0);
            // SAFETY: The objects were not added; their links are as `into_raw` left them.
            unsafe { Chain::from_raw(first, last) }
        })
    }

    /// As [`Lifo::pop_all`]. Of a sealed list, nothing.
    #[inline]
    pub fn pop_all(&self) -> Batch<P, ID> {
        // ORDERING: The value is compared, and followed only after the exchange.
        let mut head = self.0.head().load_relaxed();
        loop {
            if head == 0 || head == SEALED {
                // SAFETY: None at all.
                return unsafe { Batch::from_raw(0) };
            }
            // A plain exchange could break a seal.
            //
            // Provenance: As for `Lifo::pop_all`: what is compared is an address, and what is there now
            // was given up, whatever was there before.
            //
            // ORDERING: Pairs with the release in `Lifo::add` (lifo-push-pop).
            match self.0.head().replace_acquire(head, 0) {
                // SAFETY: By the list's invariants; nobody else reaches the objects any more.
                Ok(()) => return unsafe { Batch::from_raw(head) },
                Err(found) => head = found,
            }
        }
    }

    /// Seals the list, for good. Gives the objects that were there, once.
    #[inline]
    pub fn seal(&self) -> Batch<P, ID> {
        // ORDERING: An acquire, as `Lifo::pop_all` (lifo-push-pop); and a release, so that who sees the
        // seal by `is_sealed` sees what was written before it (lifo-seal).
        let head = self.0.head().swap_full(SEALED);
        let first = if head == SEALED { 0 } else { head };
        // SAFETY: By the list's invariants; nobody else reaches the objects any more.
        unsafe { Batch::from_raw(first) }
    }

    /// Whether the list is sealed. If so, all that was written before [`seal`](Self::seal) is seen.
    #[inline]
    pub fn is_sealed(&self) -> bool {
        // ORDERING: Pairs with the release in `seal` (lifo-seal).
        self.0.head().load_acquire() == SEALED
    }

    /// As [`Lifo::is_empty`].
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<P: Owner<ID>, const ID: u64> Default for SealableLifo<P, ID> {
    fn default() -> Self {
        Self::new()
    }
}
