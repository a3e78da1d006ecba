// SPDX-License-Identifier: GPL-2.0

#include <linux/cgroup.h>

#ifdef CONFIG_CGROUPS
u64 ferrite_helper_cgroup_id(struct cgroup *cgrp)
{
	return cgroup_id(cgrp);
}

struct cgroup *ferrite_helper_task_dfl_cgroup(struct task_struct *task)
{
	return task_dfl_cgroup(task);
}
#endif
