// SPDX-License-Identifier: GPL-2.0
/* See debugfs.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_DEBUGFS_CREATE_FILE_FULL
struct dentry *carried_shim_debugfs_create_file_full(const char *name, umode_t mode,
						     struct dentry *parent, void *data,
						     const void *aux,
						     const struct file_operations *fops)
{
	/* Nothing could read it back here. */
	if (WARN_ON_ONCE(aux))
		return ERR_PTR(-EOPNOTSUPP);
	return debugfs_create_file(name, mode, parent, data, fops);
}
#endif
