// SPDX-License-Identifier: GPL-2.0

//! The score board: what became of each sample on a kernel.

use host::columns;
use serde::{Deserialize, Serialize};

/// What became of a sample.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "verdict", content = "cause", rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// It was built and loaded, did its job and was unloaded.
    Works,
    /// It did not.
    Fails(String),
    /// The kernel's configuration rules it out.
    NotBuilt(String),
}

/// A sample's line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SampleLine {
    /// Its name.
    pub(crate) sample: String,
    /// What it shows when it works.
    pub(crate) shows: String,
    /// What became of it.
    #[serde(flatten)]
    pub(crate) verdict: Verdict,
}

/// All samples on one kernel.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Board {
    /// The kernel's name in `kernels.toml`.
    pub(crate) kernel: String,
    /// Its release.
    pub(crate) release: String,
    /// The provider, and why.
    pub(crate) provider: String,
    /// How many have to work.
    pub(crate) target: usize,
    /// The samples, in upstream's order.
    pub(crate) lines: Vec<SampleLine>,
}

impl Board {
    /// How many samples work.
    pub(crate) fn works(&self) -> usize {
        self.lines
            .iter()
            .filter(|line| line.verdict == Verdict::Works)
            .count()
    }

    /// How many samples the kernel's configuration allows.
    pub(crate) fn allowed(&self) -> usize {
        let ruled_out = |line: &&SampleLine| matches!(line.verdict, Verdict::NotBuilt(_));
        self.lines.len() - self.lines.iter().filter(ruled_out).count()
    }

    /// Do as many work as have to?
    pub(crate) fn is_green(&self) -> bool {
        self.works() >= self.target
    }

    /// The board in one line.
    pub(crate) fn summary(&self) -> String {
        let target = match self.target == self.allowed() {
            true => String::new(),
            false => format!(", {} have to", self.target),
        };
        format!(
            "{}: {} of {} samples work{target}; {} not built",
            self.kernel,
            self.works(),
            self.allowed(),
            self.lines.len() - self.allowed()
        )
    }

    /// The board for a terminal or a file.
    pub(crate) fn text(&self) -> String {
        let mut table = columns::headed(["sample", "verdict", ""]);
        for line in &self.lines {
            let (verdict, remark) = match &line.verdict {
                Verdict::Works => ("works", &line.shows),
                Verdict::Fails(cause) => ("FAILS", cause),
                Verdict::NotBuilt(cause) => ("not built", cause),
            };
            table.add_row([line.sample.as_str(), verdict, remark]);
        }
        format!("{}\n\n{}", table.trim_fmt(), self.summary())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting() {
        let line = |verdict: Verdict| SampleLine {
            sample: "s".into(),
            shows: "x".into(),
            verdict,
        };
        let mut board = Board {
            kernel: "k".into(),
            release: "7.3".into(),
            provider: "native".into(),
            target: 2,
            lines: vec![
                line(Verdict::Works),
                line(Verdict::Fails("why".into())),
                line(Verdict::NotBuilt("CONFIG_A is off".into())),
            ],
        };
        assert!(!board.is_green());
        assert_eq!(board.summary(), "k: 1 of 2 samples work; 1 not built");
        assert!(board.text().contains("FAILS"), "{}", board.text());
        board.target = 1;
        assert!(board.is_green());
        assert_eq!(
            board.summary(),
            "k: 1 of 2 samples work, 1 have to; 1 not built"
        );
        let json = serde_json::to_value(&board.lines[1]).unwrap();
        assert_eq!(json["verdict"], "fails");
        assert_eq!(json["cause"], "why");
    }
}
