// SPDX-License-Identifier: GPL-2.0

//! Owners of objects on the host.

use super::node::{Linked, Owner};

// SAFETY: The box was the only one to own the object, and gives it up without moving it.
unsafe impl<T: Linked<ID>, const ID: u64> Owner<ID> for Box<T> {
    type Node = T;

    fn into_raw(self) -> *const T {
        Box::into_raw(self)
    }

    unsafe fn from_raw(node: *const T) -> Self {
        // SAFETY: By the safety requirements of this method, it is from `into_raw`.
        unsafe { Box::from_raw(node.cast_mut()) }
    }
}
