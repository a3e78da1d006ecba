// SPDX-License-Identifier: GPL-2.0
/*
 * Has a configfs group the operation that nobody implemented?
 * Upstream: configfs_group_operations.commit_item in include/linux/configfs.h, until 6.1.
 * Asks: commit_item
 */
#include <linux/configfs.h>

#ifdef QUESTION
struct configfs_group_operations probe = { .commit_item = NULL };
#endif
