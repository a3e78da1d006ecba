// SPDX-License-Identifier: GPL-2.0
/*
 * Has an I2C driver a probe_new(), given the client alone, and a remove() that returns nothing?
 * Upstream: struct i2c_driver in include/linux/i2c.h, 6.1 and 6.2.
 * Asks: probe_new
 */
#include <linux/i2c.h>

#ifdef QUESTION
int probe_new_(struct i2c_client *client);
void remove_of_probe_new(struct i2c_client *client);
struct i2c_driver probe = { .probe_new = probe_new_, .remove = remove_of_probe_new };
#endif
