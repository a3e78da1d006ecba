// SPDX-License-Identifier: GPL-2.0

//! Ctrl-C, kill and hang-up: the programs that the tool started end, half-made files are removed, and the tool exits.
//!
//! A signal does not end this process at once. It ends the programs that the process waits for. Then their
//! [`Cmd`](crate::program::Cmd) returns an error, and each guard cleans up while the error is passed on. The process
//! exits without cleaning up after a second signal, or after [`GRACE`]; the next run removes what is left.

use rustix::process::{kill_process_group, Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

/// How long cleaning up may take after a signal.
const GRACE: Duration = Duration::from_secs(10);

static RECEIVED: AtomicI32 = AtomicI32::new(0);
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Start listening. Called once, before any other thread exists.
pub fn install() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        // Without a listener, the default action ends this process. The next run removes what is left.
        return;
    };
    thread::spawn(move || {
        for signal in signals.forever() {
            // ORDERING: Relaxed. The lock in `Group::watch` makes sure that no group is missed.
            if RECEIVED.swap(signal, Ordering::Relaxed) != 0 {
                kill_all(Signal::KILL);
                std::process::exit(exit_code(signal).into());
            }
            kill_all(Signal::TERM);
            thread::spawn(move || {
                thread::sleep(GRACE / 4);
                kill_all(Signal::KILL);
                thread::sleep(GRACE);
                std::process::exit(exit_code(signal).into());
            });
        }
    });
}

/// The signal that asked this process to end, if one came.
pub fn received() -> Option<i32> {
    // ORDERING: Relaxed. No other data depends on the value, and a caller that reads too early reads again.
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

/// Returns an error if a signal asked this process to end. For loops that start no program.
pub fn check() -> anyhow::Result<()> {
    match received() {
        Some(signal) => Err(anyhow::anyhow!("stopped by signal {signal}")),
        None => Ok(()),
    }
}

/// The exit status that a shell reports for a process that `signal` ended: 128 and the signal's number.
pub fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// A process group that is killed when a signal asks this process to end. Dropping the value ends that.
pub struct Group(i32);

impl Group {
    /// Register the group that the process `leader` leads.
    pub fn watch(leader: u32) -> Self {
        let id = i32::try_from(leader).unwrap_or(0);
        GROUPS.lock().unwrap_or_else(|e| e.into_inner()).insert(id);
        if received().is_some() {
            // The signal came between the check and the start. If `kill_all` took the lock after this function, it
            // saw the group. If it took the lock before, this function sees the signal.
            kill_group(id, Signal::TERM);
        }
        Group(id)
    }

    /// Send `signal` to every process of the group.
    pub fn kill(&self, signal: Signal) {
        kill_group(self.0, signal);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        GROUPS
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .remove(&self.0);
    }
}

fn kill_all(signal: Signal) {
    for id in GROUPS.lock().unwrap_or_else(|e| e.into_inner()).iter() {
        kill_group(*id, signal);
    }
}

fn kill_group(id: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(id) {
        // An error means that the group has ended already.
        let _ = kill_process_group(pid, signal);
    }
}
