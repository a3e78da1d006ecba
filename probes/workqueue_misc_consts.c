// SPDX-License-Identifier: GPL-2.0
/*
 * Has the enum of a workqueue's constants a name?
 * Upstream: enum wq_misc_consts in include/linux/workqueue.h, 6.9.
 * Asks: wq_misc_consts
 */
#include <linux/workqueue.h>

#ifdef QUESTION
int probe[sizeof(enum wq_misc_consts)];
#endif
