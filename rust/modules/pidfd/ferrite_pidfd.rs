// SPDX-License-Identifier: GPL-2.0

//! `/dev/ferrite-pidfd`: what a pidfd refers to, as the kernel's own `PIDFD_GET_INFO` tells it, on
//! kernels that have none, and for `PIDFD_SELF_*`.
//!
//! The interface is documented where programs find it:
//! [`ferrite_pidfd.h`](../../../c-helpers/include/uapi/ferrite_pidfd.h).

mod exits;
mod info;
mod uapi;

use kernel::{
    fs::File,
    ioctl::_IOWR,
    miscdevice::{
        MiscDevice,
        MiscDeviceOptions,
        MiscDeviceRegistration, //
    },
    prelude::*,
    transmute::FromBytes,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use ferrite::{
    miscdevice,
    pidfd,
    test, //
};

module! {
    type: Module,
    name: "ferrite_pidfd",
    authors: ["The Ferrite developers"],
    description: "PIDFD_GET_INFO and PIDFD_SELF for kernels that lack them",
    license: "GPL",
    params: {
        mode: u16 {
            default: 0o666,
            description: "Permissions of /dev/ferrite-pidfd (default: 0666, as the kernel's own interface)",
        },
    },
}

#[pin_data]
struct Module {
    #[pin]
    _device: MiscDeviceRegistration<Device>,
    // After the device: dropped when nobody can ask any more.
    _exits: exits::Exits,
    _tests: test::Run,
}

impl kernel::InPlaceModule for Module {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        let mode = module_parameters::mode.value();
        try_pin_init!(Self {
            // SAFETY: A module is initialised once, and this is the first that is done.
            _exits: unsafe { exits::Exits::new() },
            _device <- miscdevice::register_with_mode(
                MiscDeviceOptions { name: c"ferrite-pidfd" },
                mode & 0o777,
            ),
            _tests: test::Run::new::<LocalModule>(&[
                &exits::tests::SUITE,
                &info::tests::SUITE,
            ])?,
        })
    }
}

/// The device. It keeps nothing: all that is asked is in the request.
struct Device;

#[vtable]
impl MiscDevice for Device {
    type Ptr = ();

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result {
        Ok(())
    }

    // 32-bit programs use the same structs: without `compat_ioctl`, only `arg` is converted.
    fn ioctl(_device: (), _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        match cmd {
            GET_INFO => get_info(UserPtr::from_addr(arg)).map(|()| 0),
            _ => Err(ENOTTY),
        }
    }
}

const GET_INFO: u32 = _IOWR::<uapi::ferrite_pidfd_get_info>(
    uapi::FERRITE_PIDFD_IOC_MAGIC,
    uapi::FERRITE_PIDFD_IOC_GET_INFO_NR,
);

#[repr(transparent)]
struct Request(uapi::ferrite_pidfd_get_info);

// SAFETY: All its fields are integers, for which every pattern of bits is a value.
unsafe impl FromBytes for Request {}

fn get_info(arg: UserPtr) -> Result {
    let Request(request) = UserSlice::new(arg, size_of::<Request>()).reader().read()?;
    // CAST: An address that does not fit is none of a 32-bit kernel's.
    let to = usize::try_from(request.info).map_err(|_| EFAULT)?;
    // CAST: `u32` to `usize` is lossless.
    let size = request.size as usize;
    pidfd::with_pid(request.pidfd, |pid| {
        info::get(pid, UserPtr::from_addr(to), size)
    })
}
