// SPDX-License-Identifier: GPL-2.0

//! The registration data of an auxiliary device is what the crate put there, or nothing; and a driver's
//! own data is dropped when its device goes, even if the bus forgets it first.
//!
//! Built with `FERRITE_TESTS=y`, where there is an auxiliary bus. One driver meets two devices: one that
//! the crate made, and one that C made.

use core::{
    ffi::c_void,
    ptr::NonNull, //
};

use kernel::{
    auxiliary,
    device::{
        Bound,
        Core,
        Device, //
    },
    driver,
    faux,
    prelude::*,
    sync::atomic::{
        Atomic,
        Relaxed, //
    },
    types::ForLt, //
};

use ferrite::test;

module! {
    type: Module,
    name: "ferrite_soundness_aux",
    authors: ["The Ferrite developers"],
    description: "Tests of what an auxiliary driver takes for granted",
    license: "GPL",
}

const MODULE_NAME: &CStr = <LocalModule as kernel::ModuleMetadata>::NAME;
const OWN: &CStr = c"own";
const FOREIGN: &CStr = c"foreign";

/// What the parent hands to its device.
struct Data(i32);

const HANDED: i32 = 42;

/// What the driver read of the device that the crate made, and of the one that C made: data, an errno, or
/// 0 as long as it met none.
static READ: [Atomic<i32>; 2] = [Atomic::new(0), Atomic::new(0)];

/// How many devices the driver was bound to, and how many of their instances are alive.
static BOUND: Atomic<i32> = Atomic::new(0);
static ALIVE: Atomic<i32> = Atomic::new(0);

/// What the driver keeps for a device.
struct Instance;

impl Instance {
    fn new() -> Self {
        // ORDERING: Counters, read when the devices are gone.
        BOUND.fetch_add(1, Relaxed);
        ALIVE.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // ORDERING: A counter, as above.
        ALIVE.fetch_sub(1, Relaxed);
    }
}

struct Driver;

kernel::auxiliary_device_table!(
    TABLE,
    <Driver as auxiliary::Driver>::IdInfo,
    [
        (auxiliary::DeviceId::new(MODULE_NAME, OWN), 0),
        (auxiliary::DeviceId::new(MODULE_NAME, FOREIGN), 1),
    ]
);

impl auxiliary::Driver for Driver {
    /// The device's place in [`READ`].
    type IdInfo = usize;
    type Data<'bound> = Instance;

    const ID_TABLE: auxiliary::IdTable<Self::IdInfo> = &TABLE;

    fn probe<'bound>(
        device: &'bound auxiliary::Device<Core<'_>>,
        place: &'bound usize,
    ) -> impl PinInit<Instance, Error> + 'bound {
        let bound: &auxiliary::Device<Bound> = device;
        let read = bound.registration_data_with::<ForLt!(Data), _>(|data| data.0);
        if let Some(result) = READ.get(*place) {
            // ORDERING: Read by whoever adds the device, which returns after this.
            result.store(read.unwrap_or_else(Error::to_errno), Relaxed);
        }
        Ok(Instance::new())
    }
}

// To Rust the device is a pointer and nothing else.
extern "C" {
    fn ferrite_soundness_foreign_new() -> *mut c_void;
    fn ferrite_soundness_foreign_free(foreign: *mut c_void);
}

/// A device that C made.
struct Foreign(NonNull<c_void>);

impl Foreign {
    fn new() -> Result<Self> {
        // SAFETY: It asks for nothing, and this may sleep.
        let foreign = unsafe { ferrite_soundness_foreign_new() };
        Ok(Self(NonNull::new(foreign).ok_or(ENODEV)?))
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        // SAFETY: Made by its counterpart, and freed once.
        unsafe { ferrite_soundness_foreign_free(self.0.as_ptr()) };
    }
}

#[pin_data]
struct Module {
    #[pin]
    _driver: driver::Registration<auxiliary::Adapter<Driver>>,
    _tests: test::Run,
}

/// Lets the driver meet both devices. Each is gone when this returns.
fn meet() -> Result {
    drop(Foreign::new()?);
    let parent = faux::Registration::new(MODULE_NAME, None)?;
    let bound: &Device<Bound> = parent.as_ref().as_ref();
    let data = Ok::<_, Error>(Data(HANDED));
    drop(auxiliary::Registration::<ForLt!(Data)>::new(
        bound,
        OWN,
        0,
        MODULE_NAME,
        data,
    )?);
    Ok(())
}

impl kernel::InPlaceModule for Module {
    fn init(module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _driver <- driver::Registration::new(MODULE_NAME, module),
            _tests: {
                meet()?;
                test::Run::new::<LocalModule>(&[&tests::SUITE])?
            },
        })
    }
}

#[ferrite::tests]
mod tests {
    use super::*;

    #[test]
    fn data_of_the_crate_is_found() {
        // ORDERING: See `probe`.
        assert_eq!(READ[0].load(Relaxed), HANDED);
    }

    #[test]
    fn data_of_others_is_none_of_ours() {
        // ORDERING: See `probe`.
        assert_eq!(READ[1].load(Relaxed), ENOENT.to_errno());
    }
    #[test]
    fn data_is_dropped_though_the_bus_forgot_it() {
        // ORDERING: Counters; the devices are gone.
        assert_eq!(BOUND.load(Relaxed), 2);
        assert_eq!(ALIVE.load(Relaxed), 0);
    }
}
