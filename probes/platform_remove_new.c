// SPDX-License-Identifier: GPL-2.0
/*
 * Has platform_driver a second `remove`, which returns nothing?
 * Upstream: platform_driver.remove_new, 6.3 to 6.12 (from 6.11 on in a union with `remove`).
 * Asks: remove_new
 */
#include <linux/platform_device.h>

#ifdef QUESTION
void removed(struct platform_device *dev);
struct platform_driver probe = { .remove_new = removed };
#endif
