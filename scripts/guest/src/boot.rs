// SPDX-License-Identifier: GPL-2.0

//! Boots a guest, and boots it once more if the kernel hung before our code ran.

use crate::drive::{drive, Event, GuestOutcome};
use crate::guest::{Accelerator, Guest, Payload};
use crate::job::Job;
use anyhow::Result;
use host::Context;
use std::fs;

impl Guest<'_> {
    /// Boot the guest, let it do the jobs, and return the result. Calls `watch` for each event.
    ///
    /// An error means that the guest could not be started. Failures inside the guest are in the [`Outcome`].
    pub fn run(
        &self,
        ctx: &Context,
        payload: &Payload,
        jobs: &[Job],
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<GuestOutcome> {
        fs::create_dir_all(&self.dir)?;
        let first = drive(ctx, self, payload, jobs, watch)?;
        if !self.stuck_in_boot(&first) {
            return Ok(first);
        }
        // Our code has not run yet, so the hang is no result of the test.
        let kept = self.dir.join("stuck-in-boot.log");
        fs::rename(&first.log, &kept)?;
        ctx.note(format!(
            "  a guest got stuck while its kernel booted, and is booted once more (log: {})",
            kept.display()
        ));
        drive(ctx, self, payload, jobs, watch)
    }

    /// About one boot in a hundred of a stock kernel hangs under TCG on a busy machine, without a message.
    fn stuck_in_boot(&self, outcome: &GuestOutcome) -> bool {
        self.accelerator != Accelerator::Kvm
            && outcome.hung
            && outcome.up.is_none()
            && outcome.complaints.is_empty()
    }
}
