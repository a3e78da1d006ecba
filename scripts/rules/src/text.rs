// SPDX-License-Identifier: GPL-2.0

//! Rules on the text of any file: licence, width, length, versions, paths of a machine, makers of generated files.

use std::path::Path;

/// The files in which a licence is said in the first lines.
const LICENSED: [&str; 8] = ["rs", "c", "h", "sh", "toml", "py", "S", "awk"];

/// What asks a kernel for its version. Only probes may: enterprise kernels backport, so a version says nothing.
const VERSION_CHECKS: [&str; 2] = [
    concat!("LINUX_VERSION", "_CODE"),
    concat!("KERNEL_", "VERSION("),
];

/// The longest file of the host tools that needs no reason.
const LINES: usize = 500;

/// How a file's first comment begins to say why the file is longer.
const REASON: &str = "Long:";

/// The longest probe.
const PROBE: usize = 40;

/// What breaks the rules in a file's text, one text each. `machine` has the paths of this machine, which mean nothing on
/// another.
pub fn text(file: &Path, text: &str, machine: &[String]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |line: Option<usize>, what: String| {
        faults.push(match line {
            Some(line) => format!("{}:{line}: {what}", file.display()),
            None => format!("{}: {what}", file.display()),
        });
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let source = !name.starts_with('.') && LICENSED.contains(&&*extension);
    let begins = |wanted: &str| text.lines().take(5).any(|line| line.contains(wanted));
    if source && !begins("SPDX-License-Identifier:") {
        fault(
            None,
            "no SPDX-License-Identifier in the first lines".to_owned(),
        );
    }
    if name.contains("_generated.") && !begins("ade by") {
        fault(
            None,
            "a generated file does not name its maker in the first lines".to_owned(),
        );
    }
    let count = text.lines().count();
    if file.starts_with("scripts") && source && count > LINES && !reasoned(text) {
        let why = format!("{count} lines: split it, or begin a line of its first comment with `{REASON}` and the reason");
        fault(None, why);
    }
    let probe = file.starts_with("probes") && (extension == "c" || extension == "rs");
    if probe {
        if count > PROBE {
            fault(
                None,
                format!("{count} lines: a probe has one question, in at most {PROBE}"),
            );
        }
        if !upstream(text) {
            fault(
                None,
                "no `Upstream:` with the release that changed it, such as 6.12".to_owned(),
            );
        }
    }
    for (number, line) in text.lines().enumerate() {
        let at = Some(number + 1);
        if !file.starts_with("probes") {
            if let Some(check) = VERSION_CHECKS.iter().find(|check| line.contains(**check)) {
                fault(
                    at,
                    format!("{check} outside probes/: ask for the feature there instead"),
                );
            }
        }
        if let Some(path) = machine.iter().find(|path| line.contains(path.as_str())) {
            fault(at, format!("{path} is a path of this machine"));
        }
        // In the kernel's code, what is needed may differ with the kernel's configuration.
        if extension == "rs"
            && file.starts_with("scripts")
            && line.trim_start().starts_with("#[allow(")
        {
            fault(
                at,
                "#[allow]: say #[expect], which ends when it is no longer needed".to_owned(),
            );
        }
    }
    faults
}

/// Does the comment that a file begins with say why it is long?
fn reasoned(text: &str) -> bool {
    let comment = text
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("//"));
    let mut lines = comment.map(|line| line.trim_start_matches(['/', '!', ' ']));
    lines.any(|line| line.starts_with(REASON))
}

/// Does a probe name the release line that upstream changed in?
fn upstream(text: &str) -> bool {
    let Some((_, after)) = text.split_once("Upstream: ") else {
        return false;
    };
    // It may go on in the next lines of the comment.
    let words = after.lines().take(3).flat_map(str::split_whitespace);
    let mut words = words.map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()));
    words.any(|word| {
        word.split_once('.').is_some_and(|(major, minor)| {
            [major, minor]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LICENCE: &str = "// SPDX-License-Identifier: GPL-2.0\n";

    fn found(file: &str, body: &str) -> Vec<String> {
        text(Path::new(file), body, &["/srv/me/ferrite/".to_owned()])
    }

    #[test]
    fn version_checks_belong_to_probes() {
        let text = format!("{LICENCE}#if {} < 5\n", VERSION_CHECKS[0]);
        let faults = found("c-helpers/a.c", &text);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("c-helpers/a.c:2:"), "{faults:?}");
        let probe = format!(
            "{LICENCE}/* Upstream: 6.1. */\n#if {} < 5\n",
            VERSION_CHECKS[0]
        );
        assert!(found("probes/a.c", &probe).is_empty());
    }

    #[test]
    fn paths_of_this_machine() {
        assert_eq!(found("README.md", "see /srv/me/ferrite/rust\n").len(), 1);
        assert!(found("README.md", "see rust/\n").is_empty());
    }

    #[test]
    fn licences() {
        assert_eq!(found("a.rs", "//! No licence.\n").len(), 1);
        assert!(found("a.txt", "No licence.\n").is_empty());
    }

    #[test]
    fn generated_files_name_their_maker() {
        assert_eq!(found("a_generated.txt", "a yes\n").len(), 1);
        assert!(found("a_generated.txt", "# Made by make.\na yes\n").is_empty());
    }

    #[test]
    fn long_files_have_a_reason() {
        let lines = "\n".repeat(LINES);
        let long = format!("{LICENCE}\n//! A thing.\n{lines}");
        assert_eq!(found("scripts/a/src/lib.rs", &long).len(), 1);
        assert!(found("rust/a.rs", &long).is_empty());
        let reasoned = format!("{LICENCE}\n//! A thing.\n//!\n//! Long: one table.\n{lines}");
        assert!(found("scripts/a/src/lib.rs", &reasoned).is_empty());
        let hidden = format!("{LICENCE}\n//! A thing.\nfn f() {{}}\n// Long: one table.\n{lines}");
        assert_eq!(found("scripts/a/src/lib.rs", &hidden).len(), 1);
    }

    #[test]
    fn probes_are_short_and_name_the_release() {
        let upstream =
            format!("{LICENCE}/*\n * Upstream: a.b in include/linux/a.h,\n * 6.12.\n */\n");
        assert!(found("probes/a.c", &upstream).is_empty());
        assert_eq!(
            found("probes/a.c", &upstream.replace("6.12", "lately")).len(),
            1
        );
        assert_eq!(found("probes/a.c", LICENCE).len(), 1);
        assert_eq!(
            found("probes/a.c", &format!("{upstream}{}", "\n".repeat(PROBE))).len(),
            1
        );
    }

    #[test]
    fn expect_in_place_of_allow() {
        let body = format!("{LICENCE}#[allow(dead_code)]\nfn f() {{}}\n");
        assert_eq!(found("scripts/a.rs", &body).len(), 1);
        assert!(found("scripts/a.rs", &body.replace("allow", "expect")).is_empty());
    }
}
