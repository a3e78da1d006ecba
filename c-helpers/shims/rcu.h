/* SPDX-License-Identifier: GPL-2.0 */
/* Freeing after a grace period, as `kernel::sync::poll` does it. */

#include <linux/rcupdate.h>

#ifndef FERRITE_HAVE_KVFREE_RCU_HEAD
struct kvfree_rcu_head {
	struct rcu_head head;
};

void carried_shim_kvfree_call_rcu(struct kvfree_rcu_head *head, void *object);
#endif
