// SPDX-License-Identifier: GPL-2.0
/*
 * Many questions at once while processes come and go, and that nothing of them
 * stays behind in the kernel.
 *
 *   FERRITE_STRESS_CALLS  questions of each of two threads (default: 40000)
 */
#include "pidfd.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>

#include "kselftest_harness.h"

FIXTURE(stress)
{
	int device;
};

FIXTURE_SETUP(stress)
{
	self->device = device_open();
	ASSERT_GE(self->device, 0);
}

FIXTURE_TEARDOWN(stress)
{
}

/* The open files of the system. */
static long open_files(void)
{
	FILE *file = fopen("/proc/sys/fs/file-nr", "r");
	long count = -1;

	if (!file || fscanf(file, "%ld", &count) != 1)
		count = -1;
	if (file)
		fclose(file);
	return count;
}

/* The objects in use of a slab cache; -1 if it is not told. */
static long slab_objects(const char *name)
{
	FILE *file = fopen("/proc/slabinfo", "r");
	char line[512], cache[64];
	long objects, count = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", cache, &objects) == 2 && !strcmp(cache, name))
			count = objects;
	if (file)
		fclose(file);
	return count;
}

/* The memory that the kernel cannot give back, in KiB; 0 if it is not told. */
static long unreclaimable(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib, sum = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "SUnreclaim: %ld", &kib) == 1 ||
		    sscanf(line, "VmallocUsed: %ld", &kib) == 1)
			sum += kib;
	if (file)
		fclose(file);
	return sum;
}

/*
 * Counters of the kernel are not exact, and not of this process alone. For a second
 * the module remembers ends of tasks that nobody asks for any more.
 */
#define ROUNDS 1600
#define TOLERATED 800
#define TOLERATED_KIB 16384

/* The objects of a slab cache once what was freed is gone: a grace period later. */
static long settled(const char *name, long before)
{
	long after = slab_objects(name);

	for (int i = 0; i < 100 && after - before >= TOLERATED; i++) {
		usleep(20000);
		after = slab_objects(name);
	}
	return after;
}

#define SUBJECTS 16

static struct {
	int device;
	long calls;
	atomic_int running;
	atomic_int pidfds[SUBJECTS];
} shared;

/* Asks about whatever is there; gives the first answer that may not be. */
static void *asker(void *arg)
{
	unsigned int seed = (uintptr_t)arg;
	intptr_t wrong = 0;

	for (long i = 0; i < shared.calls && !wrong; i++) {
		struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_EXIT };
		int pidfd = shared.pidfds[rand_r(&seed) % SUBJECTS];
		int result = device_get(shared.device, pidfd, sizeof(info), &info);

		if (result == 0 && !(info.mask & (PIDFD_INFO_PID | PIDFD_INFO_EXIT)))
			wrong = 1;
		else if (result && result != -ESRCH && result != -EBADF)
			wrong = result;
	}
	shared.running--;
	return (void *)wrong;
}

/* Two threads ask; the process forks, reaps and closes meanwhile. */
TEST_F_TIMEOUT(stress, come_and_go, 600)
{
	const char *calls = getenv("FERRITE_STRESS_CALLS");
	pthread_t threads[2];
	pid_t children[SUBJECTS] = { 0 };
	long forked = 0, pids = slab_objects("pid"), tasks = slab_objects("task_struct");
	long memory = unreclaimable();

	shared.device = self->device;
	shared.calls = calls ? atol(calls) : 40000;
	shared.running = 2;
	for (int i = 0; i < SUBJECTS; i++)
		shared.pidfds[i] = PIDFD_SELF_THREAD;
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(pthread_create(&threads[i], NULL, asker, (void *)(uintptr_t)(i + 1)), 0);
	for (int i = 0; shared.running; i = (i + 1) % SUBJECTS, forked++) {
		int old = shared.pidfds[i], pidfd;

		if (children[i]) {
			ASSERT_EQ(kill_reap(children[i]), 0);
			shared.pidfds[i] = PIDFD_SELF_THREAD_GROUP;
			close(old);
		}
		children[i] = fork_waiting(0, &pidfd);
		ASSERT_GT(children[i], 0);
		shared.pidfds[i] = pidfd;
	}
	for (int i = 0; i < 2; i++) {
		void *wrong;

		ASSERT_EQ(pthread_join(threads[i], &wrong), 0);
		EXPECT_EQ((intptr_t)wrong, 0);
	}
	for (int i = 0; i < SUBJECTS; i++)
		if (children[i])
			EXPECT_EQ(kill_reap(children[i]), 0);
	TH_LOG("%ld questions, %ld processes", 2 * shared.calls, forked);
	TH_LOG("struct pid: %ld, then %ld; tasks: %ld, then %ld; the kernel's own memory: %ld KiB, then %ld KiB",
	       pids, settled("pid", pids), tasks, settled("task_struct", tasks), memory,
	       unreclaimable());
	EXPECT_LT(settled("pid", pids) - pids, TOLERATED);
	EXPECT_LT(settled("task_struct", tasks) - tasks, TOLERATED);
	EXPECT_LT(unreclaimable() - memory, TOLERATED_KIB);
}

/* A question leaves no reference to the file, of a pidfd or not. */
TEST_F_TIMEOUT(stress, files_are_released, 120)
{
	struct ferrite_pidfd_info info = { 0 };
	long before = open_files();

	ASSERT_GE(before, 0);
	for (int i = 0; i < ROUNDS; i++) {
		int pidfd = sys_pidfd_open(getpid(), 0), other = eventfd(0, 0);

		ASSERT_EQ(device_get(self->device, pidfd, sizeof(info), &info), 0);
		ASSERT_EQ(device_get(self->device, other, sizeof(info), &info), -EBADF);
		close(pidfd);
		close(other);
	}
	EXPECT_LT(open_files() - before, TOLERATED);
}

/* A question leaves no reference to the task. */
TEST_F_TIMEOUT(stress, tasks_are_released, 120)
{
	struct ferrite_pidfd_info info = { 0 };
	long before = slab_objects("task_struct"), after;

	if (before < 0)
		SKIP(return, "/proc/slabinfo does not tell: not root, or not in this kernel");
	for (int i = 0; i < ROUNDS; i++) {
		int pidfd;
		pid_t child = fork_pidfd(0, &pidfd);

		ASSERT_GE(child, 0);
		if (child == 0)
			_exit(0);
		ASSERT_EQ(device_get(self->device, pidfd, sizeof(info), &info), 0);
		ASSERT_EQ(waitpid(child, NULL, 0), child);
		close(pidfd);
	}
	after = settled("task_struct", before);
	EXPECT_LT(after - before, TOLERATED);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
