// SPDX-License-Identifier: GPL-2.0
/*
 * Has kvfree_rcu() a head of its own, smaller than an rcu_head?
 * Upstream: struct kvfree_rcu_head in include/linux/types.h, 7.3.
 * Asks: kvfree_rcu_head
 */
#include <linux/types.h>

#ifdef QUESTION
struct {
	struct kvfree_rcu_head head;
} probe;
#endif
