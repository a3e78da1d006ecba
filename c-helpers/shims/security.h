/* SPDX-License-Identifier: GPL-2.0 */
/* Security contexts as one structure. */

#include <linux/security.h>

#ifndef FERRITE_HAVE_LSM_CONTEXT
struct lsm_context {
	char *context;
	u32 len;
	int id;
};

int carried_shim_security_secid_to_secctx(u32 secid, struct lsm_context *context);
void carried_shim_security_release_secctx(struct lsm_context *context);
#endif
