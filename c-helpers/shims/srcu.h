/* SPDX-License-Identifier: GPL-2.0 */
/* What `kernel::sync::Srcu` asks of SRCU. */

#include <linux/srcu.h>

#ifndef FERRITE_HAVE_INIT_SRCU_STRUCT_KEY
/* Without lockdep there is nothing to do with a name and a key. */
static inline int __init_srcu_struct(struct srcu_struct *ssp, const char *name,
				     struct lock_class_key *key)
{
	return init_srcu_struct(ssp);
}
#endif

#ifndef FERRITE_HAVE_SRCU_READERS_ACTIVE
/*
 * A reader counts up on the CPU where it starts, and up in another counter where
 * it ends: over all CPUs the sums differ by those inside. Like upstream's, the
 * answer is only good when no reader can start any more.
 */
#ifdef FERRITE_HAVE_SRCU_CTRS
#define CARRIED_LOCKS(sdp, i) ((sdp)->srcu_ctrs[i].srcu_locks)
#define CARRIED_UNLOCKS(sdp, i) ((sdp)->srcu_ctrs[i].srcu_unlocks)
#else
#define CARRIED_LOCKS(sdp, i) ((sdp)->srcu_lock_count[i])
#define CARRIED_UNLOCKS(sdp, i) ((sdp)->srcu_unlock_count[i])
#endif

static inline bool srcu_readers_active(struct srcu_struct *ssp)
{
	unsigned long sum = 0;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		struct srcu_data *sdp = per_cpu_ptr(ssp->sda, cpu);

		for (i = 0; i < 2; i++) {
			/* Plain or atomic, by release: a word in either case. */
			static_assert(sizeof(CARRIED_LOCKS(sdp, i)) == sizeof(long));
			sum += READ_ONCE(*(unsigned long *)&CARRIED_LOCKS(sdp, i));
			sum -= READ_ONCE(*(unsigned long *)&CARRIED_UNLOCKS(sdp, i));
		}
	}
	return sum;
}
#endif
