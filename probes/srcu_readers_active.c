// SPDX-License-Identifier: GPL-2.0
/*
 * Can anyone ask whether an srcu_struct has readers?
 * Upstream: srcu_readers_active() in include/linux/srcutree.h, 7.3.
 * Asks: srcu_readers_active
 */
#include <linux/srcu.h>

bool probe(struct srcu_struct *ssp)
{
#ifdef QUESTION
	return srcu_readers_active(ssp);
#endif
	return false;
}
