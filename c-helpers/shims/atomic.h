/* SPDX-License-Identifier: GPL-2.0 */
/* Weaker orderings: a fully ordered operation is each of them, too. */

#include <linux/atomic.h>

#ifndef FERRITE_HAVE_ATOMIC_ADD_NEGATIVE_RELAXED
#define atomic_add_negative_acquire atomic_add_negative
#define atomic_add_negative_release atomic_add_negative
#define atomic_add_negative_relaxed atomic_add_negative
#define atomic64_add_negative_acquire atomic64_add_negative
#define atomic64_add_negative_release atomic64_add_negative
#define atomic64_add_negative_relaxed atomic64_add_negative
#endif

#ifndef try_cmpxchg_acquire
#define try_cmpxchg_acquire try_cmpxchg
#define try_cmpxchg_release try_cmpxchg
#define try_cmpxchg_relaxed try_cmpxchg
#endif
