// SPDX-License-Identifier: GPL-2.0
/*
 * Does the driver core tell a Rust driver when its device is unbound?
 * Upstream: device_driver.p_cb in include/linux/device/driver.h, 7.1.
 * Asks: p_cb
 */
#include <linux/device.h>

void probe(struct device_driver *driver, void (*callback)(struct device *))
{
#ifdef QUESTION
	driver->p_cb.post_unbind_rust = callback;
#endif
}
