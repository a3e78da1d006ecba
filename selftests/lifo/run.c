// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/lifo/run: lists under stress, with and without addresses
 * that are used again, cut short, with memory that fails, and with the module
 * removed under it.
 */
#include <sys/syscall.h>

#include "kselftest_harness.h"

#define RUN "/sys/kernel/debug/lifo/run"
#include "../runner.h"

/* Longer than this test waits. */
#define ENDLESS "stress time=3600000"

/* So many milliseconds of each stress; $FERRITE_LIFO_TIME says another number. */
#define TIME 1500

FIXTURE(run) {
	char text[4096];
	int time;
};

FIXTURE_SETUP(run)
{
	const char *time = getenv("FERRITE_LIFO_TIME");

	if (access(RUN, W_OK))
		SKIP(return, "no " RUN ": ferrite_lifo is not loaded, or this is not root");
	self->time = time ? atoi(time) : TIME;
}

FIXTURE_TEARDOWN(run)
{
}

/* The number after a name, in the result; -1 without. */
static long number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? atol(at + strlen(name)) : -1;
}

/* Runs a stress for so many milliseconds; its errno, and its result. */
static int stress(int time, const char *params, char *text, size_t size)
{
	char line[128];
	int error;

	snprintf(line, sizeof(line), "stress time=%d %s", time, params);
	error = command(line);
	contents(RUN, text, size);
	return error;
}

#define STRESS(params) stress(self->time, params, self->text, sizeof(self->text))

/*
 * Pushes meet addresses whose object died and was born again, and nothing is
 * lost, doubled, or out of order. How many meet one depends on the machine: the
 * wider the window, the more.
 */
TEST_F_TIMEOUT(run, addresses_are_reused, 7200)
{
	static const char *const windows[] = { "window=50", "window=500", "window=5000" };
	long met = 0;

	for (size_t i = 0; i < ARRAY_SIZE(windows) && !met; i++) {
		ASSERT_EQ(0, STRESS(windows[i]))
			TH_LOG("%s", self->text);
		EXPECT_LT(0, number(self->text, "\npushed: "));
		met = number(self->text, "\npushes that met a reused address: ");
	}
	EXPECT_LT(0, met)
		TH_LOG("%s", self->text);
	TH_LOG("%ld of %ld pushes met a reused address", met, number(self->text, " in "));
}

/* Without the pool, the result does not claim anything about addresses. */
TEST_F_TIMEOUT(run, objects_of_the_allocator, 7200)
{
	EXPECT_EQ(0, STRESS("reuse=0 nodes=1024"))
		TH_LOG("%s", self->text);
	EXPECT_NE(NULL, strstr(self->text, "from the kernel's allocator\n"));
	EXPECT_NE(NULL, strstr(self->text, "\npushes that met a reused address: not counted\n"));
}

/* When the list is sealed, pushers are refused, and keep their objects. */
TEST_F_TIMEOUT(run, a_list_is_sealed_under_stress, 7200)
{
	EXPECT_EQ(0, STRESS("list=1"))
		TH_LOG("%s", self->text);
	EXPECT_LT(0, number(self->text, "\npushed: "));
}

TEST_F_TIMEOUT(run, objects_are_taken_one_by_one, 7200)
{
	EXPECT_EQ(0, STRESS("list=2"))
		TH_LOG("%s", self->text);
	EXPECT_LT(0, number(self->text, "\ntaken: "));
}

/* A million objects at once, and nobody else waits for long: else the kernel would warn. */
TEST_F_TIMEOUT(run, a_million_at_once, 600)
{
	EXPECT_EQ(0, command("flood nodes=1000000"));
	contents(RUN, self->text, sizeof(self->text));
	EXPECT_EQ(1000000, number(self->text, "taken at once: "))
		TH_LOG("%s", self->text);
}

TEST_F(run, senseless_commands_are_refused)
{
	static const char *const refused[] = {
		"stress list=3", "stress time=0", "stress nodes=1", "stress nodes=4097", "stress batch=0",
		"stress batch=65", "stress window=10001", "stress period=9", "stress colour=1", "stress time",
		"stress time=4294967296", "stress time=-1", "flood part=0", "flood part=65537",
		"flood nodes=16777217", " ", "stress seed=\xff",
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		EXPECT_EQ(EINVAL, command(refused[i]))
			TH_LOG("%s", refused[i]);
	}
	EXPECT_EQ(ENOENT, command("rest"));
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	EXPECT_EQ(E2BIG, command(text));
}

/* Memory that is short now and then: objects are fewer, and none is lost. */
TEST_F(run, objects_may_be_scarce)
{
	EXPECT_EQ(0, command("stress time=300 scarce=3"));
	contents(RUN, self->text, sizeof(self->text));
	EXPECT_LT(0, number(self->text, "\nnot to be had: "));
}

/* Each allocation of the preparation fails once, whatever has been prepared before. */
TEST_F(run, each_allocation_may_fail)
{
	static const char *const sources[] = { "reuse=1", "reuse=0" };
	char text[64];
	int fail, error;

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		for (fail = 1; fail < 10000; fail++) {
			snprintf(text, sizeof(text), "stress time=1 %s fail=%d", sources[i], fail);
			error = command(text);
			if (error != ENOMEM)
				break;
		}
		EXPECT_EQ(0, error);
		/* One CPU alone has more. */
		EXPECT_LT(8, fail);
		EXPECT_GT(10000, fail);
	}
}

/* A signal ends the stress; the result says so, and is good. */
TEST_F(run, a_signal_cuts_a_stress)
{
	ASSERT_EQ(EINTR, interrupted(ENDLESS));
	contents(RUN, self->text, sizeof(self->text));
	EXPECT_NE(NULL, strstr(self->text, "\ngood, and cut short\n"));
	EXPECT_EQ(0, command("stress time=10"));
}

TEST_F(run, a_signal_cuts_a_flood)
{
	ASSERT_EQ(EINTR, interrupted("flood nodes=16777216"));
	EXPECT_EQ(0, command("flood nodes=1000"));
}

/* So does kill -9. Meanwhile, a second writer is told that there is a run. */
TEST_F(run, a_killed_writer_leaves_nothing_running)
{
	pid_t child = start(ENDLESS);
	int status;

	ASSERT_LT(0, child);
	settle(child);
	EXPECT_EQ(EBUSY, command("stress time=10"));
	status = end(child, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, command("stress time=10"));
}

/* Removing the module ends the stress, and waits for it. */
TEST_F(run, the_module_can_be_removed_during_a_stress)
{
	int file = module_file("ferrite_lifo");
	pid_t child;
	int status;

	if (file < 0)
		SKIP(return, "no modules/ferrite_lifo.ko above this program: it could not be loaded again");
	child = start(ENDLESS);
	ASSERT_LT(0, child);
	settle(child);
	EXPECT_EQ(0, syscall(SYS_delete_module, "ferrite_lifo", O_NONBLOCK));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EINTR, WEXITSTATUS(status));
	EXPECT_EQ(0, syscall(SYS_finit_module, file, "", 0));
	close(file);
	EXPECT_EQ(0, command("stress time=10"));
}

TEST_HARNESS_MAIN
