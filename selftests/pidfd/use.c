// SPDX-License-Identifier: GPL-2.0
/*
 * The device in the hands of those who use it: across exec, in containers, while
 * the machine is short of everything, and while somebody tries to unload it.
 */
#define _GNU_SOURCE
#include "pidfd.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "kselftest_harness.h"

/* A file descriptor, for the program that exec_keeps_device starts: this one. */
#define INHERITED "FERRITE_TEST_INHERITED"

/* Asks by an inherited device: a process like any other, told by its own ids. */
__attribute__((constructor)) static void inherited(void)
{
	const char *device = getenv(INHERITED);
	struct ferrite_pidfd_info info = { 0 };

	if (!device)
		return;
	if (device_get(atoi(device), PIDFD_SELF_THREAD_GROUP, sizeof(info), &info))
		_exit(2);
	_exit(info.pid == (uint32_t)getpid() && info.euid == geteuid() ? 0 : 3);
}

FIXTURE(use)
{
	int device;
	int pidfd;
	struct ferrite_pidfd_info info;
};

FIXTURE_SETUP(use)
{
	memset(&self->info, 0, sizeof(self->info));
	self->device = device_open();
	ASSERT_GE(self->device, 0);
	self->pidfd = sys_pidfd_open(getpid(), 0);
	ASSERT_GE(self->pidfd, 0);
}

FIXTURE_TEARDOWN(use)
{
	close(self->pidfd);
	close(self->device);
}

static int become_nobody(void)
{
	return setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	       setresuid(65534, 65534, 65534) ? -1 : 0;
}

/* What root opened, another program of another user may use. */
TEST_F(use, exec_keeps_device)
{
	char number[16], *arguments[] = { "self", NULL };
	char setting[64], *environment[] = { setting, NULL };
	pid_t child;

	ASSERT_EQ(fcntl(self->device, F_SETFD, 0), 0);
	snprintf(number, sizeof(number), "%d", self->device);
	snprintf(setting, sizeof(setting), INHERITED "=%s", number);
	for (int nobody = 0; nobody < 2; nobody++) {
		child = fork();
		ASSERT_GE(child, 0);
		if (child == 0) {
			if (nobody && geteuid() == 0 && become_nobody())
				_exit(1);
			execve("/proc/self/exe", arguments, environment);
			_exit(4);
		}
		EXPECT_EQ(exit_status(child), 0);
	}
}

/* While the device is open, the module stays. */
TEST_F(use, unload)
{
	if (geteuid() != 0)
		SKIP(return, "not root: nobody else may unload a module");
	EXPECT_EQ(syscall(__NR_delete_module, "ferrite_pidfd", O_NONBLOCK), -1);
	/* EWOULDBLOCK: in use. A kernel that cannot unload at all says ENOSYS. */
	EXPECT_TRUE(errno == EWOULDBLOCK || errno == ENOSYS);
	EXPECT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.pid, getpid());
}

/* Loses all capabilities, also those that could be had again. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 }, { 0 } };

	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	return syscall(__NR_capset, &header, none);
}

/* The outside of a container: `host` is a pidfd from there. */
static int in_container(int device, int host)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_CGROUPID };
	int pidfd, result;
	pid_t child;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || drop_capabilities())
		return 1;
	/* Itself is process 1, of a user who is not mapped. */
	if (device_get(device, PIDFD_SELF_THREAD, sizeof(info), &info))
		return 2;
	if (info.pid != 1 || info.ppid != 0 || info.euid != geteuid())
		return 3;
	/* The host's processes are not its business. */
	if (device_get(device, host, sizeof(info), &info) != -EREMOTE)
		return 4;
	/* Its own children are. */
	child = fork_waiting(0, &pidfd);
	if (child < 0)
		return 5;
	result = device_get(device, pidfd, sizeof(info), &info);
	if (result || info.pid != (uint32_t)child || info.ppid != 1)
		return 6;
	if (kill_reap(child))
		return 7;
	info.mask = PIDFD_INFO_EXIT | PIDFD_INFO_SUPPORTED_MASK;
	result = device_get(device, pidfd, sizeof(info), &info);
	/* Where no exits are seen: ESRCH. */
	if (result ? result != -ESRCH : info.exit_code != SIGKILL)
		return 8;
	return 0;
}

/*
 * As container tools mix it: namespaces of users, processes, mounts, cgroups, IPC
 * and host names, no capability, the device from outside.
 */
TEST_F(use, container)
{
	int flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWCGROUP |
		    CLONE_NEWIPC | CLONE_NEWUTS;
	int pidfd;
	pid_t child = fork_pidfd(flags, &pidfd);

	if (child < 0 && (errno == EPERM || errno == ENOSPC || errno == EINVAL))
		SKIP(return, "no namespaces for this user here: %s", strerror(errno));
	ASSERT_GE(child, 0);
	if (child == 0)
		_exit(in_container(self->device, self->pidfd));
	/* From outside it is seen as any child. */
	EXPECT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.pid, child);
	EXPECT_EQ(self->info.ppid, getpid());
	EXPECT_EQ(exit_status(child), 0);
}

/* Forks as often as it may, and so does each child, five deep. */
static void bomb(void)
{
	int depth = 0;

	for (int forks = 0; depth < 5 && forks < 3; forks++) {
		if (fork() == 0) {
			depth++;
			forks = -1;
		}
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(0);
}

/* As many processes as a user may have come and go while it is asked about them. */
TEST_F_TIMEOUT(use, fork_bomb, 120)
{
	struct rlimit limit = { .rlim_cur = 200, .rlim_max = 200 };
	int pidfd;
	pid_t child;
	long asked = 0;

	if (geteuid() != 0)
		SKIP(return, "not root: the limit would be this user's own processes'");
	for (int round = 0; round < 3; round++) {
		child = fork_pidfd(0, &pidfd);
		ASSERT_GE(child, 0);
		if (child == 0) {
			if (setrlimit(RLIMIT_NPROC, &limit) || become_nobody())
				_exit(1);
			bomb();
		}
		for (siginfo_t info = { 0 }; !info.si_pid; asked++) {
			self->info.mask = PIDFD_INFO_CGROUPID;
			ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info),
					     &self->info), 0);
			ASSERT_EQ(self->info.pid, child);
			ASSERT_EQ(waitid(P_PID, child, &info, WEXITED | WNOHANG | WNOWAIT), 0);
		}
		EXPECT_EQ(exit_status(child), 0);
		close(pidfd);
	}
	TH_LOG("%ld questions", asked);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
