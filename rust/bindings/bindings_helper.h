/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What bindgen reads for crate `ferrite_bindings`. Sorted. What is taken from
 * these headers is listed in bindgen_parameters.
 */

#include <ferrite_pidfd.h>
