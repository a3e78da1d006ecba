// SPDX-License-Identifier: GPL-2.0

//! A kernel's image, unpacked once on the host instead of in each guest.
//!
//! A distribution's `vmlinuz` unpacks itself when it boots: under TCG that, and the firmware before it, takes up to
//! two thirds of the time to the first line of a guest. QEMU also boots the ELF file inside, by the PVH entry point
//! that `CONFIG_PVH` gives it. It is the same kernel. Where either is missing, the image is booted as it is.

use anyhow::{Context as _, Result};
use host::Context;
use kernels::{Config, Installed};
use root::Root;
use std::fs;
use std::path::PathBuf;

/// The fields of an x86 image with the place of its payload (the kernel's `Documentation/arch/x86/boot.rst`).
const SETUP_SECTORS: usize = 0x1f1;
const MAGIC: usize = 0x202;
const VERSION: usize = 0x206;
const PAYLOAD_OFFSET: usize = 0x248;
const PAYLOAD_LENGTH: usize = 0x24c;

/// The first version of the boot protocol that has these fields.
const WITH_PAYLOAD: u16 = 0x208;

/// The first bytes of a payload, and the program that unpacks it.
const PACKERS: [(&[u8], &str); 2] = [(b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz")];

/// The image that boots fastest.
pub(crate) fn fastest(ctx: &Context, root: &Root, kernel: &Installed) -> Result<PathBuf> {
    let image = fs::read(&kernel.vmlinuz)
        .with_context(|| format!("cannot read {}", kernel.vmlinuz.display()))?;
    let Some((payload, packer)) = payload(&image) else {
        return Ok(kernel.vmlinuz.clone());
    };
    if !Config::read(kernel)?.is_set("CONFIG_PVH") {
        return Ok(kernel.vmlinuz.clone());
    }
    let name = format!("images/{}", kernel.id);
    let dir = ctx.cache.entry(name).get_or_make(&mut |_| {}, |partial| {
        let (packed, vmlinux) = (partial.join("packed"), partial.join("vmlinux"));
        fs::write(&packed, payload)?;
        let script = format!("{packer} -dc <{} >{}", packed.display(), vmlinux.display());
        root.enter(ctx)
            .cmd("sh")
            .args(["-c", &script])
            .what(format!("unpacking the image of {}", kernel.release))
            .run(ctx)?;
        fs::remove_file(&packed)?;
        Ok(())
    })?;
    Ok(dir.join("vmlinux"))
}

/// The packed kernel in an image, and the program that unpacks it.
fn payload(image: &[u8]) -> Option<(&[u8], &'static str)> {
    if image.get(MAGIC..MAGIC + 4)? != b"HdrS" || u16_at(image, VERSION)? < WITH_PAYLOAD {
        return None;
    }
    // The boot sector comes first, then the setup sectors. A number of 0 means 4 setup sectors.
    let sectors = match *image.get(SETUP_SECTORS)? {
        0 => 4,
        count => usize::from(count),
    };
    let start = ((sectors + 1) * 512).checked_add(u32_at(image, PAYLOAD_OFFSET)?)?;
    // The last four bytes are the size of the unpacked kernel; they do not belong to the packed data.
    let end = start
        .checked_add(u32_at(image, PAYLOAD_LENGTH)?)?
        .checked_sub(4)?;
    let payload = image.get(start..end)?;
    let packer = PACKERS
        .iter()
        .find(|(magic, _)| payload.starts_with(magic))?;
    Some((payload, packer.1))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let number = u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An image with one setup sector whose payload begins 16 bytes after it.
    fn image(payload: &[u8]) -> Vec<u8> {
        let mut image = vec![0; 1024 + 16];
        image[SETUP_SECTORS] = 1;
        image[MAGIC..MAGIC + 4].copy_from_slice(b"HdrS");
        image[VERSION..VERSION + 2].copy_from_slice(&0x20f_u16.to_le_bytes());
        image[PAYLOAD_OFFSET..PAYLOAD_OFFSET + 4].copy_from_slice(&16_u32.to_le_bytes());
        let length = u32::try_from(payload.len()).unwrap();
        image[PAYLOAD_LENGTH..PAYLOAD_LENGTH + 4].copy_from_slice(&length.to_le_bytes());
        image.extend_from_slice(payload);
        image
    }

    #[test]
    fn payloads() {
        let zstd = image(b"\x28\xb5\x2f\xfdpackedSIZE");
        assert_eq!(
            payload(&zstd),
            Some((&b"\x28\xb5\x2f\xfdpacked"[..], "zstd"))
        );
        assert_eq!(
            payload(&image(b"\xfd7zXZ\0packedSIZE")).map(|found| found.1),
            Some("xz")
        );
        assert_eq!(payload(&image(b"unknownSIZE")), None);
        assert_eq!(payload(&image(b"")), None);
        assert_eq!(payload(&zstd[..zstd.len() - 5]), None);
        assert_eq!(payload(b"\x7fELF"), None);
        let mut old = zstd;
        old[VERSION] = 7;
        assert_eq!(payload(&old), None);
    }
}
