// SPDX-License-Identifier: GPL-2.0

//! Nodes: what an object needs to be in a list, and who owns it there.

use super::atomic::{
    self,
    Address, //
};

/// A node's place in a list: the address of the next link. One pointer, as C's `struct llist_node`.
///
/// `ID` tells apart the links of an object that can be in several lists at once.
#[repr(transparent)]
pub struct Link<const ID: u64 = 0> {
    pub(super) next: Address,
}

impl<const ID: u64> Link<ID> {
    atomic::constructor! {
        /// A link that is in no list.
        pub fn new() -> Self {
            Self {
                next: Address::new(0),
            }
        }
    }
}

impl<const ID: u64> Default for Link<ID> {
    fn default() -> Self {
        Self::new()
    }
}

/// An object that has a [`Link`]. Implemented by [`impl_linked`](crate::impl_linked).
///
/// # Safety
///
/// At `OFFSET` bytes after the start of each `Self` is a field `Link<ID>`.
pub unsafe trait Linked<const ID: u64 = 0>: Sized {
    /// Where the link is, in bytes.
    const OFFSET: usize;
}

/// Implements [`Linked`](crate::sync::lifo::Linked): says which field is the link.
///
/// ```ignore
/// struct Job {
///     link: Link,
///     number: u32,
/// }
///
/// impl_linked! {
///     impl Linked<0> for Job { self.link }
/// }
/// ```
#[macro_export]
macro_rules! impl_linked {
    (impl $({$($generics:tt)*})? Linked<$id:tt> for $type:ty { self.$field:ident }) => {
        // SAFETY: The field is at that offset, and `link` compiles only if its type is `Link<ID>`.
        unsafe impl$(<$($generics)*>)? $crate::sync::lifo::Linked<$id> for $type {
            const OFFSET: usize = {
                #[allow(dead_code, reason = "it is there for its types")]
                fn link$(<$($generics)*>)?(object: &$type) -> &$crate::sync::lifo::Link<$id> {
                    &object.$field
                }
                ::core::mem::offset_of!($type, $field)
            };
        }
    };
}

/// A pointer that owns an object, so that it can leave the object to a list.
///
/// # Safety
///
/// From [`into_raw`](Self::into_raw) until [`from_raw`](Self::from_raw), the object is live, stays at
/// its address, and nobody but the list uses its `Link<ID>`; the pointer may be used to access the
/// whole object.
pub unsafe trait Owner<const ID: u64 = 0>: Sized {
    /// The object.
    type Node: Linked<ID>;

    /// Gives the object up.
    fn into_raw(self) -> *const Self::Node;

    /// Takes the object back.
    ///
    /// # Safety
    ///
    /// `node` was given up by [`into_raw`](Self::into_raw), and has not been taken back since.
    unsafe fn from_raw(node: *const Self::Node) -> Self;
}

/// Gives an object up; returns its link's address, which is even and not 0.
///
/// Provenance: the pointer to the whole object is exposed before anybody else can learn the address.
#[inline(always)]
pub(super) fn give_up<P: Owner<ID>, const ID: u64>(owner: P) -> usize {
    atomic::expose(owner.into_raw()).wrapping_add(P::Node::OFFSET)
}

/// Takes an object back by its link's address.
///
/// Provenance: `give_up` exposed the object that is there now. An object that was at this address
/// before does not matter: the pointer is made from the address alone.
///
/// # Safety
///
/// `address` is from `give_up::<P, ID>`, and the object has not been taken back since.
#[inline(always)]
pub(super) unsafe fn take_back<P: Owner<ID>, const ID: u64>(address: usize) -> P {
    let node = address.wrapping_sub(P::Node::OFFSET);
    // SAFETY: By the safety requirements of this function: the object is live, and was exposed.
    unsafe { P::from_raw(atomic::rebuild(node)) }
}

/// The link at an address.
///
/// Provenance: as for [`take_back`].
///
/// # Safety
///
/// `address` is from `give_up` with the same `ID`, and the object is not taken back within `'a`.
#[inline(always)]
pub(super) unsafe fn link<'a, const ID: u64>(address: usize) -> &'a Link<ID> {
    // SAFETY: By the safety requirements of this function: the object is live, and was exposed.
    unsafe { &*atomic::rebuild(address) }
}
