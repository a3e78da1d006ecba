// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the module at work: a list under stress, and a million objects at once.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RUN "/sys/kernel/debug/lifo/run"

/* Runs a command and prints the result; 0, or 1 if that failed. */
static int show(const char *command)
{
	FILE *file = fopen(RUN, "w");
	char line[256];

	printf("  echo %s >%s; cat %s\n", command, RUN, RUN);
	if (!file || fprintf(file, "%s", command) < 0 || fclose(file)) {
		printf("    %s\n", strerror(errno));
		return 1;
	}
	file = fopen(RUN, "r");
	if (!file) {
		printf("    %s\n", strerror(errno));
		return 1;
	}
	while (fgets(line, sizeof(line), file))
		printf("    %s", line);
	fclose(file);
	return 0;
}

int main(void)
{
	printf("all CPUs push objects to one list and take them, in tasks and in interrupts;\n"
	       "a pusher may find a new object at the address that it has just loaded\n\n");
	if (show("stress time=2000 window=500"))
		return 1;
	printf("\na million objects, taken at once and dropped in parts\n\n");
	return show("flood nodes=1000000");
}
