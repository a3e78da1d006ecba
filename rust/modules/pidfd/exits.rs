// SPDX-License-Identifier: GPL-2.0

//! What became of tasks that were reaped while the module was loaded.
//!
//! Kept for each `struct pid` to which somebody had a reference when its task was reaped, as an
//! open pidfd has one, and until none but ours is left. What the table holds is bounded by what
//! is in use: whenever it has doubled, entries that nobody can ask for any more are dropped.

use kernel::{
    prelude::*,
    rbtree::{
        RBTree,
        RBTreeNode, //
    },
    sync::aref::ARef, //
};

use ferrite::{
    pid::Pid,
    release::{
        Handler,
        Released,
        Watch, //
    },
    task::TaskExt, //
};

/// What became of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Exit {
    /// The status that `wait` tells.
    pub(crate) code: i32,
    /// The id of the last cgroup; [`None`] on a kernel without cgroups.
    pub(crate) cgroupid: Option<u64>,
}

/// The least number of entries that are looked through for some to drop.
const SWEEP_MIN: usize = 256;

type Entry = (ARef<Pid>, Exit);

/// The key is the address of the `struct pid`, which is nobody else's while the entry has it.
struct Table {
    tree: RBTree<usize, Entry>,
    len: usize,
    sweep_at: usize,
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
        // Without memory, nobody will be told: that is not guessing.
        let flags = GFP_ATOMIC | __GFP_NOWARN;
        let Ok(node) = RBTreeNode::new(key(&pid), (pid, exit), flags) else {
            return;
        };
        if let Some(table) = &mut *TABLE.lock() {
            table.insert(node);
        }
    }
}

/// Whether exits are seen on this kernel.
pub(crate) fn supported() -> bool {
    TABLE.lock().is_some()
}

/// What became of the task that `pid` identified; [`None`] if it was not seen.
pub(crate) fn get(pid: &Pid) -> Option<Exit> {
    let table = TABLE.lock();
    let (_, exit) = table.as_ref()?.tree.get(&key(pid))?;
    Some(*exit)
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
        }
    }

    fn insert(&mut self, node: RBTreeNode<usize, Entry>) {
        if self.tree.insert(node).is_none() {
            self.len += 1;
        }
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

    /// A table with an entry for each code; the key is the code, too.
    fn table_of(codes: impl Iterator<Item = i32>) -> Result<Table> {
        let mut table = Table::new();
        for code in codes {
            // The current process is not dead, but the table does not know.
            let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
            let exit = Exit {
                code,
                cgroupid: None,
            };
            table.insert(RBTreeNode::new(code as usize, (pid, exit), GFP_KERNEL)?);
        }
        Ok(table)
    }

    #[test]
    fn same_key_replaces() {
        let table = table_of([7, 7].into_iter())?;
        assert_eq!(table.len, 1);
        assert_eq!(table.tree.iter().count(), 1);
    }

    #[test]
    fn sweep_drops_what_is_not_wanted() {
        let mut table = table_of(0..10)?;
        table.sweep(|(_, exit)| exit.code % 3 == 1);
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
    fn living_task_has_no_exit() {
        let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
        assert_eq!(get(&pid), None);
    }
}
