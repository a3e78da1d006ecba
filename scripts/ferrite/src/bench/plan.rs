// SPDX-License-Identifier: GPL-2.0

//! What a benchmark is: what to build and to run, and which of its figures are compared.

use super::figures::{Comparison, Figure, FigureLine};
use super::machine::Machine;
use super::options::BenchArgs;
use anyhow::Result;
use build::{Built, Wanted};
use guest::{Job, Payload};
use host::{explain, Context};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// What the machines of a benchmark are booted with.
pub(crate) struct Plan {
    /// The modules and programs that are there.
    pub(crate) payload: Payload,
    /// What is done, the same in each machine.
    pub(crate) jobs: Vec<Job>,
}

/// A module's benchmark.
pub(crate) trait Bench {
    /// What it is called in the table's heading.
    fn name(&self) -> &'static str;

    /// What to build besides what is always built.
    fn wanted(&self) -> Wanted<'_> {
        Wanted::default()
    }

    /// The machines that the jobs are done in, one after the other.
    fn machines(&self) -> &[Machine] {
        &[Machine::Counting, Machine::Ordinary]
    }

    /// What to do in them.
    fn plan(&self, ctx: &Context, args: &BenchArgs, built: &Built) -> Result<Plan>;

    /// Read the figures from what a job printed. As it is: the lines that [`Figure::read`] knows.
    fn read(&self, output: &str) -> Vec<Figure> {
        output.lines().filter_map(Figure::read).collect()
    }

    /// Which figures are compared.
    fn comparisons(&self, lines: &[FigureLine]) -> Vec<Comparison>;
}

/// A program for a guest: a shell script `name` in the run's folder. `$programs` is where the other programs are.
pub(crate) fn script(
    built: &Built,
    name: &str,
    text: &str,
) -> Result<(String, std::path::PathBuf)> {
    let file = built.dir.join(name);
    fs::write(&file, format!("#!/bin/sh\nprograms=${{0%/*}}\n{text}\n"))
        .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(0o755)))
        .map_err(|error| explain(error, &file))?;
    Ok((name.to_owned(), file))
}
