// SPDX-License-Identifier: GPL-2.0

#include <linux/binfmts.h>
#include <linux/coredump.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>
#include <linux/sched/task.h>
#include <linux/umh.h>

/* The carried provider asks the target; a kernel whose own crate serves has it. */
#if __has_include("probes.h")
#include "probes.h"
#else
#define FERRITE_HAVE_COREDUMP_PARAMS_PID
#define FERRITE_HAVE_TASK_EXEC_STATE
#endif

/*
 * How core would be dumped for a task: 0 not at all, 1 as its user, 2 as root; -1
 * if this kernel does not say so of a task that has ended. Newest kernels keep
 * this with the task, others with its memory.
 */
#ifdef FERRITE_HAVE_TASK_EXEC_STATE
#include <linux/sched/exec_state.h>

int ferrite_helper_task_dumpable(struct task_struct *task)
{
	int dumpable;

	rcu_read_lock();
	dumpable = READ_ONCE(rcu_dereference(task->exec_state)->dumpable);
	rcu_read_unlock();
	return dumpable;
}

#define PARAMS_DUMPABLE(params) ((params)->dumpable)
#else
int ferrite_helper_task_dumpable(struct task_struct *task)
{
	int dumpable;

	task_lock(task);
	dumpable = task->mm ? get_dumpable(task->mm) : -1;
	task_unlock(task);
	return dumpable;
}

#define PARAMS_DUMPABLE(params) __get_dumpable((params)->mm_flags)
#endif

/*
 * Where it is seen that a core dump is handed over with a pidfd: the names of
 * functions, and whether the dump is in a helper's data.
 */
struct ferrite_dump_place {
	const char *symbol;
	bool helper;
};

#if defined(FERRITE_HAVE_COREDUMP_PARAMS_PID) && defined(CONFIG_COREDUMP)
static const struct ferrite_dump_place __maybe_unused ferrite_dump_places[] = {
	/* Linux 6.16 notes the dump for pidfds here. */
	{ "pidfs_coredump", false },
	/* Before, and where %F came by an update, the helper's process gets its pidfd here. */
	{ "umh_coredump_setup", true },
	{ "umh_pipe_setup", true },
	{ }
};

static void __maybe_unused
ferrite_tell_dump(const struct ferrite_dump_place *place, void *first,
		  void (*dumped)(struct pid *pid, int dumpable, int signal, int code))
{
	const struct coredump_params *params =
		place->helper ? ((struct subprocess_info *)first)->data : first;

	if (params->pid)
		dumped(params->pid, PARAMS_DUMPABLE(params), params->siginfo->si_signo,
		       params->siginfo->si_code);
}
#else
static const struct ferrite_dump_place __maybe_unused ferrite_dump_places[] = { { } };

static void __maybe_unused
ferrite_tell_dump(const struct ferrite_dump_place *place, void *first,
		  void (*dumped)(struct pid *pid, int dumpable, int signal, int code))
{
}
#endif
#undef PARAMS_DUMPABLE
