// SPDX-License-Identifier: GPL-2.0
/*
 * ferrite_pidfd in plain C: /dev/ferrite-pidfd-twin answers as /dev/ferrite-pidfd
 * does, step by step in the same order. It is what the Rust module is measured
 * against, and nothing else: it is built for benchmarks alone.
 */

#include <linux/cred.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/uaccess.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "../helpers/cgroup.c"
#include "../helpers/pidfd.c"

#define SUPPORTED_CGROUPID (IS_ENABLED(CONFIG_CGROUPS) ? PIDFD_INFO_CGROUPID : 0)
#define SUPPORTED \
	(PIDFD_INFO_PID | PIDFD_INFO_CREDS | SUPPORTED_CGROUPID | PIDFD_INFO_SUPPORTED_MASK)

static void fill_ids(struct ferrite_pidfd_info *info, struct task_struct *task)
{
	struct user_namespace *ns = current_user_ns();
	const struct cred *cred = get_task_cred(task);

	info->ruid = from_kuid_munged(ns, cred->uid);
	info->rgid = from_kgid_munged(ns, cred->gid);
	info->euid = from_kuid_munged(ns, cred->euid);
	info->egid = from_kgid_munged(ns, cred->egid);
	info->suid = from_kuid_munged(ns, cred->suid);
	info->sgid = from_kgid_munged(ns, cred->sgid);
	info->fsuid = from_kuid_munged(ns, cred->fsuid);
	info->fsgid = from_kgid_munged(ns, cred->fsgid);
	info->mask |= PIDFD_INFO_CREDS;
	put_cred(cred);
}

static void fill_cgroup(struct ferrite_pidfd_info *info, struct task_struct *task)
{
#ifdef CONFIG_CGROUPS
	rcu_read_lock();
	info->cgroupid = cgroup_id(task_dfl_cgroup(task));
	rcu_read_unlock();
	info->mask |= PIDFD_INFO_CGROUPID;
#endif
}

static int fill(struct ferrite_pidfd_info *info, struct pid *pid)
{
	struct task_struct *task;
	bool same;

	do {
		memset(info, 0, sizeof(*info));
		task = get_pid_task(pid, PIDTYPE_PID);
		if (!task)
			return -ESRCH;
		fill_ids(info, task);
		fill_cgroup(info, task);
		info->ppid = task_ppid_nr_ns(task, NULL);
		info->tgid = task_tgid_nr_ns(task, NULL);
		info->pid = pid_vnr(pid);
		info->mask |= PIDFD_INFO_PID;

		rcu_read_lock();
		same = pid_task(pid, PIDTYPE_PID) == task;
		rcu_read_unlock();
		put_task_struct(task);
	} while (!same || !info->tgid);
	return 0;
}

static int get_info(struct pid *pid, void __user *to, size_t size)
{
	struct ferrite_pidfd_info info;
	u64 wanted;
	int ret;

	if (size < PIDFD_INFO_SIZE_VER0)
		return -ENOTTY;
	if (!to)
		return -EINVAL;
	if (size > FERRITE_PIDFD_INFO_SIZE_MAX)
		return -E2BIG;
	if (copy_from_user(&wanted, to, sizeof(wanted)))
		return -EFAULT;
	if (!pid_vnr(pid))
		return -EREMOTE;
	ret = fill(&info, pid);
	if (ret)
		return ret;
	if (wanted & PIDFD_INFO_SUPPORTED_MASK) {
		info.mask |= PIDFD_INFO_SUPPORTED_MASK;
		info.supported_mask = SUPPORTED;
	}
	if (size > sizeof(info) && clear_user(to + sizeof(info), size - sizeof(info)))
		return -EFAULT;
	return copy_to_user(to, &info, min(size, sizeof(info))) ? -EFAULT : 0;
}

static long twin_ioctl(struct file *device, unsigned int cmd, unsigned long arg)
{
	struct ferrite_pidfd_get_info request;
	struct file *file = NULL;
	struct pid *pid;
	long ret;

	if (cmd != FERRITE_PIDFD_GET_INFO)
		return -ENOTTY;
	if (copy_from_user(&request, (void __user *)arg, sizeof(request)))
		return -EFAULT;
	switch (request.pidfd) {
	case PIDFD_SELF_THREAD:
		pid = get_task_pid(current, PIDTYPE_PID);
		break;
	case PIDFD_SELF_THREAD_GROUP:
		pid = get_task_pid(current, PIDTYPE_TGID);
		break;
	default:
		file = fget(request.pidfd);
		pid = file ? ferrite_helper_pidfd_file_pid(file) : NULL;
	}
	ret = pid ? get_info(pid, u64_to_user_ptr(request.info), request.size) : -EBADF;
	if (file)
		fput(file);
	else
		put_pid(pid);
	return ret;
}

static const struct file_operations twin_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = twin_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice twin = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "ferrite-pidfd-twin",
	.fops = &twin_fops,
	.mode = 0666,
};
module_misc_device(twin);

MODULE_AUTHOR("The Ferrite developers");
MODULE_DESCRIPTION("ferrite_pidfd in C, to measure it against");
MODULE_LICENSE("GPL");
