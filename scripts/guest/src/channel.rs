// SPDX-License-Identifier: GPL-2.0

//! The test channel: parses the lines of a guest. `inside/jobs.sh` writes them and documents their format.

/// One line of the test channel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The guest is up; its kernel's release.
    Hello(String),
    /// A job begins; its number, from 1.
    Begin(usize),
    /// A line that the job printed.
    Text(String),
    /// A job ended: its number and status.
    End(usize, i32),
    /// All jobs are done.
    Bye,
    /// Any other line: output of the firmware or the runner, or of a program that wrote to the channel.
    Noise(String),
}

impl Frame {
    /// Read a line, without its newline.
    pub(crate) fn new(line: &str) -> Self {
        let line = line.trim_end_matches('\r');
        Self::framed(line).unwrap_or_else(|| Frame::Noise(line.to_owned()))
    }

    fn framed(line: &str) -> Option<Self> {
        if let Some(text) = line.strip_prefix("| ") {
            return Some(Frame::Text(text.to_owned()));
        }
        let words: Vec<&str> = line.strip_prefix("@ ")?.split(' ').collect();
        match words[..] {
            ["hello", release] => Some(Frame::Hello(release.to_owned())),
            ["begin", number] => Some(Frame::Begin(number.parse().ok()?)),
            ["end", number, status] => Some(Frame::End(number.parse().ok()?, status.parse().ok()?)),
            ["bye"] => Some(Frame::Bye),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        assert_eq!(
            Frame::new("@ hello 7.3.4+deb13-amd64\r"),
            Frame::Hello("7.3.4+deb13-amd64".into())
        );
        assert_eq!(Frame::new("@ begin 3"), Frame::Begin(3));
        assert_eq!(Frame::new("@ end 3 139"), Frame::End(3, 139));
        assert_eq!(Frame::new("@ bye"), Frame::Bye);
        assert_eq!(Frame::new("| @ end 3 0"), Frame::Text("@ end 3 0".into()));
        assert_eq!(Frame::new("| "), Frame::Text(String::new()));
        for noise in [
            "",
            "@ end 3",
            "@ end x 0",
            "@bye",
            "SeaBIOS",
            "@ hello",
            "|text",
            "@ begin -1",
        ] {
            assert_eq!(Frame::new(noise), Frame::Noise(noise.into()));
        }
    }
}
