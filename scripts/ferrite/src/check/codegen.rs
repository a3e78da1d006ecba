// SPDX-License-Identifier: GPL-2.0

//! The machine code of what was built: litmus tests, and what shows compilers' hazards.

use crate::litmus::{self, Corpus};
use crate::report::Row;
use anyhow::Result;
use build::Built;
use ktap::Counts;
use std::time::Instant;

const KIND: &str = "machine code";

/// The threads of the litmus module's tests, the kernel's among them, against their sources, each hazard against what
/// is known of it, and whether errors that are planted into the threads are noticed.
pub(super) fn rows(built: &Built, corpus: &Corpus) -> Result<Vec<Row>> {
    let began = Instant::now();
    let reports = litmus::built_code(built, corpus)?;
    let names = [
        "litmus threads and compiler hazards",
        "the same with helpers, by instructions",
    ];
    let rows = names.into_iter().zip(&reports).map(|(name, report)| {
        let (all, wrong) = report.judged();
        let mut row = Row::passed(KIND, name, began.elapsed());
        row.counts = Counts {
            passed: all - wrong.len(),
            failed: wrong.len(),
            ..Counts::default()
        };
        row.causes = wrong;
        row
    });
    Ok(rows.collect())
}
