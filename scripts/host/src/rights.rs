// SPDX-License-Identifier: GPL-2.0

//! Whose rights the tool runs with.

/// Are we root?
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
