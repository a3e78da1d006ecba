/* SPDX-License-Identifier: GPL-2.0 */
/* An iov_iter's newest shape: its length below two unions. */

#include <linux/uio.h>

#ifndef FERRITE_HAVE_IOV_ITER_UBUF
struct carried_shim_iov_iter {
	char kind[offsetof(struct iov_iter, data_source)];
	bool data_source;
	char more[offsetof(struct iov_iter, iov_offset) - offsetofend(struct iov_iter, data_source)];
	union {
		struct iovec __ubuf_iovec;
		struct {
			size_t iov_offset;
			size_t count;
		};
	};
	char data[sizeof(struct iov_iter) - offsetofend(struct iov_iter, count)];
} __aligned(__alignof__(struct iov_iter));

static_assert(sizeof(struct carried_shim_iov_iter) == sizeof(struct iov_iter));
static_assert(offsetof(struct carried_shim_iov_iter, count) == offsetof(struct iov_iter, count));
#endif
