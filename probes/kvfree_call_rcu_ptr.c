// SPDX-License-Identifier: GPL-2.0
/*
 * Is kvfree_call_rcu() given the object itself (yes) or the head's offset in it?
 * Upstream: include/linux/rcutree.h, 6.2.
 * Asks: kvfree_call_rcu
 */
#include <linux/rcupdate.h>

#ifdef QUESTION
void (*probe)(struct rcu_head *head, void *object) = kvfree_call_rcu;
#endif
