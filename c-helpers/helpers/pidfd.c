// SPDX-License-Identifier: GPL-2.0

#include <linux/build_bug.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/pid.h>
#include <linux/string.h>
#include <uapi/linux/pidfd.h>

#ifdef PIDFD_INFO_SIZE_VER3
#define KERNEL_HAS_WHOLE_PIDFD_INFO
#endif

#include <ferrite_pidfd.h>

static_assert(sizeof(struct ferrite_pidfd_get_info) == 16);
static_assert(sizeof(struct ferrite_pidfd_info) == PIDFD_INFO_SIZE_VER3);

/* A kernel that has all of struct pidfd_info says whether ours is the same. */
#ifdef KERNEL_HAS_WHOLE_PIDFD_INFO
#define ASSERT_SAME(field)							\
	static_assert(offsetof(struct ferrite_pidfd_info, field) ==		\
			      offsetof(struct pidfd_info, field) &&		\
		      sizeof_field(struct ferrite_pidfd_info, field) ==		\
			      sizeof_field(struct pidfd_info, field))

ASSERT_SAME(mask);
ASSERT_SAME(cgroupid);
ASSERT_SAME(pid);
ASSERT_SAME(tgid);
ASSERT_SAME(ppid);
ASSERT_SAME(ruid);
ASSERT_SAME(rgid);
ASSERT_SAME(euid);
ASSERT_SAME(egid);
ASSERT_SAME(suid);
ASSERT_SAME(sgid);
ASSERT_SAME(fsuid);
ASSERT_SAME(fsgid);
ASSERT_SAME(exit_code);
ASSERT_SAME(coredump_mask);
ASSERT_SAME(coredump_signal);
ASSERT_SAME(coredump_code);
ASSERT_SAME(supported_mask);
static_assert(sizeof(struct ferrite_pidfd_info) == sizeof(struct pidfd_info));
#undef ASSERT_SAME
#endif

/* Linux 6.9 gave pidfds a file system; headers before that lack its number. */
#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446
#endif

/*
 * The struct pid of a pidfd, which holds a reference to it; NULL for any other
 * file. For lack of an export this does what pidfd_pid() does, by what makes a
 * pidfd unmistakable: no caller in userspace has a say in any of it.
 *
 * - Linux 6.9 and later: a pidfd is a regular file of pidfs, the one file
 *   system with this magic number, and its inode's i_private is the struct
 *   pid. The root of pidfs is the one other inode there: a directory.
 *
 * - Before that: an anonymous inode with the name "[pidfd]", and the file's
 *   private_data is the struct pid. The name is chosen by who makes the file,
 *   always kernel code, and in the kernel only by the one that makes pidfds. A
 *   module that chose the same name is told apart by its file operations'
 *   owner: theirs have one, while the kernel's own have none.
 */
struct pid *ferrite_helper_pidfd_file_pid(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	switch (inode->i_sb->s_magic) {
	case PID_FS_MAGIC:
		return S_ISREG(inode->i_mode) ? inode->i_private : NULL;
	case ANON_INODE_FS_MAGIC:
		if (file->f_op->owner ||
		    strcmp(file->f_path.dentry->d_name.name, "[pidfd]"))
			return NULL;
		return file->private_data;
	default:
		return NULL;
	}
}
