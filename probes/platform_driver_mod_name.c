// SPDX-License-Identifier: GPL-2.0
/*
 * Does registering a platform driver take the name of a built-in module?
 * Upstream: __platform_driver_register() in include/linux/platform_device.h, 7.3.
 * Asks: __platform_driver_register
 */
#include <linux/platform_device.h>

int probe(struct platform_driver *driver)
{
#ifdef QUESTION
	return __platform_driver_register(driver, NULL, "probe");
#endif
	return 0;
}
