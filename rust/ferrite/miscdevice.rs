// SPDX-License-Identifier: GPL-2.0

//! Misc devices: functions that [`kernel::miscdevice`] lacks.
//!
//! C header: [`include/linux/miscdevice.h`](srctree/include/linux/miscdevice.h).

use kernel::{
    bindings,
    error::to_result,
    miscdevice::{
        MiscDevice,
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    prelude::*, //
};

/// Like [`MiscDeviceRegistration::register`], with `mode` as permissions of the node in `/dev`.
///
/// A `mode` of 0 means the default: only root has access. A udev rule may change permissions,
/// owner and group afterwards.
#[doc(alias = "misc_register")]
pub fn register_with_mode<T: MiscDevice>(
    opts: MiscDeviceOptions,
    mode: u16,
) -> impl PinInit<MiscDeviceRegistration<T>, Error> {
    let init = move |slot: *mut MiscDeviceRegistration<T>| {
        // `MiscDeviceRegistration` is `repr(transparent)`.
        let misc = slot.cast::<bindings::miscdevice>();
        let mut raw = opts.into_raw::<T>();
        raw.mode = mode;
        // SAFETY: An initialiser may write to its slot.
        unsafe { misc.write(raw) };
        // SAFETY: `misc` is a whole `struct miscdevice`, made by `into_raw`. It is pinned, and the
        // destructor of `MiscDeviceRegistration` deregisters it before its memory is freed.
        to_result(unsafe { bindings::misc_register(misc) })
    };
    // SAFETY: If the closure returns `Ok(())`, the slot holds a registered misc device that
    // `into_raw` made, which is all that `MiscDeviceRegistration`'s invariants ask. If it fails,
    // there is nothing to be dropped. The slot is never moved.
    unsafe { pin_init::pin_init_from_closure(init) }
}
