// SPDX-License-Identifier: GPL-2.0
/*
 * Is an iov_iter's direction a field of its own?
 * Upstream: iov_iter.data_source in include/linux/uio.h, 5.14 (before: bit 0 of `type`).
 * Asks: data_source
 */
#include <linux/uio.h>

bool probe(struct iov_iter *iter)
{
#ifdef QUESTION
	return iter->data_source;
#endif
	return false;
}
