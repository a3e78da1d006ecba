// SPDX-License-Identifier: GPL-2.0
/*
 * What is told of core dumps: how a task would dump, and what a dump was that the
 * kernel handed over with a pidfd. Where the kernel has an interface of its own,
 * that has to say the same.
 */
#include "pidfd.h"

#include <sys/resource.h>

#include "kselftest_harness.h"

#define PATTERN "/proc/sys/kernel/core_pattern"
#define ALL (PIDFD_INFO_COREDUMP | PIDFD_INFO_COREDUMP_SIGNAL | PIDFD_INFO_COREDUMP_CODE)

/* Sets core_pattern, and gives what it was. */
static int set_pattern(const char *pattern, char *old, size_t size)
{
	int fd = open(PATTERN, O_RDWR | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : old ? pread(fd, old, size - 1, 0) : 0;
	int result = length < 0 || pwrite(fd, pattern, strlen(pattern), 0) < 0 ? -1 : 0;

	if (result == 0 && old)
		old[length] = '\0';
	if (fd >= 0)
		close(fd);
	return result;
}

FIXTURE(coredump)
{
	int device;
	bool kernel;
	char pattern[256];
	struct ferrite_pidfd_info info;
};

FIXTURE_SETUP(coredump)
{
	int own = sys_pidfd_open(getpid(), 0);

	self->device = device_open();
	ASSERT_GE(self->device, 0);
	self->info = (struct ferrite_pidfd_info){ .mask = PIDFD_INFO_SUPPORTED_MASK };
	ASSERT_EQ(device_get(self->device, own, sizeof(self->info), &self->info), 0);
	if (!(self->info.supported_mask & PIDFD_INFO_COREDUMP))
		SKIP(return, "no core dump is handed over with a pidfd here, or modules do not see it");
	EXPECT_EQ(self->info.supported_mask & ALL, ALL);
	/* Linux 7.1 has all of it, and 7.2 tells it of zombies, too. */
	self->info = (struct ferrite_pidfd_info){ .mask = PIDFD_INFO_SUPPORTED_MASK };
	self->kernel = !kernel_get(own, sizeof(self->info), &self->info) &&
		       (self->info.supported_mask & ALL) == ALL;
	close(own);
	if (geteuid() != 0)
		SKIP(return, "not root: core_pattern is root's to set");
	ASSERT_EQ(set_pattern("core", self->pattern, sizeof(self->pattern)), 0);
}

FIXTURE_TEARDOWN(coredump)
{
	if (self->pattern[0])
		set_pattern(self->pattern, NULL, 0);
	close(self->device);
}

/* Asks, and whether the kernel says the same, if it can be asked. */
static int ask(FIXTURE_DATA(coredump) *self, int pidfd, uint64_t mask)
{
	struct ferrite_pidfd_info theirs = { .mask = mask };
	int result, their_result;

	self->info = theirs;
	result = device_get(self->device, pidfd, sizeof(self->info), &self->info);
	if (!self->kernel)
		return result;
	their_result = kernel_get(pidfd, sizeof(theirs), &theirs);
	if (result == their_result && (result || !memcmp(&self->info, &theirs, sizeof(theirs))))
		return result;
	ksft_print_msg("device %d: mask %#llx, dump %#x, signal %u, code %d; kernel %d: %#llx, %#x, %u, %d\n",
		       result, (unsigned long long)self->info.mask, self->info.coredump_mask,
		       self->info.coredump_signal, (int)self->info.coredump_code, their_result,
		       (unsigned long long)theirs.mask, theirs.coredump_mask,
		       theirs.coredump_signal, (int)theirs.coredump_code);
	return -EPROTO;
}

/* Of a task that has dumped nothing: how it would. */
TEST_F(coredump, how_it_would)
{
	const struct {
		int dumpable;
		uint32_t told;
	} ways[] = { { 0, PIDFD_COREDUMP_SKIP }, { 1, PIDFD_COREDUMP_USER } };
	int own = sys_pidfd_open(getpid(), 0);

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(prctl(PR_SET_DUMPABLE, ways[i].dumpable), 0);
		ASSERT_EQ(ask(self, own, PIDFD_INFO_COREDUMP), 0);
		EXPECT_EQ(self->info.mask & ALL, PIDFD_INFO_COREDUMP);
		EXPECT_EQ(self->info.coredump_mask, ways[i].told);
		EXPECT_EQ(self->info.coredump_signal, 0);
		/* To ask for what comes with it is not to ask for it. */
		ASSERT_EQ(ask(self, own, ALL & ~PIDFD_INFO_COREDUMP), 0);
		EXPECT_EQ(self->info.mask & ALL, 0);
		EXPECT_EQ(self->info.coredump_mask, 0);
	}
	close(own);
}

/* A child that dies of a signal which dumps core; left a zombie. */
static pid_t dumped(int signal, int *pidfd)
{
	pid_t child = fork_pidfd(0, pidfd);

	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 1);
		kill(getpid(), signal);
		_exit(0);
	}
	return child > 0 && !wait_zombie(child) ? child : -1;
}

/* Of a dump that is handed over: all of it, while there is a zombie and after. */
TEST_F(coredump, handed_over)
{
	const int signals[] = { SIGSEGV, SIGABRT, SIGSYS };

	ASSERT_EQ(set_pattern("|/bin/true %F", NULL, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		int pidfd;
		pid_t child = dumped(signals[i], &pidfd);

		ASSERT_GT(child, 0);
		ASSERT_EQ(ask(self, pidfd, PIDFD_INFO_COREDUMP), 0);
		EXPECT_EQ(self->info.mask & ALL, ALL);
		EXPECT_EQ(self->info.coredump_mask, PIDFD_COREDUMPED | PIDFD_COREDUMP_USER);
		EXPECT_EQ(self->info.coredump_signal, signals[i]);
		EXPECT_EQ((int)self->info.coredump_code, SI_USER);
		EXPECT_EQ(self->info.pid, child);

		ASSERT_EQ(waitpid(child, NULL, 0), child);
		EXPECT_EQ(ask(self, pidfd, PIDFD_INFO_COREDUMP), -ESRCH);
		ASSERT_EQ(ask(self, pidfd, PIDFD_INFO_COREDUMP | PIDFD_INFO_EXIT), 0);
		EXPECT_EQ(self->info.mask & ALL, ALL);
		EXPECT_EQ(self->info.coredump_signal, signals[i]);
		EXPECT_EQ(self->info.exit_code & 0x7f, signals[i]);
		ASSERT_EQ(ask(self, pidfd, PIDFD_INFO_EXIT), 0);
		EXPECT_EQ(self->info.mask & ALL, 0);
		close(pidfd);
	}
}

/* Of a dump that is handed over without a pidfd, pidfds tell nothing. */
TEST_F(coredump, not_handed_over)
{
	int pidfd;
	pid_t child;

	ASSERT_EQ(set_pattern("|/bin/true", NULL, 0), 0);
	child = dumped(SIGSEGV, &pidfd);
	ASSERT_GT(child, 0);
	ASSERT_EQ(ask(self, pidfd, PIDFD_INFO_COREDUMP), 0);
	EXPECT_EQ(self->info.mask & (PIDFD_INFO_COREDUMP_SIGNAL | PIDFD_INFO_COREDUMP_CODE), 0);
	EXPECT_EQ(self->info.coredump_mask & PIDFD_COREDUMPED, 0);
	ASSERT_EQ(waitpid(child, NULL, 0), child);
	ASSERT_EQ(ask(self, pidfd, PIDFD_INFO_COREDUMP | PIDFD_INFO_EXIT), 0);
	EXPECT_EQ(self->info.mask & ALL, 0);
	close(pidfd);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
