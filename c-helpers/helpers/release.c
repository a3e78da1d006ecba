// SPDX-License-Identifier: GPL-2.0

#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/slab.h>

/*
 * On PREEMPT_RT a lock may sleep, and so must not be taken where a probe is hit.
 */
#if defined(CONFIG_KPROBES) && defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API) &&	\
	!defined(CONFIG_PREEMPT_RT)

struct ferrite_release_watch {
	struct kprobe probe;
	void (*released)(struct task_struct *task);
};

static int ferrite_release_watch_hit(struct kprobe *probe, struct pt_regs *regs)
{
	struct ferrite_release_watch *watch =
		container_of(probe, struct ferrite_release_watch, probe);

	watch->released((struct task_struct *)regs_get_kernel_argument(regs, 0));
	return 0;
}

/*
 * Calls @released for every task that is reaped, while it still has its struct
 * pid and its signal_struct. There is no hook for that which modules may use,
 * but release_task() calls, for each task and with the task alone, a function
 * of another file, which therefore has a symbol that can be probed. Newer
 * kernels call it cgroup_task_release(), older ones cgroup_release(). It is
 * called in task context, and @released must not sleep.
 */
void *ferrite_helper_release_watch(void (*released)(struct task_struct *task))
{
	static const char *const names[] = { "cgroup_task_release", "cgroup_release" };
	struct ferrite_release_watch *watch;
	int ret = -ENOENT;
	size_t i;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(watch, 0, sizeof(*watch));
		watch->released = released;
		watch->probe.symbol_name = names[i];
		watch->probe.pre_handler = ferrite_release_watch_hit;
		ret = register_kprobe(&watch->probe);
		if (!ret)
			return watch;
	}
	kfree(watch);
	return ERR_PTR(ret);
}

/* When this returns, @released is not running and will not be called again. */
void ferrite_helper_release_unwatch(void *watch)
{
	unregister_kprobe(&((struct ferrite_release_watch *)watch)->probe);
	kfree(watch);
}

#else

void *ferrite_helper_release_watch(void (*released)(struct task_struct *task))
{
	return ERR_PTR(-EOPNOTSUPP);
}

void ferrite_helper_release_unwatch(void *watch)
{
}

#endif
