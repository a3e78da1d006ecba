/* SPDX-License-Identifier: GPL-2.0 */
/* An I2C driver's probe(), given the client alone: for a time it was called probe_new(). Read first. */

#if defined(__BINDGEN__) && !defined(FERRITE_HAVE_I2C_PROBE_CLIENT)
#include <linux/device.h>
#define probe probe_with_id
#define probe_new carried_shim_probe
#include <linux/i2c.h>
#undef probe
#undef probe_new
#endif
