// SPDX-License-Identifier: GPL-2.0

//! Guests: a kernel in a virtual machine, with modules and programs, and a list of jobs to do.

mod boot;
mod channel;
pub mod console;
mod drive;
mod guest;
mod image;
mod initrd;
pub mod job;
mod kvm;
mod machine;
mod session;
mod stripped;

pub use drive::{Event, GuestOutcome};
pub use guest::{Accelerator, Guest, Payload, Runner, CPUS};
pub use job::Job;
pub use kvm::Probe;
pub use session::Done;
pub use stripped::bare;
