/* SPDX-License-Identifier: GPL-2.0 */
/* A regulator that is on for as long as a device is bound. */

#include <linux/regulator/consumer.h>

#ifndef FERRITE_HAVE_DEVM_REGULATOR_GET_ENABLE
int devm_regulator_get_enable(struct device *dev, const char *id) CARRIED_SYMBOL(devm_regulator_get_enable);
int devm_regulator_get_enable_optional(struct device *dev, const char *id)
	CARRIED_SYMBOL(devm_regulator_get_enable_optional);
#endif
