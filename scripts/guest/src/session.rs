// SPDX-License-Identifier: GPL-2.0

//! The progress of a guest through its jobs, computed from the frames that it sends. Does no input or output.

use crate::channel::Frame;
use crate::job::{Job, TIMED_OUT};
use std::time::{Duration, Instant};

/// A job that prints more than this is at fault.
const MOST_OUTPUT: usize = 4 << 20;

/// A job that ended, or was running when the guest ended.
#[derive(Clone, Debug)]
pub struct Done {
    /// The job.
    pub job: Job,
    /// Its output.
    pub output: String,
    /// Its status; `None` if the guest ended first.
    pub status: Option<i32>,
    /// How long it took.
    pub took: Duration,
}

impl Done {
    /// Did it reach its time limit?
    pub fn timed_out(&self) -> bool {
        matches!(self.job, Job::Run { .. }) && self.status == Some(TIMED_OUT)
    }
}

/// The change that a frame made.
#[derive(Debug)]
pub(crate) enum Progress {
    /// The guest is up.
    Up,
    /// This job began.
    Begun(Job),
    /// The running job printed this line.
    Text(String),
    /// The job ended.
    Ended(Done),
    /// All jobs are done.
    Finished,
    /// A line without a meaning for the session.
    Noise,
}

enum State {
    Booting,
    Idle,
    Working { since: Instant, output: String },
    Finished,
}

/// The state of one guest.
pub(crate) struct Session {
    jobs: Vec<Job>,
    begun: usize,
    state: State,
    boot: Duration,
    done: Vec<Done>,
}

impl Session {
    /// A guest that has to do these jobs, and may take this time to boot.
    pub(crate) fn new(jobs: &[Job], boot: Duration) -> Self {
        Session {
            jobs: jobs.to_vec(),
            begun: 0,
            state: State::Booting,
            boot,
            done: Vec::new(),
        }
    }

    /// Process a frame that came at `now`. An error says how the guest broke the protocol.
    pub(crate) fn take(&mut self, frame: Frame, now: Instant) -> Result<Progress, String> {
        match (frame, &mut self.state) {
            (Frame::Hello(_), State::Booting) => {
                self.state = State::Idle;
                Ok(Progress::Up)
            }
            (Frame::Begin(number), State::Idle) if number == self.begun + 1 => {
                let Some(job) = self.jobs.get(self.begun).cloned() else {
                    return Err(format!("it began job {number} of {}", self.jobs.len()));
                };
                self.begun = number;
                self.state = State::Working {
                    since: now,
                    output: String::new(),
                };
                Ok(Progress::Begun(job))
            }
            (Frame::Text(text), State::Working { output, .. }) => {
                if output.len() + text.len() > MOST_OUTPUT {
                    let most = MOST_OUTPUT >> 20;
                    return Err(format!("{} printed more than {most} MiB", self.place()));
                }
                output.push_str(&text);
                output.push('\n');
                Ok(Progress::Text(text))
            }
            (Frame::End(number, status), State::Working { .. }) if number == self.begun => {
                self.close(Some(status), now);
                self.done
                    .last()
                    .cloned()
                    .map(Progress::Ended)
                    .ok_or_else(String::new)
            }
            (Frame::Bye, State::Idle) if self.begun == self.jobs.len() => {
                self.state = State::Finished;
                Ok(Progress::Finished)
            }
            (Frame::Noise(_), _) => Ok(Progress::Noise),
            // A process that the job left running may still print; that does no harm.
            (Frame::Text(_), _) => Ok(Progress::Noise),
            (frame, _) => Err(format!("it said {frame:?} {}", self.place())),
        }
    }

    /// Have all jobs been done?
    pub(crate) fn finished(&self) -> bool {
        matches!(self.state, State::Finished)
    }

    /// Is a job running?
    pub(crate) fn working(&self) -> bool {
        matches!(self.state, State::Working { .. })
    }

    /// The time without output after which the guest counts as hung now.
    pub(crate) fn patience(&self) -> Duration {
        match (&self.state, self.current()) {
            (State::Booting, _) => self.boot,
            (State::Working { .. }, Some(job)) => job.patience(),
            _ => Duration::from_secs(10),
        }
    }

    /// Describes the guest's progress in words.
    pub(crate) fn place(&self) -> String {
        match (&self.state, self.current()) {
            (State::Booting, _) => "while booting".to_owned(),
            (State::Working { .. }, Some(job)) => format!("during `{job}`"),
            (State::Finished, _) => "after its last job".to_owned(),
            (_, Some(job)) => format!("after `{job}`"),
            (_, None) => "before its first job".to_owned(),
        }
    }

    /// End the session and return its jobs. A job that is still running has no status.
    pub(crate) fn end(mut self, now: Instant) -> Vec<Done> {
        self.close(None, now);
        self.done
    }

    fn current(&self) -> Option<&Job> {
        self.begun
            .checked_sub(1)
            .and_then(|index| self.jobs.get(index))
    }

    fn close(&mut self, status: Option<i32>, now: Instant) {
        let Some(job) = self.current().cloned() else {
            return;
        };
        if let State::Working { since, output } = std::mem::replace(&mut self.state, State::Idle) {
            self.done.push(Done {
                job,
                output,
                status,
                took: now - since,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let jobs = [Job::Taint, Job::run("a", Duration::from_secs(5))];
        Session::new(&jobs, Duration::from_secs(60))
    }

    fn feed(session: &mut Session, lines: &[&str]) -> Result<(), String> {
        let now = Instant::now();
        lines
            .iter()
            .try_for_each(|line| session.take(Frame::new(line), now).map(drop))
    }

    #[test]
    fn whole() {
        let mut session = session();
        let lines = [
            "SeaBIOS",
            "@ hello 7.3",
            "@ begin 1",
            "| 0",
            "@ end 1 0",
            "@ begin 2",
            "| a",
            "| ",
            "| @ end 2 0",
            "@ end 2 124",
            "| late",
            "@ bye",
            "noise",
        ];
        feed(&mut session, &lines).unwrap();
        assert!(session.finished());
        let done = session.end(Instant::now());
        assert_eq!(done.len(), 2);
        assert_eq!(done[1].output, "a\n\n@ end 2 0\n");
        assert!(done[1].timed_out() && !done[0].timed_out());
    }

    #[test]
    fn ends_in_the_middle() {
        let mut session = session();
        feed(
            &mut session,
            &[
                "@ hello 7.3",
                "@ begin 1",
                "| 0",
                "@ end 1 0",
                "@ begin 2",
                "| a",
            ],
        )
        .unwrap();
        assert_eq!(session.place(), "during `run 5 root a`");
        assert_eq!(session.patience(), Duration::from_secs(15));
        let done = session.end(Instant::now());
        assert_eq!(done[1].status, None);
        assert_eq!(done[1].output, "a\n");
    }

    #[test]
    fn broken_protocol() {
        for lines in [
            &["@ begin 1"][..],
            &["@ hello 7.3", "@ hello 7.3"],
            &["@ hello 7.3", "@ begin 2"],
            &["@ hello 7.3", "@ end 1 0"],
            &["@ hello 7.3", "@ begin 1", "@ end 2 0"],
            &["@ hello 7.3", "@ begin 1", "@ begin 2"],
            &["@ hello 7.3", "@ bye"],
        ] {
            assert!(feed(&mut session(), lines).is_err(), "{lines:?}");
        }
        let flood = format!("| {}", "x".repeat(MOST_OUTPUT));
        let error = feed(&mut session(), &["@ hello 7.3", "@ begin 1", "| x", &flood]).unwrap_err();
        assert!(error.contains("MiB"), "{error}");
    }
}
