/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types of flags, and the one flag of each, that upstream's list of constants names.
 * Modules that would set them are left out where they are missing.
 */

#include <linux/blkdev.h>
#include <linux/fs.h>

#ifndef BLK_FEAT_ROTATIONAL
typedef unsigned int blk_features_t;
#define BLK_FEAT_ROTATIONAL ((blk_features_t)0)
#endif

#ifndef FOP_UNSIGNED_OFFSET
typedef unsigned int fop_flags_t;
#define FOP_UNSIGNED_OFFSET ((fop_flags_t)0)
#endif
