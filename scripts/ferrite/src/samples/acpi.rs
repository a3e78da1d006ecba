// SPDX-License-Identifier: GPL-2.0

//! An ACPI table with the devices that a guest is to have, for QEMU's `-acpitable`.

use acpi_tables::aml::{Device, Name, Package, Path, Scope, Uuid};
use acpi_tables::sdt::Sdt;
use acpi_tables::Aml;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What says that a package of pairs are a device's properties (the ACPI specification, `_DSD`).
const PROPERTIES: &str = "daffd814-6eba-4d8c-8a91-bc9bbf4aa301";

/// The size of a table's header.
const HEADER: u32 = 36;

/// A device.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcpiDevice {
    /// Its hardware ID.
    pub(crate) hid: String,
    /// Properties with a text for a value.
    #[serde(default)]
    pub(crate) properties: BTreeMap<String, String>,
}

/// A secondary table (SSDT) with these devices below `\_SB`.
pub(crate) fn table(devices: &[AcpiDevice]) -> Vec<u8> {
    let mut aml = Vec::new();
    for (number, device) in devices.iter().enumerate() {
        add(&mut aml, number, device);
    }
    let mut table = Sdt::new(*b"SSDT", HEADER, 2, *b"FERRIT", *b"SAMPLES ", 1);
    table.append_slice(&aml);
    table.as_slice().to_vec()
}

fn add(aml: &mut Vec<u8>, number: usize, device: &AcpiDevice) {
    let hid = Name::new(Path::new("_HID"), &device.hid);
    let uid = Name::new(Path::new("_UID"), &number);
    let pairs: Vec<Package<'_>> = device
        .properties
        .iter()
        .map(|(name, value)| Package::new(vec![name as &dyn Aml, value]))
        .collect();
    let pairs = Package::new(pairs.iter().map(|pair| pair as &dyn Aml).collect());
    let what = Uuid::new(PROPERTIES);
    let properties = Name::new(Path::new("_DSD"), &Package::new(vec![&what, &pairs]));
    let mut children: Vec<&dyn Aml> = vec![&hid, &uid];
    if !device.properties.is_empty() {
        children.push(&properties);
    }
    let name = format!("FE{number:02X}");
    let device = Device::new(Path::new(&name), children);
    Scope::new(Path::new("\\_SB_"), vec![&device]).to_aml_bytes(aml);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_firmware_would_take() {
        let device = AcpiDevice {
            hid: "LNUXBEEF".into(),
            properties: BTreeMap::from([("compatible".into(), "sample".into())]),
        };
        let table = table(&[device]);
        assert_eq!(&table[..4], b"SSDT");
        assert_eq!(
            table[4..8],
            u32::try_from(table.len()).unwrap().to_le_bytes()
        );
        assert_eq!(
            table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)),
            0
        );
        for text in [
            "_HID",
            "LNUXBEEF\0",
            "_DSD",
            "compatible\0",
            "sample\0",
            "FE00",
        ] {
            assert!(
                table
                    .windows(text.len())
                    .any(|part| part == text.as_bytes()),
                "{text}"
            );
        }
        // The first four bytes of the UUID, as ACPI orders them.
        assert!(table
            .windows(4)
            .any(|part| part == [0x14, 0xd8, 0xff, 0xda]));
    }
}
