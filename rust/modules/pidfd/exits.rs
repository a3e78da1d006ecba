// SPDX-License-Identifier: GPL-2.0

//! What became of tasks that were reaped while the module was loaded, and what core they dumped.
//!
//! Kept for each `struct pid` to which somebody had a reference when its task was reaped, as an
//! open pidfd has one, or whose core dump was handed over with a pidfd, and until no reference but
//! ours is left. What the table holds is bounded by what is in use: whenever it has doubled,
//! entries that nobody can ask for any more are dropped.

use kernel::{
    prelude::*,
    rbtree::{
        RBTree,
        RBTreeNodeReservation, //
    },
    sync::aref::ARef, //
};

use ferrite::{
    pid::Pid,
    release::{
        Dumped,
        Handler,
        Released,
        Watch, //
    },
    task::{
        Dumpable,
        TaskExt, //
    }, //
};

/// What became of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exit {
    /// The status that `wait` tells.
    pub(crate) code: i32,
    /// The id of the last cgroup; [`None`] on a kernel without cgroups.
    pub(crate) cgroupid: Option<u64>,
}

/// The core that a process dumped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Dump {
    /// As whom.
    pub(crate) dumpable: Dumpable,
    /// The signal that made it dump.
    pub(crate) signal: i32,
    /// The signal's `si_code`.
    pub(crate) code: i32,
}

/// All that is known of what one `struct pid` identified.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Known {
    pub(crate) exit: Option<Exit>,
    pub(crate) dump: Option<Dump>,
}

impl Known {
    /// What is known, when this is learnt as well.
    fn and(self, more: Self) -> Self {
        Self {
            exit: more.exit.or(self.exit),
            dump: more.dump.or(self.dump),
        }
    }
}

/// The least number of entries that are looked through for some to drop.
const SWEEP_MIN: usize = 256;

type Entry = (ARef<Pid>, Known);

/// The key is the address of the `struct pid`, which is nobody else's while the entry has it.
struct Table {
    tree: RBTree<usize, Entry>,
    len: usize,
    sweep_at: usize,
    /// Are core dumps seen on this kernel?
    dumps: bool,
}

kernel::sync::global_lock! {
    // SAFETY: Initialised in `Exits::new`, the first that is done when the module is loaded.
    unsafe(uninit) static TABLE: SpinLock<Option<Table>> = None;
}

/// Keeps the table.
pub(crate) struct Exits {
    watch: Option<Watch<Self>>,
}

impl Exits {
    /// Makes the table, if this kernel lets modules know of tasks that are reaped.
    ///
    /// # Safety
    ///
    /// Must be called once, before all else of this file.
    pub(crate) unsafe fn new() -> Self {
        // SAFETY: By the requirements of this function, it is called once.
        unsafe { TABLE.init() };
        *TABLE.lock() = Some(Table::new());
        let watch = Watch::new()
            .inspect_err(|error| {
                pr_notice!("no PIDFD_INFO_EXIT: tasks that are reaped cannot be seen: {error:?}\n");
                TABLE.lock().take();
            })
            .ok();
        if let (Some(watch), Some(table)) = (&watch, &mut *TABLE.lock()) {
            table.dumps = watch.sees_dumps();
        }
        Self { watch }
    }
}

impl Drop for Exits {
    fn drop(&mut self) {
        // First nothing may come in any more.
        self.watch = None;
        let table = TABLE.lock().take();
        drop(table);
    }
}

impl Handler for Exits {
    fn released(task: Released<'_>) {
        let Some(pid) = task.pid() else {
            return;
        };
        // One reference is the kernel's, one is ours: no pidfd refers to this.
        if pid.refs() <= 2 {
            return;
        }
        let exit = Exit {
            code: task.exit_code(),
            cgroupid: task.task().dfl_cgroup_id(),
        };
        let known = Known {
            exit: Some(exit),
            ..Known::default()
        };
        note(pid, known);
    }

    fn dumped(dump: Dumped<'_>) {
        let pid = ARef::from(dump.pid);
        let dump = Dump {
            dumpable: dump.dumpable,
            signal: dump.signal,
            code: dump.code,
        };
        let known = Known {
            dump: Some(dump),
            ..Known::default()
        };
        note(pid, known);
    }
}

/// Remembers what was learnt. Does not sleep.
fn note(pid: ARef<Pid>, known: Known) {
    // Without memory, nobody will be told: that is not guessing.
    let flags = GFP_ATOMIC | __GFP_NOWARN;
    let Ok(place) = RBTreeNodeReservation::new(flags) else {
        return;
    };
    if let Some(table) = &mut *TABLE.lock() {
        table.insert(key(&pid), (pid, known), place);
    }
}

/// What is seen on this kernel.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) exits: bool,
    pub(crate) dumps: bool,
}

/// What is seen on this kernel.
pub(crate) fn seen() -> Seen {
    let table = TABLE.lock();
    Seen {
        exits: table.is_some(),
        dumps: table.as_ref().is_some_and(|table| table.dumps),
    }
}

/// What is known of what `pid` identified, or identifies.
pub(crate) fn get(pid: &Pid) -> Known {
    let table = TABLE.lock();
    let entry = table.as_ref().and_then(|table| table.tree.get(&key(pid)));
    entry.map_or(Known::default(), |(_, known)| *known)
}

fn key(pid: &Pid) -> usize {
    pid.as_ptr().addr()
}

impl Table {
    fn new() -> Self {
        Self {
            tree: RBTree::new(),
            len: 0,
            sweep_at: SWEEP_MIN,
            dumps: false,
        }
    }

    fn insert(&mut self, key: usize, entry: Entry, place: RBTreeNodeReservation<usize, Entry>) {
        if let Some((_, known)) = self.tree.get_mut(&key) {
            *known = known.and(entry.1);
            return;
        }
        self.tree.insert(place.into_node(key, entry));
        self.len += 1;
        if self.len >= self.sweep_at {
            // One reference is the table's.
            self.sweep(|(pid, _)| pid.refs() > 1);
            self.sweep_at = SWEEP_MIN.max(2 * self.len);
        }
    }

    /// Drops what nobody can ask for, so that `wanted` denies it.
    fn sweep(&mut self, wanted: impl Fn(&Entry) -> bool) {
        let mut cursor = self.tree.cursor_front_mut();
        while let Some(at) = cursor {
            let (&key, entry) = at.current();
            cursor = if wanted(entry) {
                at.move_next()
            } else {
                self.len -= 1;
                let (neighbour, node) = at.remove_current();
                drop(node);
                // After the last, it is the one before.
                neighbour.filter(|at| *at.current().0 > key)
            };
        }
    }
}

#[ferrite::tests]
pub(crate) mod tests {
    use super::*;
    use ferrite::pid::Type;

    fn exited(code: i32) -> Known {
        let exit = Exit {
            code,
            cgroupid: None,
        };
        Known {
            exit: Some(exit),
            ..Known::default()
        }
    }

    /// A table with an entry for each code; the key is the code, too.
    fn table_of(codes: impl Iterator<Item = i32>) -> Result<Table> {
        let mut table = Table::new();
        for code in codes {
            // The current process is not dead, but the table does not know.
            let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
            let place = RBTreeNodeReservation::new(GFP_KERNEL)?;
            table.insert(code as usize, (pid, exited(code)), place);
        }
        Ok(table)
    }

    #[test]
    fn same_key_is_one_entry() {
        let table = table_of([7, 7].into_iter())?;
        assert_eq!(table.len, 1);
        assert_eq!(table.tree.iter().count(), 1);
    }

    #[test]
    fn sweep_drops_what_is_not_wanted() {
        let mut table = table_of(0..10)?;
        table.sweep(|(_, known)| known.exit.is_some_and(|exit| exit.code % 3 == 1));
        assert_eq!(table.len, 3);
        assert!(table.tree.keys().eq(&[1, 4, 7]));
        table.sweep(|_| false);
        assert_eq!(table.len, 0);
        assert!(table.tree.is_empty());
    }

    #[test]
    fn sweeps_when_full() {
        // All are wanted: next it is looked through when there are twice as many.
        let table = table_of(0..SWEEP_MIN as i32)?;
        assert_eq!(table.len, SWEEP_MIN);
        assert_eq!(table.sweep_at, 2 * SWEEP_MIN);
    }

    #[test]
    fn what_is_learnt_later_is_added() {
        let dump = Dump {
            dumpable: Dumpable::Owner,
            signal: 11,
            code: 1,
        };
        let dumped = Known {
            dump: Some(dump),
            ..Known::default()
        };
        let both = dumped.and(exited(139));
        assert_eq!(both.dump, Some(dump));
        assert_eq!(both.exit, exited(139).exit);
        assert_eq!(both.and(Known::default()), both);
    }

    #[test]
    fn living_task_has_no_exit() {
        let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
        assert_eq!(get(&pid).exit, None);
    }
}
