// SPDX-License-Identifier: GPL-2.0
/*
 * Is an iov_iter's length in the union with its one-segment vector?
 * Upstream: iov_iter.__ubuf_iovec in include/linux/uio.h, 6.4.
 * Asks: __ubuf_iovec
 */
#include <linux/uio.h>

void *probe(struct iov_iter *iter)
{
#ifdef QUESTION
	return &iter->__ubuf_iovec;
#endif
	return iter;
}
