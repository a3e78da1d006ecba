// SPDX-License-Identifier: GPL-2.0

//! Where the `kernel` crate comes from, and why.

use clap::ValueEnum;
use std::fmt;

/// What the person asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wish {
    /// Native where it can be, else carried
    Auto,
    /// The target kernel's own crate
    Native,
    /// The newest upstream crate, compiled against the target's headers
    Carried,
}

/// Whose `kernel` crate the modules are built against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provider {
    /// The target kernel's own.
    Native,
    /// The newest upstream one, compiled against the target's headers.
    Carried,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::Native => "native",
            Provider::Carried => "carried",
        })
    }
}

/// A provider, and the reason it was taken.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The provider.
    pub(crate) provider: Provider,
    /// Why this one, in a few words.
    pub(crate) why: String,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider: {} ({})", self.provider, self.why)
    }
}
