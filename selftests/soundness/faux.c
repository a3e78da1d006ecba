// SPDX-License-Identifier: GPL-2.0
/*
 * A faux device stays bound while its module has it: root cannot unbind it.
 * Where root can, a driver without `unsafe` reads memory that is freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define DEVICE "ferrite_soundness"
#define BUS "/sys/bus/faux"
#define DRIVER BUS "/drivers/faux_driver"
#define RESOURCE "/sys/kernel/debug/ferrite_soundness_devices/faux"

FIXTURE(faux)
{
};

FIXTURE_SETUP(faux)
{
	if (access(RESOURCE, R_OK))
		SKIP(return, "%s: %s (is ferrite_soundness loaded, and are you root?)", RESOURCE,
		     strerror(errno));
	ASSERT_EQ(access(BUS "/devices/" DEVICE, F_OK), 0);
}

FIXTURE_TEARDOWN(faux)
{
}

/* Writes the device's name; returns 0, or what went wrong. */
static int name_to(const char *path)
{
	int file = open(path, O_WRONLY), error = 0;

	if (file < 0)
		return errno;
	if (write(file, DEVICE, strlen(DEVICE)) < 0)
		error = errno;
	close(file);
	return error;
}

/* What a driver reads of its resource. */
static const char *resource(void)
{
	static char text[64];
	int file = open(RESOURCE, O_RDONLY);
	ssize_t length = file < 0 ? -1 : read(file, text, sizeof(text) - 1);

	text[length < 0 ? 0 : length] = '\0';
	if (file >= 0)
		close(file);
	return text;
}

TEST_F(faux, resource_is_there)
{
	EXPECT_STREQ(resource(), "0x5afe\n");
}

/* The scenario: unbind, then let the driver read. */
TEST_F(faux, cannot_be_unbound)
{
	EXPECT_EQ(name_to(DRIVER "/unbind"), ENOENT);
	EXPECT_EQ(access(BUS "/devices/" DEVICE "/driver", F_OK), 0);
	EXPECT_STREQ(resource(), "0x5afe\n");
}

TEST_F(faux, cannot_be_bound)
{
	EXPECT_EQ(name_to(DRIVER "/bind"), ENOENT);
}

/* A device that is bound stays as it is when the bus looks for a driver. */
TEST_F(faux, probing_again_changes_nothing)
{
	name_to(BUS "/drivers_probe");
	EXPECT_EQ(access(BUS "/devices/" DEVICE "/driver", F_OK), 0);
	EXPECT_STREQ(resource(), "0x5afe\n");
}

TEST_HARNESS_MAIN
