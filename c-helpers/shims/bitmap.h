/* SPDX-License-Identifier: GPL-2.0 */
/* Searching bits of large bitmaps, under the names of the functions that today's inline ones call. */

#include <linux/bitmap.h>
#include <linux/bitops.h>

#ifndef FERRITE_HAVE_FIND_BIT_UNDERSCORED
unsigned long carried_shim__find_next_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long carried_shim__find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start);
unsigned long carried_shim__find_last_bit(const unsigned long *map, unsigned long size);
#endif
