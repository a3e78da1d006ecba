// SPDX-License-Identifier: GPL-2.0
/*
 * exercise DEVICE STEP...: does to one open file, step by step, what the steps
 * say, and prints what comes of each. samples.toml has the steps of a sample;
 * what they are worth is judged by who reads the lines.
 *
 *   write:TEXT		write the text		prints  write = BYTES
 *   read:BYTES		read at most so many	prints  read = TEXT
 *   ioctl:TYPE:NR	_IO(TYPE, NR)		prints  ioctl = RESULT
 *   get:TYPE:NR	_IOR(TYPE, NR, int)	prints  get = VALUE
 *   set:TYPE:NR:VALUE	_IOW(TYPE, NR, int)	prints  set = RESULT
 *
 * Where a call fails, its errno's name stands in place of a result. The exit
 * status says only whether the steps could be read and the device opened.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MAX_READ 4096

static void result(const char *verb, long value)
{
	if (value < 0)
		printf("%s = %s\n", verb, strerrorname_np(errno));
	else
		printf("%s = %ld\n", verb, value);
}

static void do_read(int fd, size_t size)
{
	char text[MAX_READ];
	ssize_t got = read(fd, text, size < sizeof(text) ? size : sizeof(text));

	if (got < 0)
		result("read", got);
	else
		printf("read = %.*s\n", (int)got, text);
}

static int step(int fd, const char *text)
{
	unsigned int nr;
	char type;
	int value, end = 0;

	if (!strncmp(text, "write:", 6)) {
		result("write", write(fd, text + 6, strlen(text + 6)));
	} else if (sscanf(text, "read:%d%n", &value, &end) == 1 && !text[end] && value >= 0) {
		do_read(fd, value);
	} else if (sscanf(text, "ioctl:%c:%i%n", &type, &nr, &end) == 2 && !text[end]) {
		result("ioctl", ioctl(fd, _IO(type, nr), NULL));
	} else if (sscanf(text, "get:%c:%i%n", &type, &nr, &end) == 2 && !text[end]) {
		long got = ioctl(fd, _IOR(type, nr, int), &value);

		if (got < 0)
			result("get", got);
		else
			printf("get = %d\n", value);
	} else if (sscanf(text, "set:%c:%i:%d%n", &type, &nr, &value, &end) == 3 && !text[end]) {
		result("set", ioctl(fd, _IOW(type, nr, int), &value));
	} else {
		fprintf(stderr, "exercise: what is the step '%s'?\n", text);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: exercise DEVICE STEP...\n");
		return 2;
	}
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		printf("open = %s\n", strerrorname_np(errno));
		return 1;
	}
	for (int i = 2; i < argc; i++)
		if (step(fd, argv[i]))
			return 2;
	return 0;
}
