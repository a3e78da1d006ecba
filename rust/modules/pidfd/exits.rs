// SPDX-License-Identifier: GPL-2.0

//! What became of tasks that were reaped while the module was loaded, and what core they dumped.
//!
//! An entry is made for a `struct pid` to which somebody had a reference when its task was reaped,
//! as an open pidfd has one, or whose core dump was handed over with a pidfd. The entry has a
//! reference, too, so that the address is no other's. That keeps the pid namespace, and what its
//! user may have of namespaces. So an entry has to go soon after all other references are gone,
//! whatever else happens: as long as there are entries, [`Exits::run`] looks at them, 100 times a
//! second while they are young, and then once a second.
//!
//! A reference that keeps no namespace there is not: `put_pid()` gives the namespace back and tells
//! nobody. An address without a reference would need to be told from that of a later `struct pid`,
//! and kernels before 6.9 number neither.

use kernel::{
    prelude::*,
    processor::cpu_relax,
    rbtree::{
        RBTree,
        RBTreeNode,
        RBTreeNodeReservation, //
    },
    sync::{
        aref::ARef,
        GlobalGuard, //
    },
    time::{
        Instant,
        Monotonic,
        Msecs, //
    }, //
};

use ferrite::{
    deferred::{
        in_nmi,
        Deferred,
        Run, //
    },
    kthread,
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
    /// Whose credentials the core file gets.
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

struct Entry {
    pid: ARef<Pid>,
    known: Known,
    /// How often the entry was looked at.
    looks: u32,
}

type Tree = RBTree<usize, Entry>;
type Node = RBTreeNode<usize, Entry>;
type Place = RBTreeNodeReservation<usize, Entry>;

/// A young entry is looked at this often, in milliseconds. The reference that the kernel itself
/// has is gone a grace period after the reaping, and that of a `waitpid()` as soon as it returns.
const YOUNG: Msecs = 10;

/// An entry grows old when it was looked at this often: a pidfd is open for longer, it seems.
const LOOKS: u32 = 10;

/// Old entries are looked at this often, in milliseconds.
const OLD: Msecs = 1000;

/// How many entries are looked at with the lock held.
const BATCH: usize = 64;

/// How many places for entries are kept for when no memory can be had at once.
const SPARES: usize = 256;

/// How old an entry is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Age {
    Young,
    Old,
}

/// The key is the address of the `struct pid`, which is nobody else's while the entry has it.
struct Table {
    // The first two in this order, and dropped in this order: probes kick `later`.
    watch: Option<Watch<Exits>>,
    later: Option<Deferred<Exits>>,
    young: Tree,
    old: Tree,
    /// When the old entries were looked at last.
    looked: Instant<Monotonic>,
    /// `later` will look at the young entries, and has not begun yet.
    kicked: bool,
    spares: KVec<Place>,
}

kernel::sync::global_lock! {
    // SAFETY: Initialised in `Exits::new`, the first that is done when the module is loaded.
    unsafe(uninit) static TABLE: SpinLock<Option<Table>> = None;
}

/// Keeps the table.
pub(crate) struct Exits(());

impl Exits {
    /// Makes the table, if this kernel lets modules know of tasks that are reaped.
    ///
    /// # Safety
    ///
    /// Must be called once, before all else of this file. The result must be dropped before the
    /// module is unloaded.
    pub(crate) unsafe fn new() -> Self {
        // SAFETY: By the requirements of this function, it is called once.
        unsafe { TABLE.init() };
        let exits = Self(());
        // SAFETY: `TABLE` owns what is made, until `exits` is dropped.
        if let Err(error) = unsafe { Self::watch() } {
            pr_notice!("no PIDFD_INFO_EXIT: tasks that are reaped cannot be seen: {error:?}\n");
            take_table();
        }
        exits
    }

    /// # Safety
    ///
    /// [`take_table`] must be called before the module is unloaded.
    unsafe fn watch() -> Result {
        let mut table = Table::new();
        table.spares.reserve(SPARES, GFP_KERNEL)?;
        // SAFETY: By the requirements of this function, the table is dropped.
        table.later = Some(unsafe { Deferred::new(YOUNG)? });
        *TABLE.lock() = Some(table);
        refill();
        // SAFETY: By the requirements of this function, the table is dropped.
        let watch = unsafe { Watch::new()? };
        if let Some(table) = &mut *TABLE.lock() {
            table.watch = Some(watch);
        }
        Ok(())
    }
}

/// Drops the table, if there is one. May sleep.
///
/// Not with the lock held: it is dropped when no probe and no [`Exits::run`], which take the lock,
/// are running any more.
fn take_table() {
    let table = TABLE.lock().take();
    drop(table);
}

impl Drop for Exits {
    fn drop(&mut self) {
        take_table();
    }
}

impl Handler for Exits {
    fn released(task: Released<'_>) {
        let Some(pid) = task.pid() else {
            return;
        };
        // One reference is the kernel's, one is this function's: no pidfd refers to this.
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

/// Remembers what was learnt. Called in a probe: does not sleep, and may be in an NMI.
fn note(pid: ARef<Pid>, known: Known) {
    // Where the probe is a breakpoint, the exception counts as an NMI.
    let nmi = in_nmi();
    // Accounted to the task that reaps, or dumps, without waiting for memory and without what the
    // kernel keeps for emergencies.
    let flags = GFP_NOWAIT | __GFP_NOWARN | (GFP_KERNEL_ACCOUNT & !GFP_KERNEL);
    let place = if nmi { None } else { Place::new(flags).ok() };
    let mut guard = if nmi { lock_by_trying() } else { TABLE.lock() };
    if let Some(table) = &mut *guard {
        // Without a place nobody will be told: that is not guessing.
        table.insert(pid, known, place);
    }
}

/// Locks the table in an NMI, where a lock must be taken by trying.
///
/// The holder runs on another CPU, and so lets go soon: on this CPU it cannot be what the probe
/// interrupted. A task with this lock does not reap, nor dump core, and cannot be preempted.
fn lock_by_trying() -> GlobalGuard<TABLE> {
    loop {
        if let Some(guard) = TABLE.try_lock() {
            return guard;
        }
        cpu_relax();
    }
}

/// Makes places until there are as many as are kept. May sleep.
fn refill() {
    loop {
        let spares = TABLE.lock().as_ref().map(|table| table.spares.len());
        if spares.is_none_or(|spares| spares >= SPARES) {
            return;
        }
        let Ok(place) = Place::new(GFP_KERNEL | __GFP_NOWARN) else {
            return;
        };
        if let Some(table) = &mut *TABLE.lock() {
            // Nobody else puts places there: there is room.
            let _ = table.spares.push_within_capacity(place);
        }
    }
}

impl Run for Exits {
    fn run() -> Option<Msecs> {
        look_at_all(Age::Young);
        let due = TABLE.lock().as_ref()?.is_due();
        if due {
            look_at_all(Age::Old);
            TABLE.lock().as_mut()?.looked = Instant::now();
        }
        refill();
        TABLE.lock().as_mut()?.next_look()
    }
}

/// Drops the entries of this age that nobody can ask for. May sleep.
fn look_at_all(age: Age) {
    let mut from = Some(0);
    while let Some(key) = from {
        let mut unused = [const { None }; BATCH];
        from = TABLE.lock().as_mut().and_then(|table| {
            // One reference is the table's.
            table.look(age, key, |entry| entry.pid.refs() > 1, &mut unused)
        });
        // Without the lock: a pid namespace may go with its last `struct pid`.
        drop(unused);
        kthread::cond_resched();
    }
}

/// What is seen.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) exits: bool,
    pub(crate) dumps: bool,
}

/// What is seen now: the administrator can switch probes off.
pub(crate) fn seen() -> Seen {
    let table = TABLE.lock();
    let watch = table.as_ref().and_then(|table| table.watch.as_ref());
    watch.map_or(Seen::default(), |watch| {
        let exits = watch.is_alive();
        let dumps = exits && watch.sees_dumps();
        Seen { exits, dumps }
    })
}

/// Whether core dumps can be seen on this kernel.
pub(crate) fn can_see_dumps() -> bool {
    let table = TABLE.lock();
    let watch = table.as_ref().and_then(|table| table.watch.as_ref());
    watch.is_some_and(Watch::sees_dumps)
}

/// What is known of what `pid` identified, or identifies.
pub(crate) fn get(pid: &Pid) -> Known {
    let table = TABLE.lock();
    let entry = table.as_ref().and_then(|table| table.get(key(pid)));
    entry.map_or(Known::default(), |entry| entry.known)
}

fn key(pid: &Pid) -> usize {
    pid.as_ptr().addr()
}

impl Table {
    fn new() -> Self {
        Self {
            watch: None,
            later: None,
            young: RBTree::new(),
            old: RBTree::new(),
            looked: Instant::now(),
            kicked: false,
            spares: KVec::new(),
        }
    }

    fn get(&self, key: usize) -> Option<&Entry> {
        self.young.get(&key).or_else(|| self.old.get(&key))
    }

    fn insert(&mut self, pid: ARef<Pid>, known: Known, place: Option<Place>) {
        self.insert_as(key(&pid), pid, known, place);
    }

    fn insert_as(&mut self, key: usize, pid: ARef<Pid>, known: Known, place: Option<Place>) {
        let (young, old) = (&mut self.young, &mut self.old);
        if let Some(entry) = young.get_mut(&key).or_else(|| old.get_mut(&key)) {
            entry.known = entry.known.and(known);
            return;
        }
        let Some(place) = place.or_else(|| self.spares.pop()) else {
            return;
        };
        let entry = Entry {
            pid,
            known,
            looks: 0,
        };
        self.young.insert(place.into_node(key, entry));
        if let (Some(later), false) = (&self.later, self.kicked) {
            self.kicked = true;
            later.kick();
        }
    }

    /// Looks at the next [`BATCH`] entries of one age, from the key `from` on. Moves those that are
    /// not `in_use` to `unused`, and those that have grown old to the old ones. Returns the key of
    /// the next entry to look at.
    fn look(
        &mut self,
        age: Age,
        from: usize,
        in_use: impl Fn(&Entry) -> bool,
        unused: &mut [Option<Node>; BATCH],
    ) -> Option<usize> {
        if age == Age::Young && from == 0 {
            self.kicked = false;
        }
        let (tree, mut older) = match age {
            Age::Young => (&mut self.young, Some(&mut self.old)),
            Age::Old => (&mut self.old, None),
        };
        let mut cursor = tree.cursor_lower_bound_mut(&from);
        for place in unused {
            let mut at = cursor?;
            let (&key, entry) = at.current_mut();
            entry.looks = entry.looks.saturating_add(1);
            let wanted = in_use(entry);
            let grown = entry.looks >= LOOKS;
            let older = older.as_mut().filter(|_| wanted && grown);
            cursor = if wanted && older.is_none() {
                at.move_next()
            } else {
                let (neighbour, node) = at.remove_current();
                match older {
                    Some(older) => drop(older.insert(node)),
                    None => *place = Some(node),
                }
                // After the last, it is the one before.
                neighbour.filter(|at| *at.current().0 > key)
            };
        }
        cursor.map(|at| *at.current().0)
    }

    /// Whether it is time to look at the old entries.
    fn is_due(&self) -> bool {
        !self.old.is_empty() && self.looked.elapsed().as_millis() >= i64::from(OLD)
    }

    /// After how many milliseconds to look again; [`None`] if there is nothing to look at.
    fn next_look(&mut self) -> Option<Msecs> {
        if !self.young.is_empty() {
            self.kicked = true;
            return Some(YOUNG);
        }
        // CAST: At most `OLD`, and a time that has passed is not negative.
        let passed = self.looked.elapsed().as_millis().clamp(0, i64::from(OLD)) as Msecs;
        (!self.old.is_empty()).then_some((OLD - passed).max(YOUNG))
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

    /// A table with an entry for each code; the key is the code, too, from 1 on.
    fn table_of(codes: impl Iterator<Item = i32>) -> Result<Table> {
        let mut table = Table::new();
        for code in codes {
            // The current process is not dead, but the table does not know.
            let pid = Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH)?;
            let place = Place::new(GFP_KERNEL)?;
            // CAST: A few small codes.
            table.insert_as(code as usize, pid, exited(code), Some(place));
        }
        Ok(table)
    }

    fn count(tree: &Tree) -> usize {
        tree.iter().count()
    }

    /// Looks at all entries of an age, and drops those that are not in use.
    fn look(table: &mut Table, age: Age, in_use: impl Fn(&Entry) -> bool) {
        let mut from = Some(0);
        while let Some(key) = from {
            let mut unused = [const { None }; BATCH];
            from = table.look(age, key, &in_use, &mut unused);
        }
    }

    #[test]
    fn same_key_is_one_entry() {
        let table = table_of([7, 7].into_iter())?;
        assert_eq!(count(&table.young), 1);
    }

    #[test]
    fn unused_entries_are_dropped() {
        // More than a batch.
        let mut table = table_of(1..1000)?;
        look(&mut table, Age::Young, |entry| {
            entry.known.exit.is_some_and(|exit| exit.code % 500 == 1)
        });
        assert!(table.young.keys().eq(&[1, 501]));
        look(&mut table, Age::Young, |_| false);
        assert!(table.young.is_empty() && table.old.is_empty());
    }

    #[test]
    fn entries_grow_old_and_are_dropped() {
        let mut table = table_of(1..1000)?;
        for _ in 1..LOOKS {
            look(&mut table, Age::Young, |_| true);
        }
        assert!(table.old.is_empty());
        assert_eq!(table.next_look(), Some(YOUNG));
        look(&mut table, Age::Young, |_| true);
        assert!(table.young.is_empty());
        assert_eq!(count(&table.old), 999);
        assert!(table.get(7).is_some());
        table.looked = Instant::now();
        assert!(table.next_look().is_some_and(|next| next > YOUNG));
        look(&mut table, Age::Old, |entry| entry.known.exit.is_none());
        assert!(table.old.is_empty());
        assert_eq!(table.next_look(), None);
    }

    #[test]
    fn spares_serve_where_memory_does_not() {
        let mut table = Table::new();
        let pid = || Pid::of_task(current!(), Type::Tgid).ok_or(ESRCH);
        table.insert_as(1, pid()?, exited(1), None);
        assert!(table.get(1).is_none());
        let spare = Place::new(GFP_KERNEL)?;
        let kept = table.spares.push(spare, GFP_KERNEL);
        kept.map_err(Error::from)?;
        table.insert_as(1, pid()?, exited(1), None);
        assert!(table.get(1).is_some());
        assert!(table.spares.is_empty());
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
