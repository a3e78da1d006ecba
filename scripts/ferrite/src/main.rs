// SPDX-License-Identifier: GPL-2.0

//! The command line behind Ferrite's Makefile: toolchain roots, kernels, builds, guests and reports.

mod bench;
mod check;
mod cli;
mod command;
mod compat;
mod demo;
mod doctor;
mod lint;
mod litmus;
mod options;
mod report;
mod rust_project;
mod samples;
mod zap;

use host::signals;
use std::process::ExitCode;

fn main() -> ExitCode {
    signals::install();
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            if let Some(signal) = signals::received() {
                eprintln!("ferrite: stopped by signal {signal}; nothing half-made was kept");
                return ExitCode::from(signals::exit_code(signal));
            }
            eprintln!("ferrite: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
