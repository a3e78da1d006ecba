// SPDX-License-Identifier: GPL-2.0

//! The top `Makefile` of a build folder that is made here. It records the path of the folder.

use anyhow::{bail, Result};
use host::explain;
use std::fs;
use std::path::Path;

/// The text before the path in a build folder's `Makefile`.
const OUTPUT: &str = "export KBUILD_OUTPUT = ";

/// Write the top `Makefile` of a build folder that will be at `place`. Then `make -C PLACE` needs no further arguments.
pub fn wrapper(
    build: &Path,
    place: &Path,
    source: &Path,
    release: &str,
    compiler: Option<&str>,
) -> Result<()> {
    let makefile = build.join("Makefile");
    // Kbuild calls make again without this file, so the variables are passed like command-line arguments.
    let mut text = format!(
        "# Written by ferrite, from {source} and the configuration of {release}.\n\
         {OUTPUT}{place}\n\
         MAKEOVERRIDES += KERNELRELEASE={release}\n",
        source = source.display(),
        place = place.display(),
    );
    if let Some(compiler) = compiler {
        text.push_str(&format!(
            "ifeq ($(origin CC)$(LLVM),default)\nMAKEOVERRIDES += CC={compiler}\nendif\n"
        ));
    }
    text.push_str(&format!("include {}/Makefile\n", source.display()));
    // Kbuild's own Makefile may be a link to the source's.
    let _ = fs::remove_file(&makefile);
    fs::write(&makefile, text).map_err(|error| explain(error, &makefile))
}

/// Returns an error if the build folder was moved: Kbuild's files contain absolute paths, and a build would write to
/// the old place.
pub(crate) fn stays(build: &Path) -> Result<()> {
    let makefile = build.join("Makefile");
    let text = fs::read_to_string(&makefile).map_err(|error| explain(error, &makefile))?;
    let line = text.lines().find_map(|line| line.strip_prefix(OUTPUT));
    let real = |path: &Path| fs::canonicalize(path).ok();
    if line.is_some_and(|line| real(Path::new(line)) == real(build)) {
        return Ok(());
    }
    bail!(
        "{} was made for another place ({}), as it is when a cache was moved, and holds absolute paths to there.\n\
         Remove it, and it is made again; or move the cache back.",
        build.display(),
        line.unwrap_or("unknown")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_moved_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let source = Path::new("/source");
        wrapper(dir.path(), dir.path(), source, "7.3.4", Some("gcc-14")).unwrap();
        stays(dir.path()).unwrap();
        wrapper(dir.path(), Path::new("/elsewhere"), source, "7.3.4", None).unwrap();
        let error = stays(dir.path()).unwrap_err().to_string();
        assert!(error.contains("(/elsewhere)"), "{error}");
    }
}
