// SPDX-License-Identifier: GPL-2.0

//! Userspace memory: functions that [`kernel::uaccess`] lacks.
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

/// Copies a struct to userspace, where the struct may have another size. May sleep.
///
/// If userspace's struct is smaller, only the front of `value` is copied. If it is larger, its
/// tail is filled with zeros. So a struct can get new fields at its end, and old programs still
/// work.
///
/// # Errors
///
/// `EFAULT` if the memory cannot be written. A part of it may have been written.
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
