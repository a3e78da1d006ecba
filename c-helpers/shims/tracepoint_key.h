/* SPDX-License-Identifier: GPL-2.0 */
/* A tracepoint's key, for Rust, which checks the type, of the type that it has since. Read first. */

#ifndef FERRITE_HAVE_TRACEPOINT_KEY_FALSE
#ifdef __BINDGEN__
#include <linux/static_key.h>
#define static_key static_key_false
#endif
#include <linux/tracepoint-defs.h>
#undef static_key
static_assert(sizeof(struct static_key_false) == sizeof(struct static_key));
#endif
