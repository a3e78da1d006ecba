/* SPDX-License-Identifier: GPL-2.0 */
/* Files of debugfs with auxiliary data, which `kernel::debugfs` leaves empty. */

#include <linux/debugfs.h>

#ifndef FERRITE_HAVE_DEBUGFS_CREATE_FILE_FULL
struct dentry *carried_shim_debugfs_create_file_full(const char *name, umode_t mode,
						     struct dentry *parent, void *data,
						     const void *aux,
						     const struct file_operations *fops);
#endif
