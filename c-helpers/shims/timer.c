// SPDX-License-Identifier: GPL-2.0
/* See timer.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_HRTIMER_SETUP
void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

#ifndef FERRITE_HAVE_TIMER_INIT_KEY
void timer_init_key(struct timer_list *timer, void (*function)(struct timer_list *),
		    unsigned int flags, const char *name, struct lock_class_key *key)
{
	init_timer_key(timer, function, flags, name, key);
}
#endif
