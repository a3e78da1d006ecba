/* SPDX-License-Identifier: GPL-2.0 */
/* Timers under their newest names. */

#include <linux/hrtimer.h>
#include <linux/timer.h>

#ifndef FERRITE_HAVE_HRTIMER_SETUP
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   clockid_t clock, enum hrtimer_mode mode) CARRIED_SYMBOL(hrtimer_setup);
#endif

#ifndef FERRITE_HAVE_TIMER_INIT_KEY
void timer_init_key(struct timer_list *timer, void (*function)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
	CARRIED_SYMBOL(timer_init_key);
#endif
