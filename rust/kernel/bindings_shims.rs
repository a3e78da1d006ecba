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
            let place: *const Option<unsafe extern "C" fn(*mut device) -> ffi::c_int> =
                &raw const self.resume;
            // SAFETY: It is an optional function pointer, too: of the same size and alignment.
            unsafe { &*place.cast() }
        }
    }

    impl core::ops::DerefMut for device_driver {
        fn deref_mut(&mut self) -> &mut DriverCallbacks {
            let place: *mut Option<unsafe extern "C" fn(*mut device) -> ffi::c_int> =
                &raw mut self.resume;
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *place.cast() }
        }
    }
}

#[cfg(all(
    CONFIG_AUXILIARY_BUS,
    not(CONFIG_FERRITE_HAVE_AUXILIARY_REGISTRATION_DATA)
))]
mod auxiliary_registration_data {
    use super::{auxiliary_device, carried_auxiliary_type};

    /// `auxiliary_device.registration_data_rust`, over `dev.platform_data` of a device that the crate made.
    #[repr(C)]
    pub struct RegistrationData {
        pub registration_data_rust: *mut ffi::c_void,
    }

    impl core::ops::Deref for auxiliary_device {
        type Target = RegistrationData;

        // The crate reads the field of every auxiliary device, whoever made it.
        fn deref(&self) -> &RegistrationData {
            if !core::ptr::eq(self.dev.type_, &raw const carried_auxiliary_type) {
                return &RegistrationData {
                    registration_data_rust: core::ptr::null_mut(),
                };
            }
            let place: *const *mut ffi::c_void = &raw const self.dev.platform_data;
            // SAFETY: It is what the structure consists of.
            unsafe { &*place.cast() }
        }
    }

    impl core::ops::DerefMut for auxiliary_device {
        // The crate writes the field of a device that it makes, before auxiliary_device_init().
        fn deref_mut(&mut self) -> &mut RegistrationData {
            let place: *mut *mut ffi::c_void = &raw mut self.dev.platform_data;
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *place.cast() }
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

    // The types are those of the fields: a field of another size is an error here.
    #[cfg(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW)]
    type Field = unsafe extern "C" fn(*mut platform_device);
    #[cfg(not(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW))]
    type Field = unsafe extern "C" fn(*mut super::device, super::pm_message_t) -> ffi::c_int;

    fn place(driver: *const platform_driver) -> *const Remove {
        // SAFETY: The callers pass a valid driver, of which only an address is taken.
        #[cfg(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW)]
        let place: *const Option<Field> = unsafe { &raw const (*driver).remove_new };
        // SAFETY: As above.
        #[cfg(not(CONFIG_FERRITE_HAVE_PLATFORM_REMOVE_NEW))]
        let place: *const Option<Field> = unsafe { &raw const (*driver).driver.suspend };
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

#[cfg(not(CONFIG_FERRITE_HAVE_I2C_REMOVE_VOID))]
mod i2c_remove {
    use super::{device, i2c_client, i2c_driver, pm_message_t};

    /// `i2c_driver.remove`, returning nothing, over `driver.suspend`.
    #[repr(C)]
    pub struct Remove {
        pub remove: Option<unsafe extern "C" fn(client: *mut i2c_client)>,
    }

    type Field = unsafe extern "C" fn(*mut device, pm_message_t) -> ffi::c_int;

    impl core::ops::Deref for i2c_driver {
        type Target = Remove;

        fn deref(&self) -> &Remove {
            let place: *const Option<Field> = &raw const self.driver.suspend;
            // SAFETY: It is an optional function pointer, too: of the same size and alignment.
            unsafe { &*place.cast() }
        }
    }

    impl core::ops::DerefMut for i2c_driver {
        fn deref_mut(&mut self) -> &mut Remove {
            let place: *mut Option<Field> = &raw mut self.driver.suspend;
            // SAFETY: As above; `self` is borrowed for as long as the result.
            unsafe { &mut *place.cast() }
        }
    }
}
