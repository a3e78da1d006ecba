/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that are written to a file of debugfs, which runs them: to be
 * included by a test that has defined RUN, the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void nothing(int signal)
{
	(void)signal;
}

/* Writes a command; returns 0, or what went wrong. */
static int command(const char *text)
{
	int file = open(RUN, O_WRONLY);
	int error = 0;

	if (file < 0)
		return errno;
	if (write(file, text, strlen(text)) < 0)
		error = errno;
	close(file);
	return error;
}

/* What a file has, which fits. */
static void contents(const char *path, char *text, size_t size)
{
	int file = open(path, O_RDONLY);
	ssize_t length, all = 0;

	while (file >= 0 && (length = read(file, text + all, size - 1 - all)) > 0)
		all += length;
	text[all] = '\0';
	if (file >= 0)
		close(file);
}

/* A child that starts an endless run, and tells how that ended. */
static pid_t start(const char *endless)
{
	struct sigaction action = { .sa_handler = nothing };
	pid_t child = fork();

	if (child)
		return child;
	/* Without SA_RESTART: the write is to say that it was interrupted. */
	sigaction(SIGUSR1, &action, NULL);
	_exit(command(endless));
}

static void moment(void)
{
	struct timespec time = { .tv_nsec = 50 * 1000 * 1000 };

	nanosleep(&time, NULL);
}

/* Whether the child is in a run. */
static bool running(pid_t child)
{
	char path[64], name[64];

	snprintf(path, sizeof(path), "/proc/%d/wchan", child);
	contents(path, name, sizeof(name));
	return name[0] && strcmp(name, "0");
}

static void settle(pid_t child)
{
	for (int i = 0; i < 100 && !running(child); i++)
		moment();
	moment();
}

/* How many moments the child took to end that end() was called for last. */
static int moments;

/* Sends a signal until the child ends: one that came before the run began did nothing. */
static int end(pid_t child, int signal)
{
	int status;

	for (moments = 0; moments < 200; moments++) {
		kill(child, signal);
		moment();
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return -1;
}

/* The errno with which a child's command ends by itself; -1 where it does not within 10 s. */
static inline int ended(pid_t child)
{
	int status;

	for (int i = 0; i < 200; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		moment();
	}
	kill(child, SIGKILL);
	return -1;
}

/* What an endless run ends with when a signal comes; -1 where that was the writer's end. */
static int interrupted(const char *endless)
{
	pid_t child = start(endless);
	int status;

	if (child < 0)
		return -1;
	settle(child);
	status = end(child, SIGUSR1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The module file, in a guest: ../../modules, seen from this program. */
static int module_file(const char *name)
{
	char self[PATH_MAX] = "", path[PATH_MAX + 64];

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/../../modules/%s.ko", dirname(self), name);
	return open(path, O_RDONLY);
}
