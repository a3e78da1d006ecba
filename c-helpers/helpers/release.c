// SPDX-License-Identifier: GPL-2.0

#include <linux/atomic.h>
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
	struct kprobe release, dump, canary;
	atomic_t sung;
	void (*released)(struct task_struct *task);
	void (*dumped)(struct pid *pid, int dumpable, int signal, int code);
	const struct ferrite_dump_place *place;
};

static int ferrite_release_hit(struct kprobe *probe, struct pt_regs *regs)
{
	struct ferrite_release_watch *watch =
		container_of(probe, struct ferrite_release_watch, release);

	watch->released((struct task_struct *)regs_get_kernel_argument(regs, 0));
	return 0;
}

static int ferrite_dump_hit(struct kprobe *probe, struct pt_regs *regs)
{
	struct ferrite_release_watch *watch =
		container_of(probe, struct ferrite_release_watch, dump);

	ferrite_tell_dump(watch->place, (void *)regs_get_kernel_argument(regs, 0),
			  watch->dumped);
	return 0;
}

static int ferrite_watch_symbol(struct kprobe *probe, const char *symbol,
				kprobe_pre_handler_t hit)
{
	memset(probe, 0, sizeof(*probe));
	probe->symbol_name = symbol;
	probe->pre_handler = hit;
	return register_kprobe(probe);
}

/*
 * Probes can be switched off, all at once, and the kernel tells modules neither
 * that nor when. So a function of ours is probed, too, in the same way, and called
 * to see whether probes are hit.
 */
static noinline __noclone void ferrite_release_canary(struct ferrite_release_watch *watch)
{
	/* Keeps the compiler from leaving the call out. */
	asm volatile("" : : "r" (watch) : "memory");
}

static int ferrite_canary_hit(struct kprobe *probe, struct pt_regs *regs)
{
	struct ferrite_release_watch *watch =
		container_of(probe, struct ferrite_release_watch, canary);

	atomic_inc(&watch->sung);
	return 0;
}

static int ferrite_watch_canary(struct ferrite_release_watch *watch)
{
	watch->canary.addr = (kprobe_opcode_t *)ferrite_release_canary;
	watch->canary.pre_handler = ferrite_canary_hit;
	return register_kprobe(&watch->canary);
}

/*
 * Calls @released for every task that is reaped, while it still has its struct
 * pid and its signal_struct. There is no hook for that which modules may use,
 * but release_task() calls, for each task and with the task alone, a function
 * of another file, which therefore has a symbol that can be probed. Newer
 * kernels call it cgroup_task_release(), older ones cgroup_release(). It is
 * called in task context, and @released must not sleep.
 *
 * Calls @dumped, which must not sleep either, for every core dump that is handed
 * over with a pidfd, if this kernel does that.
 */
void *ferrite_helper_release_watch(void (*released)(struct task_struct *task),
				   void (*dumped)(struct pid *pid, int dumpable,
						  int signal, int code))
{
	static const char *const names[] = { "cgroup_task_release", "cgroup_release" };
	struct ferrite_release_watch *watch;
	int ret = -ENOENT;
	size_t i;

	watch = kzalloc(sizeof(*watch), GFP_KERNEL);
	if (!watch)
		return ERR_PTR(-ENOMEM);
	watch->released = released;
	watch->dumped = dumped;
	for (i = 0; ret && i < ARRAY_SIZE(names); i++)
		ret = ferrite_watch_symbol(&watch->release, names[i], ferrite_release_hit);
	if (ret) {
		kfree(watch);
		return ERR_PTR(ret);
	}
	ret = ferrite_watch_canary(watch);
	if (ret) {
		unregister_kprobe(&watch->release);
		kfree(watch);
		return ERR_PTR(ret);
	}
	for (watch->place = ferrite_dump_places; watch->place->symbol; watch->place++) {
		if (!ferrite_watch_symbol(&watch->dump, watch->place->symbol, ferrite_dump_hit))
			return watch;
	}
	watch->place = NULL;
	return watch;
}

/* Whether @dumped is called on this kernel. */
bool ferrite_helper_release_watch_dumps(const void *watch)
{
	return ((const struct ferrite_release_watch *)watch)->place;
}

/* Whether probes are hit now. Of several callers at once each sees one hit at least: its own. */
bool ferrite_helper_release_watch_alive(void *data)
{
	struct ferrite_release_watch *watch = data;
	int before = atomic_read(&watch->sung);

	ferrite_release_canary(watch);
	return !kprobe_disabled(&watch->release) && atomic_read(&watch->sung) != before;
}

/* When this returns, neither is running nor will be called again. */
void ferrite_helper_release_unwatch(void *data)
{
	struct ferrite_release_watch *watch = data;

	unregister_kprobe(&watch->canary);
	unregister_kprobe(&watch->release);
	if (watch->place)
		unregister_kprobe(&watch->dump);
	kfree(watch);
}

#else

void *ferrite_helper_release_watch(void (*released)(struct task_struct *task),
				   void (*dumped)(struct pid *pid, int dumpable,
						  int signal, int code))
{
	return ERR_PTR(-EOPNOTSUPP);
}

bool ferrite_helper_release_watch_dumps(const void *watch)
{
	return false;
}

bool ferrite_helper_release_watch_alive(void *watch)
{
	return false;
}

void ferrite_helper_release_unwatch(void *watch)
{
}

#endif
