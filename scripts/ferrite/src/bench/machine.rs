// SPDX-License-Identifier: GPL-2.0

//! The machines that things are measured in.

/// A machine that things are measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// One processor whose clock counts instructions: a nanosecond is one. The figures are the same in every run.
    Counting,
    /// As for any test: two processors, and a clock that tells time.
    Ordinary,
}

impl Machine {
    /// Where its logs go, below the run's folder.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Machine::Counting => "counting",
            Machine::Ordinary => "ordinary",
        }
    }
}
