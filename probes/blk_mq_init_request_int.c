// SPDX-License-Identifier: GPL-2.0
/*
 * Is blk_mq_ops.init_request given its node as an int?
 * Upstream: include/linux/blk-mq.h, 7.1 (before: unsigned int).
 * Asks: init
 */
#include <linux/blk-mq.h>

#ifdef QUESTION
int init(struct blk_mq_tag_set *set, struct request *rq, unsigned int hctx_idx, int numa_node);
struct blk_mq_ops probe = { .init_request = init };
#endif
