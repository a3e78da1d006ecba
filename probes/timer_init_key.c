// SPDX-License-Identifier: GPL-2.0
/*
 * Is init_timer_key() called timer_init_key()?
 * Upstream: include/linux/timer.h, 6.16.
 * Asks: timer_init_key
 */
#include <linux/timer.h>

void probe(struct timer_list *timer, void (*function)(struct timer_list *))
{
#ifdef QUESTION
	timer_init_key(timer, function, 0, NULL, NULL);
#endif
}
