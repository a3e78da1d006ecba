// SPDX-License-Identifier: GPL-2.0
/*
 * Has an auxiliary device a place for the data of its Rust registration?
 * Upstream: auxiliary_device.registration_data_rust in include/linux/auxiliary_bus.h, 7.2.
 * Asks: registration_data_rust
 */
#include <linux/device.h>
#ifdef CONFIG_AUXILIARY_BUS
#include <linux/auxiliary_bus.h>

void probe(struct auxiliary_device *dev)
{
#ifdef QUESTION
	dev->registration_data_rust = NULL;
#endif
}
#endif
