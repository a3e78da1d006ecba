// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel that has PIDFD_GET_INFO of its own is the judge: of random tasks,
 * asked about by askers in all kinds of namespaces, with random masks and sizes,
 * the device must say byte for byte what the kernel says.
 *
 *   FERRITE_ORACLE_TASKS  how many tasks (default: 200)
 *   FERRITE_ORACLE_SEED   to make the same ones again (default: another each time)
 */
#include "pidfd.h"

#include <grp.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <time.h>

#include "kselftest_harness.h"

#define SUPPORTED_MASK_OFFSET 80
#define SUPPORTED_MASK_END 88

/*
 * The program that storms: a second thread calls execve(), so that it takes
 * over the identity of the first, again and again.
 */
static char *storm_argv[] = { "/proc/self/exe", "storm", NULL, NULL };

static void *storm_thread(void *unused)
{
	execv(storm_argv[0], storm_argv);
	_exit(1);
}

__attribute__((constructor)) static void storm(int argc, char **argv)
{
	static char left[16];
	pthread_t thread;

	if (argc != 3 || strcmp(argv[1], "storm"))
		return;
	if (atoi(argv[2]) > 0) {
		snprintf(left, sizeof(left), "%d", atoi(argv[2]) - 1);
		storm_argv[2] = left;
		pthread_create(&thread, NULL, storm_thread, NULL);
	}
	for (;;)
		pause();
}

FIXTURE(oracle)
{
	int device;
	uint64_t supported;
	unsigned int seed;
	int tasks;
};

static int setting(const char *name, int otherwise)
{
	const char *value = getenv(name);

	return value ? atoi(value) : otherwise;
}

FIXTURE_SETUP(oracle)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_SUPPORTED_MASK };

	self->device = device_open();
	ASSERT_GE(self->device, 0);
	ASSERT_EQ(device_get(self->device, PIDFD_SELF_THREAD, sizeof(info), &info), 0);
	self->supported = info.supported_mask;
	self->seed = setting("FERRITE_ORACLE_SEED", time(NULL) ^ getpid());
	self->tasks = setting("FERRITE_ORACLE_TASKS", 200);
	TH_LOG("FERRITE_ORACLE_SEED=%u FERRITE_ORACLE_TASKS=%d", self->seed, self->tasks);
}

FIXTURE_TEARDOWN(oracle)
{
}

static void dump(const char *who, int result, const unsigned char *bytes)
{
	ksft_print_msg("%s: %d:", who, result);
	for (int i = 0; i < PIDFD_INFO_SIZE_VER3; i++)
		printf("%s%02x", i % 8 ? "" : " ", bytes[i]);
	printf("\n");
}

/* Asks both; gives the number of differences, 0 or 1, and shows the first few. */
static int differs(int device, uint64_t supported, int pidfd, uint64_t mask, uint32_t size)
{
	unsigned char ours[ANY_SIZE], theirs[ANY_SIZE], after[ANY_SIZE];
	int our_result, their_result, after_result;
	static int shown;

	/* Until the task has not changed meanwhile, by what the kernel says before and after. */
	do {
		memset(ours, 0xa5, sizeof(ours));
		memcpy(ours, &mask, sizeof(mask));
		memcpy(theirs, ours, sizeof(theirs));
		memcpy(after, ours, sizeof(after));
		their_result = kernel_get(pidfd, size, theirs);
		our_result = device_get(device, pidfd, size, ours);
		after_result = kernel_get(pidfd, size, after);
	} while (their_result != after_result || memcmp(theirs, after, sizeof(after)));

	/* What is supported is each one's own to say; what is ours is of theirs. */
	if (!our_result && !their_result && (mask & PIDFD_INFO_SUPPORTED_MASK)) {
		const unsigned char *said = (const unsigned char *)&supported;

		for (uint32_t i = SUPPORTED_MASK_OFFSET; i < SUPPORTED_MASK_END && i < size; i++)
			if (ours[i] == said[i - SUPPORTED_MASK_OFFSET] && !(ours[i] & ~theirs[i]))
				ours[i] = theirs[i];
	}
	if (our_result == their_result && !memcmp(ours, theirs, sizeof(ours)))
		return 0;
	if (shown++ < 3) {
		ksft_print_msg("mask %#llx, size %u:\n", (unsigned long long)mask, size);
		dump("  device", our_result, ours);
		dump("  kernel", their_result, theirs);
	}
	return 1;
}

/* A random question: any mask of what the device supports and nobody knows. */
static int differs_somehow(int device, uint64_t supported, int pidfd, unsigned int *seed)
{
	uint64_t known = supported | ~0xffULL;
	uint64_t mask = (((uint64_t)rand_r(seed) << 32) | rand_r(seed)) & known;
	uint32_t size = PIDFD_INFO_SIZE_VER0 + rand_r(seed) % (ANY_SIZE - PIDFD_INFO_SIZE_VER0);

	switch (rand_r(seed) % 4) {
	case 0:
		mask = 0;
		break;
	case 1:
		mask = supported;
		break;
	}
	if (rand_r(seed) % 2)
		size = PIDFD_INFO_SIZE_VER0 + 8 * (rand_r(seed) % 4);
	return differs(device, supported, pidfd, mask, size);
}

/* A task that is asked about. */
struct subject {
	pid_t pid;
	int pidfd;
	int thread_pidfd;
};

/* What becomes of a task before it is asked about. */
enum fate { ALIVE, ZOMBIE, REAPED, DEAD_LEADER, EXECED, THREAD_EXITED, THREAD_EXECED, FATES };

/* A second thread: tells its number, and waits for its fate. */
struct thread {
	enum fate fate;
	int report, go;
};

static void *thread_body(void *arg)
{
	struct thread *thread = arg;
	pid_t tid = sys_gettid();
	char byte;

	if (write(thread->report, &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	if (read(thread->go, &byte, 1) == 1 && thread->fate == THREAD_EXITED)
		return NULL;
	if (thread->fate == THREAD_EXECED)
		execv(storm_argv[0], storm_argv);
	for (;;)
		pause();
	return NULL;
}

/* Takes on random ids, as far as the caller may. */
static void random_ids(unsigned int *seed)
{
	unsigned int id[6];

	for (int i = 0; i < 6; i++)
		id[i] = rand_r(seed) % 2 ? rand_r(seed) % 70000 : 1000;
	if (rand_r(seed) % 2 && setresgid(id[0], id[1], id[2]) == 0)
		setfsgid(id[0]);
	if (rand_r(seed) % 2 && setresuid(id[3], id[4], id[5]) == 0)
		setfsuid(id[3]);
}

static void child_body(int report, int go, unsigned int seed, enum fate fate)
{
	/* The first thread, and its stack, may end before the second. */
	static struct thread thread;
	pid_t tid = 0;
	pthread_t id;

	thread = (struct thread){ fate, report, go };
	random_ids(&seed);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	storm_argv[2] = "0";
	switch (fate) {
	case EXECED:
		/* Tells of nothing: the parent gives it time. */
		close(report);
		storm_argv[2] = "1";
		execv(storm_argv[0], storm_argv);
		_exit(1);
	case DEAD_LEADER:
	case THREAD_EXITED:
	case THREAD_EXECED:
		if (pthread_create(&id, NULL, thread_body, &thread))
			_exit(1);
		if (fate == DEAD_LEADER)
			syscall(__NR_exit, 0);
		break;
	default:
		if (rand_r(&seed) % 3 == 0) {
			if (pthread_create(&id, NULL, thread_body, &thread))
				_exit(1);
		} else if (write(report, &tid, sizeof(tid)) != sizeof(tid)) {
			_exit(1);
		}
	}
	for (;;)
		pause();
}

/* Waits until the task of a pidfd is no more. */
static void wait_gone(int pidfd)
{
	unsigned char info[PIDFD_INFO_SIZE_VER0] = { 0 };

	while (kernel_get(pidfd, sizeof(info), info) != -ESRCH) {
		memset(info, 0, sizeof(info));
		usleep(1000);
	}
}

/*
 * Makes a task; gives 0, or -1 if that cannot be done here. The numbers that the
 * child tells are those of its own pid namespace: a thread's pidfd is opened
 * only if that is ours, too.
 */
static int make_subject(struct subject *subject, unsigned int *seed)
{
	const int namespaces[] = { 0, 0, CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWPID };
	int flags = namespaces[rand_r(seed) % 4], report[2], go[2];
	enum fate fate = rand_r(seed) % FATES;
	unsigned int child_seed = rand_r(seed);
	int result = 0;
	pid_t tid = 0;

	subject->thread_pidfd = -1;
	if (pipe(report) || pipe(go))
		return -1;
	subject->pid = fork_pidfd(flags, &subject->pidfd);
	if (subject->pid == 0)
		child_body(report[1], go[0], child_seed, fate);
	close(report[1]);
	if (subject->pid < 0)
		return -1;
	if (read(report[0], &tid, sizeof(tid)) == sizeof(tid) && tid && !(flags & CLONE_NEWPID))
		subject->thread_pidfd = sys_pidfd_open(tid, PIDFD_THREAD);
	close(report[0]);
	switch (fate) {
	case ZOMBIE:
		result = kill_zombie(subject->pid);
		break;
	case REAPED:
		result = kill_reap(subject->pid);
		break;
	case THREAD_EXITED:
	case THREAD_EXECED:
		if (write(go[1], "", 1) != 1)
			result = -1;
		else if (subject->thread_pidfd >= 0)
			wait_gone(subject->thread_pidfd);
		break;
	default:
		break;
	}
	close(go[0]);
	close(go[1]);
	return result;
}

static void end_subject(struct subject *subject)
{
	if (kill(subject->pid, SIGKILL) == 0)
		waitpid(subject->pid, NULL, 0);
	close(subject->pidfd);
	if (subject->thread_pidfd >= 0)
		close(subject->thread_pidfd);
}

#define BATCH 50

/* Asks about all of a batch; gives the number of differences. */
static int ask_all(int device, uint64_t supported, struct subject *subjects, int count,
		   unsigned int seed)
{
	int wrong = 0;

	for (int i = 0; i < count; i++) {
		for (int again = 0; again < 3; again++) {
			wrong += differs_somehow(device, supported, subjects[i].pidfd, &seed);
			if (subjects[i].thread_pidfd >= 0)
				wrong += differs_somehow(device, supported,
							 subjects[i].thread_pidfd, &seed);
		}
	}
	return wrong;
}

/* The same from a child in namespaces of its own, or without privileges. */
static int ask_all_from(int flags, bool nobody, int device, uint64_t supported,
			struct subject *subjects, int count, unsigned int seed)
{
	int pidfd, status;
	pid_t asker;

	fflush(stdout);
	asker = fork_pidfd(flags, &pidfd);
	if (asker < 0)
		return 0;
	if (asker == 0) {
		if (nobody && setresuid(65534, 65534, 65534) && geteuid() == 0)
			_exit(255);
		status = ask_all(device, supported, subjects, count, seed);
		fflush(stdout);
		_exit(status > 255 ? 255 : status);
	}
	close(pidfd);
	return exit_status(asker);
}

/* Random tasks, random questions, four kinds of askers. */
TEST_F_TIMEOUT(oracle, random_tasks, 300)
{
	struct subject subjects[BATCH];
	int made = 0, wrong = 0;

	while (made < self->tasks && !wrong) {
		int count = 0;

		while (count < BATCH && made + count < self->tasks)
			ASSERT_EQ(make_subject(&subjects[count++], &self->seed), 0);
		made += count;
		wrong += ask_all(self->device, self->supported, subjects, count, self->seed);
		wrong += ask_all_from(0, true, self->device, self->supported, subjects, count,
				      self->seed + 1);
		wrong += ask_all_from(CLONE_NEWUSER, false, self->device, self->supported,
				      subjects, count, self->seed + 2);
		wrong += ask_all_from(CLONE_NEWUSER | CLONE_NEWPID, false, self->device,
				      self->supported, subjects, count, self->seed + 3);
		for (int i = 0; i < count; i++)
			end_subject(&subjects[i]);
	}
	EXPECT_EQ(wrong, 0);
}

/* Every size that a version had or may have, for one task. */
TEST_F(oracle, every_size)
{
	struct ferrite_pidfd_info small = { 0 };
	int pidfd = sys_pidfd_open(getpid(), 0);

	ASSERT_GE(pidfd, 0);
	/* Too small: the same errno. */
	for (uint32_t size = 0; size < PIDFD_INFO_SIZE_VER0; size++)
		EXPECT_EQ(device_get(self->device, pidfd, size, &small),
			  kernel_get(pidfd, size, &small));
	for (uint32_t size = PIDFD_INFO_SIZE_VER0; size <= ANY_SIZE; size++)
		EXPECT_EQ(differs(self->device, self->supported, pidfd,
				  PIDFD_INFO_SUPPORTED_MASK, size), 0);
}

/* How often two errnos differ, of all bad addresses with good and bad sizes. */
static int differing_errors(int device, int pidfd)
{
	static char here[FERRITE_PIDFD_INFO_SIZE_MAX];
	const uint32_t sizes[] = { 0, 63, 64, 72, 88, 89, FERRITE_PIDFD_INFO_SIZE_MAX };
	char *const addresses[] = { NULL, (char *)1, (char *)-4096L, here };
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			int ours = device_get(device, pidfd, sizes[j], addresses[i]);
			int theirs = kernel_get(pidfd, sizes[j], addresses[i]);

			if (ours == theirs)
				continue;
			wrong++;
			ksft_print_msg("size %u at %p: %s, the kernel's own: %s\n", sizes[j],
				       addresses[i], strerror(-ours), strerror(-theirs));
		}
	}
	return wrong;
}

/* Several things wrong at once: the same errno, of a task that is there, was reaped, is foreign. */
TEST_F(oracle, same_errors)
{
	int own = sys_pidfd_open(getpid(), 0), pidfd;
	pid_t child = fork_waiting(0, &pidfd);

	ASSERT_GT(child, 0);
	ASSERT_EQ(kill_reap(child), 0);
	EXPECT_EQ(differing_errors(self->device, own), 0);
	EXPECT_EQ(differing_errors(self->device, pidfd), 0);
	child = fork_pidfd(CLONE_NEWUSER | CLONE_NEWPID, &pidfd);
	if (child == 0)
		_exit(differing_errors(self->device, own));
	if (child > 0)
		EXPECT_EQ(exit_status(child), 0);
}

/*
 * While threads of a process take over its identity by execve(), its pidfd is
 * that of the process at every moment: never half of the old and half of the
 * new, never gone.
 */
TEST_F_TIMEOUT(oracle, exec_storm, 120)
{
	struct ferrite_pidfd_info info;
	int pidfd, asked = 0;
	pid_t child;

	child = fork_pidfd(0, &pidfd);
	ASSERT_GE(child, 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		storm_argv[2] = "40";
		execv(storm_argv[0], storm_argv);
		_exit(1);
	}
	for (; asked < 10000; asked++) {
		memset(&info, 0, sizeof(info));
		ASSERT_EQ(device_get(self->device, pidfd, sizeof(info), &info), 0) {
			TH_LOG("question %d", asked);
		}
		ASSERT_EQ(info.pid, child);
		ASSERT_EQ(info.tgid, child);
		ASSERT_EQ(info.ppid, getpid());
	}
	EXPECT_EQ(kill_reap(child), 0);
}

/* While tasks end and are reaped, an answer is whole or ESRCH. */
TEST_F_TIMEOUT(oracle, reap_storm, 120)
{
	for (int i = 0; i < 100; i++) {
		struct ferrite_pidfd_info info = { 0 };
		int pidfd, result;
		pid_t child, reaper;

		/* The child's parent reaps while its grandparent asks. */
		int ends[2];

		ASSERT_EQ(pipe(ends), 0);
		reaper = fork();
		ASSERT_GE(reaper, 0);
		if (reaper == 0) {
			child = fork();
			if (child == 0) {
				usleep(rand_r(&self->seed) % 3000);
				_exit(0);
			}
			if (write(ends[1], &child, sizeof(child)) != sizeof(child))
				_exit(1);
			_exit(waitpid(child, NULL, 0) == child ? 0 : 1);
		}
		ASSERT_EQ(read(ends[0], &child, sizeof(child)), sizeof(child));
		close(ends[0]);
		close(ends[1]);
		pidfd = sys_pidfd_open(child, 0);
		while (pidfd >= 0) {
			result = device_get(self->device, pidfd, sizeof(info), &info);
			if (result) {
				ASSERT_EQ(result, -ESRCH);
				break;
			}
			ASSERT_EQ(info.pid, child);
			ASSERT_EQ(info.tgid, child);
			ASSERT_EQ(info.ppid, reaper);
		}
		if (pidfd >= 0)
			close(pidfd);
		ASSERT_EQ(exit_status(reaper), 0);
		rand_r(&self->seed);
	}
}

/* The judge must have the interface, as whole as ours. */
__attribute__((constructor)) static void needs_judge(void)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_SUPPORTED_MASK };
	int pidfd = sys_pidfd_open(getpid(), 0);

	if (kernel_get(pidfd, sizeof(info), &info) || !(info.mask & PIDFD_INFO_SUPPORTED_MASK))
		skip_all("this kernel has no whole PIDFD_GET_INFO of its own to judge by");
	close(pidfd);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
