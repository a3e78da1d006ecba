// SPDX-License-Identifier: GPL-2.0
/*
 * Do debugfs files carry auxiliary data beside their data?
 * Upstream: debugfs_create_file_full() with `aux` in include/linux/debugfs.h, 6.15.
 * Asks: debugfs_create_file_full
 * Exports: debugfs_create_file_full
 */
#include <linux/debugfs.h>

struct dentry *probe(const struct file_operations *fops)
{
#ifdef QUESTION
	return debugfs_create_file_full("probe", 0400, NULL, NULL, NULL, fops);
#endif
	return NULL;
}
