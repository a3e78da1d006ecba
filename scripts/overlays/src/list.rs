// SPDX-License-Identifier: GPL-2.0

//! The list of fields.

use serde::Deserialize;

/// The file with the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlays {
    /// The fields.
    pub overlay: Vec<Overlay>,
}

/// A field of the kernel's in whose place the crate keeps something of its own, and who may use it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// The field: `structure.field`.
    field: String,
    /// The field that the crate sees in its place.
    pub holds: String,
    /// The crate uses the place where all of these probes answer no.
    pub probes: Vec<String>,
    /// The kind of use that would do harm.
    pub(crate) access: Access,
    /// How other structures hold this one: `structure.member` for a pointer, `member` for a part of any structure.
    #[serde(default)]
    pub(crate) held_as: Vec<String>,
    /// The folders and files that are searched; without, all of the kernel.
    #[serde(default)]
    pub(crate) within: Vec<String>,
    /// Who uses it, and why that does no harm.
    #[serde(default)]
    pub(crate) known: Vec<Known>,
}

/// A kind of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    /// Everything but an assignment.
    Read,
    /// An assignment.
    Write,
}

/// A file that uses a field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// Its path in the source.
    pub(crate) file: String,
    /// Why the use does no harm.
    #[expect(dead_code, reason = "for people; a list without it is refused")]
    why: String,
}

impl Overlays {
    /// Read the list.
    ///
    /// # Errors
    ///
    /// The text of the first mistake.
    pub fn parse(text: &str) -> Result<Self, String> {
        let overlays: Overlays = toml::from_str(text).map_err(|error| error.to_string())?;
        for overlay in &overlays.overlay {
            if overlay.field.split_once('.').is_none() {
                return Err(format!("\"{}\" is no structure.field", overlay.field));
            }
        }
        Ok(overlays)
    }
}

impl Overlay {
    /// `structure.field`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// `structure`.
    pub(crate) fn structure(&self) -> &str {
        self.field
            .split_once('.')
            .map_or("", |(structure, _)| structure)
    }

    /// `field`.
    pub(crate) fn name(&self) -> &str {
        self.field.split_once('.').map_or("", |(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_list_is_right() {
        let own = include_str!("../../../c-helpers/shims/overlays.toml");
        assert!(!Overlays::parse(own).unwrap().overlay.is_empty());
    }
}
