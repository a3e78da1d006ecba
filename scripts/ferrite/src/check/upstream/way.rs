// SPDX-License-Identifier: GPL-2.0

//! The two ways in which upstream's programs are run.

/// What makes programs ask the device.
pub(super) const PRELOAD: &str = "libferrite-pidfd-preload.so";

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::check) enum Way {
    /// By itself.
    Kernel,
    /// With the library, which is told to ask the device.
    Device,
}

/// Both.
pub(super) const WAYS: [Way; 2] = [Way::Kernel, Way::Device];

impl Way {
    pub(super) fn name(self) -> &'static str {
        match self {
            Way::Kernel => "kernel",
            Way::Device => "device",
        }
    }

    pub(super) fn environment(self) -> String {
        match self {
            Way::Kernel => String::new(),
            Way::Device => format!("FERRITE_PIDFD=device LD_PRELOAD=$PWD/{PRELOAD} "),
        }
    }
}
