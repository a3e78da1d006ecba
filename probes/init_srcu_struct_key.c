// SPDX-License-Identifier: GPL-2.0
/*
 * Does __init_srcu_struct() take a lock class, with and without lockdep?
 * Upstream: include/linux/srcu.h, 7.3 (before, with lockdep alone).
 * Asks: __init_srcu_struct
 */
#include <linux/srcu.h>

int probe(struct srcu_struct *ssp, struct lock_class_key *key)
{
#ifdef QUESTION
	return __init_srcu_struct(ssp, "probe", key);
#endif
	return 0;
}
