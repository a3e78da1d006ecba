// SPDX-License-Identifier: GPL-2.0

//! A faux device stays bound for as long as its registration lives.
//!
//! `AsRef<faux::Device<Bound>>` says so of every registration. With it, [`Devres::access`] reads
//! without asking whether the device still has its resources.

#![forbid(unsafe_code)]

use kernel::{
    device::{
        self,
        Bound as BoundContext, //
    },
    devres::Devres,
    faux,
    fmt,
    prelude::*,
    sync::{
        atomic::{
            Atomic,
            Relaxed, //
        },
        Arc, //
    }, //
};

/// The device's name in `/sys/bus/faux/devices`.
const NAME: &CStr = c"ferrite_soundness";

/// What a register of real hardware would read.
const VALUE: u64 = 0x5afe;

/// A resource that the device has while it is bound.
struct Resource {
    value: KBox<u64>,
    released: Arc<Atomic<i32>>,
}

impl Drop for Resource {
    fn drop(&mut self) {
        // ORDERING: A flag that is read after the write to sysfs which caused this has returned.
        self.released.store(1, Relaxed);
    }
}

/// A registered faux device and a resource of its.
pub(crate) struct Bound {
    resource: Devres<Resource>,
    released: Arc<Atomic<i32>>,
    registration: faux::Registration,
}

impl Bound {
    /// Registers the device. May sleep.
    ///
    /// # Errors
    ///
    /// `ENODEV` if the bus does not take the device, `ENOMEM` for lack of memory.
    pub(crate) fn new() -> Result<Self> {
        let registration = faux::Registration::new(NAME, None)?;
        let released = Arc::new(Atomic::new(0), GFP_KERNEL)?;
        let resource = Resource {
            value: KBox::new(VALUE, GFP_KERNEL)?,
            released: released.clone(),
        };
        let device: &device::Device<BoundContext> = registration.as_ref().as_ref();
        Ok(Self {
            resource: Devres::new(device, resource)?,
            released,
            registration,
        })
    }

    /// Shows the resource as a driver would read it, or that the device has lost it.
    pub(crate) fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // ORDERING: See the store. Whoever reads this file has waited for that write.
        if self.released.load(Relaxed) != 0 {
            return f.write_fmt(fmt!("released\n"));
        }
        let device: &device::Device<BoundContext> = self.registration.as_ref().as_ref();
        match self.resource.access(device) {
            Ok(resource) => f.write_fmt(fmt!("{:#x}\n", *resource.value)),
            Err(error) => f.write_fmt(fmt!("{error:?}\n")),
        }
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    use kernel::sync::aref::ARef;

    #[test]
    fn a_device_outlives_its_registration() {
        let registration = faux::Registration::new(c"ferrite_soundness_held", None)?;
        let bound: &device::Device<BoundContext> = registration.as_ref().as_ref();
        let held: ARef<device::Device> = bound.into();
        drop(registration);
        assert_eq!(held.name(), c"ferrite_soundness_held");
    }

    #[test]
    fn a_name_is_taken_once() {
        let first = faux::Registration::new(c"ferrite_soundness_twice", None)?;
        drop(first);
        let _again = faux::Registration::new(c"ferrite_soundness_twice", None)?;
    }
}
