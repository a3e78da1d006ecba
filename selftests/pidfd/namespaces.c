// SPDX-License-Identifier: GPL-2.0
/*
 * That the module, which remembers how tasks ended, keeps nobody from making pid
 * namespaces: a reference to a struct pid keeps its namespace, and a user may
 * have only so many.
 *
 * Each test counts in a user namespace of its own, where it sets the limit. After
 * a task was reaped the kernel itself keeps its struct pid for a grace period of
 * RCU: the limits leave room for that.
 */
#include "pidfd.h"

#include <stdbool.h>
#include <time.h>

#include "kselftest_harness.h"

NEEDS_DEVICE

#define LIMIT "/proc/sys/user/max_pid_namespaces"

static void pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

/* How many pid namespaces the caller may have: in a new user namespace, where it has none. */
static bool limit(int count)
{
	FILE *file;
	bool set;

	if (unshare(CLONE_NEWUSER))
		return false;
	file = fopen(LIMIT, "w");
	set = file && fprintf(file, "%d", count) > 0;
	return file && !fclose(file) && set;
}

/* What can be done to a namespace: 0, or an errno. */
typedef int (*maker)(void);

/* As `unshare --pid --fork true`: nobody has a pidfd, and the parent waits for this child alone. */
static int unshared(void)
{
	pid_t child = fork();

	if (child == 0) {
		pid_t first;

		if (unshare(CLONE_NEWPID))
			_exit(errno);
		first = fork();
		if (first == 0)
			_exit(0);
		_exit(first > 0 && exit_status(first) == 0 ? 0 : ECHILD);
	}
	return child < 0 ? errno : exit_status(child);
}

/* Its only process is reaped while a pidfd to it is open, for so many milliseconds more. */
static int reaped_with_pidfd(long ms)
{
	int pidfd, error = 0;
	pid_t child = fork_pidfd(CLONE_NEWPID, &pidfd);

	if (child == 0)
		_exit(0);
	if (child < 0)
		return errno;
	if (exit_status(child))
		error = ECHILD;
	pause_ms(ms);
	close(pidfd);
	return error;
}

static int reaped_at_once(void)
{
	return reaped_with_pidfd(0);
}

/* Makes so many namespaces, one after the other; the number of the first that fails, or 0. */
static int first_failure(maker make, int count, long pause)
{
	for (int number = 1; number <= count; number++) {
		int error = make();

		if (error) {
			printf("# number %d: %s\n", number, strerror(error));
			fflush(stdout);
			return number;
		}
		pause_ms(pause);
	}
	return 0;
}

/* Does so in a child, whose limit it is. -1 if there can be no limit. */
static int with_limit(int most, maker make, int count, long pause)
{
	pid_t child = fork();

	if (child == 0) {
		if (!limit(most))
			_exit(255);
		_exit(first_failure(make, count, pause) ? 1 : 0);
	}
	switch (exit_status(child)) {
	case 0:
		return 0;
	case 255:
		return -1;
	default:
		return 1;
	}
}

FIXTURE(namespaces)
{
};

FIXTURE_SETUP(namespaces)
{
	if (geteuid())
		SKIP(return, "only root may change its user and make pid namespaces everywhere");
	if (with_limit(1, reaped_at_once, 0, 0))
		SKIP(return, "no user namespaces, or no " LIMIT);
}

FIXTURE_TEARDOWN(namespaces)
{
}

#define CHILDREN 600

/* An unprivileged user has pidfds to many children that were reaped, and then to none. */
static int many_children(void)
{
	static int pidfds[CHILDREN];
	pid_t child = fork();

	if (child)
		return exit_status(child);
	if (setgid(1000) || setuid(1000))
		_exit(1);
	for (int i = 0; i < CHILDREN; i++) {
		pid_t one = fork_pidfd(0, &pidfds[i]);

		if (one == 0)
			_exit(0);
		if (one < 0 || exit_status(one))
			_exit(2);
	}
	for (int i = 0; i < CHILDREN; i++)
		close(pidfds[i]);
	_exit(0);
}

/* Whatever others did before, each namespace is gone soon after its last pidfd. */
TEST_F_TIMEOUT(namespaces, after_a_user_with_many_pidfds, 120)
{
	ASSERT_EQ(many_children(), 0);
	EXPECT_EQ(with_limit(200, reaped_at_once, 400, 2), 0);
}

/* Nobody has a pidfd: a waitpid() that reaps has a reference, too. */
TEST_F_TIMEOUT(namespaces, forty_are_unshared_with_a_limit_of_twenty, 120)
{
	EXPECT_EQ(with_limit(20, unshared, 40, 50), 0);
}

/* A pidfd was open for long. When it is closed, nothing else happens that the module could see. */
TEST_F_TIMEOUT(namespaces, the_last_one_is_let_go, 120)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (!limit(1) || reaped_with_pidfd(500))
			_exit(255);
		/* A second, and what an emulated machine takes. */
		for (int tenths = 1; tenths <= 40; tenths++) {
			pause_ms(100);
			if (!unshare(CLONE_NEWPID))
				_exit(tenths);
		}
		_exit(0);
	}
	status = exit_status(child);
	ASSERT_NE(status, 255);
	EXPECT_GT(status, 0);
	TH_LOG("let go after %d tenths of a second", status);
}

TEST_HARNESS_MAIN
