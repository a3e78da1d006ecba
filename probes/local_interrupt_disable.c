// SPDX-License-Identifier: GPL-2.0
/*
 * Do spinlocks nest their disabling of interrupts in a counter?
 * Upstream: include/linux/interrupt_rc.h, 7.3.
 * Asks: spin_lock_irq_disable
 * Exports: _local_interrupt_enable
 */
#include <linux/spinlock.h>

void probe(spinlock_t *lock)
{
#ifdef QUESTION
	spin_lock_irq_disable(lock);
#endif
}
