// SPDX-License-Identifier: GPL-2.0
/*
 * A program that knows nothing of the library asks its pidfd for PIDFD_GET_INFO
 * where the kernel's interface needs nothing but the pidfd: with no number left for
 * a file, with no file that can be opened, in a root without a /dev.
 *
 *	LD_PRELOAD=libferrite-pidfd-preload.so preload_test
 *
 * Each case is a process of its own, whose first question it is, twice: with
 * FERRITE_PIDFD as it is, and without. Output is TAP.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The oldest struct pidfd_info, as a program of that time has it. */
struct info {
	unsigned long long mask, cgroupid;
	unsigned int pid, others[11];
};

/* A case that cannot be made here; no errno. */
#define CANNOT 255

#define GET_INFO _IOWR(0xff, 11, struct info)

static int pidfd;

/* 0, or what is wrong. */
static int ask(void)
{
	struct info info = { .mask = 1 };

	if (ioctl(pidfd, GET_INFO, &info))
		return errno;
	return info.pid == (unsigned int)getpid() ? 0 : ERANGE;
}

static void leave_no_number(void)
{
	while (dup(0) >= 0)
		;
}

static int no_number_left(void)
{
	leave_no_number();
	return ask();
}

static int no_file_can_be_opened(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		return CANNOT;
	return ask();
}

static int root_without_devices(void)
{
	return chroot("/proc") || chdir("/") ? CANNOT : ask();
}

static int child_of_a_fork(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		close(pidfd);
		pidfd = syscall(SYS_pidfd_open, getpid(), 0);
		leave_no_number();
		_exit(ask());
	}
	return child < 0 || waitpid(child, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}

static void *many_times(void *wrong)
{
	for (int i = 0; i < 200; i++)
		if (ask())
			++*(int *)wrong;
	return NULL;
}

static int four_threads(void)
{
	pthread_t threads[4];
	int wrong[4] = { 0 };

	for (int i = 0; i < 4; i++)
		if (pthread_create(&threads[i], NULL, many_times, &wrong[i]))
			return EAGAIN;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	return wrong[0] + wrong[1] + wrong[2] + wrong[3] ? ERANGE : 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} cases[] = {
	{ "no_number_left", no_number_left },
	{ "no_file_can_be_opened", no_file_can_be_opened },
	{ "root_without_devices", root_without_devices },
	{ "child_of_a_fork", child_of_a_fork },
	{ "four_threads", four_threads },
};

#define CASES (int)(sizeof(cases) / sizeof(cases[0]))

static int run_one(const char *name)
{
	pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	for (int i = 0; i < CASES; i++)
		if (!strcmp(cases[i].name, name))
			return cases[i].run();
	return ENOENT;
}

static int run_in_process(const char *name)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execl("/proc/self/exe", "preload_test", name, NULL);
		_exit(errno);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int main(int argc, char **argv)
{
	int failed = 0, number = 0;

	if (argc > 1)
		return run_one(argv[1]);
	printf("TAP version 13\n1..%d\n", 2 * CASES);
	for (int again = 0; again < 2; again++) {
		for (int i = 0; i < CASES; i++) {
			int error;

			fflush(stdout);
			error = run_in_process(cases[i].name);
			printf("%sok %d %s%s%s%s\n", error && error != CANNOT ? "not " : "",
			       ++number, cases[i].name, again ? "_by_itself" : "",
			       error ? " # " : "",
			       error == CANNOT ? "SKIP no seccomp, or not root" :
			       error ? strerror(error) : "");
			failed |= error && error != CANNOT;
		}
		unsetenv("FERRITE_PIDFD");
	}
	return failed ? 1 : 0;
}
