// SPDX-License-Identifier: GPL-2.0
/* See security.h. */

#include "shims.h"

#if !defined(FERRITE_HAVE_LSM_CONTEXT) && defined(CONFIG_SECURITY)
int carried_shim_security_secid_to_secctx(u32 secid, struct lsm_context *context)
{
	return security_secid_to_secctx(secid, &context->context, &context->len);
}

void carried_shim_security_release_secctx(struct lsm_context *context)
{
	security_release_secctx(context->context, context->len);
	memset(context, 0, sizeof(*context));
}
#endif
