// SPDX-License-Identifier: GPL-2.0

//! The kernel's console: finds the lines that report a fault of the kernel.

/// The texts with which a kernel reports a fault of its own. They may stand anywhere in a line.
const COMPLAINTS: &[&str] = &[
    "Kernel panic - not syncing",
    "BUG: ",
    "kernel BUG at ",
    "Oops: ",
    "general protection fault",
    "Unable to handle kernel",
    "unable to handle page fault",
    "UBSAN: ",
    "KASAN: ",
    "KCSAN: ",
    "KFENCE: ",
    "possible recursive locking detected",
    "possible circular locking dependency",
    "inconsistent lock state",
    "suspicious RCU usage",
    "self-detected stall",
    "detected stalls on CPUs",
    "soft lockup",
    "blocked for more than",
    "refcount_t: ",
    "sleeping function called from invalid context",
    "scheduling while atomic",
    "held lock freed",
    "unbalanced unlock",
    "new suspected memory leaks",
    "not freed before shutdown",
];

/// The bits of /proc/sys/kernel/tainted that every module of ours sets: built out of the tree (12), not signed (13).
const FOREIGN: u64 = 1 << 12 | 1 << 13;

/// The lines that report a fault of the kernel, in order, without their time stamps.
pub fn complaints(log: &str) -> Vec<String> {
    log.lines()
        .map(str::trim_end)
        .map(without_stamp)
        .filter(|line| {
            // In the middle of a line, "WARNING:" is advice, for example about mitigations of processor faults.
            line.starts_with("WARNING: ") || COMPLAINTS.iter().any(|text| line.contains(text))
        })
        .map(str::to_owned)
        .collect()
}

/// Returns an error that names the taint bits, if others than those of an out-of-tree module are set.
pub fn taint(bits: &str) -> Result<(), String> {
    match bits.trim().parse::<u64>() {
        Err(_) => Err(format!("/proc/sys/kernel/tainted said {bits:?}")),
        Ok(bits) if bits & !FOREIGN == 0 => Ok(()),
        Ok(bits) => {
            let names: Vec<&str> = NAMES
                .iter()
                .filter(|(bit, _)| bits & !FOREIGN & (1 << bit) != 0)
                .map(|(_, name)| *name)
                .collect();
            Err(format!(
                "the kernel is tainted ({bits}): {}",
                names.join(", ")
            ))
        }
    }
}

/// The meaning of the bits that a test run may set, from the kernel's `Documentation/admin-guide/tainted-kernels.rst`.
const NAMES: &[(u32, &str)] = &[
    (0, "a proprietary module was loaded"),
    (1, "a module was loaded by force"),
    (3, "a module was unloaded by force"),
    (4, "a machine check was reported"),
    (5, "a bad page was found"),
    (7, "the kernel died (oops or BUG)"),
    (9, "a warning was issued"),
    (14, "a soft lockup occurred"),
    (18, "an in-kernel test ran (KUnit)"),
];

/// The last `count` lines of a log, with control characters escaped.
pub fn tail(log: &str, count: usize) -> Vec<String> {
    let lines: Vec<&str> = log.lines().map(str::trim_end).collect();
    lines[lines.len().saturating_sub(count)..]
        .iter()
        .map(|line| printable(line))
        .collect()
}

/// A line with its control characters escaped, so that it cannot change the state of the terminal.
pub fn printable(line: &str) -> String {
    line.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

fn without_stamp(line: &str) -> &str {
    match line.split_once("] ") {
        Some((stamp, rest)) if stamp.starts_with('[') => rest,
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_found() {
        let log = "[    1.0] Booting\r\n[    2.5] ------------[ cut here ]------------\r\n\
            [    2.5] WARNING: x.c:3 at f+0x1/0x2, CPU#0: a/1\r\n[    2.6] Kernel panic - not syncing: kernel: panic_on_warn set ...\r\n";
        assert_eq!(
            complaints(log),
            [
                "WARNING: x.c:3 at f+0x1/0x2, CPU#0: a/1",
                "Kernel panic - not syncing: kernel: panic_on_warn set ..."
            ]
        );
        assert!(
            complaints("[    1.0] Spectre V2 : WARNING: Unprivileged eBPF is enabled\n").is_empty()
        );
        assert!(complaints("[    1.0] Warning: unable to open an initial console.\n").is_empty());
        assert!(
            complaints("[    1.0] ferrite: loading out-of-tree module taints kernel.\n").is_empty()
        );
    }

    #[test]
    fn taints() {
        assert_eq!(taint("0"), Ok(()));
        assert_eq!(taint("12288\n"), Ok(()));
        assert!(taint("12800").unwrap_err().contains("a warning was issued"));
        assert!(taint("4224").unwrap_err().contains("died"));
        assert!(taint("no such file").unwrap_err().contains("said"));
    }

    #[test]
    fn tails() {
        assert_eq!(tail("a\nb\nc\u{1b}[2J\r\n", 2), ["b", "c\u{fffd}[2J"]);
        assert!(tail("", 5).is_empty());
    }
}
