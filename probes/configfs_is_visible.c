// SPDX-License-Identifier: GPL-2.0
/*
 * Can a configfs group hide attributes?
 * Upstream: configfs_group_operations.is_visible in include/linux/configfs.h, 6.13.
 * Asks: is_
 */
#include <linux/configfs.h>

#ifdef QUESTION
struct configfs_group_operations probe = { .is_visible = NULL, .is_bin_visible = NULL };
#endif
