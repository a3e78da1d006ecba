// SPDX-License-Identifier: GPL-2.0

// Appended to the bindings of the target's headers: fields that upstream's crate names and that older
// structures lack. `(*x).field` finds a field through `Deref` as well, so a structure that
// dereferences to one with the missing fields has them, as far as the crate can see. Where each
// field is stored, and why it may be there, is said in c-helpers/shims/driver.h.

#[cfg(not(CONFIG_FERRITE_HAVE_POST_UNBIND_RUST))]
mod post_unbind_rust {
    use super::{device, device_driver};

    /// `device_driver.p_cb`, over the field `resume`.
    #[repr(C)]
    pub struct DriverCallbacks {
        pub p_cb: Callbacks,
    }

    #[repr(C)]
    pub struct Callbacks {
        pub post_unbind_rust: Option<unsafe extern "C" fn(dev: *mut device)>,
    }

    impl core::ops::Deref for device_driver {
        type Target = DriverCallbacks;

        fn deref(&self) -> &DriverCallbacks {
            // SAFETY: `resume` is an optional function pointer too, of the same size and alignment.
            unsafe { &*(&raw const self.resume).cast() }
        }
    }

    impl core::ops::DerefMut for device_driver {
        fn deref_mut(&mut self) -> &mut DriverCallbacks {
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *(&raw mut self.resume).cast() }
        }
    }
}

#[cfg(all(
    CONFIG_AUXILIARY_BUS,
    not(CONFIG_FERRITE_HAVE_AUXILIARY_REGISTRATION_DATA)
))]
mod auxiliary_registration_data {
    use super::auxiliary_device;

    /// `auxiliary_device.registration_data_rust`, over `dev.platform_data`.
    #[repr(C)]
    pub struct RegistrationData {
        pub registration_data_rust: *mut ffi::c_void,
    }

    impl core::ops::Deref for auxiliary_device {
        type Target = RegistrationData;

        fn deref(&self) -> &RegistrationData {
            // SAFETY: `platform_data` is a `void *` too.
            unsafe { &*(&raw const self.dev.platform_data).cast() }
        }
    }

    impl core::ops::DerefMut for auxiliary_device {
        fn deref_mut(&mut self) -> &mut RegistrationData {
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *(&raw mut self.dev.platform_data).cast() }
        }
    }
}

#[cfg(all(
    CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_VOID,
    CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW
))]
mod platform_remove {
    use super::{platform_driver, platform_driver__bindgen_ty_1};

    // `remove` and its temporary twin are one union.
    impl core::ops::Deref for platform_driver {
        type Target = platform_driver__bindgen_ty_1;

        fn deref(&self) -> &platform_driver__bindgen_ty_1 {
            &self.__bindgen_anon_1
        }
    }

    impl core::ops::DerefMut for platform_driver {
        fn deref_mut(&mut self) -> &mut platform_driver__bindgen_ty_1 {
            &mut self.__bindgen_anon_1
        }
    }
}

#[cfg(not(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_VOID))]
mod platform_remove {
    use super::{platform_device, platform_driver};

    /// `platform_driver.remove`, returning nothing.
    #[repr(C)]
    pub struct Remove {
        pub remove: Option<unsafe extern "C" fn(dev: *mut platform_device)>,
    }

    fn place(driver: *const platform_driver) -> *const Remove {
        // SAFETY: The callers pass a valid driver, of which only an address is taken.
        #[cfg(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW)]
        let place = unsafe { &raw const (*driver).remove_new };
        // SAFETY: As above.
        #[cfg(not(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW))]
        let place = unsafe { &raw const (*driver).driver.suspend };
        place.cast()
    }

    impl core::ops::Deref for platform_driver {
        type Target = Remove;

        fn deref(&self) -> &Remove {
            // SAFETY: The place holds an optional function pointer.
            unsafe { &*place(self) }
        }
    }

    impl core::ops::DerefMut for platform_driver {
        fn deref_mut(&mut self) -> &mut Remove {
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *place(self).cast_mut() }
        }
    }
}

#[cfg(not(CONFIG_FERRITE_HAVE_IOV_ITER_DATA_SOURCE))]
mod iov_iter_data_source {
    use super::carried_direction;

    // The crate compares an iterator's direction with a `bool`, and prints it where they differ.
    impl PartialEq<bool> for carried_direction {
        fn eq(&self, other: &bool) -> bool {
            (self.bits & 1 != 0) == *other
        }
    }

    impl core::fmt::Debug for carried_direction {
        fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
            core::fmt::Debug::fmt(&(self.bits & 1 != 0), f)
        }
    }
}
