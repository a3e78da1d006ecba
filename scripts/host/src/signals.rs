// SPDX-License-Identifier: GPL-2.0

//! Ctrl-C, kill and hang-up: what we started ends, what we were making is removed, and then we end.
//!
//! A signal does not end the process at once. It ends the programs that we wait for, so that their
//! [`Cmd`](crate::program::Cmd) fails, the error travels up, and every guard on its way cleans up. A second
//! signal, or [`GRACE`] seconds without an end, ends the process where it stands; the next run sweeps up.

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
        // Without a listener the default action ends us; the next run sweeps up.
        return;
    };
    thread::spawn(move || {
        for signal in signals.forever() {
            // ORDERING: Relaxed. That no group is missed is the lock's doing: see `Group::watch`.
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

/// The signal that asked us to end, if one did.
pub fn received() -> Option<i32> {
    // ORDERING: Relaxed. Nothing is read because of it; who asks too early asks again.
    match RECEIVED.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(signal),
    }
}

/// An error if a signal asked us to end; for loops that start no program.
pub fn check() -> anyhow::Result<()> {
    match received() {
        Some(signal) => Err(anyhow::anyhow!("stopped by signal {signal}")),
        None => Ok(()),
    }
}

/// The exit status that shells expect of a process that `signal` ended.
pub fn exit_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

/// A process group that is killed when a signal ends us; forgotten when dropped.
pub struct Group(i32);

impl Group {
    /// Watch over the group that the process `leader` leads.
    pub fn watch(leader: u32) -> Self {
        let id = i32::try_from(leader).unwrap_or(0);
        GROUPS.lock().unwrap_or_else(|e| e.into_inner()).insert(id);
        if received().is_some() {
            // The signal came between the check and the start. Either `kill_all` took the lock after us
            // and saw the group, or before us, and then the lock shows us the signal.
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
        // A group that is gone already is what we want.
        let _ = kill_process_group(pid, signal);
    }
}
