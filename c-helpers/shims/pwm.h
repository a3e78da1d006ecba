/* SPDX-License-Identifier: GPL-2.0 */
/* A PWM chip's parent, and the data that its driver kept there. */

#include <linux/pwm.h>

#ifndef FERRITE_HAVE_PWMCHIP_PARENT
static inline struct device *pwmchip_parent(const struct pwm_chip *chip)
{
	return chip->dev;
}

static inline void *pwmchip_get_drvdata(const struct pwm_chip *chip)
{
	return dev_get_drvdata(chip->dev);
}

static inline void pwmchip_set_drvdata(struct pwm_chip *chip, void *data)
{
	dev_set_drvdata(chip->dev, data);
}
#endif
