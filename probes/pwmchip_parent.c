// SPDX-License-Identifier: GPL-2.0
/*
 * Are a PWM chip's parent and data asked for by functions?
 * Upstream: pwmchip_parent(), pwmchip_get_drvdata() in include/linux/pwm.h, 6.9.
 * Asks: pwmchip_
 */
#include <linux/pwm.h>

struct device *probe(struct pwm_chip *chip)
{
#ifdef QUESTION
	pwmchip_set_drvdata(chip, pwmchip_get_drvdata(chip));
	return pwmchip_parent(chip);
#endif
	return NULL;
}
