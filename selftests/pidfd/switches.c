// SPDX-License-Identifier: GPL-2.0
/*
 * That supported_mask tells the truth while the administrator switches off and on
 * what the module sees the end of tasks by. For all of the system: no other test
 * may run beside this one.
 */
#include "pidfd.h"

#include <stdbool.h>

#include "kselftest_harness.h"

NEEDS_DEVICE

#define COREDUMPS (PIDFD_INFO_COREDUMP | PIDFD_INFO_COREDUMP_SIGNAL | PIDFD_INFO_COREDUMP_CODE)

static const char *const switches[] = {
	"/sys/kernel/debug/kprobes/enabled",
	"/proc/sys/kernel/ftrace_enabled",
	/* Where kprobes do not ride on ftrace, the probe is a breakpoint then: all is seen. */
	"/proc/sys/debug/kprobes-optimization",
};

static bool set(const char *path, const char *value)
{
	int file = open(path, O_WRONLY);
	bool done = file >= 0 && write(file, value, 1) == 1;

	if (file >= 0)
		close(file);
	return done;
}

FIXTURE(switches)
{
	int device;
};

FIXTURE_SETUP(switches)
{
	self->device = device_open();
	ASSERT_GE(self->device, 0);
}

FIXTURE_TEARDOWN(switches)
{
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		set(switches[i], "1");
	close(self->device);
}

/* What the device says that it can tell. */
static uint64_t supported(int device)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_SUPPORTED_MASK };

	if (device_get(device, PIDFD_SELF_THREAD, sizeof(info), &info))
		return 0;
	return info.supported_mask;
}

/* Whether it tells the end of a child that is reaped now. */
static bool tells(int device)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_EXIT };
	int pidfd;
	pid_t child = fork_pidfd(0, &pidfd);
	bool told;

	if (child == 0)
		_exit(3);
	if (exit_status(child) != 3)
		return false;
	told = !device_get(device, pidfd, sizeof(info), &info) && info.mask & PIDFD_INFO_EXIT;
	close(pidfd);
	return told;
}

TEST_F(switches, the_mask_tells_the_truth)
{
	bool dumps, off = false;

	if (!(supported(self->device) & PIDFD_INFO_EXIT))
		SKIP(return, "this kernel lets modules see no task's end");
	dumps = supported(self->device) & COREDUMPS;
	EXPECT_TRUE(tells(self->device));
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		bool can;

		if (!set(switches[i], "0"))
			continue;
		can = tells(self->device);
		off |= !can;
		EXPECT_EQ(!!(supported(self->device) & PIDFD_INFO_EXIT), can);
		EXPECT_EQ(!!(supported(self->device) & COREDUMPS), can && dumps);
		TH_LOG("%s=0: ends of tasks are %s", switches[i], can ? "seen" : "not seen");

		ASSERT_TRUE(set(switches[i], "1"));
		EXPECT_TRUE(supported(self->device) & PIDFD_INFO_EXIT);
		EXPECT_TRUE(tells(self->device));
	}
	if (!off)
		SKIP(return, "nothing can be switched off: no debugfs, or not root");
}

TEST_HARNESS_MAIN
