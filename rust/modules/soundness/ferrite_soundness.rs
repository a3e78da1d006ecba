// SPDX-License-Identifier: GPL-2.0

//! What the `kernel` crate takes for granted about the C below it, tried out.
//!
//! Built with `FERRITE_TESTS=y` alone. Documentation/soundness.md lists the premises, and the test of
//! each. Some need a user: `selftests/soundness` does to this module's devices what root may do.

mod faux;
mod lock;
mod realloc;

use kernel::{
    debugfs::{
        Dir,
        File, //
    },
    prelude::*, //
};

use ferrite::test;

module! {
    type: Module,
    name: "ferrite_soundness",
    authors: ["The Ferrite developers"],
    description: "Tests of what the kernel crate takes for granted",
    license: "GPL",
}

#[pin_data]
struct Module {
    #[pin]
    _faux: File<faux::Bound>,
    _tests: test::Run,
}

impl kernel::InPlaceModule for Module {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            _faux <- Dir::new(c"ferrite_soundness_devices")
                .read_callback_file(c"faux", faux::Bound::new(), &faux::Bound::show),
            _tests: test::Run::new::<LocalModule>(&[
                &faux::tests::SUITE,
                &lock::tests::SUITE,
                &realloc::tests::SUITE,
            ])?,
        })
    }
}
