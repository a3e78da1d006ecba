// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/litmus/run, as a user meets it: commands that make no
 * sense, a run that a signal cuts, and a module that is removed under a run.
 */
#include <sys/syscall.h>

#include "kselftest_harness.h"

#define RUN "/sys/kernel/debug/litmus/run"
#include "../runner.h"

#define TESTS "/sys/kernel/debug/litmus/tests"

/* More than any machine runs while this test does. */
#define ENDLESS "SB+onceonces count=1000000000000"
/* Whose threads sleep where they meet, where others look. */
#define ENDLESS_TEAMS ENDLESS " teams=64 batch=4 group=1"

FIXTURE(run) {
	char text[16384];
};

FIXTURE_SETUP(run)
{
	if (access(RUN, W_OK))
		SKIP(return, "no " RUN ": ferrite_litmus is not loaded, or this is not root");
}

FIXTURE_TEARDOWN(run)
{
}

/* The result is in litmus7's format, and counts every instance. */
TEST_F(run, a_run_has_a_result)
{
	unsigned long positive, negative;
	char *line;

	ASSERT_EQ(0, command("SB+onceonces count=5000 batch=500"));
	contents(RUN, self->text, sizeof(self->text));
	EXPECT_EQ(&self->text[0], strstr(self->text, "Test SB+onceonces Allowed\nHistogram ("));
	line = strstr(self->text, "\nObservation SB+onceonces ");
	ASSERT_NE(NULL, line);
	ASSERT_EQ(2, sscanf(line, "\nObservation SB+onceonces %*s %lu %lu", &positive, &negative));
	EXPECT_EQ(5000, positive + negative);
	EXPECT_NE(NULL, strstr(self->text, "\nTime SB+onceonces "));
}

TEST_F(run, senseless_commands_are_refused)
{
	char long_command[1024];

	EXPECT_EQ(ENOENT, command("NO+such+test"));
	EXPECT_EQ(EINVAL, command(" "));
	EXPECT_EQ(EINVAL, command("SB+onceonces batch=0"));
	EXPECT_EQ(EINVAL, command("SB+onceonces stride=3"));
	EXPECT_EQ(EINVAL, command("SB+onceonces colour=1"));
	EXPECT_EQ(EINVAL, command("SB+onceonces count=\xff"));
	memset(long_command, 'x', sizeof(long_command));
	long_command[sizeof(long_command) - 1] = '\0';
	EXPECT_EQ(E2BIG, command(long_command));
}

/* Each number that is too large, and the largest that is not. */
TEST_F(run, numbers_have_bounds)
{
	static const char *const refused[] = {
		"litter=4097", "litter=4294967295", "patience=1048577", "patience=4294967295",
		"noise=1048577", "naps=1025", "teams=1025", "batch=65537", "stride=2048",
		"litter=4096 group=65", "litter=5 group=65536 batch=65536",
		"batch=65536 stride=1024 teams=2", "batch=4 litter=1 teams=1024",
		"count=18446744073709551616",
	};
	static const char *const taken[] = {
		"litter=4096 group=64 batch=64", "patience=1048576 naps=1024 batch=16",
		"noise=1048576 batch=16", "litter=4 group=65536 batch=65536",
		"batch=65536 stride=1024", "group=18446744073709551615",
	};
	char text[128];

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(text, sizeof(text), "SB+onceonces count=1 %s", refused[i]);
		EXPECT_EQ(EINVAL, command(text))
			TH_LOG("%s", text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		snprintf(text, sizeof(text), "SB+onceonces count=1 %s", taken[i]);
		EXPECT_EQ(0, command(text))
			TH_LOG("%s", text);
	}
}

TEST_F(run, names_are_listed)
{
	contents(TESTS, self->text, sizeof(self->text));
	EXPECT_NE(NULL, strstr(self->text, "SB+onceonces\n"));
}

/* A signal ends the run; what was seen till then is there, and said to be cut. */
TEST_F(run, a_signal_cuts_a_run)
{
	ASSERT_EQ(EINTR, interrupted(ENDLESS));
	contents(RUN, self->text, sizeof(self->text));
	EXPECT_NE(NULL, strstr(self->text, "\nCut SB+onceonces\n"));
	/* The next one is whole. */
	EXPECT_EQ(0, command("SB+onceonces count=1000"));
}

/* Teams whose threads sleep are woken. */
TEST_F(run, a_signal_cuts_a_run_of_many_teams)
{
	ASSERT_EQ(EINTR, interrupted(ENDLESS_TEAMS));
	EXPECT_EQ(0, command("SB+onceonces count=1000 teams=64"));
}

/* As many stores as there may be between two looks at the end of the run. */
TEST_F(run, a_signal_cuts_a_run_that_litters)
{
	ASSERT_EQ(EINTR, interrupted(ENDLESS " litter=4096 group=64 batch=65536"));
	/* A whole batch takes many seconds, and a moment is 50 ms. */
	EXPECT_LT(moments, 60);
	EXPECT_EQ(0, command("SB+onceonces count=1000"));
}

/* A writer that waits for its turn can be killed, and the others get theirs. */
TEST_F(run, a_writer_that_waits_can_be_killed)
{
	pid_t first = start(ENDLESS), second, third;

	ASSERT_LT(0, first);
	settle(first);
	second = start(ENDLESS);
	third = start("SB+onceonces count=1000");
	settle(second);
	settle(third);
	EXPECT_TRUE(WIFSIGNALED(end(second, SIGKILL)));
	EXPECT_TRUE(WIFSIGNALED(end(first, SIGKILL)));
	EXPECT_EQ(0, ended(third));
}

/* So does kill -9. */
TEST_F(run, a_killed_writer_leaves_nothing_running)
{
	pid_t child = start(ENDLESS);
	int status;

	ASSERT_LT(0, child);
	settle(child);
	status = end(child, SIGKILL);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, command("SB+onceonces count=1000"));
}

/* Removing the module ends the run, and waits for it. */
TEST_F(run, the_module_can_be_removed_during_a_run)
{
	int file = module_file("ferrite_litmus");
	pid_t child;
	int status;

	if (file < 0)
		SKIP(return, "no modules/ferrite_litmus.ko above this program: it could not be loaded again");
	child = start(ENDLESS);
	ASSERT_LT(0, child);
	settle(child);
	EXPECT_EQ(0, syscall(SYS_delete_module, "ferrite_litmus", O_NONBLOCK));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EINTR, WEXITSTATUS(status));
	EXPECT_EQ(0, syscall(SYS_finit_module, file, "", 0));
	close(file);
	EXPECT_EQ(0, command("SB+onceonces count=1000"));
}

TEST_HARNESS_MAIN
