/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pidfd selftests share: the device, the kernel's own interface, and
 * ways to make the processes that are asked about.
 */
#ifndef FERRITE_SELFTESTS_PIDFD_H
#define FERRITE_SELFTESTS_PIDFD_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ferrite_pidfd.h>

/* The device; another, such as its twin in C, by FERRITE_PIDFD_DEVICE=<path>. */
static inline const char *device_path(void)
{
	const char *path = getenv("FERRITE_PIDFD_DEVICE");

	return path ? path : "/dev/ferrite-pidfd";
}

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif

/* As PIDFD_GET_INFO, for a struct of any size. */
#define KERNEL_GET_INFO(size) _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, (size))

/* A number of bytes that is no version's, to be ready for anything. */
#define ANY_SIZE 256

static inline int device_open(void)
{
	return open(device_path(), O_RDONLY | O_CLOEXEC);
}

/* Asks the device; gives 0 or a negative errno. */
static inline int device_get(int device, int pidfd, uint32_t size, void *info)
{
	struct ferrite_pidfd_get_info request = {
		.pidfd = pidfd,
		.size = size,
		.info = (uintptr_t)info,
	};

	return ioctl(device, FERRITE_PIDFD_GET_INFO, &request) ? -errno : 0;
}

/* Asks the kernel's own interface; gives 0 or a negative errno. */
static inline int kernel_get(int pidfd, uint32_t size, void *info)
{
	return ioctl(pidfd, KERNEL_GET_INFO(size), info) ? -errno : 0;
}

static inline int sys_pidfd_open(pid_t pid, unsigned int flags)
{
	return syscall(__NR_pidfd_open, pid, flags);
}

static inline pid_t sys_gettid(void)
{
	return syscall(__NR_gettid);
}

/* fork() with flags for namespaces, which also gives a pidfd. */
static inline pid_t fork_pidfd(int flags, int *pidfd)
{
	/* The arguments' order is x86's and arm64's; the tid arguments are 0. */
	return syscall(__NR_clone, (long)(flags | CLONE_PIDFD | SIGCHLD), 0L, pidfd, 0L, 0L);
}

/* A child that waits until its parent ends it, or ends itself. */
static inline pid_t fork_waiting(int flags, int *pidfd)
{
	pid_t pid = fork_pidfd(flags, pidfd);

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

/* Waits for the end of a child and leaves it a zombie. */
static inline int wait_zombie(pid_t pid)
{
	siginfo_t info;

	return waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
}

/* Ends a child, leaving a zombie. */
static inline int kill_zombie(pid_t pid)
{
	return kill(pid, SIGKILL) ? -1 : wait_zombie(pid);
}

/* Ends a child and reaps it. */
static inline int kill_reap(pid_t pid)
{
	if (kill(pid, SIGKILL))
		return -1;
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* The status with which a child exited, or -1. */
static inline int exit_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* Ends a test program that cannot run here at all, as kselftest does. */
static inline void skip_all(const char *why)
{
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	exit(4);
}

/* For the end of a test program: without the device, all of it is skipped. */
#define NEEDS_DEVICE								\
	__attribute__((constructor)) static void needs_device(void)		\
	{									\
		if (access(device_path(), F_OK))				\
			skip_all("no device: load the module ferrite_pidfd");	\
	}

#endif /* FERRITE_SELFTESTS_PIDFD_H */
