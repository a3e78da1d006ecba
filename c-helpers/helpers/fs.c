// SPDX-License-Identifier: GPL-2.0

#include <linux/fs.h>

struct inode *ferrite_helper_file_inode(const struct file *file)
{
	return file_inode(file);
}
