/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields that Rust drivers use of the driver core's structures, and that older
 * ones lack. In Rust they exist all the same (rust/kernel/bindings_shims.rs), in the
 * place of a field of the same size:
 *
 *   device_driver.p_cb.post_unbind_rust       device_driver.resume
 *   auxiliary_device.registration_data_rust   auxiliary_device.dev.platform_data, of devices that
 *                                             the crate made
 *   platform_driver.remove (returning void)   platform_driver.remove_new, or, before that was
 *                                             there, platform_driver.driver.suspend
 *   i2c_driver.remove (returning void)        i2c_driver.driver.suspend
 *
 * The kernel uses device_driver.suspend and resume in two places. overlays.toml lists
 * them, and `make check` looks for others in the kernel's source:
 *
 *   device_pm_check_callbacks() asks whether they are NULL. A driver that has one of
 *   them has power management for it. So the driver core does not skip the device when
 *   the system sleeps. It goes through the callbacks of the bus instead, which may be
 *   none. That is slower and safe.
 *
 *   phy-fsl-usb.c calls them for the USB host controller of Freescale's OTG port. The
 *   driver of that controller is ehci-fsl, which is C.
 */

#include <linux/device.h>

/* Rust is not to see a `remove` that returns an int. */
#if defined(__BINDGEN__) && !defined(FERRITE_HAVE_PLATFORM_REMOVE_VOID)
#define remove remove_int
#endif
#include <linux/platform_device.h>
#undef remove

#ifndef FERRITE_HAVE_POST_UNBIND_RUST
static_assert(sizeof_field(struct device_driver, resume) == sizeof(void (*)(struct device *)));

/*
 * Upstream drops a driver's data after remove() and before devres. Devres
 * releases in reverse order, so a resource that is added when the data is set
 * is released at that moment. It remembers the data, which the bus may have
 * forgotten by then: usb_unbind_interface() does.
 */
void carried_shim_dev_set_drvdata(struct device *dev, void *data);
#endif

#if !defined(FERRITE_HAVE_PLATFORM_REMOVE_VOID) && !defined(FERRITE_HAVE_PLATFORM_REMOVE_NEW)
#define CARRIED_PLATFORM_REMOVE
static_assert(sizeof_field(struct device_driver, suspend) == sizeof(void (*)(struct platform_device *)));
#endif

#ifndef FERRITE_HAVE_PLATFORM_DRIVER_MOD_NAME
int carried_shim___platform_driver_register(struct platform_driver *driver, struct module *owner,
					    const char *mod_name);
#endif

#if defined(CONFIG_AUXILIARY_BUS) && !defined(FERRITE_HAVE_AUXILIARY_REGISTRATION_DATA)
#include <linux/auxiliary_bus.h>

/*
 * The type of the auxiliary devices that the crate made, and of no others: in any
 * other device platform_data is its maker's, and registration_data_rust is NULL.
 */
extern const struct device_type carried_auxiliary_type;

int carried_shim_auxiliary_device_init(struct auxiliary_device *auxdev);
#endif
