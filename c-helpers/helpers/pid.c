// SPDX-License-Identifier: GPL-2.0

#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched.h>

struct pid *ferrite_helper_get_pid(struct pid *pid)
{
	return get_pid(pid);
}

unsigned int ferrite_helper_pid_refs(struct pid *pid)
{
	return refcount_read(&pid->count);
}

pid_t ferrite_helper_task_ppid_nr_ns(struct task_struct *task, struct pid_namespace *ns)
{
	return task_ppid_nr_ns(task, ns);
}
