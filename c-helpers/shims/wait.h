/* SPDX-License-Identifier: GPL-2.0 */
/* Wait queues that go away: what `kernel::sync::poll` asks for. */

#include <linux/wait.h>

#ifndef FERRITE_HAVE_WAKE_UP_POLLFREE
void carried_shim___wake_up_pollfree(struct wait_queue_head *queue);
#endif
