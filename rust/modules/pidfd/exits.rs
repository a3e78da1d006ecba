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

/// The key is the address of the `struct pid`, which is nobody else's while the entry has it.
struct Table {
    tree: RBTree<usize, (ARef<Pid>, Exit)>,
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

    fn insert(&mut self, node: RBTreeNode<usize, (ARef<Pid>, Exit)>) {
        if self.tree.insert(node).is_none() {
            self.len += 1;
        }
        if self.len >= self.sweep_at {
            self.sweep();
            self.sweep_at = SWEEP_MIN.max(2 * self.len);
        }
    }

    /// Drops what nobody can ask for: that to which only the table has a reference.
    fn sweep(&mut self) {
        let mut cursor = self.tree.cursor_front_mut();
        while let Some(at) = cursor {
            let (&key, (pid, _)) = at.current();
            cursor = if pid.refs() > 1 {
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

    /// An entry of the current process, which is not dead, but the table does not know.
    fn node(exit: Exit) -> Result<RBTreeNode<usize, (ARef<Pid>, Exit)>> {
        let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
        RBTreeNode::new(key(&pid), (pid, exit), GFP_KERNEL)
    }

    #[test]
    fn later_entry_replaces_earlier() {
        let mut table = Table::new();
        for code in [1, 2] {
            table.insert(node(Exit {
                code,
                cgroupid: None,
            })?);
        }
        assert_eq!(table.len, 1);
        assert_eq!(
            table.tree.values().next().map(|(_, exit)| exit.code),
            Some(2)
        );
    }

    #[test]
    fn sweep_keeps_what_is_referred_to() {
        let mut table = Table::new();
        table.insert(node(Exit {
            code: 0,
            cgroupid: None,
        })?);
        table.sweep();
        assert_eq!(table.len, 1);
        assert_eq!(table.tree.iter().count(), 1);
    }

    #[test]
    fn living_task_has_no_exit() {
        let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
        assert_eq!(get(&pid), None);
    }
}
