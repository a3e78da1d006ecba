// SPDX-License-Identifier: GPL-2.0
/*
 * Does a task itself say how core would be dumped for it?
 * Upstream: include/linux/sched/exec_state.h, in 7.2 at the latest (6.18: with the task's memory).
 * Asks: exec_state
 */
#include <linux/sched.h>

#ifdef QUESTION
#include <linux/sched/exec_state.h>

int probe(struct task_struct *task)
{
	return READ_ONCE(rcu_dereference(task->exec_state)->dumpable);
}
#endif
