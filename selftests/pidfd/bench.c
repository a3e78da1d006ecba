// SPDX-License-Identifier: GPL-2.0
/*
 * What a question costs: to the device, to its twin in C if that is loaded, and
 * to the kernel's own interface if it has one. It prints figures and judges none
 * of them: a test never fails for a time. `make bench MODULE=pidfd` puts them side
 * by side.
 *
 * The ways take turns, in rounds; of each the best round is told, one that nothing
 * else had a share of. For there to be one, rounds are many, and shorter than the
 * slice of time that the scheduler gives to others (0.7 ms, or a tick): in a machine
 * of one processor that has just booted, the kernel's tests of its own ciphers
 * (threads called cryptomgr_test) run for seconds, at the same priority as this.
 * Each longer round holds some of their slices, one more or one less by chance.
 *
 *   FERRITE_BENCH_CALLS   questions of a round (default: 100)
 *   FERRITE_BENCH_ROUNDS  rounds (default: 301)
 */
#include "pidfd.h"

#include <time.h>

#include "kselftest_harness.h"

#define MOST_ROUNDS 1001

/* A way to ask. */
struct way {
	const char *name;
	/* What is asked, and what that says. */
	int (*ask)(int device, int pidfd, uint32_t size, void *info);
	int error;
	int device, pidfd;
	bool there;
	double rounds[MOST_ROUNDS];
};

static int ask_kernel(int device, int pidfd, uint32_t size, void *info)
{
	(void)device;
	return kernel_get(pidfd, size, info);
}

/* Refused at the door of the device: what any ioctl costs. */
static int ask_nothing(int device, int pidfd, uint32_t size, void *info)
{
	(void)pidfd;
	(void)size;
	return ioctl(device, _IO(FERRITE_PIDFD_IOC_MAGIC, 0xff), info) ? -errno : 0;
}

/* Refused once the pidfd has been found. */
static int ask_too_small(int device, int pidfd, uint32_t size, void *info)
{
	(void)size;
	return device_get(device, pidfd, 0, info);
}

static long setting(const char *name, long otherwise, long most)
{
	const char *value = getenv(name);
	long number = value ? atol(value) : otherwise;

	return number < 1 ? 1 : number > most ? most : number;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

enum { DEVICE, TWIN, KERNEL, SENTINEL, TWIN_SENTINEL, NOTHING, TOO_SMALL, WAYS };

static struct way ways[WAYS] = {
	[DEVICE] = { "the device, by pidfd", device_get },
	[TWIN] = { "its twin in C, by pidfd", device_get },
	[KERNEL] = { "the kernel's own, by pidfd", ask_kernel },
	[SENTINEL] = { "the device, by sentinel", device_get },
	[TWIN_SENTINEL] = { "its twin in C, by sentinel", device_get },
	[NOTHING] = { "the device, no such command", ask_nothing, .error = -ENOTTY },
	[TOO_SMALL] = { "the device, a size of 0", ask_too_small, .error = -ENOTTY },
};

TEST(cost)
{
	long calls = setting("FERRITE_BENCH_CALLS", 100, 100000000);
	long rounds = setting("FERRITE_BENCH_ROUNDS", 301, MOST_ROUNDS);
	int device = device_open(), twin = open("/dev/ferrite-pidfd-twin", O_RDONLY | O_CLOEXEC);
	int pidfd = sys_pidfd_open(getpid(), 0);
	struct ferrite_pidfd_info info;

	ASSERT_GE(device, 0);
	ASSERT_GE(pidfd, 0);
	for (int i = 0; i < WAYS; i++) {
		ways[i].device = i == TWIN || i == TWIN_SENTINEL ? twin : device;
		ways[i].pidfd = i == SENTINEL || i == TWIN_SENTINEL ? PIDFD_SELF_THREAD : pidfd;
		memset(&info, 0, sizeof(info));
		ways[i].there = ways[i].ask(ways[i].device, ways[i].pidfd, sizeof(info), &info) ==
				ways[i].error;
	}
	ASSERT_TRUE(ways[DEVICE].there);
	ASSERT_TRUE(ways[SENTINEL].there);
	ASSERT_TRUE(ways[NOTHING].there);
	ASSERT_TRUE(ways[TOO_SMALL].there);

	for (long round = 0; round < rounds; round++) {
		for (int i = 0; i < WAYS; i++) {
			struct way *way = &ways[i];
			double start;

			if (!way->there)
				continue;
			info.mask = PIDFD_INFO_CGROUPID;
			start = now();
			for (long call = 0; call < calls; call++)
				way->ask(way->device, way->pidfd, sizeof(info), &info);
			way->rounds[round] = (now() - start) / calls;
		}
	}
	for (int i = 0; i < WAYS; i++) {
		struct way *way = &ways[i];

		if (!way->there) {
			ksft_print_msg("%s: is not there\n", way->name);
			continue;
		}
		qsort(way->rounds, rounds, sizeof(way->rounds[0]), compare);
		ksft_print_msg("bench: %s = %.1f ns (median %.1f, most %.1f)\n", way->name,
			       way->rounds[0], way->rounds[rounds / 2], way->rounds[rounds - 1]);
	}
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
