// SPDX-License-Identifier: GPL-2.0
/* See regulator.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_DEVM_REGULATOR_GET_ENABLE

static void switch_off(void *regulator)
{
	regulator_disable(regulator);
}

static int switch_on(struct device *dev, struct regulator *regulator)
{
	int ret;

	if (IS_ERR(regulator))
		return PTR_ERR(regulator);
	ret = regulator_enable(regulator);
	if (ret)
		return ret;
	return devm_add_action_or_reset(dev, switch_off, regulator);
}

int devm_regulator_get_enable(struct device *dev, const char *id)
{
	return switch_on(dev, devm_regulator_get(dev, id));
}

int devm_regulator_get_enable_optional(struct device *dev, const char *id)
{
	return switch_on(dev, devm_regulator_get_optional(dev, id));
}

#endif
