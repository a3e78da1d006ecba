// SPDX-License-Identifier: GPL-2.0
/*
 * Does an I2C driver's remove() return nothing?
 * Upstream: i2c_driver.remove in include/linux/i2c.h, 6.1.
 * Asks: removed
 */
#include <linux/i2c.h>

#ifdef QUESTION
void removed(struct i2c_client *client);
struct i2c_driver probe = { .remove = removed };
#endif
