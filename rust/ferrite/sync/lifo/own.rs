// SPDX-License-Identifier: GPL-2.0

//! The kernel's owners of objects: boxes, and references of which there is one to a link.

use core::pin::Pin;

use kernel::{
    list::{
        ListArc,
        ListArcSafe,
        TryNewListArc, //
    },
    prelude::*,
    sync::Arc, //
};

use super::{
    Lifo,
    Linked,
    Owner, //
};

// SAFETY: The box was the only one to own the object, and gives it up without moving it.
unsafe impl<T: Linked<ID>, const ID: u64> Owner<ID> for KBox<T> {
    type Node = T;

    #[inline(always)]
    fn into_raw(self) -> *const T {
        KBox::into_raw(self)
    }

    #[inline(always)]
    unsafe fn from_raw(node: *const T) -> Self {
        // SAFETY: By the safety requirements of this method, it is from `into_raw`.
        unsafe { KBox::from_raw(node.cast_mut()) }
    }
}

// SAFETY: As for `KBox`; and the object stays at its address between `into_raw` and `from_raw`.
unsafe impl<T: Linked<ID>, const ID: u64> Owner<ID> for Pin<KBox<T>> {
    type Node = T;

    #[inline(always)]
    fn into_raw(self) -> *const T {
        // SAFETY: The object is not moved until it is pinned again by `from_raw`.
        KBox::into_raw(unsafe { Pin::into_inner_unchecked(self) })
    }

    #[inline(always)]
    unsafe fn from_raw(node: *const T) -> Self {
        // SAFETY: By the safety requirements of this method, it is from `into_raw`.
        KBox::into_pin(unsafe { KBox::from_raw(node.cast_mut()) })
    }
}

// SAFETY: There is one `ListArc` of this ID to an object. It keeps the object, and with it goes the
// right to use the links of this ID: those of `kernel::list` and, by `Linked`, this one.
unsafe impl<T: Linked<ID> + ListArcSafe<ID>, const ID: u64> Owner<ID> for ListArc<T, ID> {
    type Node = T;

    #[inline(always)]
    fn into_raw(self) -> *const T {
        ListArc::into_raw(self)
    }

    #[inline(always)]
    unsafe fn from_raw(node: *const T) -> Self {
        // SAFETY: By the safety requirements of this method, it is from `into_raw`.
        unsafe { ListArc::from_raw(node) }
    }
}

impl<T, const ID: u64> Lifo<ListArc<T, ID>, ID>
where
    T: Linked<ID> + ListArcSafe<ID> + TryNewListArc<ID>,
{
    /// Adds a shared object, if it is in no list of this `ID`. Returns whether the list was empty.
    ///
    /// # Errors
    ///
    /// The reference itself, if the object is in a list, or somebody has its [`ListArc`].
    pub fn push_arc(&self, object: Arc<T>) -> Result<bool, Arc<T>> {
        Ok(self.push(ListArc::try_from_arc(object)?))
    }
}
