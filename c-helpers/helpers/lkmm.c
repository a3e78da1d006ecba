// SPDX-License-Identifier: GPL-2.0

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <asm/barrier.h>

void ferrite_helper_smp_mb__before_atomic(void)
{
	smp_mb__before_atomic();
}

void ferrite_helper_smp_mb__after_atomic(void)
{
	smp_mb__after_atomic();
}

void ferrite_helper_smp_mb__after_spinlock(void)
{
	smp_mb__after_spinlock();
}

void ferrite_helper_smp_mb__after_unlock_lock(void)
{
	smp_mb__after_unlock_lock();
}

void ferrite_helper_smp_mb__after_srcu_read_unlock(void)
{
	smp_mb__after_srcu_read_unlock();
}

int ferrite_helper_spin_is_locked(spinlock_t *lock)
{
	return spin_is_locked(lock);
}
