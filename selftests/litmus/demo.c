// SPDX-License-Identifier: GPL-2.0
/*
 * Shows the module at work: runs a litmus test without barriers and with them,
 * and prints what was seen, in litmus7's format.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RUN "/sys/kernel/debug/litmus/run"

/* Runs a test and prints the result; 0, or 1 if that failed. */
static int show(const char *test)
{
	FILE *file = fopen(RUN, "w");
	char line[256];

	printf("  echo %s count=1000000 >%s; cat %s\n", test, RUN, RUN);
	if (!file || fprintf(file, "%s count=1000000", test) < 0 || fclose(file)) {
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
	printf("two threads, in the kernel: each stores to one variable and loads the other\n\n");
	printf("  without barriers, both may load 0: each store may be on its way still (seen\n"
	       "  where the two really run at once, which they hardly do on a busy machine)\n");
	if (show("SB+onceonces"))
		return 1;
	printf("\n  with smp_mb() between the two, never\n");
	return show("SB+mbonceonces");
}
