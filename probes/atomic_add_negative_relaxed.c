// SPDX-License-Identifier: GPL-2.0
/*
 * Has atomic_add_negative() variants of weaker ordering?
 * Upstream: include/linux/atomic/atomic-instrumented.h, 6.3.
 * Asks: add_negative_relaxed
 */
#include <linux/atomic.h>

bool probe(atomic_t *v, atomic64_t *w)
{
#ifdef QUESTION
	return atomic_add_negative_relaxed(1, v) && atomic64_add_negative_relaxed(1, w);
#endif
	return false;
}
