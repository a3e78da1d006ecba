// SPDX-License-Identifier: GPL-2.0

//! The list itself.

use core::marker::PhantomData;

use super::{
    atomic::{
        self,
        Address, //
    },
    batch::Batch,
    chain::Chain,
    node::{
        self,
        Link,
        Owner, //
    }, //
};

/// A list to which many add at the front, and of which many take all.
///
/// Every method may be called in any context, hard interrupts and NMIs among them: none waits. Adding
/// repeats when another context was faster; so some context makes progress always.
///
/// # Invariants
///
/// `head` is 0, or `SEALED` (in a [`SealableLifo`](super::SealableLifo)), or the address of the
/// link of an object that a `P` gave up. The same is true of each such link's `next`, which ends
/// with 0. No object is reached twice.
#[repr(transparent)]
pub struct Lifo<P: Owner<ID>, const ID: u64 = 0> {
    head: Address,
    _owns: PhantomData<P>,
}

// SAFETY: Through a `&Lifo` a context gives objects to another one, and shares none: `P: Send` is enough.
unsafe impl<P: Owner<ID> + Send, const ID: u64> Sync for Lifo<P, ID> {}

/// The head of a list that takes no more. No link's address: those are even.
pub(super) const SEALED: usize = 1;

/// The list is sealed.
pub(super) struct Sealed;

impl<P: Owner<ID>, const ID: u64> Lifo<P, ID> {
    atomic::constructor! {
        /// An empty list.
        pub fn new() -> Self {
            Self {
                head: Address::new(0),
                _owns: PhantomData,
            }
        }
    }

    /// Adds an object at the front. Returns whether the list was empty: who adds the first may have to
    /// wake who takes.
    #[doc(alias = "llist_add")]
    #[inline]
    pub fn push(&self, owner: P) -> bool {
        let address = node::give_up(owner);
        // SAFETY: The object was given up above, and nobody knows the address yet.
        let link = unsafe { node::link::<ID>(address) };
        // SAFETY: As above: a chain of one.
        unsafe { self.add::<false>(address, link, |_| {}) }.unwrap_or(false)
    }

    /// Adds all objects of a chain at the front at once: nobody takes a part of them. Returns whether the
    /// list was empty. An empty chain adds nothing, and returns `false`.
    #[doc(alias = "llist_add_batch")]
    #[inline]
    pub fn push_batch(&self, chain: Chain<P, ID>) -> bool {
        let Some((first, last)) = chain.into_raw() else {
            return false;
        };
        // SAFETY: The chain has given its objects up, and nobody else knows their addresses.
        let last = unsafe { node::link::<ID>(last) };
        // SAFETY: As above.
        unsafe { self.add::<false>(first, last, |_| {}) }.unwrap_or(false)
    }

    /// As [`push_batch`](Self::push_batch), and tells `observe` the address to which the last link will lead, before
    /// each attempt: for tests, which make the time between the two longer.
    pub fn push_batch_observed(&self, chain: Chain<P, ID>, observe: impl FnMut(usize)) -> bool {
        let Some((first, last)) = chain.into_raw() else {
            return false;
        };
        // SAFETY: The chain has given its objects up, and nobody else knows their addresses.
        let last = unsafe { node::link::<ID>(last) };
        // SAFETY: As above.
        unsafe { self.add::<false>(first, last, observe) }.unwrap_or(false)
    }

    /// Takes all objects, the newest first.
    #[doc(alias = "llist_del_all")]
    #[inline]
    pub fn pop_all(&self) -> Batch<P, ID> {
        // Provenance: The exchange gives an address that the compiler knows nothing about. `Batch` makes
        // its pointers from addresses.
        //
        // ORDERING: Pairs with the release in `add`, of whoever added the first object, and through that
        // with those before (lifo-push-pop, lifo-push-push-pop).
        let first = self.head.swap_acquire(0);
        // SAFETY: By the type's invariants these objects were given up, and nobody reaches them any more.
        unsafe { Batch::from_raw(first) }
    }

    /// Whether the list was empty a moment ago. Orders nothing.
    #[doc(alias = "llist_empty")]
    #[inline]
    pub fn is_empty(&self) -> bool {
        // ORDERING: A hint. Who needs the objects calls `pop_all`.
        self.head.load_relaxed() <= SEALED
    }

    /// Adds a chain: `first` is its first link's address, `last` its last link. Tells
    /// `observe` the address that is to follow, before each attempt.
    ///
    /// Provenance: `head` may be the address of an object that has died, and of another one that was born
    /// there. That is harmless here: nobody follows it. It is compared, and stored in `last.next` as
    /// an address. Should the comparison succeed, an object is at that address which was given up, and so
    /// exposed; from that address, whoever takes the list makes a pointer to that very object.
    ///
    /// # Errors
    ///
    /// [`Sealed`] if the list is sealed (where it can be: `SEALABLE`).
    ///
    /// # Safety
    ///
    /// The links from `first` to `last` belong to objects that were given up by `P`s; nobody else
    /// reaches them.
    #[inline(always)]
    pub(super) unsafe fn add<const SEALABLE: bool>(
        &self,
        first: usize,
        last: &Link<ID>,
        mut observe: impl FnMut(usize),
    ) -> Result<bool, Sealed> {
        // ORDERING: The value is compared, and not followed.
        let mut head = self.head.load_relaxed();
        loop {
            if SEALABLE && head == SEALED {
                return Err(Sealed);
            }
            observe(head);
            // ORDERING: Published by the release below.
            last.next.store_relaxed(head);
            // INVARIANT: `last.next` has what `head` had, and `first` was given up.
            //
            // ORDERING: Whoever takes the list sees all that was written to its objects before; pairs
            // with the acquire in `pop_all` (lifo-push-pop). An exchange that adds to what another
            // one added keeps the order of that one (lifo-push-push-pop).
            match self.head.replace_release(head, first) {
                Ok(()) => return Ok(head == 0),
                Err(found) => head = found,
            }
        }
    }

    /// The head, for the other kinds of list.
    #[inline(always)]
    pub(super) fn head(&self) -> &Address {
        &self.head
    }
}

impl<P: Owner<ID>, const ID: u64> Default for Lifo<P, ID> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Owner<ID>, const ID: u64> Drop for Lifo<P, ID> {
    /// Drops the objects that nobody took.
    fn drop(&mut self) {
        // ORDERING: Whoever has `&mut self` has got it after all others were done; so the objects
        // have been published already.
        let first = self.head.load_relaxed();
        if first > SEALED {
            // SAFETY: By the type's invariants; the list is no more.
            drop(unsafe { Batch::<P, ID>::from_raw(first) });
        }
    }
}
