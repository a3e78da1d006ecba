// SPDX-License-Identifier: GPL-2.0
/*
 * What the device says of tasks in all states of their lives, field by field
 * and size by size, judged by what the test knows of tasks that it made itself.
 */
#include "pidfd.h"

#include <grp.h>
#include <pthread.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "kselftest_harness.h"

#define ALWAYS (PIDFD_INFO_PID | PIDFD_INFO_CREDS)

static bool exits_are_seen(int device)
{
	struct ferrite_pidfd_info info = { .mask = PIDFD_INFO_SUPPORTED_MASK };

	return device_get(device, PIDFD_SELF_THREAD, sizeof(info), &info) == 0 &&
	       (info.supported_mask & PIDFD_INFO_EXIT);
}

FIXTURE(get_info)
{
	int device;
	int pidfd;
	pid_t child;
	struct ferrite_pidfd_info info;
};

FIXTURE_SETUP(get_info)
{
	self->device = device_open();
	ASSERT_GE(self->device, 0);
	self->child = fork_waiting(0, &self->pidfd);
	ASSERT_GT(self->child, 0);
}

FIXTURE_TEARDOWN(get_info)
{
	if (self->child > 0)
		kill_reap(self->child);
}

/* A child is described by the numbers under which its parent knows it. */
TEST_F(get_info, numbers)
{
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.mask & ALWAYS, ALWAYS);
	EXPECT_EQ(self->info.pid, self->child);
	EXPECT_EQ(self->info.tgid, self->child);
	EXPECT_EQ(self->info.ppid, getpid());
	EXPECT_EQ(self->info.exit_code, 0);
}

/* All that is not asked for stays zero, whatever was there before. */
TEST_F(get_info, unasked_is_zero)
{
	memset(&self->info, 0xff, sizeof(self->info));
	self->info.mask = 0;
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.mask & ~(ALWAYS | PIDFD_INFO_CGROUPID), 0);
	EXPECT_EQ(self->info.exit_code, 0);
	EXPECT_EQ(self->info.coredump_mask, 0);
	EXPECT_EQ(self->info.coredump_signal, 0);
	EXPECT_EQ(self->info.coredump_code, 0);
	EXPECT_EQ(self->info.supported_mask, 0);
}

/* Unknown bits are ignored: asking for all gives what is supported, no more. */
TEST_F(get_info, all_bits)
{
	uint64_t supported;

	self->info.mask = PIDFD_INFO_SUPPORTED_MASK;
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	ASSERT_TRUE(self->info.mask & PIDFD_INFO_SUPPORTED_MASK);
	supported = self->info.supported_mask;
	EXPECT_EQ(supported & (ALWAYS | PIDFD_INFO_SUPPORTED_MASK),
		  ALWAYS | PIDFD_INFO_SUPPORTED_MASK);

	self->info.mask = UINT64_MAX;
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.mask & ~supported, 0);
	EXPECT_EQ(self->info.supported_mask, supported);
}

/*
 * Every size, odd ones too: as much as fits is written and not a byte more;
 * beyond the last version there are zeros.
 */
TEST_F(get_info, every_size)
{
	struct ferrite_pidfd_info whole = { .mask = PIDFD_INFO_SUPPORTED_MASK };
	unsigned char buffer[2 * ANY_SIZE];

	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(whole), &whole), 0);
	for (size_t size = PIDFD_INFO_SIZE_VER0; size <= ANY_SIZE; size++) {
		size_t known = size < sizeof(whole) ? size : sizeof(whole);
		uint64_t mask = PIDFD_INFO_SUPPORTED_MASK;

		memset(buffer, 0xa5, sizeof(buffer));
		memcpy(buffer, &mask, sizeof(mask));
		ASSERT_EQ(device_get(self->device, self->pidfd, size, buffer), 0) {
			TH_LOG("size %zu", size);
		}
		ASSERT_EQ(memcmp(buffer, &whole, known), 0) {
			TH_LOG("size %zu: another answer", size);
		}
		for (size_t i = known; i < size; i++) {
			ASSERT_EQ(buffer[i], 0) {
				TH_LOG("size %zu: no zero at %zu", size, i);
			}
		}
		for (size_t i = size; i < sizeof(buffer); i++) {
			ASSERT_EQ(buffer[i], 0xa5) {
				TH_LOG("size %zu: byte %zu written", size, i);
			}
		}
	}
}

/* The largest size that upstream's ioctl numbers can say. */
TEST_F(get_info, largest_size)
{
	unsigned char *buffer = malloc(FERRITE_PIDFD_INFO_SIZE_MAX);

	ASSERT_NE(buffer, NULL);
	memset(buffer, 0xa5, FERRITE_PIDFD_INFO_SIZE_MAX);
	ASSERT_EQ(device_get(self->device, self->pidfd, FERRITE_PIDFD_INFO_SIZE_MAX, buffer), 0);
	for (size_t i = sizeof(struct ferrite_pidfd_info); i < FERRITE_PIDFD_INFO_SIZE_MAX; i++)
		ASSERT_EQ(buffer[i], 0);
	free(buffer);
}

/* Eight different ids arrive in the eight fields where they belong. */
TEST_F(get_info, ids)
{
	int ready[2], pidfd;
	char byte;
	pid_t child;

	if (geteuid() != 0)
		SKIP(return, "only root may take on other ids");
	ASSERT_EQ(pipe(ready), 0);
	child = fork_pidfd(0, &pidfd);
	ASSERT_GE(child, 0);
	if (child == 0) {
		/* fsuid follows euid, and may be set to one of the other ids. */
		if (setresgid(2001, 2002, 2003) || setresuid(1001, 1002, 1003))
			_exit(1);
		setfsgid(2003);
		setfsuid(1003);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	ASSERT_EQ(read(ready[0], &byte, 1), 1);
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.ruid, 1001);
	EXPECT_EQ(self->info.euid, 1002);
	EXPECT_EQ(self->info.suid, 1003);
	EXPECT_EQ(self->info.fsuid, 1003);
	EXPECT_EQ(self->info.rgid, 2001);
	EXPECT_EQ(self->info.egid, 2002);
	EXPECT_EQ(self->info.sgid, 2003);
	EXPECT_EQ(self->info.fsgid, 2003);
	EXPECT_EQ(kill_reap(child), 0);
}

/* The id is that of the cgroup's folder in the v2 hierarchy, and follows a move. */
TEST_F(get_info, cgroupid)
{
	char root[] = "/tmp/ferrite-cgroup-XXXXXX", path[64], procs[96], number[16];
	struct stat old, new;
	int fd, length;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		SKIP(return, "no mount namespace of its own: %s", strerror(errno));
	mkdir("/tmp", 01777);
	ASSERT_NE(mkdtemp(root), NULL);
	if (mount("none", root, "cgroup2", 0, NULL)) {
		int error = errno;

		rmdir(root);
		SKIP(return, "no cgroup2: %s", strerror(error));
	}
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	ASSERT_TRUE(self->info.mask & PIDFD_INFO_CGROUPID);

	snprintf(path, sizeof(path), "%s/ferrite-%d", root, getpid());
	ASSERT_EQ(mkdir(path, 0755), 0);
	ASSERT_EQ(stat(path, &new), 0);
	EXPECT_NE(self->info.cgroupid, new.st_ino);
	if (stat(root, &old) == 0 && getpid() == self->info.ppid)
		EXPECT_NE(self->info.cgroupid, 0);

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", path);
	length = snprintf(number, sizeof(number), "%d", self->child);
	fd = open(procs, O_WRONLY);
	ASSERT_GE(fd, 0);
	ASSERT_EQ(write(fd, number, length), length);
	close(fd);
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.cgroupid, new.st_ino);

	/* The last one is told of a reaped task, too, not that of who reaped it. */
	ASSERT_EQ(kill_reap(self->child), 0);
	self->child = 0;
	if (exits_are_seen(self->device)) {
		self->info.mask = PIDFD_INFO_EXIT;
		ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info),
			  0);
		EXPECT_EQ(self->info.cgroupid, new.st_ino);
	}
	rmdir(path);
	umount(root);
	rmdir(root);
}

/* A zombie is still a task: nothing is missing. */
TEST_F(get_info, zombie)
{
	ASSERT_EQ(kill_zombie(self->child), 0);
	ASSERT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.mask & ALWAYS, ALWAYS);
	EXPECT_EQ(self->info.pid, self->child);
	EXPECT_EQ(self->info.tgid, self->child);
	EXPECT_EQ(self->info.ppid, getpid());
}

/* A reaped task is gone, and the buffer is left alone. */
TEST_F(get_info, reaped)
{
	struct ferrite_pidfd_info before;

	ASSERT_EQ(kill_reap(self->child), 0);
	self->child = 0;
	memset(&self->info, 0xa5, sizeof(self->info));
	self->info.mask = ALWAYS;
	before = self->info;
	EXPECT_EQ(device_get(self->device, self->pidfd, sizeof(self->info), &self->info), -ESRCH);
	EXPECT_EQ(memcmp(&self->info, &before, sizeof(before)), 0);
}

static void *thread_outlives(void *arg)
{
	char byte;

	/* The first thread ends meanwhile; the process ends with the pipe. */
	if (read(*(int *)arg, &byte, 1) <= 0)
		_exit(7);
	return NULL;
}

/* Waits until /proc says that the first thread of a process is in a state. */
static int wait_state(pid_t pid, char wanted)
{
	char path[64], state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (int i = 0; i < 5000; i++) {
		FILE *stat = fopen(path, "r");

		state = 0;
		if (!stat || fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (stat)
			fclose(stat);
		if (state == wanted)
			return 0;
		usleep(1000);
	}
	return -1;
}

/* How a task ended is told once it was reaped, not while it is a zombie. */
TEST_F(get_info, exit)
{
	struct {
		int signal, status;
	} ends[] = { { 0, 0 }, { 0, 42 }, { SIGKILL, 0 }, { SIGTERM, 0 } };

	if (!exits_are_seen(self->device))
		SKIP(return, "this kernel does not let modules see what becomes of tasks");
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int pidfd;
		pid_t child = fork_pidfd(0, &pidfd);

		ASSERT_GE(child, 0);
		if (child == 0) {
			if (ends[i].signal)
				kill(getpid(), ends[i].signal);
			_exit(ends[i].status);
		}
		ASSERT_EQ(wait_zombie(child), 0);
		self->info.mask = PIDFD_INFO_EXIT;
		ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
		EXPECT_EQ(self->info.mask & (PIDFD_INFO_EXIT | ALWAYS), ALWAYS);
		EXPECT_EQ(self->info.exit_code, 0);

		ASSERT_EQ(waitpid(child, NULL, 0), child);
		self->info.mask = PIDFD_INFO_EXIT;
		ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
		EXPECT_EQ(self->info.mask & (PIDFD_INFO_EXIT | ALWAYS), PIDFD_INFO_EXIT);
		EXPECT_EQ(self->info.pid, 0);
		EXPECT_EQ(self->info.ppid, 0);
		EXPECT_EQ(self->info.exit_code, ends[i].status << 8 | ends[i].signal);

		/* Without being asked for, it is not told. */
		self->info.mask = 0;
		EXPECT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info),
			  -ESRCH);
		close(pidfd);
	}
}

/*
 * A process that was killed after its first thread had exited was killed, though
 * that thread had exited well.
 */
TEST_F(get_info, exit_of_killed_group)
{
	int ends[2], pidfd;
	pid_t child;

	if (!exits_are_seen(self->device))
		SKIP(return, "this kernel does not let modules see what becomes of tasks");
	ASSERT_EQ(pipe(ends), 0);
	child = fork_pidfd(0, &pidfd);
	ASSERT_GE(child, 0);
	if (child == 0) {
		pthread_t thread;

		/* The thread waits for the end of a pipe that its parent holds open. */
		if (pthread_create(&thread, NULL, thread_outlives, ends))
			_exit(1);
		syscall(__NR_exit, 0);
	}
	/* Its first thread is a zombie when its state says so. */
	ASSERT_EQ(wait_state(child, 'Z'), 0);
	ASSERT_EQ(kill_reap(child), 0);
	self->info.mask = PIDFD_INFO_EXIT;
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.exit_code, SIGKILL);
}

/* Many ends are remembered for as long as their pidfds are open. */
TEST_F(get_info, many_exits)
{
	int pidfds[300];

	if (!exits_are_seen(self->device))
		SKIP(return, "this kernel does not let modules see what becomes of tasks");
	for (size_t i = 0; i < ARRAY_SIZE(pidfds); i++) {
		pid_t child = fork_pidfd(0, &pidfds[i]);

		ASSERT_GE(child, 0);
		if (child == 0)
			_exit(i % 251);
		ASSERT_EQ(waitpid(child, NULL, 0), child);
		/* Half of them are closed at once, for there to be some to drop. */
		if (i % 2)
			close(pidfds[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pidfds); i += 2) {
		self->info.mask = PIDFD_INFO_EXIT;
		ASSERT_EQ(device_get(self->device, pidfds[i], sizeof(self->info), &self->info), 0);
		ASSERT_EQ(WEXITSTATUS(self->info.exit_code), i % 251);
		close(pidfds[i]);
	}
}

/* An orphan's parent is the one that adopted it. */
TEST_F(get_info, orphan)
{
	int ends[2], pidfd, status;
	pid_t middle, orphan = 0;

	ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ASSERT_EQ(pipe(ends), 0);
	middle = fork();
	ASSERT_GE(middle, 0);
	if (middle == 0) {
		orphan = fork();
		if (orphan == 0) {
			for (;;)
				pause();
		}
		_exit(write(ends[1], &orphan, sizeof(orphan)) != sizeof(orphan));
	}
	ASSERT_EQ(read(ends[0], &orphan, sizeof(orphan)), sizeof(orphan));
	pidfd = sys_pidfd_open(orphan, 0);
	ASSERT_GE(pidfd, 0);
	ASSERT_EQ(waitpid(middle, &status, 0), middle);
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.pid, orphan);
	EXPECT_EQ(self->info.ppid, getpid());
	EXPECT_EQ(kill_reap(orphan), 0);
}

static void *thread_waits(void *arg)
{
	int *ends = arg;
	pid_t tid = sys_gettid();
	char byte;

	if (write(ends[1], &tid, sizeof(tid)) == sizeof(tid))
		tid = read(ends[2], &byte, 1);
	return NULL;
}

/* A thread's pidfd gives the thread; its process is the thread group. */
TEST_F(get_info, thread)
{
	int ends[4], pidfd;
	pthread_t thread;
	pid_t tid;

	ASSERT_EQ(pipe(ends), 0);
	ASSERT_EQ(pipe(ends + 2), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, thread_waits, ends), 0);
	ASSERT_EQ(read(ends[0], &tid, sizeof(tid)), sizeof(tid));
	pidfd = sys_pidfd_open(tid, PIDFD_THREAD);
	if (pidfd < 0 && errno == EINVAL) {
		close(ends[3]);
		SKIP(return, "this kernel has no pidfds of threads");
	}
	ASSERT_GE(pidfd, 0);
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.pid, tid);
	EXPECT_EQ(self->info.tgid, getpid());
	EXPECT_EQ(self->info.ppid, getppid());

	/* It needs no reaping: it is gone when it ends. */
	close(ends[3]);
	ASSERT_EQ(pthread_join(thread, NULL), 0);
	while (!device_get(self->device, pidfd, sizeof(self->info), &self->info))
		usleep(1000);
	EXPECT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), -ESRCH);
}

/* A process whose first thread has ended lives on in the others. */
TEST_F(get_info, dead_leader)
{
	int ends[2], pidfd;
	pid_t child;

	ASSERT_EQ(pipe(ends), 0);
	child = fork_pidfd(0, &pidfd);
	ASSERT_GE(child, 0);
	if (child == 0) {
		pthread_t thread;

		close(ends[1]);
		if (pthread_create(&thread, NULL, thread_outlives, ends))
			_exit(1);
		syscall(__NR_exit, 0);
	}
	close(ends[0]);
	ASSERT_EQ(wait_state(child, 'Z'), 0);
	ASSERT_EQ(device_get(self->device, pidfd, sizeof(self->info), &self->info), 0);
	EXPECT_EQ(self->info.pid, child);
	EXPECT_EQ(self->info.tgid, child);
	EXPECT_EQ(self->info.ppid, getpid());
	close(ends[1]);
	EXPECT_EQ(exit_status(child), 7);
}

/* Anyone may ask about anyone, as of the kernel itself. */
TEST_F(get_info, unprivileged)
{
	pid_t child;

	if (geteuid() != 0)
		SKIP(return, "not root: all the other tests show it");
	child = fork();
	ASSERT_GE(child, 0);
	if (child == 0) {
		if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
		    setresuid(65534, 65534, 65534))
			_exit(1);
		self->device = device_open();
		if (self->device < 0)
			_exit(2);
		if (device_get(self->device, self->pidfd, sizeof(self->info), &self->info))
			_exit(3);
		_exit(self->info.pid == self->child && self->info.euid == 0 ? 0 : 4);
	}
	EXPECT_EQ(exit_status(child), 0);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
