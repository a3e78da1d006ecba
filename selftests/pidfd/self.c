// SPDX-License-Identifier: GPL-2.0
/*
 * PIDFD_SELF_THREAD and PIDFD_SELF_THREAD_GROUP: the calling thread and its
 * process, without a pidfd.
 */
#include "pidfd.h"

#include <pthread.h>

#include "kselftest_harness.h"

FIXTURE(self)
{
	int device;
	struct ferrite_pidfd_info thread, group;
};

FIXTURE_SETUP(self)
{
	self->device = device_open();
	ASSERT_GE(self->device, 0);
}

FIXTURE_TEARDOWN(self)
{
}

/* Asks for both; gives 0 if the answers are about pid and tgid. */
static int ask(int device, pid_t pid, pid_t tgid)
{
	struct ferrite_pidfd_info thread = { 0 }, group = { 0 };

	if (device_get(device, PIDFD_SELF_THREAD, sizeof(thread), &thread))
		return 1;
	if (device_get(device, PIDFD_SELF_THREAD_GROUP, sizeof(group), &group))
		return 2;
	if (thread.pid != pid || thread.tgid != tgid)
		return 3;
	if (group.pid != tgid || group.tgid != tgid)
		return 4;
	return 0;
}

/* The first thread is its process. */
TEST_F(self, main_thread)
{
	EXPECT_EQ(ask(self->device, getpid(), getpid()), 0);
}

/* The answer is that of a pidfd of the same task, byte for byte. */
TEST_F(self, as_by_pidfd)
{
	struct ferrite_pidfd_info by_pidfd = { .mask = PIDFD_INFO_CGROUPID };
	int pidfd = sys_pidfd_open(getpid(), 0);

	ASSERT_GE(pidfd, 0);
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(by_pidfd), &by_pidfd), 0);
	ASSERT_EQ(device_get(self->device, PIDFD_SELF_THREAD_GROUP, sizeof(self->group),
			     &self->group), 0);
	EXPECT_EQ(memcmp(&by_pidfd, &self->group, sizeof(by_pidfd)), 0);
}

static void *other_thread(void *arg)
{
	return (void *)(intptr_t)ask(*(int *)arg, sys_gettid(), getpid());
}

/* Another thread is itself, and of the same process. */
TEST_F(self, other_thread)
{
	pthread_t thread;
	void *result;

	ASSERT_EQ(pthread_create(&thread, NULL, other_thread, &self->device), 0);
	ASSERT_EQ(pthread_join(thread, &result), 0);
	EXPECT_EQ((intptr_t)result, 0);
}

static void *outlives(void *arg)
{
	usleep(20000);
	_exit(ask(*(int *)arg, sys_gettid(), getpid()));
}

/* A thread that outlived the first one is still of its process. */
TEST_F(self, dead_leader)
{
	pid_t child = fork();

	ASSERT_GE(child, 0);
	if (child == 0) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, outlives, &self->device))
			_exit(9);
		syscall(__NR_exit, 0);
	}
	EXPECT_EQ(exit_status(child), 0);
}

/* A device that was opened before fork() answers who asks, not who opened it. */
TEST_F(self, inherited_device)
{
	pid_t child = fork();

	ASSERT_GE(child, 0);
	if (child == 0)
		_exit(ask(self->device, getpid(), getpid()));
	EXPECT_EQ(exit_status(child), 0);
}

/* In a pid namespace of its own a process is 1 and has no parent. */
TEST_F(self, pid_namespace)
{
	pid_t child;
	int pidfd;

	child = fork_pidfd(CLONE_NEWUSER | CLONE_NEWPID, &pidfd);
	if (child < 0)
		SKIP(return, "no namespaces: %s", strerror(errno));
	if (child == 0) {
		struct ferrite_pidfd_info info = { 0 };

		if (ask(self->device, 1, 1))
			_exit(1);
		if (device_get(self->device, PIDFD_SELF_THREAD, sizeof(info), &info))
			_exit(2);
		_exit(info.ppid == 0 ? 0 : 3);
	}
	EXPECT_EQ(exit_status(child), 0);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
