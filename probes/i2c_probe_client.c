// SPDX-License-Identifier: GPL-2.0
/*
 * Is an I2C driver's probe() given the client alone, and returns its remove() nothing?
 * Upstream: struct i2c_driver in include/linux/i2c.h, 6.3 (remove(): 6.1).
 * Asks: asked_
 */
#include <linux/i2c.h>

#ifdef QUESTION
int asked_probe(struct i2c_client *client);
void asked_remove(struct i2c_client *client);
struct i2c_driver probe = { .probe = asked_probe, .remove = asked_remove };
#endif
