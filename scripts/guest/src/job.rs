// SPDX-License-Identifier: GPL-2.0

//! The jobs of a guest. `inside/jobs.sh` does them one after the other.

use std::fmt;
use std::time::Duration;

/// One job. `Display` writes it as a line of the guest's job list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Job {
    /// Insert a module: the name of its file, and its parameters (`name=value`).
    Load(String, Vec<String>),
    /// Remove a module, by its name.
    Unload(String),
    /// Print the KTAP of the module's in-kernel tests, which ran when it was loaded.
    Ktap(String),
    /// Run a program.
    Run {
        /// The path of the program, relative to the guest's folder of programs.
        program: String,
        /// The user that runs it.
        user: String,
        /// The time limit.
        limit: Duration,
    },
    /// Load the modules (names of their files) in order and unload them in reverse, this many times.
    Stress(usize, Vec<String>),
    /// Print the kernel's taint bits.
    Taint,
}

/// The status of a job that reached its time limit.
pub const TIMED_OUT: i32 = 124;

impl Job {
    /// Run a program as root.
    pub fn run(program: &str, limit: Duration) -> Self {
        Job::Run {
            program: program.to_owned(),
            user: "root".to_owned(),
            limit,
        }
    }

    /// The time without output after which a guest that does this job counts as hung.
    pub fn patience(&self) -> Duration {
        match self {
            // The guest kills a program at its time limit, unless the guest's kernel does not work any more.
            Job::Run { limit, .. } => *limit + Duration::from_secs(10),
            // It prints a line every round.
            Job::Stress(..) => Duration::from_secs(90),
            Job::Load(..) => Duration::from_secs(45),
            Job::Unload(_) | Job::Ktap(_) | Job::Taint => Duration::from_secs(20),
        }
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Job::Load(file, parameters) => {
                write!(f, "load {file}")?;
                parameters
                    .iter()
                    .try_for_each(|parameter| write!(f, " {parameter}"))
            }
            Job::Unload(module) => write!(f, "unload {module}"),
            Job::Ktap(module) => write!(f, "ktap {module}"),
            Job::Run {
                program,
                user,
                limit,
            } => {
                write!(f, "run {} {user} {program}", limit.as_secs().max(1))
            }
            Job::Stress(count, files) => {
                write!(f, "stress {count}")?;
                files.iter().try_for_each(|file| write!(f, " {file}"))
            }
            Job::Taint => write!(f, "taint"),
        }
    }
}

/// A module's name, from the name of its file: `ferrite-pidfd.ko` is `ferrite_pidfd`.
pub fn module_name(file: &str) -> String {
    file.strip_suffix(".ko").unwrap_or(file).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let load = Job::Load("a.ko".into(), vec!["kind=warn".into()]);
        assert_eq!(load.to_string(), "load a.ko kind=warn");
        assert_eq!(
            Job::run("pidfd/get_info", Duration::from_secs(30)).to_string(),
            "run 30 root pidfd/get_info"
        );
        assert_eq!(
            Job::Stress(100, vec!["a.ko".into(), "b.ko".into()]).to_string(),
            "stress 100 a.ko b.ko"
        );
        assert_eq!(module_name("ferrite-pidfd.ko"), "ferrite_pidfd");
    }
}
