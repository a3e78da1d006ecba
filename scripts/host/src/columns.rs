// SPDX-License-Identifier: GPL-2.0

//! Tables for the terminal: a header and columns, without lines between them.

use comfy_table::{presets, CellAlignment, Row, Table};
use std::ops::Range;

/// A table with a header and no rows. `trim_fmt()` prints it without spaces at the ends of lines.
pub fn headed(head: impl Into<Row>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(head);
    table
}

/// Align these columns to the right.
pub fn align_numbers(table: &mut Table, columns: Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}
