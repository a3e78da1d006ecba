// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the device at work: opens pidfds of itself, of a child and of a dead
 * child, and prints what the device says of each beside what /proc says.
 */
#include "pidfd.h"

#include <pthread.h>

#include <sys/utsname.h>

/* The text after "name:" in /proc/<pid>/status; "-" if there is none. */
static const char *proc_status(pid_t pid, const char *name)
{
	static char line[256];
	size_t length = strlen(name);
	char path[64], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, name, length) || line[length] != ':')
			continue;
		fclose(file);
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		for (end = line; (end = strchr(end, '\t')); )
			*end = ' ';
		return line + length + 2;
	}
	if (file)
		fclose(file);
	return "-";
}

static void row(const char *field, const char *device, const char *proc)
{
	printf("    %-12s %-26s %s\n", field, device, proc);
}

/* Prints one answer beside /proc/<pid>. */
static void show(int device, const char *title, int pidfd, pid_t pid)
{
	struct ferrite_pidfd_info info = {
		.mask = PIDFD_INFO_CGROUPID | PIDFD_INFO_EXIT | PIDFD_INFO_SUPPORTED_MASK,
	};
	char path[64], text[64];
	int result = device_get(device, pidfd, sizeof(info), &info);

	printf("\n  %s\n", title);
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	row("", "the device", path);
	if (result) {
		row("(error)", strerror(-result), access(path, R_OK) ? strerror(errno) : "there");
		return;
	}
	if (info.mask & PIDFD_INFO_PID) {
		snprintf(text, sizeof(text), "%u", info.pid);
		row("pid", text, proc_status(pid, "Pid"));
		snprintf(text, sizeof(text), "%u", info.tgid);
		row("tgid", text, proc_status(pid, "Tgid"));
		snprintf(text, sizeof(text), "%u", info.ppid);
		row("ppid", text, proc_status(pid, "PPid"));
	}
	if (info.mask & PIDFD_INFO_CREDS) {
		snprintf(text, sizeof(text), "%u %u %u %u", info.ruid, info.euid, info.suid,
			 info.fsuid);
		row("uids", text, proc_status(pid, "Uid"));
		snprintf(text, sizeof(text), "%u %u %u %u", info.rgid, info.egid, info.sgid,
			 info.fsgid);
		row("gids", text, proc_status(pid, "Gid"));
	}
	if (info.mask & PIDFD_INFO_CGROUPID) {
		snprintf(text, sizeof(text), "%llu", (unsigned long long)info.cgroupid);
		row("cgroup id", text, "(not there)");
	}
	if (info.mask & PIDFD_INFO_EXIT) {
		snprintf(text, sizeof(text), "status %d", WEXITSTATUS(info.exit_code));
		if (WIFSIGNALED(info.exit_code))
			snprintf(text, sizeof(text), "signal %d", WTERMSIG(info.exit_code));
		row("exit", text, access(path, R_OK) ? strerror(errno) : "(not there)");
	}
	row("state", "", proc_status(pid, "State"));
}

static void *show_thread(void *arg)
{
	show(*(int *)arg, "a second thread, by PIDFD_SELF_THREAD", PIDFD_SELF_THREAD,
	     sys_gettid());
	return NULL;
}

int main(void)
{
	int device = device_open(), pidfd;
	struct utsname kernel;
	pthread_t thread;
	pid_t child;

	if (device < 0) {
		fprintf(stderr, "%s: %s: load the module ferrite_pidfd\n", device_path(), strerror(errno));
		return 1;
	}
	uname(&kernel);
	printf("%s on Linux %s\n", device_path(), kernel.release);

	pidfd = sys_pidfd_open(getpid(), 0);
	show(device, "this process, by a pidfd", pidfd, getpid());
	show(device, "this process, by PIDFD_SELF_THREAD_GROUP (no pidfd)",
	     PIDFD_SELF_THREAD_GROUP, getpid());
	if (pthread_create(&thread, NULL, show_thread, &device) == 0)
		pthread_join(thread, NULL);

	child = fork_pidfd(0, &pidfd);
	if (child < 0) {
		perror("clone");
		return 1;
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (setresgid(1000, 1000, 1000) || setresuid(1000, 1001, 1002))
			printf("(not root: the child keeps its ids)\n");
		raise(SIGSTOP);
		_exit(42);
	}
	waitpid(child, NULL, WUNTRACED);
	show(device, "a child with ids of its own", pidfd, child);

	kill(child, SIGCONT);
	wait_zombie(child);
	show(device, "the child as a zombie: it has exited, nobody has waited for it", pidfd,
	     child);

	waitpid(child, NULL, 0);
	show(device, "the dead child: reaped, its number free for others", pidfd, child);
	return 0;
}
