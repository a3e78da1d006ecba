/* SPDX-License-Identifier: GPL-2.0 */
/*
 * local_interrupt_disable(): interrupts are disabled from the first call to the
 * last matching local_interrupt_enable(). Upstream counts in preempt_count; here
 * a per-CPU counter does it, which nothing can move away from while it is not 0.
 */

#ifndef FERRITE_HAVE_LOCAL_INTERRUPT_DISABLE

#include <linux/spinlock.h>

void local_interrupt_disable(void) CARRIED_SYMBOL(local_interrupt_disable);
void local_interrupt_enable(void) CARRIED_SYMBOL(local_interrupt_enable);

#ifdef CONFIG_PREEMPT_RT
/*
 * Here a spinlock sleeps, which nobody may with interrupts disabled. No
 * interrupt handler takes one either, so the lock alone is enough, as upstream has it.
 */
static inline void spin_lock_irq_disable(spinlock_t *lock)
{
	spin_lock(lock);
}

static inline void spin_unlock_irq_enable(spinlock_t *lock)
{
	spin_unlock(lock);
}

static inline int spin_trylock_irq_disable(spinlock_t *lock)
{
	return spin_trylock(lock);
}
#else
static inline void spin_lock_irq_disable(spinlock_t *lock)
{
	local_interrupt_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq_enable(spinlock_t *lock)
{
	spin_unlock(lock);
	local_interrupt_enable();
}

static inline int spin_trylock_irq_disable(spinlock_t *lock)
{
	local_interrupt_disable();
	if (spin_trylock(lock))
		return 1;
	local_interrupt_enable();
	return 0;
}
#endif

#endif
