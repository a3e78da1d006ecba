// SPDX-License-Identifier: GPL-2.0

//! Userspace memory: what [`kernel::uaccess`] does not have.
//!
//! C header: [`include/linux/uaccess.h`](srctree/include/linux/uaccess.h)

use kernel::{
    prelude::*,
    transmute::AsBytes,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

/// Copies a struct to userspace, whose idea of its size may be another. May sleep.
///
/// If userspace's struct is smaller, the rest of `value` is left out; if it is larger, its tail is
/// zeroed. So structs can grow at their end and old programs keep working.
///
/// # Errors
///
/// `EFAULT` if the memory cannot be written; some of it may have been.
pub fn copy_struct_to_user<T: AsBytes>(to: UserPtr, usize: usize, value: &T) -> Result {
    let ksize = size_of::<T>();
    if let Some(rest) = usize.checked_sub(ksize) {
        let tail = to.wrapping_byte_add(ksize).as_mut_ptr();
        // SAFETY: `clear_user` checks the address itself; any is allowed.
        if rest > 0 && unsafe { ferrite_bindings::clear_user(tail, rest) } != 0 {
            return Err(EFAULT);
        }
        return UserSlice::new(to, ksize).writer().write(value);
    }
    // SAFETY: `T: AsBytes` has no uninitialised bytes, and `usize` is less than its size.
    let front = unsafe { core::slice::from_raw_parts(core::ptr::from_ref(value).cast(), usize) };
    UserSlice::new(to, usize).writer().write_slice(front)
}
