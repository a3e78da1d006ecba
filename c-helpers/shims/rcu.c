// SPDX-License-Identifier: GPL-2.0
/* See rcu.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_KVFREE_RCU_HEAD
void carried_shim_kvfree_call_rcu(struct kvfree_rcu_head *head, void *object)
{
#ifdef FERRITE_HAVE_KVFREE_CALL_RCU_PTR
	kvfree_call_rcu(&head->head, object);
#else
	/* A "function" below 4096 is the offset of the head in the object. */
	kvfree_call_rcu(&head->head, (rcu_callback_t)((void *)head - object));
#endif
}
#endif
