// SPDX-License-Identifier: GPL-2.0

//! Puts the lists of `ferrite::sync::lifo` under stress, in the kernel.
//!
//! In debugfs, `/sys/kernel/debug/lifo/run`: written to it, a command runs; the writer waits, and a signal
//! cuts the run short. Read, it gives the last run's result.
//!
//! - `stress time=1000`: on each CPU, a task, a soft and a hard interrupt push objects and take them, for
//!   so many milliseconds. [`params::Params`] has the other parameters.
//! - `flood nodes=1000000`: a task pushes so many objects, and takes them at once.

mod check;
mod flood;
mod params;
mod pool;
mod stress;
mod timer;
mod worker;

use kernel::{
    debugfs::{
        Dir,
        File,
        Reader,
        Writer, //
    },
    fmt,
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        Mutex, //
    },
    uaccess::UserSliceReader, //
};

use crate::{
    params::{
        Flood,
        Params, //
    },
    stress::Stress,
};

module! {
    type: LifoModule,
    name: "ferrite_lifo",
    authors: ["The Ferrite developers"],
    description: "Puts a lock-free list under stress",
    license: "GPL",
}

/// The file `run`.
#[pin_data]
struct Runner {
    #[pin]
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Whether there is a run: one at a time.
    busy: bool,
    /// The stress that runs, if that is the run.
    stress: Option<Arc<Stress>>,
    outcome: Outcome,
    leaving: bool,
}

/// What the last run came to.
#[derive(Default)]
enum Outcome {
    #[default]
    None,
    Stress(stress::Outcome),
    Flood(flood::Outcome),
}

impl Outcome {
    fn result(&self) -> Result {
        let (good, cut) = match self {
            Self::None => (true, false),
            Self::Stress(outcome) => (outcome.is_good(), outcome.cut),
            Self::Flood(outcome) => (outcome.is_good(), outcome.cut),
        };
        match (good, cut) {
            (false, _) => Err(EIO),
            (true, true) => Err(EINTR),
            (true, false) => Ok(()),
        }
    }
}

impl Runner {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            state <- new_mutex!(State::default()),
        })
    }

    /// Runs `command`.
    ///
    /// # Errors
    ///
    /// `ENOENT` if there is no such command, `EINVAL` if its parameters make no sense, `EBUSY` if there is a
    /// run already, `EINTR` if the run was cut short, `EIO` if a list did wrong (either leaves a
    /// result), `ESHUTDOWN` if the module is going, `ENOMEM` for lack of memory.
    fn run(&self, command: &str) -> Result {
        let mut words = command.split_whitespace();
        match words.next() {
            Some("stress") => {
                let params = Params::parse(words)?;
                self.alone(|| Ok(Outcome::Stress(self.stress(params)?)))
            }
            Some("flood") => {
                let flood = Flood::parse(words)?;
                self.alone(|| Ok(Outcome::Flood(flood.run(|| self.state.lock().leaving)?)))
            }
            Some(_) => Err(ENOENT),
            None => Err(EINVAL),
        }
    }

    /// Runs `run` unless another one runs, and keeps its outcome.
    fn alone(&self, run: impl FnOnce() -> Result<Outcome>) -> Result {
        {
            let mut state = self.state.lock();
            if state.leaving {
                return Err(ESHUTDOWN);
            }
            if state.busy {
                return Err(EBUSY);
            }
            state.busy = true;
        }
        let outcome = run();
        let mut state = self.state.lock();
        state.busy = false;
        state.stress = None;
        let outcome = outcome?;
        let result = outcome.result();
        state.outcome = outcome;
        result
    }

    fn stress(&self, params: Params) -> Result<stress::Outcome> {
        let stress = Stress::new(params)?;
        {
            let mut state = self.state.lock();
            if state.leaving {
                return Err(ESHUTDOWN);
            }
            state.stress = Some(stress.clone());
        }
        stress.run()
    }

    /// Ends the run that there is, if there is one, and lets none begin.
    fn leave(&self) {
        let mut state = self.state.lock();
        state.leaving = true;
        if let Some(stress) = &state.stress {
            stress.cut();
        }
    }
}

impl Reader for Runner {
    fn read_from_slice(&self, reader: &mut UserSliceReader) -> Result {
        let mut command = [0u8; 256];
        let length = reader.len();
        // A longer command would be cut: refuse it.
        let command = command.get_mut(..length).ok_or(E2BIG)?;
        reader.read_slice(command)?;
        self.run(core::str::from_utf8(command).map_err(|_| EINVAL)?)
    }
}

impl Writer for Runner {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state.lock().outcome {
            Outcome::None => Ok(()),
            Outcome::Stress(outcome) => f.write_fmt(fmt!("{outcome}")),
            Outcome::Flood(outcome) => f.write_fmt(fmt!("{outcome}")),
        }
    }
}

/// The module.
struct LifoModule {
    run: Pin<KBox<File<Runner>>>,
    _tests: ferrite::test::Run,
}

impl kernel::Module for LifoModule {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let dir = Dir::new(c"lifo");
        let run = dir.read_write_file(c"run", Runner::new());
        Ok(Self {
            run: KBox::pin_init(run, GFP_KERNEL)?,
            _tests: ferrite::test::Run::new::<LocalModule>(&[&check::tests::SUITE])?,
        })
    }
}

impl Drop for LifoModule {
    fn drop(&mut self) {
        // The file waits for whoever uses it, when it goes: a run that nobody ends would keep it.
        self.run.leave();
    }
}
