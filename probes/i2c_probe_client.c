// SPDX-License-Identifier: GPL-2.0
/*
 * Is an I2C driver's probe() given the client alone?
 * Upstream: i2c_driver.probe in include/linux/i2c.h, 6.3 (before: probe_new).
 * Asks: asked
 */
#include <linux/i2c.h>

#ifdef QUESTION
int asked(struct i2c_client *client);
struct i2c_driver probe = { .probe = asked };
#endif
