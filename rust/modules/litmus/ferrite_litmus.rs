// SPDX-License-Identifier: GPL-2.0

//! Runs litmus tests of the Linux kernel memory model in the kernel, at full tilt.
//!
//! A test is Rust, written with [`litmus!`], by hand or by `scripts/lkmm`, and compiled by the
//! compiler that compiles drivers. In debugfs, `/sys/kernel/debug/litmus/`:
//!
//! - `tests`: the tests' names, one a line.
//! - `run`: a test's name and parameters written to it, `SB+onceonces count=1000000`, run the test;
//!   the writer waits, and a signal cuts the run short. Read, it gives the last run's result.

mod aim;
mod barrier;
mod builtin;
mod cell;
#[cfg(CONFIG_FERRITE_TESTS)]
mod hazards;
mod histogram;
mod litter;
mod locks;
#[cfg(CONFIG_FERRITE_LITMUS_MUTANTS)]
mod mutants;
mod params;
mod rendezvous;
mod report;
mod run;
mod seen;
mod team;
mod test;
mod value;

/// Tests that `scripts/lkmm` translated; not there in a plain build.
#[cfg(CONFIG_FERRITE_LITMUS_CORPUS)]
#[allow(
    non_snake_case,
    unused_assignments,
    reason = "names are C's, and C assigns registers in vain"
)]
mod corpus {
    include!("corpus_generated.rs");
}

/// What a test's code may use without naming where it is.
#[allow(unused_imports, reason = "which of it is used depends on the tests")]
pub(crate) mod prelude {
    pub(crate) use crate::{
        cell::{
            Location,
            Shared, //
        },
        histogram::State,
        locks::{
            spin_lock,
            spin_trylock,
            spin_unlock, //
        },
        test::{
            address,
            index_of,
            Pass,
            Quantifier,
            Seen,
            Test,
            Thread, //
        },
        value::{
            Register,
            U16,
            U8, //
        }, //
    };
    pub(crate) use ferrite::lkmm::*;
    pub(crate) use kernel::sync::{
        atomic::{
            Acquire,
            Atomic,
            Full,
            Relaxed,
            Release, //
        },
        barrier::{
            smp_mb,
            Read,
            Write, //
        },
        rcu,
        SpinLock,
        Srcu, //
    };
}

use kernel::{
    debugfs::{
        Dir,
        File,
        Reader,
        Writer, //
    },
    fmt,
    new_condvar,
    new_mutex,
    prelude::*,
    sync::{
        Arc,
        CondVar,
        Mutex, //
    },
    uaccess::UserSliceReader, //
};

use crate::{
    params::Params,
    report::Text,
    run::{
        End,
        Run, //
    },
    test::Test, //
};

module! {
    type: Litmus,
    name: "ferrite_litmus",
    authors: ["The Ferrite developers"],
    description: "Runs litmus tests of the Linux kernel memory model",
    license: "GPL",
}

/// Every test of this module.
fn tests() -> impl Iterator<Item = &'static &'static Test> {
    #[cfg(CONFIG_FERRITE_LITMUS_CORPUS)]
    let translated = corpus::TESTS;
    #[cfg(not(CONFIG_FERRITE_LITMUS_CORPUS))]
    let translated: &[&Test] = &[];
    [builtin::TESTS, translated].into_iter().flatten()
}

/// The file `tests`.
struct Names;

impl Writer for Names {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for test in tests() {
            f.write_str(test.name)?;
            f.write_str("\n")?;
        }
        Ok(())
    }
}

/// The file `run`.
#[pin_data]
struct Runner {
    #[pin]
    state: Mutex<State>,
    /// A writer has ended its turn, or the module is going.
    #[pin]
    next: CondVar,
}

#[derive(Default)]
struct State {
    /// A writer has its turn: one test at a time, since two would disturb each other.
    taken: bool,
    running: Option<Arc<Run>>,
    result: Text,
    leaving: bool,
}

impl Runner {
    fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            state <- new_mutex!(State::default()),
            next <- new_condvar!(),
        })
    }

    /// Runs what `command` says, once all writers before have ended their turns. Interruptible.
    ///
    /// # Errors
    ///
    /// `ENOENT` if there is no such test, `EINVAL` if the parameters make no sense, `EINTR` if a
    /// signal came before the run began or cut it short, `ETIMEDOUT` if it got stuck, `ESHUTDOWN`
    /// if the module is going, `ENOMEM` for lack of memory. A run that was cut or got stuck leaves
    /// a result.
    fn run(&self, command: &str) -> Result {
        let mut words = command.split_whitespace();
        let name = words.next().ok_or(EINVAL)?;
        let test = tests().find(|test| test.name == name).ok_or(ENOENT)?;
        let mut params = Params::new(test)?;
        params.parse(words)?;

        let _turn = self.take_turn()?;
        let run = Run::new(test, params)?;
        {
            let mut state = self.state.lock();
            if state.leaving {
                return Err(ESHUTDOWN);
            }
            state.running = Some(run.clone());
        }
        let end = run.run();

        let mut result = Text::default();
        let end = end.and_then(|end| {
            let total = run.total().lock();
            report::write(&mut result, test, &total.histogram, total.elapsed, end)
                .map_err(|_| ENOMEM)?;
            Ok(end)
        });
        let mut state = self.state.lock();
        state.running = None;
        state.result = result;
        match end? {
            End::Whole => Ok(()),
            End::Cut => Err(EINTR),
            End::Stuck => Err(ETIMEDOUT),
        }
    }

    /// Waits until no other writer has its turn, and takes it.
    ///
    /// # Errors
    ///
    /// `EINTR` if a signal came first, `ESHUTDOWN` if the module is going.
    fn take_turn(&self) -> Result<Turn<'_>> {
        let mut state = self.state.lock();
        while state.taken && !state.leaving {
            if self.next.wait_interruptible(&mut state) {
                // The wakeup may have been for this writer, which does not use it.
                self.next.notify_one();
                return Err(EINTR);
            }
        }
        if state.leaving {
            return Err(ESHUTDOWN);
        }
        state.taken = true;
        Ok(Turn(self))
    }

    /// Ends the run that there is, if there is one, and lets none begin.
    fn leave(&self) {
        let mut state = self.state.lock();
        state.leaving = true;
        if let Some(run) = &state.running {
            run.cut();
        }
        self.next.notify_all();
    }
}

/// A writer's turn to run a test; ends when dropped.
struct Turn<'a>(&'a Runner);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.state.lock().taken = false;
        self.0.next.notify_one();
    }
}

impl Reader for Runner {
    fn read_from_slice(&self, reader: &mut UserSliceReader) -> Result {
        let mut command = [0u8; 512];
        let length = reader.len();
        // A longer command would be cut: refuse it.
        let command = command.get_mut(..length).ok_or(E2BIG)?;
        reader.read_slice(command)?;
        self.run(core::str::from_utf8(command).map_err(|_| EINVAL)?)
    }
}

impl Writer for Runner {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.state.lock().result.as_str())
    }
}

/// The module.
struct Litmus {
    run: Pin<KBox<File<Runner>>>,
    _names: Pin<KBox<File<Names>>>,
    _tests: ferrite::test::Run,
}

impl kernel::Module for Litmus {
    fn init(_module: &'static ThisModule) -> Result<Self> {
        let dir = Dir::new(c"litmus");
        let run = dir.read_write_file(c"run", Runner::new());
        let names = dir.read_only_file(c"tests", Names);
        Ok(Self {
            run: KBox::pin_init(run, GFP_KERNEL)?,
            _names: KBox::pin_init(names, GFP_KERNEL)?,
            _tests: ferrite::test::Run::new::<LocalModule>(&[
                &builtin::tests::SUITE,
                &cell::tests::SUITE,
                &histogram::tests::SUITE,
                &report::tests::SUITE,
                &value::tests::SUITE,
            ])?,
        })
    }
}

impl Drop for Litmus {
    fn drop(&mut self) {
        // The files wait for whoever uses them, when they go: a run that nobody ends would keep them.
        self.run.leave();
    }
}
