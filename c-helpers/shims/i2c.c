// SPDX-License-Identifier: GPL-2.0
/* See i2c.h. */

#include "shims.h"

#ifndef FERRITE_HAVE_I2C_REMOVE_VOID
static int client_removed(struct i2c_client *client)
{
	void (*removed)(struct i2c_client *client) = (void *)client->dev.driver->suspend;

	removed(client);
	return 0;
}

int carried_shim_i2c_register_driver(struct module *owner, struct i2c_driver *driver)
{
	driver->remove = client_removed;
	return i2c_register_driver(owner, driver);
}
#endif
