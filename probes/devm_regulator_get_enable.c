// SPDX-License-Identifier: GPL-2.0
/*
 * Can a regulator be on for as long as a device is bound?
 * Upstream: devm_regulator_get_enable() in include/linux/regulator/consumer.h, 6.0.
 * Asks: devm_regulator_get_enable
 */
#include <linux/regulator/consumer.h>

int probe(struct device *dev)
{
#ifdef QUESTION
	return devm_regulator_get_enable(dev, "probe") ?: devm_regulator_get_enable_optional(dev, "probe");
#endif
	return 0;
}
