// SPDX-License-Identifier: GPL-2.0
/*
 * Is a DRM device allocated as part of its driver's structure, of any size?
 * Upstream: __drm_dev_alloc() in include/drm/drm_drv.h, 6.16.
 * Asks: __drm_dev_alloc
 * Exports: __drm_dev_alloc
 */
#include <drm/drm_drv.h>

void *probe(struct device *parent, const struct drm_driver *driver)
{
#ifdef QUESTION
	return __drm_dev_alloc(parent, driver, sizeof(void *), 0);
#else
	return NULL;
#endif
}
