/* SPDX-License-Identifier: GPL-2.0 */
/* Split off <linux/kernel.h> in 5.16. */
#include <linux/kernel.h>
