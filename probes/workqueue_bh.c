// SPDX-License-Identifier: GPL-2.0
/*
 * Are there workqueues that run in softirqs?
 * Upstream: system_bh_wq in include/linux/workqueue.h, 6.9.
 * Asks: system_bh
 */
#include <linux/workqueue.h>

struct workqueue_struct *probe(void)
{
#ifdef QUESTION
	return system_bh_wq ?: system_bh_highpri_wq;
#endif
	return NULL;
}
