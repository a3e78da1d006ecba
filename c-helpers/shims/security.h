/* SPDX-License-Identifier: GPL-2.0 */
/* Security contexts as one structure. */

#include <linux/security.h>

#ifndef FERRITE_HAVE_LSM_CONTEXT
struct lsm_context {
	char *context;
	u32 len;
	int id;
};

#ifdef CONFIG_SECURITY
int carried_shim_security_secid_to_secctx(u32 secid, struct lsm_context *context);
void carried_shim_security_release_secctx(struct lsm_context *context);
#else
/* Inline, and so called by upstream's C helpers, which have the names in Rust. */
static inline int carried_inline_secid_to_secctx(u32 secid, struct lsm_context *context)
{
	return security_secid_to_secctx(secid, &context->context, &context->len);
}

static inline void carried_inline_release_secctx(struct lsm_context *context)
{
	security_release_secctx(context->context, context->len);
}

#define security_secid_to_secctx carried_inline_secid_to_secctx
#define security_release_secctx carried_inline_release_secctx
#endif
#endif
