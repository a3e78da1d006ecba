// SPDX-License-Identifier: GPL-2.0
/*
 * Has an auxiliary device a place for the data of its Rust registration?
 * Upstream: auxiliary_device.registration_data_rust in include/linux/auxiliary_bus.h, 7.2 (the bus itself: 5.11).
 * Asks: auxiliary
 */
#include <linux/device.h>

#ifdef QUESTION
#include <linux/auxiliary_bus.h>

void *probe(struct auxiliary_device *auxiliary)
{
	return auxiliary->registration_data_rust;
}
#endif
