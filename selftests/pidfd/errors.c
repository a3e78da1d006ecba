// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that can be wrong with a request, errno by errno, and that a
 * program of 32 bits gets the same.
 */
#include "pidfd.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "kselftest_harness.h"

FIXTURE(errors)
{
	int device;
	int pidfd;
	struct ferrite_pidfd_info info;
};

FIXTURE_SETUP(errors)
{
	self->device = device_open();
	ASSERT_GE(self->device, 0);
	self->pidfd = sys_pidfd_open(getpid(), 0);
	ASSERT_GE(self->pidfd, 0);
}

FIXTURE_TEARDOWN(errors)
{
}

#define get(pidfd, size, info) device_get(self->device, (pidfd), (size), (info))
#define get_info(pidfd) get((pidfd), sizeof(self->info), &self->info)

/* A command that is none of the device's, in any of its parts. */
TEST_F(errors, unknown_command)
{
	const unsigned int wrong[] = {
		0,
		_IO(FERRITE_PIDFD_IOC_MAGIC, 0),
		_IOR(FERRITE_PIDFD_IOC_MAGIC, 0, struct ferrite_pidfd_get_info),
		_IOWR(FERRITE_PIDFD_IOC_MAGIC, 1, struct ferrite_pidfd_get_info),
		_IOWR(FERRITE_PIDFD_IOC_MAGIC, 0, char[15]),
		_IOWR(FERRITE_PIDFD_IOC_MAGIC, 0, char[17]),
		_IOWR(0xFF, 0, struct ferrite_pidfd_get_info),
		KERNEL_GET_INFO(64),
		UINT32_MAX,
	};
	struct ferrite_pidfd_get_info request = {
		.pidfd = self->pidfd,
		.size = sizeof(self->info),
		.info = (uintptr_t)&self->info,
	};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		errno = 0;
		EXPECT_EQ(ioctl(self->device, wrong[i], &request), -1);
		EXPECT_EQ(errno, ENOTTY) {
			TH_LOG("command %#x", wrong[i]);
		}
	}
}

/* A request where there is no memory, or not all of it. */
TEST_F(errors, bad_request)
{
	long page = sysconf(_SC_PAGESIZE);
	char *end = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(end, MAP_FAILED);
	end += page;
	ASSERT_EQ(munmap(end, page), 0);
	EXPECT_EQ(ioctl(self->device, FERRITE_PIDFD_GET_INFO, NULL), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(ioctl(self->device, FERRITE_PIDFD_GET_INFO, end), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(ioctl(self->device, FERRITE_PIDFD_GET_INFO, end - 15), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(ioctl(self->device, FERRITE_PIDFD_GET_INFO, (void *)-4096L), -1);
	EXPECT_EQ(errno, EFAULT);
}

/* Sizes below the first version and above what upstream can say. */
TEST_F(errors, bad_size)
{
	EXPECT_EQ(get(self->pidfd, 0, &self->info), -ENOTTY);
	EXPECT_EQ(get(self->pidfd, 8, &self->info), -ENOTTY);
	EXPECT_EQ(get(self->pidfd, PIDFD_INFO_SIZE_VER0 - 1, &self->info), -ENOTTY);
	EXPECT_EQ(get(self->pidfd, PIDFD_INFO_SIZE_VER0, &self->info), 0);
	EXPECT_EQ(get(self->pidfd, FERRITE_PIDFD_INFO_SIZE_MAX + 1, &self->info), -E2BIG);
	EXPECT_EQ(get(self->pidfd, UINT32_MAX, &self->info), -E2BIG);
}

/* An answer where there is no memory, not all of it, or none to write to. */
TEST_F(errors, bad_info)
{
	const size_t size = sizeof(self->info);
	long page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = memory + page, *readonly = memory + 2 * page;

	ASSERT_NE(memory, MAP_FAILED);
	ASSERT_EQ(munmap(end, page), 0);
	ASSERT_EQ(mprotect(readonly, page, PROT_READ), 0);
	EXPECT_EQ(get(self->pidfd, size, NULL), -EINVAL);
	EXPECT_EQ(get(self->pidfd, size, (void *)1), -EFAULT);
	EXPECT_EQ(get(self->pidfd, size, (void *)-4096L), -EFAULT);
	EXPECT_EQ(get(self->pidfd, size, end), -EFAULT);
	/* The mask can be read, the rest not be written. */
	EXPECT_EQ(get(self->pidfd, size, end - 8), -EFAULT);
	EXPECT_EQ(get(self->pidfd, size, end - size + 1), -EFAULT);
	EXPECT_EQ(get(self->pidfd, size, end - size), 0);
	EXPECT_EQ(get(self->pidfd, size, readonly), -EFAULT);
	/* A tail to be zeroed that is not there. */
	EXPECT_EQ(get(self->pidfd, size + 1, end - size), -EFAULT);
}

/* No alignment is asked for, as upstream asks for none. */
TEST_F(errors, misaligned)
{
	char buffer[2 * sizeof(self->info)], request[64];
	struct ferrite_pidfd_info info;

	for (int i = 0; i < 8; i++) {
		struct ferrite_pidfd_get_info aligned = {
			.pidfd = self->pidfd,
			.size = sizeof(info),
			.info = (uintptr_t)(buffer + i),
		};

		memset(buffer, 0, sizeof(buffer));
		memcpy(request + i, &aligned, sizeof(aligned));
		ASSERT_EQ(ioctl(self->device, FERRITE_PIDFD_GET_INFO, request + i), 0);
		memcpy(&info, buffer + i, sizeof(info));
		EXPECT_EQ(info.pid, getpid());
	}
}

/* Numbers that are no open file. */
TEST_F(errors, no_file)
{
	const int numbers[] = { -1, -100, -9999, -10002, INT32_MIN, INT32_MAX, 1000000 };

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		EXPECT_EQ(get_info(numbers[i]), -EBADF) {
			TH_LOG("fd %d", numbers[i]);
		}
	}
	ASSERT_EQ(close(self->pidfd), 0);
	EXPECT_EQ(get_info(self->pidfd), -EBADF);
}

/* Files of all kinds, anonymous inodes above all: none is taken for a pidfd. */
TEST_F(errors, no_pidfd)
{
	int pair[2], ends[2];
	sigset_t signals;

	sigemptyset(&signals);
	ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	ASSERT_EQ(pipe(ends), 0);

	struct {
		const char *what;
		int fd;
	} files[] = {
		{ "the device itself", self->device },
		{ "a folder", open("/", O_RDONLY) },
		{ "an executable", open("/proc/self/exe", O_RDONLY) },
		{ "a folder of proc", open("/proc/self", O_RDONLY) },
		{ "a file of proc", open("/proc/self/stat", O_RDONLY) },
		{ "a namespace", open("/proc/self/ns/pid", O_RDONLY) },
		{ "a device", open("/dev/null", O_RDWR) },
		{ "a socket", pair[0] },
		{ "a pipe", ends[0] },
		{ "memory", syscall(__NR_memfd_create, "[pidfd]", 0) },
		{ "an eventfd", eventfd(0, 0) },
		{ "an epoll", epoll_create1(0) },
		{ "a signalfd", signalfd(-1, &signals, 0) },
		{ "a timerfd", timerfd_create(CLOCK_MONOTONIC, 0) },
		{ "an inotify", inotify_init1(0) },
		{ "a path to a pidfd", -1 },
	};
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->pidfd);
	files[ARRAY_SIZE(files) - 1].fd = open(path, O_PATH);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].fd < 0)
			TH_LOG("%s is not to be had here", files[i].what);
		EXPECT_EQ(get_info(files[i].fd), -EBADF) {
			TH_LOG("%s", files[i].what);
		}
	}
}

/* A task outside of the caller's pid namespace. */
TEST_F(errors, foreign_pid_namespace)
{
	pid_t child;
	int pidfd;

	child = fork_pidfd(CLONE_NEWUSER | CLONE_NEWPID, &pidfd);
	if (child < 0)
		SKIP(return, "no namespaces: %s", strerror(errno));
	if (child == 0)
		_exit(get_info(self->pidfd) == -EREMOTE ? 0 : 1);
	EXPECT_EQ(exit_status(child), 0);
	/* From outside, the way in is open; but the child was reaped. */
	EXPECT_EQ(get_info(pidfd), -ESRCH);
}

/* What is looked for first is what is said: the order of the header. */
TEST_F(errors, order)
{
	pid_t child;
	int pidfd;

	/* EBADF before ENOTTY before EINVAL before E2BIG before EFAULT. */
	EXPECT_EQ(get(-1, 0, NULL), -EBADF);
	EXPECT_EQ(get(self->pidfd, 0, NULL), -ENOTTY);
	EXPECT_EQ(get(self->pidfd, 0, (void *)1), -ENOTTY);
	EXPECT_EQ(get(self->pidfd, UINT32_MAX, NULL), -EINVAL);
	EXPECT_EQ(get(self->pidfd, UINT32_MAX, (void *)1), -E2BIG);

	/* EFAULT for the mask before ESRCH. */
	child = fork_waiting(0, &pidfd);
	ASSERT_GT(child, 0);
	ASSERT_EQ(kill_reap(child), 0);
	EXPECT_EQ(get(pidfd, sizeof(self->info), (void *)1), -EFAULT);
	EXPECT_EQ(get_info(pidfd), -ESRCH);

	/* EFAULT for the mask before EREMOTE. */
	child = fork_pidfd(CLONE_NEWUSER | CLONE_NEWPID, &pidfd);
	if (child == 0)
		_exit(get(self->pidfd, sizeof(self->info), (void *)1) == -EFAULT ? 0 : 1);
	if (child > 0)
		EXPECT_EQ(exit_status(child), 0);
}

#ifdef __x86_64__
/* A system call as a program of 32 bits makes it. */
static long ioctl32(int fd, unsigned int command, void *arg)
{
	long result;

	asm volatile("int $0x80"
		     : "=a"(result)
		     : "a"(54L), "b"((long)fd), "c"((long)command), "d"(arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return result;
}

/* The same structs and errors for programs of 32 bits. */
TEST_F(errors, compat)
{
	struct low {
		struct ferrite_pidfd_get_info request;
		struct ferrite_pidfd_info info;
	} *low = mmap(NULL, sizeof(*low), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	pid_t child;

	ASSERT_NE(low, MAP_FAILED);
	child = fork();
	ASSERT_GE(child, 0);
	if (child == 0)
		_exit(ioctl32(-1, 0, NULL) == -EBADF ? 0 : 1);
	if (exit_status(child) != 0)
		SKIP(return, "this kernel runs no programs of 32 bits");

	low->request.pidfd = self->pidfd;
	low->request.size = sizeof(low->info);
	low->request.info = (uintptr_t)&low->info;
	EXPECT_EQ(ioctl32(self->device, FERRITE_PIDFD_GET_INFO, &low->request), 0);
	EXPECT_EQ(low->info.pid, getpid());
	EXPECT_EQ(ioctl32(self->device, FERRITE_PIDFD_GET_INFO + 1, &low->request), -ENOTTY);
	EXPECT_EQ(ioctl32(self->device, FERRITE_PIDFD_GET_INFO, NULL), -EFAULT);
	low->request.size = 63;
	EXPECT_EQ(ioctl32(self->device, FERRITE_PIDFD_GET_INFO, &low->request), -ENOTTY);
	low->request.pidfd = self->device;
	EXPECT_EQ(ioctl32(self->device, FERRITE_PIDFD_GET_INFO, &low->request), -EBADF);
}
#endif

NEEDS_DEVICE
TEST_HARNESS_MAIN
