// SPDX-License-Identifier: GPL-2.0

//! Lists of which one object can be taken.
//!
//! To take one object is harder than to take all: the next one has to be known before the first is
//! taken. Between the two, others may take the first, and put it back over another next one, and
//! the exchange would succeed all the same (ABA). Here nobody can put it back: an object that was taken
//! belongs to nobody before each taker has left its RCU read-side critical section.
//!
//! The costs: a read-side critical section within each [`pop`](RcuLifo::pop), a grace period before the
//! objects that were taken can be changed, pushed again or dropped (one for as many as one likes), and no cost for
//! [`push`](RcuLifo::push). The node stays one pointer. (A tag in the head, which would count, needs an
//! exchange of two pointers, and memory that may be read after it was freed.)

use core::{
    marker::PhantomData,
    mem, //
};

use super::{
    atomic::{
        self,
        Guard, //
    },
    batch::Batch,
    chain::Chain,
    list::Lifo,
    node::{
        self,
        Linked,
        Owner, //
    }, //
};

/// A [`Lifo`] of which many take one object at a time.
///
/// The methods may be called in any context.
#[repr(transparent)]
pub struct RcuLifo<P: Owner<ID>, const ID: u64 = 0>(Lifo<P, ID>);

impl<P: Owner<ID>, const ID: u64> RcuLifo<P, ID> {
    atomic::constructor! {
        /// An empty list.
        pub fn new() -> Self {
            Self(Lifo::new())
        }
    }

    /// As [`Lifo::push`].
    #[inline]
    pub fn push(&self, owner: P) -> bool {
        self.0.push(owner)
    }

    /// As [`Lifo::push_batch`].
    #[inline]
    pub fn push_batch(&self, chain: Chain<P, ID>) -> bool {
        self.0.push_batch(chain)
    }

    /// As [`Lifo::is_empty`].
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the newest object, if there is any.
    #[doc(alias = "llist_del_first")]
    #[inline]
    pub fn pop(&self) -> Option<Retired<P, ID>> {
        let _guard = Guard::new();
        // ORDERING: The link that the address leads to was written before it was published; pairs with the
        // release in `Lifo::add` (lifo-push-pop).
        let mut head = self.0.head().load_acquire();
        loop {
            if head == 0 {
                return None;
            }
            // Provenance: The address came out of an atomic. Its object was in the list within this
            // read-side critical section, so it lives, and was exposed.
            //
            // SAFETY: As above: the object is not taken back before the guard is gone.
            let link = unsafe { node::link::<ID>(head) };
            // ORDERING: The value matters only if the exchange succeeds. Then the object has been in
            // the list all the time, and its link is as it was when it was added.
            let next = link.next.load_relaxed();
            // ORDERING: The load above has ordered what is in the object. An exchange passes on the order of
            // the pushes before it, so who loads the head next sees the objects that stay (lifo-push-pop-pop).
            match self.0.head().replace_acquire(head, next) {
                Ok(()) => {
                    // ORDERING: Other takers may still load it, in vain.
                    link.next.store_relaxed(0);
                    // INVARIANT: It was in the list, and is not any more.
                    return Some(Retired {
                        first: head,
                        _owns: PhantomData,
                    });
                }
                // ORDERING: As the first load: an exchange that fails orders nothing.
                Err(_) => head = self.0.head().load_acquire(),
            }
        }
    }
}

impl<P: Owner<ID>, const ID: u64> Default for RcuLifo<P, ID> {
    fn default() -> Self {
        Self::new()
    }
}

/// Objects that were taken one by one, and may still be looked at by other takers.
///
/// Dropped, it waits for a grace period, and drops the objects: so it must not be dropped where one may not
/// sleep. There, [`join`](Self::join) it to another one that lives on.
///
/// # Invariants
///
/// As those of [`Batch`], but that others may load the links' `next`.
pub struct Retired<P: Owner<ID>, const ID: u64 = 0> {
    first: usize,
    _owns: PhantomData<P>,
}

impl<P: Owner<ID>, const ID: u64> Retired<P, ID> {
    /// None.
    pub const fn new() -> Self {
        Self {
            first: 0,
            _owns: PhantomData,
        }
    }

    /// Whether there is none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.first == 0
    }

    /// The objects, the last one that was taken first.
    pub fn iter(&self) -> impl Iterator<Item = &P::Node> {
        let mut address = self.first;
        core::iter::from_fn(move || {
            if address == 0 {
                return None;
            }
            // SAFETY: By the type's invariants; `self` keeps the object while it is borrowed.
            let link = unsafe { node::link::<ID>(address) };
            let object = address.wrapping_sub(P::Node::OFFSET);
            // ORDERING: This context alone stores to it.
            address = link.next.load_relaxed();
            // SAFETY: As above; nobody has more than a shared reference to it.
            Some(unsafe { &*atomic::rebuild::<P::Node>(object) })
        })
    }

    /// Adds all objects of `others`, in front. The time is linear in the number of those.
    pub fn join(&mut self, mut others: Self) {
        while others.first != 0 {
            let address = others.first;
            // SAFETY: By the type's invariants.
            let link = unsafe { node::link::<ID>(address) };
            // ORDERING: This context alone stores to it; other takers may load it, in vain.
            others.first = link.next.load_relaxed();
            link.next.store_relaxed(self.first);
            // INVARIANT: It has left `others`.
            self.first = address;
        }
    }

    /// Waits for a grace period, and gives the objects. May sleep.
    pub fn wait(self) -> Batch<P, ID> {
        let first = self.first;
        mem::forget(self);
        if first != 0 {
            atomic::synchronize();
        }
        // SAFETY: By the type's invariants; all takers that could look at the objects have left.
        unsafe { Batch::from_raw(first) }
    }
}

impl<P: Owner<ID>, const ID: u64> Default for Retired<P, ID> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P: Owner<ID>, const ID: u64> Drop for Retired<P, ID> {
    fn drop(&mut self) {
        drop(mem::take(self).wait());
    }
}
