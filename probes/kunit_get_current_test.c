// SPDX-License-Identifier: GPL-2.0
/*
 * Can a function ask which KUnit test it runs in?
 * Upstream: include/kunit/test-bug.h, 6.3.
 * Asks: kunit_get_current_test
 */
#include <kunit/test.h>
#ifdef QUESTION
#include <kunit/test-bug.h>

struct kunit *probe(void)
{
	return kunit_get_current_test();
}
#endif
