// SPDX-License-Identifier: GPL-2.0
/*
 * libferrite-pidfd, compiled in: on every kernel its functions are what the
 * newest kernel's system calls are, for pidfds and for the sentinels.
 */
#include "pidfd.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "../../lib/pidfd/call.c"
#include "../../lib/pidfd/ferrite-pidfd.c"

#include "kselftest_harness.h"

/* One sentinel; the tests are run with each, by the first thread. */
FIXTURE(library)
{
	int pidfd;
};

FIXTURE_VARIANT(library)
{
	int sentinel;
};

FIXTURE_VARIANT_ADD(library, thread)
{
	.sentinel = PIDFD_SELF_THREAD,
};

FIXTURE_VARIANT_ADD(library, group)
{
	.sentinel = PIDFD_SELF_THREAD_GROUP,
};

FIXTURE_SETUP(library)
{
	self->pidfd = sys_pidfd_open(getpid(), 0);
	ASSERT_GE(self->pidfd, 0);
}

FIXTURE_TEARDOWN(library)
{
	close(self->pidfd);
}

/* The same answer by a pidfd and by a sentinel. */
TEST_F(library, get_info)
{
	struct ferrite_pidfd_info by_pidfd = { .mask = PIDFD_INFO_CGROUPID };
	struct ferrite_pidfd_info by_sentinel = by_pidfd;

	ASSERT_EQ(ferrite_pidfd_get_info(self->pidfd, &by_pidfd, sizeof(by_pidfd)), 0);
	ASSERT_EQ(ferrite_pidfd_get_info(variant->sentinel, &by_sentinel, sizeof(by_sentinel)), 0);
	EXPECT_EQ(by_pidfd.pid, getpid());
	EXPECT_EQ(memcmp(&by_pidfd, &by_sentinel, sizeof(by_pidfd)), 0);

	EXPECT_EQ(ferrite_pidfd_get_info(variant->sentinel, NULL, sizeof(by_pidfd)), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(ferrite_pidfd_get_info(-1, &by_pidfd, sizeof(by_pidfd)), -1);
	EXPECT_EQ(errno, EBADF);
	EXPECT_EQ(ferrite_pidfd_get_info(self->pidfd, &by_pidfd, SIZE_MAX), -1);
	EXPECT_EQ(errno, E2BIG);
}

static volatile sig_atomic_t got, got_value;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	got = signal;
	got_value = info->si_value.sival_int;
}

/* A signal comes, with and without a siginfo; 0 only asks; nonsense is refused. */
TEST_F(library, send_signal)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	ASSERT_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, 0, NULL, 0), 0);
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, SIGUSR1, NULL, 0), 0);
	EXPECT_EQ(got, SIGUSR1);

	got = 0;
	info.si_value.sival_int = 4711;
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, SIGUSR1, &info, 0), 0);
	EXPECT_EQ(got, SIGUSR1);
	EXPECT_EQ(got_value, 4711);

	/* Another signal's siginfo, and none that can be read. */
	got = 0;
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, SIGUSR2, &info, 0), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(info.si_signo, SIGUSR1);
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, SIGUSR1, (siginfo_t *)8, 0), -1);
	EXPECT_EQ(errno, EFAULT);
	EXPECT_EQ(got, 0);

	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, 65, NULL, 0), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(ferrite_pidfd_send_signal(variant->sentinel, SIGUSR1, NULL, 1U << 31), -1);
	EXPECT_EQ(errno, EINVAL);
	EXPECT_EQ(ferrite_pidfd_send_signal(-1, SIGUSR1, NULL, 0), -1);
	EXPECT_EQ(errno, EBADF);
}

/* One's own file again: another number, the same file, closed by execve(). */
TEST_F(library, getfd)
{
	int ends[2], again;
	char byte = 0;

	ASSERT_EQ(pipe(ends), 0);
	again = ferrite_pidfd_getfd(variant->sentinel, ends[1], 0);
	ASSERT_GE(again, 0);
	EXPECT_NE(again, ends[1]);
	EXPECT_TRUE(fcntl(again, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(write(again, "x", 1), 1);
	EXPECT_EQ(read(ends[0], &byte, 1), 1);
	EXPECT_EQ(byte, 'x');

	EXPECT_EQ(ferrite_pidfd_getfd(variant->sentinel, 1000000, 0), -1);
	EXPECT_EQ(errno, EBADF);
	EXPECT_EQ(ferrite_pidfd_getfd(variant->sentinel, ends[1], 1), -1);
	EXPECT_EQ(errno, EINVAL);
}

/* Advice for two ranges is taken; memory that is not there is said. */
TEST_F(library, process_madvise)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 4 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct iovec ranges[] = { { memory, page }, { memory + 2 * page, page } };

	ASSERT_NE(memory, MAP_FAILED);
	memset(memory, 1, 4 * page);
	EXPECT_EQ(ferrite_process_madvise(variant->sentinel, ranges, 2, MADV_DONTNEED, 0),
		  2 * (ssize_t)page);
	EXPECT_EQ(memory[0], 0);
	EXPECT_EQ(memory[page], 1);
	EXPECT_EQ(memory[2 * page], 0);

	EXPECT_EQ(ferrite_process_madvise(variant->sentinel, ranges, 2, MADV_DONTNEED, 1), -1);
	EXPECT_EQ(errno, EINVAL);
	ASSERT_EQ(munmap(memory, 4 * page), 0);
	EXPECT_EQ(ferrite_process_madvise(variant->sentinel, ranges, 2, MADV_DONTNEED, 0), -1);
	EXPECT_EQ(errno, ENOMEM);
}

/* Nobody is a child of oneself; a child is waited for as ever. */
TEST_F(library, waitid)
{
	siginfo_t info;
	pid_t child;
	int pidfd;

	EXPECT_EQ(ferrite_waitid(P_PIDFD, variant->sentinel, &info, WEXITED), -1);
	EXPECT_EQ(errno, ECHILD);
	child = fork_pidfd(0, &pidfd);
	ASSERT_GE(child, 0);
	if (child == 0)
		_exit(3);
	ASSERT_EQ(ferrite_waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
	EXPECT_EQ(info.si_pid, child);
	EXPECT_EQ(info.si_status, 3);
	close(pidfd);
}

/* Into one's own namespaces: as by a pidfd of oneself, whatever that says. */
TEST_F(library, setns)
{
	const int types[] = { 0, CLONE_NEWUTS, CLONE_NEWUSER, 1 };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int by_pidfd = setns(self->pidfd, types[i]) ? errno : 0;
		int by_sentinel = ferrite_setns(variant->sentinel, types[i]) ? errno : 0;

		EXPECT_EQ(by_sentinel, by_pidfd);
	}
}

static void *other_thread(void *unused)
{
	struct ferrite_pidfd_info info = { 0 };
	struct iovec none = { NULL, 0 };
	sigset_t mask;
	intptr_t wrong = 0;

	(void)unused;
	if (ferrite_pidfd_get_info(PIDFD_SELF_THREAD, &info, sizeof(info)) ||
	    info.pid != (uint32_t)sys_gettid() || info.tgid != (uint32_t)getpid())
		wrong |= 1;
	if (ferrite_pidfd_get_info(PIDFD_SELF_THREAD_GROUP, &info, sizeof(info)) ||
	    info.pid != (uint32_t)getpid())
		wrong |= 2;
	/* Blocked everywhere, a signal to this thread is pending here alone. */
	if (ferrite_pidfd_send_signal(PIDFD_SELF_THREAD, SIGUSR2, NULL, 0))
		wrong |= 4;
	sigpending(&mask);
	if (!sigismember(&mask, SIGUSR2))
		wrong |= 8;
	if (ferrite_process_madvise(PIDFD_SELF_THREAD, &none, 1, MADV_NORMAL, 0) != 0)
		wrong |= 16;
	return (void *)wrong;
}

/* Another thread than the first is meant by PIDFD_SELF_THREAD, and only it. */
TEST(library_other_thread)
{
	pthread_t thread;
	sigset_t mask;
	void *wrong;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	ASSERT_EQ(sigprocmask(SIG_BLOCK, &mask, NULL), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, other_thread, NULL), 0);
	ASSERT_EQ(pthread_join(thread, &wrong), 0);
	EXPECT_EQ((intptr_t)wrong, 0);
	/* Not to the process: with its thread, the signal is gone. */
	sigpending(&mask);
	EXPECT_FALSE(sigismember(&mask, SIGUSR2));
}

#define REFUSED 10

/* What files say that are no pidfds, or not any more, and what bad sizes get. */
static void refused(int errors[REFUSED])
{
	int pidfd = sys_pidfd_open(getpid(), 0), ends[2] = { -1, -1 }, i = 0;
	struct ferrite_pidfd_info info = { 0 };
	const struct {
		int fd;
		size_t size;
	} asked[REFUSED] = {
		{ -1, sizeof(info) },
		{ INT_MAX, sizeof(info) },
		{ pipe(ends) ? -1 : ends[0], sizeof(info) },
		{ open("/", O_RDONLY), sizeof(info) },
		{ open("/dev/null", O_RDONLY), sizeof(info) },
		{ open("/proc/self/ns/pid", O_RDONLY), sizeof(info) },
		{ eventfd(0, 0), sizeof(info) },
		{ device_open(), sizeof(info) },
		{ pidfd, PIDFD_INFO_SIZE_VER0 - 1 },
		{ pidfd, FERRITE_PIDFD_INFO_SIZE_MAX + 1 },
	};

	for (; i < REFUSED; i++)
		errors[i] = ferrite_pidfd_get_info(asked[i].fd, &info, asked[i].size) ? errno : 0;
}

/* Both ways give the same, errors too, where there are both. */
TEST(library_ways)
{
	const char *ways[] = { "kernel", "device" };
	struct {
		struct ferrite_pidfd_info info;
		int errors[REFUSED];
	} said[2];
	int ends[2];

	memset(said, 0, sizeof(said));
	ASSERT_EQ(pipe(ends), 0);
	for (int i = 0; i < 2; i++) {
		/* A process of its own: the answer is remembered. */
		pid_t child = fork();

		ASSERT_GE(child, 0);
		if (child == 0) {
			struct ferrite_pidfd_info *own = &said[i].info;

			setenv("FERRITE_PIDFD", ways[i], 1);
			begin();
			own->mask = PIDFD_INFO_CGROUPID;
			if (ferrite_pidfd_get_info(PIDFD_SELF_THREAD, own, sizeof(*own)))
				_exit(errno == ENOTTY || errno == EINVAL ? 4 : 1);
			own->pid = own->tgid = 0;
			refused(said[i].errors);
			_exit(write(ends[1], &said[i], sizeof(said[i])) == sizeof(said[i]) ? 0 : 1);
		}
		switch (exit_status(child)) {
		case 0:
			break;
		case 4:
			SKIP(return, "there is no %s to ask", ways[i]);
		default:
			ASSERT_TRUE(false);
		}
		ASSERT_EQ(read(ends[0], &said[i], sizeof(said[i])), sizeof(said[i]));
	}
	EXPECT_EQ(memcmp(&said[0].info, &said[1].info, sizeof(said[0].info)), 0);
	for (int i = 0; i < REFUSED; i++) {
		EXPECT_NE(said[0].errors[i], 0);
		EXPECT_EQ(said[0].errors[i], said[1].errors[i]) {
			TH_LOG("request %d", i);
		}
	}
}

/* What a pidfd of oneself says: 0, or an errno. */
static int ask(int pidfd)
{
	struct ferrite_pidfd_info info = { 0 };

	if (ferrite_pidfd_get_info(pidfd, &info, sizeof(info)))
		return errno;
	return info.pid == (uint32_t)getpid() ? 0 : ERANGE;
}

/* The kernel's interface needs no number for a file. */
TEST(library_needs_no_number)
{
	int pidfd = sys_pidfd_open(getpid(), 0);

	while (dup(0) >= 0)
		;
	EXPECT_EQ(ask(pidfd), 0);
}

/* Nor need a file be opened. */
TEST(library_opens_nothing)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_SIZE(code), code };
	int pidfd = sys_pidfd_open(getpid(), 0);

	ASSERT_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		SKIP(return, "no seccomp in this kernel");
	EXPECT_EQ(ask(pidfd), 0);
}

/* A program that closes what it does not know has the device opened again, and no other file asked. */
TEST(library_knows_the_device)
{
	int pidfd = sys_pidfd_open(getpid(), 0), held = device, zero = open("/dev/zero", O_RDONLY);

	if (held < 0)
		SKIP(return, "the kernel answers: the device is not held");
	EXPECT_GT(held, 64);
	EXPECT_TRUE(fcntl(held, F_GETFD) & FD_CLOEXEC);
	ASSERT_EQ(dup2(zero, held), held);
	EXPECT_EQ(ask(pidfd), 0);
	EXPECT_NE(device, held);
	/* The program's own file is as it was. */
	EXPECT_GE(fcntl(held, F_GETFD), 0);
}

/* Where the device cannot be asked, it is as if there were no library. */
TEST(library_says_what_the_kernel_says)
{
	struct ferrite_pidfd_info info = { 0 };
	int pidfd = sys_pidfd_open(getpid(), 0), said;

	close(device);
	if (chroot("/proc"))
		SKIP(return, "only root may change its root");
	said = kernel_get(pidfd, sizeof(info), &info);
	EXPECT_EQ(ask(pidfd), -said);
}

NEEDS_DEVICE
TEST_HARNESS_MAIN
