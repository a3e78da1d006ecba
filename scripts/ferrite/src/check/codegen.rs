// SPDX-License-Identifier: GPL-2.0

//! The machine code of what was built: litmus tests, and what shows compilers' hazards.

use crate::build::Built;
use crate::context::Context;
use crate::ktap::Counts;
use crate::litmus;
use crate::report::Row;
use crate::vm::file_name;
use anyhow::Result;
use std::time::Instant;

const KIND: &str = "machine code";

/// The litmus module's threads against their sources, each hazard against what is known of it, and whether errors
/// that are planted into the threads are noticed.
pub(super) fn rows(ctx: &Context, built: &Built) -> Result<Vec<Row>> {
    let module = built
        .modules
        .iter()
        .find(|file| file_name(file) == "ferrite_litmus.ko");
    let Some(module) = module else {
        return Ok(Vec::new());
    };
    let began = Instant::now();
    let (all, wrong) = litmus::built_code(ctx, module)?.judged();
    let mut row = Row::passed(KIND, "litmus threads and compiler hazards", began.elapsed());
    row.counts = Counts {
        passed: all - wrong.len(),
        failed: wrong.len(),
        ..Counts::default()
    };
    row.causes = wrong;
    Ok(vec![row])
}
