// SPDX-License-Identifier: GPL-2.0
/*
 * Are SRCU's two counters of a CPU in one structure?
 * Upstream: srcu_data.srcu_ctrs in include/linux/srcutree.h, 6.15.
 * Asks: srcu_ctrs
 */
#include <linux/srcu.h>

void *probe(struct srcu_data *sdp)
{
#ifdef QUESTION
	return &sdp->srcu_ctrs[0].srcu_locks;
#endif
	return sdp;
}
