// SPDX-License-Identifier: GPL-2.0

//! Checks what `c-helpers/shims/overlays.toml` says: that nobody in a kernel's source uses a field in whose place
//! the carried crate keeps something of its own.

mod list;
mod tokens;
mod uses;

use std::fs;
use std::io;
use std::path::Path;

pub use list::{Overlay, Overlays};
use uses::uses;

/// The parts of a source that are no part of the kernel.
const OUTSIDE: [&str; 6] = [
    "Documentation",
    "tools",
    "scripts",
    "samples",
    "rust",
    "usr",
];

/// Which uses of these fields in the source tree `linux` are not known: a sentence each.
///
/// # Errors
///
/// A folder that `within` names and that is not there, or any other that cannot be read.
pub fn unknown(linux: &Path, overlays: &[&Overlay]) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for overlay in overlays {
        for place in &overlay.within {
            fs::metadata(linux.join(place))?;
        }
    }
    let walk = walkdir::WalkDir::new(linux).sort_by_file_name().into_iter();
    let walk = walk.filter_entry(|entry| {
        let inside = entry.path().strip_prefix(linux).unwrap_or(entry.path());
        !OUTSIDE.iter().any(|outside| inside == Path::new(outside))
    });
    for entry in walk {
        let entry = entry?;
        let path = entry.path();
        let is_c = path
            .extension()
            .is_some_and(|extension| extension == "c" || extension == "h");
        if !is_c || !entry.file_type().is_file() {
            continue;
        }
        let file = path.strip_prefix(linux).unwrap_or(path);
        let here = |overlay: &&&Overlay| {
            let within = &overlay.within;
            within.is_empty() || within.iter().any(|place| file.starts_with(place))
        };
        let wanted: Vec<_> = overlays.iter().filter(here).collect();
        if wanted.is_empty() {
            continue;
        }
        let source = fs::read(path)?;
        let source = String::from_utf8_lossy(&source);
        for overlay in wanted {
            if overlay
                .known
                .iter()
                .any(|known| file == Path::new(&known.file))
            {
                continue;
            }
            let lines = uses(&source, overlay);
            found.extend(lines.iter().map(|line| {
                format!(
                    "{}:{line} uses {}, in whose place the crate keeps {}",
                    file.display(),
                    overlay.field(),
                    overlay.holds
                )
            }));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[[overlay]]\nfield = \"device_driver.resume\"\nholds = \"p_cb\"\nprobes = [\"p\"]\n\
        access = \"read\"\nheld_as = [\"device.driver\"]\nknown = [{ file = \"drivers/known.c\", why = \"x\" }]\n";
    const USE: &str = "void f(struct device *dev)\n{\n\tdev->driver->resume(dev);\n}\n";

    fn tree() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in [
            "drivers/known.c",
            "drivers/base/new.c",
            "tools/x.c",
            "drivers/x.txt",
        ] {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, USE).unwrap();
        }
        dir
    }

    fn found(list: &str) -> Vec<String> {
        let overlays = Overlays::parse(list).unwrap();
        let all: Vec<_> = overlays.overlay.iter().collect();
        unknown(tree().path(), &all).unwrap()
    }

    #[test]
    fn an_unknown_use_is_found() {
        assert_eq!(
            found(LIST),
            ["drivers/base/new.c:3 uses device_driver.resume, in whose place the crate keeps p_cb"]
        );
    }

    #[test]
    fn within_some_folders() {
        let within =
            |place: &str| LIST.replace("known =", &format!("within = [\"{place}\"]\nknown ="));
        assert_eq!(found(&within("drivers/base")).len(), 1);
        assert!(found(&within("tools")).is_empty());
        let overlays = Overlays::parse(&within("nowhere")).unwrap();
        let all: Vec<_> = overlays.overlay.iter().collect();
        assert!(unknown(tree().path(), &all).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        let error = Overlays::parse(&LIST.replace("device_driver.", "")).unwrap_err();
        assert!(error.contains("no structure.field"), "{error}");
        assert!(Overlays::parse(&LIST.replace(", why = \"x\"", "")).is_err());
    }
}
