/* SPDX-License-Identifier: GPL-2.0 */
/* Split off <linux/hrtimer.h> in 6.9. */

/* There, <linux/timer.h> is read before, and declares the enum ahead of its definition. */
#ifdef __BINDGEN__
#define hrtimer_restart hrtimer_restart_ahead
#include <linux/timer.h>
#undef hrtimer_restart
#endif

#include <linux/hrtimer.h>
