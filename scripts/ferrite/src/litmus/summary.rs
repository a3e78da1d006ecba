// SPDX-License-Identifier: GPL-2.0

//! Many tests in two small tables: by the folder that they are in, and by what is not well.

use super::reason::Reason;
use host::columns;
use std::collections::BTreeMap;
use std::path::Path;

/// A test, as far as the tables go.
pub(super) struct Entry<'a> {
    pub(super) file: &'a Path,
    pub(super) test: &'a str,
    /// Why it is not well, if it is not.
    pub(super) reason: Option<Reason>,
}

/// The tables: that of folders where there are several, that of reasons where there are any. `well` says what the others
/// are.
pub(super) fn text(entries: &[Entry<'_>], well: &str) -> String {
    let tables = [folders(entries, well), reasons(entries)];
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    tables.join("\n\n")
}

fn folders(entries: &[Entry<'_>], well: &str) -> Option<String> {
    let mut folders: BTreeMap<&Path, [usize; 4]> = BTreeMap::new();
    for entry in entries {
        let folder = entry.file.parent().unwrap_or(entry.file);
        let [all, fine, failed, unknown] = folders.entry(folder).or_default();
        *all += 1;
        match entry.reason {
            None => *fine += 1,
            Some(reason) if reason.fails() => *failed += 1,
            Some(_) => *unknown += 1,
        }
    }
    if folders.len() < 2 {
        return None;
    }
    let mut table = columns::headed(["folder", "tests", well, "failed", "not judged"]);
    for (folder, counts) in folders {
        let [all, fine, failed, unknown] = counts.map(|count| count.to_string());
        table.add_row([folder.display().to_string(), all, fine, failed, unknown]);
    }
    columns::align_numbers(&mut table, 1..5);
    Some(table.trim_fmt())
}

fn reasons(entries: &[Entry<'_>]) -> Option<String> {
    let mut reasons: BTreeMap<Reason, (usize, &str)> = BTreeMap::new();
    for entry in entries {
        if let Some(reason) = entry.reason {
            reasons.entry(reason).or_insert((0, entry.test)).0 += 1;
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let mut table = columns::headed(["reason", "tests", "such as"]);
    for (reason, (count, example)) in reasons {
        table.add_row([reason.name(), &count.to_string(), example]);
    }
    columns::align_numbers(&mut table, 1..2);
    Some(table.trim_fmt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_reasons_are_counted() {
        let entry = |file: &'static str, reason| Entry {
            file: Path::new(file),
            test: file,
            reason,
        };
        let entries = [
            entry("a/one", None),
            entry("a/two", Some(Reason::Forbidden)),
            entry("a/b/three", Some(Reason::NotATest)),
            entry("a/b/four", Some(Reason::NotATest)),
        ];
        let text = text(&entries, "well");
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert!(rows.contains(&vec!["a", "2", "1", "1", "0"]), "{text}");
        assert!(rows.contains(&vec!["a/b", "2", "0", "0", "2"]), "{text}");
        assert!(
            rows.contains(&vec!["not-a-test", "2", "a/b/three"]),
            "{text}"
        );
        assert!(rows.contains(&vec!["forbidden", "1", "a/two"]), "{text}");
        assert_eq!(super::text(&entries[..1], "well"), "");
    }
}
