/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types of flags, and the one flag of each, that upstream's list of constants names.
 * Modules that would set them are left out where they are missing.
 */

#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/sched.h>

#ifndef BLK_FEAT_ROTATIONAL
typedef unsigned int blk_features_t;
#define BLK_FEAT_ROTATIONAL ((blk_features_t)0)
#endif

#ifndef FOP_UNSIGNED_OFFSET
typedef unsigned int fop_flags_t;
#define FOP_UNSIGNED_OFFSET ((fop_flags_t)0)
#endif

/* Before 6.1, every interruptible sleep was one that a freezer may end. */
#ifndef TASK_FREEZABLE
#define TASK_FREEZABLE 0
#endif

/* Before 5.16, no interrupt was kept from the search for spurious ones by a flag. */
#ifndef IRQF_NO_DEBUG
#define IRQF_NO_DEBUG 0
#endif
