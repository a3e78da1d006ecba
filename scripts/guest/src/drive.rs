// SPDX-License-Identifier: GPL-2.0

//! Boots a guest and follows it until it ends, for any reason.

use crate::channel::Frame;
use crate::console;
use crate::guest::{Accelerator, Guest, Payload};
use crate::job::Job;
use crate::machine::{self, CHANNEL_LOG, CONSOLE_LOG};
use crate::session::{Done, Progress, Session};
use anyhow::{bail, Context as _, Result};
use host::{signals, Context, Running};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The time between two checks of a guest that prints nothing.
const POLL: Duration = Duration::from_millis(100);

/// The time that a guest may take to shut down.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// Lines that are longer than this are split.
const LONGEST_LINE: u64 = 64 << 10;

/// An event in a guest, reported when it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// The guest is up, after this time.
    Up(Duration),
    /// This job begins.
    Begun(&'a Job),
    /// The job printed this line.
    Text(&'a str),
    /// The job ended.
    Ended(&'a Done),
}

/// The result of a guest's run.
#[derive(Debug)]
pub struct GuestOutcome {
    /// The jobs that were done, and the one that was running when the guest ended.
    pub done: Vec<Done>,
    /// The reason, if the guest ended before all jobs were done.
    pub fault: Option<String>,
    /// Was the guest stopped because it printed nothing for too long?
    pub hung: bool,
    /// The lines of the console that report a fault of the kernel.
    pub complaints: Vec<String>,
    /// The log that shows the cause of the failure best.
    pub log: PathBuf,
    /// The time from the start of the machine to the first line of the guest.
    pub up: Option<Duration>,
    /// The time from the start of the machine to the first line that a job printed.
    pub first_text: Option<Duration>,
}

impl GuestOutcome {
    /// The last lines of that log.
    pub fn tail(&self, count: usize) -> Vec<String> {
        console::tail(&read(&self.log), count)
    }

    /// Returns an error with the end of the log if the guest, its kernel or a job failed.
    pub fn all_well(&self, ctx: &Context) -> Result<()> {
        let failed = self.done.iter().find(|done| done.status != Some(0));
        let complaint = self
            .fault
            .clone()
            .or_else(|| self.complaints.first().cloned())
            .or_else(|| {
                failed.map(|done| format!("`{}` failed: {}", done.job, done.output.trim()))
            });
        let Some(complaint) = complaint else {
            return Ok(());
        };
        self.tail(40).iter().for_each(|line| ctx.note(line));
        bail!("{complaint} (the guest's log: {})", self.log.display())
    }
}

/// See [`Guest::run`].
pub(crate) fn drive(
    ctx: &Context,
    guest: &Guest<'_>,
    payload: &Payload,
    jobs: &[Job],
    watch: &mut dyn FnMut(Event<'_>),
) -> Result<GuestOutcome> {
    let work = tempfile::Builder::new()
        .prefix("guest-")
        .tempdir_in(&guest.dir)
        .context("cannot make a folder for the guest's files")?;
    let cmd = machine::command(ctx, guest, payload, jobs, work.path())?;
    let error_log = guest.dir.join(machine::error_log(guest.runner));
    let start = Instant::now();
    let mut running = cmd.spawn(ctx, Stdio::null(), Stdio::piped(), Stdio::piped())?;
    let errors = running
        .child
        .stderr
        .take()
        .context("the guest has no standard error")?;
    let kept = keep(errors, &error_log)?;
    let lines = listen(&mut running, &guest.dir.join(CHANNEL_LOG))?;

    let mut follower = Follower {
        session: Session::new(jobs, guest.runner.boot_limit()),
        start,
        up: None,
        first_text: None,
        hung: false,
    };
    let fault = follow(guest, &mut follower, &lines, watch);
    let fault = match fault {
        // All jobs are done; the guest shuts down.
        None => wait_for_end(&mut running).err(),
        Some(fault) => Some(fault),
    };
    running.kill();
    let _ = kept.join();
    signals::check()?;

    let console_log = guest.dir.join(CONSOLE_LOG);
    let complaints = console::complaints(&read(&console_log));
    let log = match fs::metadata(&console_log) {
        Ok(data) if data.len() > 0 => console_log,
        _ => error_log,
    };
    // A panic explains why the guest hung or ended, and the first fault explains the panic.
    let fault = fault.map(|fault| match complaints.first() {
        Some(first) => format!("the kernel died {}: {first}", follower.session.place()),
        None => fault,
    });
    let Follower {
        session,
        up,
        first_text,
        hung,
        ..
    } = follower;
    Ok(GuestOutcome {
        done: session.end(Instant::now()),
        fault,
        hung,
        complaints,
        log,
        up,
        first_text,
    })
}

struct Follower {
    session: Session,
    start: Instant,
    up: Option<Duration>,
    first_text: Option<Duration>,
    hung: bool,
}

impl Follower {
    fn take(&mut self, line: &str, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), String> {
        let now = Instant::now();
        match self.session.take(Frame::new(line), now)? {
            Progress::Up => {
                let up = now - self.start;
                self.up = Some(up);
                watch(Event::Up(up));
            }
            Progress::Begun(job) => watch(Event::Begun(&job)),
            Progress::Text(text) => {
                self.first_text.get_or_insert(now - self.start);
                watch(Event::Text(&text));
            }
            Progress::Ended(done) => watch(Event::Ended(&done)),
            Progress::Finished | Progress::Noise => {}
        }
        Ok(())
    }
}

/// Process lines until all jobs are done (returns `None`) or something is wrong (returns the reason).
fn follow(
    guest: &Guest<'_>,
    follower: &mut Follower,
    lines: &Receiver<String>,
    watch: &mut dyn FnMut(Event<'_>),
) -> Option<String> {
    let mut heard = Instant::now();
    let mut console = Console::new(guest.dir.join(CONSOLE_LOG));
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                heard = Instant::now();
                if let Err(why) = follower.take(&line, watch) {
                    return Some(format!("the guest's test channel is garbled: {why}"));
                }
                if follower.session.finished() {
                    return None;
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Some(format!(
                    "the guest ended by itself {}",
                    follower.session.place()
                ));
            }
            // While the guest boots, only the console shows that it is alive.
            Err(RecvTimeoutError::Timeout) if follower.up.is_none() && console.grew() => {
                heard = Instant::now();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if signals::received().is_some() {
            return Some("stopped by a signal".to_owned());
        }
        let patience = match guest.silence {
            Some(most) if follower.session.working() => follower.session.patience().min(most),
            _ => follower.session.patience(),
        };
        if heard.elapsed() > patience {
            follower.hung = true;
            return Some(format!(
                "the guest hangs: it was silent for {} s {}",
                patience.as_secs(),
                follower.session.place()
            ));
        }
        if follower.start.elapsed() > guest.limit {
            return Some(format!(
                "the guest was not done after {} s, and was stopped {}",
                guest.limit.as_secs(),
                follower.session.place()
            ));
        }
        if guest.accelerator == Accelerator::Kvm {
            let said = read(&guest.dir.join(machine::error_log(guest.runner)));
            if let Some(line) = said
                .lines()
                .find(|line| line.contains("KVM internal error"))
            {
                return Some(line.to_owned());
            }
        }
    }
}

/// The console's log, and how much of it was read.
struct Console {
    path: PathBuf,
    seen: u64,
}

impl Console {
    fn new(path: PathBuf) -> Self {
        Console { path, seen: 0 }
    }

    /// Has the log grown since the last call?
    fn grew(&mut self) -> bool {
        let size = fs::metadata(&self.path).map_or(0, |data| data.len());
        let grew = size > self.seen;
        self.seen = size;
        grew
    }
}

/// Pass on the lines that the machine prints, and write them to a log.
fn listen(running: &mut Running, log: &Path) -> Result<Receiver<String>> {
    let mut log = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let pipe = running
        .child
        .stdout
        .take()
        .context("the guest has no test channel")?;
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while (&mut pipe)
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)
            .is_ok_and(|count| count > 0)
        {
            // A full disk must not end the run that would report it.
            let _ = log.write_all(&line);
            let text = String::from_utf8_lossy(&line);
            if send.send(text.trim_end_matches('\n').to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    });
    Ok(receive)
}

/// Copy the output of a pipe to a log.
fn keep(mut pipe: impl Read + Send + 'static, log: &Path) -> Result<JoinHandle<()>> {
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    Ok(thread::spawn(move || {
        // A full disk must not end the run that would report it.
        let _ = std::io::copy(&mut pipe, &mut file);
    }))
}

fn wait_for_end(running: &mut Running) -> Result<(), String> {
    let since = Instant::now();
    while since.elapsed() < LAST_WORDS {
        match running.child.try_wait() {
            Ok(None) => thread::sleep(POLL / 10),
            Ok(Some(_)) => return Ok(()),
            Err(error) => return Err(format!("waiting for the machine failed: {error}")),
        }
    }
    Err(format!(
        "all jobs are done, but the guest did not end within {} s",
        LAST_WORDS.as_secs()
    ))
}

fn read(path: &Path) -> String {
    // A log that cannot be read is ignored: the result of the run does not depend on it.
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
