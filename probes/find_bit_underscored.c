// SPDX-License-Identifier: GPL-2.0
/*
 * Are the functions that search bits, of large bitmaps, called with an underscore?
 * Upstream: _find_next_bit() and its like in include/linux/find.h, 6.1 (before: with other parameters, or none).
 * Asks: _find_
 * Exports: _find_next_bit _find_next_zero_bit _find_last_bit
 */
#include <linux/bitops.h>
#include <linux/bitmap.h>

#ifdef QUESTION
unsigned long (*probe[])(const unsigned long *, unsigned long, unsigned long) = {
	_find_next_bit, _find_next_zero_bit,
};
unsigned long (*last)(const unsigned long *, unsigned long) = _find_last_bit;
#endif
