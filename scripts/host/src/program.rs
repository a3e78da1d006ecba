// SPDX-License-Identifier: GPL-2.0

//! Running programs on this machine: progress, logs, errors, and how a program ends.

use crate::context::Context;
use crate::disk::explain;
use crate::signals;
use crate::signals::Group;
use anyhow::{anyhow, Context as _, Result};
use rustix::process::{set_parent_process_death_signal, Signal};
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How many lines of a failed program's output an error shows.
const TAIL: usize = 40;

/// The C library's message for ENOSPC.
const DISK_FULL: &str = "No space left on device";

static SERIAL: AtomicU32 = AtomicU32::new(0);

/// Rewrites a line of output before a person sees it.
type LineMap = Box<dyn Fn(&str) -> String + Send + Sync>;

/// A program to run: its purpose, its arguments, and how its output is shown.
///
/// The output always goes to a log in the cache. The screen shows a progress line, or with `--verbose` the command
/// and its output. If the program fails, the error has the command, the exit status and the end of the log.
/// The program leads a process group of its own. The group is killed when this process ends.
pub struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    envs: Vec<(OsString, OsString)>,
    dir: Option<PathBuf>,
    what: Option<String>,
    stdin: Option<PathBuf>,
    map: Option<LineMap>,
    remedy: Option<String>,
    tail: usize,
    limit: Option<Duration>,
}

/// The exit status and the output of a program that ended.
#[derive(Debug)]
pub struct ProgramOutcome {
    /// The exit status.
    pub status: ExitStatus,
    /// It ran longer than its limit, and was ended.
    pub timed_out: bool,
    /// Its standard output.
    pub stdout: String,
    /// The end of both outputs, as shown on the screen.
    pub tail: String,
    /// The file with both outputs.
    pub log: PathBuf,
}

impl Cmd {
    /// A program, found through `PATH` unless it is a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        Cmd {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            envs: Vec::new(),
            dir: None,
            what: None,
            stdin: None,
            map: None,
            remedy: None,
            tail: TAIL,
            limit: None,
        }
    }

    /// Add one argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Add arguments.
    pub fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// Set an environment variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.envs
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Run in this folder.
    pub fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Show this progress line while it runs.
    pub fn what(mut self, what: impl Into<String>) -> Self {
        self.what = Some(what.into());
        self
    }

    /// Use this file as its standard input (default: empty).
    pub fn stdin(mut self, file: impl AsRef<Path>) -> Self {
        self.stdin = Some(file.as_ref().to_owned());
        self
    }

    /// Rewrite each line of output before it is shown (the log keeps it as it was).
    pub fn map_lines(mut self, map: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.map = Some(Box::new(map));
        self
    }

    /// A remedy, shown as the last line of the error if the program fails.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// How many lines of its output an error shows.
    pub fn tail(mut self, lines: usize) -> Self {
        self.tail = lines;
        self
    }

    /// End it, and all that it started, when it has run for this long; [`ProgramOutcome::timed_out`] tells.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The command as a person would type it.
    pub fn line(&self) -> String {
        let mut line = String::new();
        for (name, value) in &self.envs {
            let _ = write!(line, "{}={} ", name.to_string_lossy(), quote(value));
        }
        line.push_str(&quote(&self.program));
        for arg in &self.args {
            line.push(' ');
            line.push_str(&quote(arg));
        }
        line
    }

    /// Run it and wait. A non-zero exit status is an error.
    pub fn run(self, ctx: &Context) -> Result<ProgramOutcome> {
        // The purpose is shorter than the command, which begins with entering the root. The log has the command.
        let what = self.what.clone().unwrap_or_else(|| short(&self.line()));
        let remedy = self.remedy.clone();
        let outcome = self.outcome(ctx)?;
        if outcome.status.success() {
            return Ok(outcome);
        }
        let mut text = format!("{what} failed: {}", ending(outcome.status));
        if !outcome.tail.is_empty() {
            let _ = write!(text, "\n{}", outcome.tail.trim_end());
        }
        let _ = write!(text, "\n(the whole output: {})", outcome.log.display());
        // A program reports a full disk with the C library's message.
        if outcome.tail.contains(DISK_FULL) {
            let _ = write!(
                text,
                "\nA disk is full: free some space in {}",
                ctx.cache.path().display()
            );
            let _ = write!(
                text,
                ", or put the cache on another disk with FERRITE_CACHE=/path."
            );
        } else if let Some(remedy) = remedy {
            let _ = write!(text, "\n{remedy}");
        }
        Err(anyhow!(text))
    }

    /// Run it and wait, whatever its exit status.
    pub fn outcome(self, ctx: &Context) -> Result<ProgramOutcome> {
        signals::check()?;
        let line = self.line();
        if ctx.verbose {
            ctx.note(format!("+ {line}"));
        }
        let (log_path, mut log) = open_log(ctx, &self)?;
        writeln!(log, "+ {line}").map_err(|error| explain(error, &log_path))?;
        let step = self.what.as_ref().map(|what| ctx.step(what.clone()));
        // An early return, such as a full disk under the log, drops this guard and ends the program.
        let command = &mut self.command()?;
        let mut running = self.start(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let (send, receive) = mpsc::channel();
        let out = reader(running.child.stdout.take(), send.clone(), true);
        let err = reader(running.child.stderr.take(), send, false);

        let mut stdout = String::new();
        let mut tail: VecDeque<String> = VecDeque::new();
        let start = Instant::now();
        let mut timed_out = false;
        loop {
            let left = self.limit.filter(|_| !timed_out);
            let left = left.map(|limit| limit.saturating_sub(start.elapsed()));
            // Lines that were said before its end are still read after it.
            let line = match left {
                None => receive.recv().map_err(|_| RecvTimeoutError::Disconnected),
                // What never stops talking has its end, too.
                Some(Duration::ZERO) => Err(RecvTimeoutError::Timeout),
                Some(left) => receive.recv_timeout(left),
            };
            let (is_out, raw) = match line {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    running.kill();
                    timed_out = true;
                    continue;
                }
            };
            writeln!(log, "{raw}").map_err(|error| explain(error, &log_path))?;
            let shown = match &self.map {
                Some(map) => map(&raw),
                None => raw.clone(),
            };
            if ctx.verbose {
                ctx.note(&shown);
            } else if let Some(step) = &step {
                step.message(&shown);
            }
            if tail.len() == self.tail {
                tail.pop_front();
            }
            tail.push_back(shown);
            if is_out {
                stdout.push_str(&raw);
                stdout.push('\n');
            }
        }
        let status = running.child.wait();
        let status = status.context("waiting for a program failed")?;
        drop(running);
        let _ = out.join();
        let _ = err.join();
        let log = keep_log(&log_path);
        signals::check()?;
        if let (Some(step), true) = (step, status.success()) {
            step.done();
        }
        let tail = tail
            .into_iter()
            .fold(String::new(), |all, line| all + &line + "\n");
        Ok(ProgramOutcome {
            status,
            timed_out,
            stdout,
            tail,
            log,
        })
    }

    /// Run it with our own terminal, and return its exit status.
    pub fn interactive(self, ctx: &Context) -> Result<ExitStatus> {
        if ctx.verbose {
            ctx.note(format!("+ {}", self.line()));
        }
        let mut command = self.plain_command();
        command.status().map_err(|error| self.start_error(error))
    }

    /// Start it and do not wait. `stdio` says where its output goes. Dropping the returned guard kills the process
    /// group.
    pub fn spawn(
        self,
        ctx: &Context,
        stdin: Stdio,
        stdout: Stdio,
        stderr: Stdio,
    ) -> Result<Running> {
        signals::check()?;
        if ctx.verbose {
            ctx.note(format!("+ {}", self.line()));
        }
        self.start(self.command()?.stdin(stdin).stdout(stdout).stderr(stderr))
    }

    fn start(&self, command: &mut Command) -> Result<Running> {
        let child = command.spawn().map_err(|error| self.start_error(error))?;
        let group = Group::watch(child.id());
        Ok(Running { child, group })
    }

    /// The same as a [`Command`] of the standard library, in this process's own group.
    fn plain_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }

    /// The same as a [`Command`] that leads a process group, and ends when this process dies.
    fn command(&self) -> Result<Command> {
        let mut command = self.plain_command();
        command.process_group(0);
        let stdin = match &self.stdin {
            Some(path) => Stdio::from(
                File::open(path).with_context(|| format!("cannot read {}", path.display()))?,
            ),
            None => Stdio::null(),
        };
        command.stdin(stdin);
        // SAFETY: the closure runs between fork and exec, where only async-signal-safe calls are allowed: it does
        // one prctl system call, allocates nothing and takes no lock.
        unsafe {
            command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?));
        }
        Ok(command)
    }

    fn start_error(&self, error: std::io::Error) -> anyhow::Error {
        let program = self.program.to_string_lossy();
        if error.kind() == std::io::ErrorKind::NotFound {
            return anyhow!("the program {program} is not installed");
        }
        anyhow!("cannot start {program}: {error}")
    }
}

/// A running program. Dropping the value kills its process group.
pub struct Running {
    /// The process, with its pipes.
    pub child: Child,
    group: Group,
}

impl Running {
    /// Kill the process group now.
    pub fn kill(&mut self) {
        self.group.kill(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            self.kill();
        }
    }
}

/// The path of a program, found in `PATH`, `/sbin` and `/usr/sbin`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|dir| dir.join(program))
        .find(|file| {
            rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok() && file.is_file()
        })
}

/// Describe an exit status in words.
pub fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("killed by signal {signal}"),
        (None, None) => "ended in an unknown way".to_owned(),
    }
}

/// The number of jobs that a build runs at once.
pub fn jobs() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn reader(
    pipe: Option<impl Read + Send + 'static>,
    send: mpsc::Sender<(bool, String)>,
    is_out: bool,
) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            if send.send((is_out, text.to_owned())).is_err() {
                return;
            }
            line.clear();
        }
    })
}

/// The log of one running program. It is renamed to the latest log of its kind when the program ends.
fn open_log(ctx: &Context, cmd: &Cmd) -> Result<(PathBuf, File)> {
    let name = match &cmd.what {
        Some(what) => slug(what),
        None => slug(
            &Path::new(&cmd.program)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy(),
        ),
    };
    let dir = ctx.cache.dir("logs")?;
    // ORDERING: Relaxed. The number only has to be unique; no other data depends on it.
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let path = dir.join(format!("{name}.{}-{serial}.tmp", std::process::id()));
    let file = File::create(&path).map_err(|error| explain(error, &path))?;
    Ok((path, file))
}

fn keep_log(path: &Path) -> PathBuf {
    // The name is "<slug>.<pid>-<serial>.tmp": a slug has no dot.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let slug = name.split('.').next().unwrap_or("program");
    let kept = path.with_file_name(format!("{slug}.log"));
    match fs::rename(path, &kept) {
        Ok(()) => kept,
        Err(_) => path.to_owned(),
    }
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().map(|c| c.to_ascii_lowercase()) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').chars().take(60).collect()
}

fn quote(text: &OsStr) -> String {
    let text = text.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%^".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn short(line: &str) -> String {
    const MOST: usize = 300;
    if line.chars().count() <= MOST {
        return line.to_owned();
    }
    let start: String = line.chars().take(MOST).collect();
    format!("{start}...")
}

#[cfg(test)]
mod tests;
