/* SPDX-License-Identifier: GPL-2.0 */
/* An iov_iter's newest shape: its length below two unions, its direction a field. */

#include <linux/uio.h>

#ifndef FERRITE_HAVE_IOV_ITER_UBUF

#ifdef FERRITE_HAVE_IOV_ITER_DATA_SOURCE
typedef bool carried_direction;
#define CARRIED_DIRECTION data_source
#else
/* The lowest bit of a word. In Rust it compares like a bool (rust/kernel/bindings_shims.rs). */
typedef struct carried_direction {
	unsigned int bits;
} carried_direction;
#define CARRIED_DIRECTION type
static_assert(WRITE == 1 && READ == 0);
#endif

struct carried_shim_iov_iter {
	char kind[offsetof(struct iov_iter, CARRIED_DIRECTION)];
	carried_direction data_source;
	char more[offsetof(struct iov_iter, iov_offset) - offsetofend(struct iov_iter, CARRIED_DIRECTION)];
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
static_assert(sizeof(carried_direction) == sizeof_field(struct iov_iter, CARRIED_DIRECTION));
static_assert(offsetof(struct carried_shim_iov_iter, data_source) == offsetof(struct iov_iter, CARRIED_DIRECTION));
static_assert(offsetof(struct carried_shim_iov_iter, count) == offsetof(struct iov_iter, count));
#endif
