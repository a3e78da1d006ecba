// SPDX-License-Identifier: GPL-2.0
/*
 * Can a module that frees a wait queue tell those who poll it?
 * Upstream: __wake_up_pollfree() in include/linux/wait.h, 5.16, exported later;
 * distributors export it earlier, for binder as a module.
 * Asks: __wake_up_pollfree
 * Exports: __wake_up_pollfree
 */
#include <linux/wait.h>

void probe(struct wait_queue_head *queue)
{
#ifdef QUESTION
	__wake_up_pollfree(queue);
#endif
}
