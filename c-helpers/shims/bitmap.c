// SPDX-License-Identifier: GPL-2.0
/* See bitmap.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_FIND_BIT_UNDERSCORED
unsigned long carried_shim__find_next_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next_bit(map, size, start);
}

unsigned long carried_shim__find_next_zero_bit(const unsigned long *map, unsigned long size, unsigned long start)
{
	return find_next_zero_bit(map, size, start);
}

unsigned long carried_shim__find_last_bit(const unsigned long *map, unsigned long size)
{
	return find_last_bit(map, size);
}
#endif
