// SPDX-License-Identifier: GPL-2.0

//! Lists that are shared with C, as `struct llist_head`.
//!
//! C header: [`include/linux/llist.h`](srctree/include/linux/llist.h)

use kernel::{
    bindings,
    build_assert::static_assert, //
};

use super::{
    node,
    Lifo,
    Link,
    Owner, //
};

static_assert!(size_of::<Link>() == size_of::<bindings::llist_node>());
static_assert!(align_of::<Link>() == align_of::<bindings::llist_node>());

impl<P: Owner<ID>, const ID: u64> Lifo<P, ID> {
    /// This list for C: `llist_add()`, `llist_add_batch()` and `llist_del_all()` may be used on it.
    ///
    /// C gives what [`into_llist_node`](Self::into_llist_node) gave, or nodes of objects that a `P` can
    /// own from then on ([`Owner::from_raw`]). C owns what it takes, and has to give each object back by
    /// [`from_llist_node`](Self::from_llist_node), or free it as the `P` would. C must not use
    /// `llist_del_first()`, which [`pop_all`](Self::pop_all) would race with.
    ///
    /// Provenance: C is compiled by another compiler, and apart. A pointer that passes through it is exposed.
    #[inline]
    pub fn as_llist_head(&self) -> *mut bindings::llist_head {
        core::ptr::from_ref(self).cast_mut().cast()
    }

    /// A list of C's.
    ///
    /// # Safety
    ///
    /// `head` is valid, and initialised, for `'a`. All that is done to it meanwhile is what
    /// [`as_llist_head`](Self::as_llist_head) says.
    #[inline]
    pub unsafe fn from_llist_head<'a>(head: *mut bindings::llist_head) -> &'a Self {
        // SAFETY: By the safety requirements of this function: the layout is the same.
        unsafe { &*head.cast() }
    }

    /// Gives an object up to C: its link, as `struct llist_node`.
    #[inline]
    pub fn into_llist_node(owner: P) -> *mut bindings::llist_node {
        core::ptr::with_exposed_provenance_mut(node::give_up(owner))
    }

    /// Takes an object that C has.
    ///
    /// # Safety
    ///
    /// `node` is the link of an object that a `P` gave up to C, or that a `P` can own. C does not use it any
    /// more.
    #[inline]
    pub unsafe fn from_llist_node(node: *mut bindings::llist_node) -> P {
        // SAFETY: By the safety requirements of this function.
        unsafe { node::take_back(node.expose_provenance()) }
    }
}
