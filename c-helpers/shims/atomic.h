/* SPDX-License-Identifier: GPL-2.0 */
/* Weaker orderings of atomic_add_negative(): a fully ordered one is each of them, too. */

#include <linux/atomic.h>

#ifndef FERRITE_HAVE_ATOMIC_ADD_NEGATIVE_RELAXED
#define atomic_add_negative_acquire atomic_add_negative
#define atomic_add_negative_release atomic_add_negative
#define atomic_add_negative_relaxed atomic_add_negative
#define atomic64_add_negative_acquire atomic64_add_negative
#define atomic64_add_negative_release atomic64_add_negative
#define atomic64_add_negative_relaxed atomic64_add_negative
#endif
