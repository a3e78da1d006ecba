// SPDX-License-Identifier: GPL-2.0
/*
 * Upstream's C helpers, under names of our own.
 *
 * rename.h is made of upstream's helpers: it defines rust_helper_X as
 * carried_X, so that nothing clashes with the helpers of a target that has Rust.
 */

#include "rename.h"
#include <helpers/helpers.c>
