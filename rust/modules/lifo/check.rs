// SPDX-License-Identifier: GPL-2.0

//! Whether what is taken is what was pushed, in order.

use kernel::prelude::*;

/// What is known of an object that was taken.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    /// Which worker pushed it.
    pub(crate) worker: u32,
    /// Its number among that worker's objects.
    pub(crate) number: u64,
    /// How many objects of its chain are below it.
    pub(crate) below: u32,
}

/// Goes with a context through all that it takes.
pub(crate) struct Check {
    /// Of each worker: in which walk an object of it was met last, and that one's number.
    last: KVec<(u64, u64)>,
    walk: u64,
    above: Option<Taken>,
}

impl Check {
    /// For objects of so many workers. May sleep.
    ///
    /// # Errors
    ///
    /// `ENOMEM` for lack of memory.
    pub(crate) fn new(workers: usize) -> Result<Self> {
        let mut last = KVec::with_capacity(workers, GFP_KERNEL)?;
        for _ in 0..workers {
            last.push((0, 0), GFP_KERNEL)?;
        }
        Ok(Self {
            last,
            walk: 0,
            above: None,
        })
    }

    /// Begins with objects that were taken at once.
    pub(crate) fn begin(&mut self) {
        self.walk += 1;
        self.above = None;
    }

    /// Looks at the next object, which was below the one before; returns whether it is in order.
    pub(crate) fn next(&mut self, taken: Taken) -> bool {
        let chained = match self.above {
            // The next one of the chain.
            Some(above) if above.below != 0 => {
                above.worker == taken.worker
                    && above.number == taken.number + 1
                    && above.below == taken.below + 1
            }
            _ => true,
        };
        self.above = Some(taken);
        let Some(last) = usize::try_from(taken.worker)
            .ok()
            .and_then(|worker| self.last.get_mut(worker))
        else {
            return false;
        };
        let (walk, number) = core::mem::replace(last, (self.walk, taken.number));
        chained && (walk != self.walk || taken.number < number)
    }

    /// Ends; returns whether no chain was cut off.
    pub(crate) fn end(&mut self) -> bool {
        self.above.take().is_none_or(|last| last.below == 0)
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;

    /// Whether these objects, of worker, number, and how many below, are in order.
    fn in_order(objects: &[(u32, u64, u32)]) -> Result<bool> {
        let mut check = Check::new(2)?;
        // Another walk before: its numbers do not count.
        check.begin();
        check.next(Taken {
            worker: 0,
            number: 1,
            below: 0,
        });
        check.end();
        check.begin();
        let mut good = true;
        for &(worker, number, below) in objects {
            good &= check.next(Taken {
                worker,
                number,
                below,
            });
        }
        Ok(check.end() && good)
    }

    #[test]
    fn chains_and_single_objects_pass() {
        assert!(in_order(&[])?);
        assert!(in_order(&[
            (0, 9, 2),
            (0, 8, 1),
            (0, 7, 0),
            (1, 3, 0),
            (0, 6, 0),
            (1, 2, 0)
        ])?);
    }

    #[test]
    fn lost_object_is_noticed() {
        assert!(!in_order(&[(0, 9, 2), (0, 7, 0)])?);
        assert!(!in_order(&[(0, 9, 2), (0, 8, 1)])?);
    }

    #[test]
    fn object_that_came_between_is_noticed() {
        assert!(!in_order(&[(0, 9, 1), (1, 3, 0), (0, 8, 0)])?);
    }

    #[test]
    fn disorder_is_noticed() {
        assert!(!in_order(&[(0, 8, 0), (1, 3, 0), (0, 9, 0)])?);
        assert!(!in_order(&[(0, 8, 0), (0, 8, 0)])?);
    }

    #[test]
    fn unknown_worker_is_noticed() {
        assert!(!in_order(&[(2, 1, 0)])?);
    }
}
