// SPDX-License-Identifier: GPL-2.0
/* See wait.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_WAKE_UP_POLLFREE
#include <linux/poll.h>

/* With POLLFREE, whoever polls leaves the queue before its lock is given back. */
void carried_shim___wake_up_pollfree(struct wait_queue_head *queue)
{
	__wake_up(queue, TASK_NORMAL, 0, poll_to_key(EPOLLHUP | POLLFREE));
	WARN_ON_ONCE(waitqueue_active(queue));
}
#endif
