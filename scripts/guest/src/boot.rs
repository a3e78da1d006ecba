// SPDX-License-Identifier: GPL-2.0

//! Booting a guest, once more where the kernel got stuck before any of our code ran.

use crate::drive::{drive, Event, GuestOutcome};
use crate::guest::{Accelerator, Guest, Payload};
use crate::job::Job;
use anyhow::Result;
use host::Context;
use std::fs;

impl Guest<'_> {
    /// Boot it, have the jobs done, and say how that went. `watch` is told all that happens.
    ///
    /// An error means that the guest could not be started; what goes wrong inside is in the [`GuestOutcome`].
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
        // None of our code has run yet, so this says nothing of what is to be tested.
        let kept = self.dir.join("stuck-in-boot.log");
        fs::rename(&first.log, &kept)?;
        ctx.note(format!(
            "  a guest got stuck while its kernel booted, and is booted once more (log: {})",
            kept.display()
        ));
        drive(ctx, self, payload, jobs, watch)
    }

    /// About one boot in a hundred of a stock kernel stands still under TCG on a busy machine, without a complaint.
    fn stuck_in_boot(&self, outcome: &GuestOutcome) -> bool {
        self.accelerator != Accelerator::Kvm
            && outcome.hung
            && outcome.up.is_none()
            && outcome.complaints.is_empty()
    }
}
