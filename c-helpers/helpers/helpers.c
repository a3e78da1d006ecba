// SPDX-License-Identifier: GPL-2.0
/*
 * C for Rust: each `ferrite_helper_<name>` is <name>, which is an inline
 * function or a macro in C and so has no symbol that Rust could call.
 *
 * One file a subsystem, sorted. Rust calls them as `bindings::<name>`: the
 * prefix keeps the symbols apart from the kernel's own helpers.
 */

#include "cgroup.c"
#include "coredump.c"
#include "deferred.c"
#include "kthread.c"
#include "llist.c"
#include "lkmm.c"
#include "pid.c"
#include "pidfd.c"
#include "release.c"
#include "uaccess.c"
