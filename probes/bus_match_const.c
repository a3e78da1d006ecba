// SPDX-License-Identifier: GPL-2.0
/*
 * Is a bus given a constant driver to match with?
 * Upstream: bus_type.match in include/linux/device/bus.h, 6.11.
 * Asks: matches
 */
#include <linux/device.h>

#ifdef QUESTION
int matches(struct device *dev, const struct device_driver *driver);
struct bus_type probe = { .match = matches };
#endif
