/* SPDX-License-Identifier: GPL-2.0 */
/* Split off <linux/bitops.h> in 5.15. */
#include <linux/bitops.h>
#include <linux/bitmap.h>
