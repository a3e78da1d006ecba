// SPDX-License-Identifier: GPL-2.0
/*
 * Does platform_driver.remove return nothing?
 * Upstream: include/linux/platform_device.h, 6.11.
 * Asks: remove
 */
#include <linux/platform_device.h>

#ifdef QUESTION
void removed(struct platform_device *dev);
struct platform_driver probe = { .remove = removed };
#endif
