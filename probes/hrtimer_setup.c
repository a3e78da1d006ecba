// SPDX-License-Identifier: GPL-2.0
/*
 * Is a timer's function set where the timer is initialised?
 * Upstream: hrtimer_setup() in include/linux/hrtimer.h, 6.15.
 * Asks: hrtimer_setup
 */
#include <linux/hrtimer.h>

void probe(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *))
{
#ifdef QUESTION
	hrtimer_setup(timer, function, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#endif
}
