// SPDX-License-Identifier: GPL-2.0
/*
 * Does a bus's remove() return nothing?
 * Upstream: bus_type.remove in include/linux/device/bus.h, 5.15.
 * Asks: removed
 */
#include <linux/device.h>

#ifdef QUESTION
void removed(struct device *dev);
struct bus_type probe = { .remove = removed };
#endif
