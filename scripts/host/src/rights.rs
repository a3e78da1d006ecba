// SPDX-License-Identifier: GPL-2.0

//! The user whose rights the tool runs with.

/// Does the tool run as root?
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
