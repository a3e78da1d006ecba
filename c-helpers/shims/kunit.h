/* SPDX-License-Identifier: GPL-2.0 */
/* Which KUnit test this is. */

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <linux/sched.h>

#ifndef FERRITE_HAVE_KUNIT_GET_CURRENT_TEST
static inline struct kunit *carried_current_test(void)
{
#if IS_ENABLED(CONFIG_KUNIT)
	return current->kunit_test;
#else
	return NULL;
#endif
}
#define kunit_get_current_test carried_current_test
#endif
