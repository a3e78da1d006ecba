// SPDX-License-Identifier: GPL-2.0

//! What the threads of a test saw: a code for each register and instance.

use kernel::prelude::*;

use crate::test::Thread;

/// A column for each thread: one code a register, one instance after the other.
pub(crate) struct Seen {
    /// Own what the pointers point to.
    _columns: KVec<KVVec<u64>>,
    starts: KVec<*mut u64>,
    registers: KVec<Register>,
}

/// A register of a thread.
struct Register {
    /// Its code in the first instance.
    first: *const u64,
    /// How far it is to the next.
    width: usize,
}

// SAFETY: The codes are the vectors' own, and bound to no task.
unsafe impl Send for Seen {}
// SAFETY: All that reads or writes them is unsafe and asks its callers to keep apart.
unsafe impl Sync for Seen {}

impl Seen {
    /// Room for what `threads` see in so many instances.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(threads: &[Thread], instances: usize) -> Result<Self> {
        let mut columns = KVec::with_capacity(threads.len(), GFP_KERNEL)?;
        let mut starts = KVec::with_capacity(threads.len(), GFP_KERNEL)?;
        let mut registers = KVec::new();
        for thread in threads {
            let width = thread.registers.len();
            let size = width.checked_mul(instances).ok_or(ENOMEM)?;
            let mut codes = KVVec::from_elem(0u64, size.max(1), GFP_KERNEL)?;
            let start = codes.as_mut_ptr();
            for register in 0..width {
                let first = start.wrapping_add(register).cast_const();
                registers.push(Register { first, width }, GFP_KERNEL)?;
            }
            columns.push(codes, GFP_KERNEL)?;
            starts.push(start, GFP_KERNEL)?;
        }
        Ok(Self {
            _columns: columns,
            starts,
            registers,
        })
    }

    /// Where thread `number` leaves what it sees.
    pub(crate) fn column(&self, number: usize) -> *mut u64 {
        // PANIC: As many as there are threads.
        self.starts[number]
    }

    /// What was seen in an instance, in the order of the threads and their registers.
    ///
    /// # Safety
    ///
    /// There must be so many instances, and the threads must have come to a barrier that this one is
    /// past since they wrote.
    #[inline(always)]
    pub(crate) unsafe fn codes(&self, instance: usize) -> impl Iterator<Item = u64> + '_ {
        self.registers.iter().map(move |register| {
            // It does not wrap: it is an offset within the column.
            let offset = instance.wrapping_mul(register.width);
            // SAFETY: Within the column, which is ours; nobody writes it, by the safety requirements.
            unsafe { register.first.add(offset).read() }
        })
    }
}
