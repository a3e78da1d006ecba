// SPDX-License-Identifier: GPL-2.0

//! The distribution's archive, seen through a private apt state: nothing is installed on the host.
