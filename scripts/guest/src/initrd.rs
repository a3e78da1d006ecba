// SPDX-License-Identifier: GPL-2.0

//! The initramfs of a guest that QEMU boots: busybox, our init, modules, programs and the job list.

use crate::guest::Payload;
use crate::job::Job;
use anyhow::{Context as _, Result};
use cpio::newc::{trailer, Builder};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

const INIT: &str = include_str!("../inside/init");
const JOBS: &str = include_str!("../inside/jobs.sh");
const END: &str = include_str!("../inside/end.sh");

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n";
const GROUPS: &str = "root:x:0:\nnogroup:x:65534:\n";

const DIRECTORY: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const PLAIN: u32 = 0o100_644;
const CHARACTER_DEVICE: u32 = 0o020_600;

/// Write the archive to `path`. `busybox` is a static one.
pub(crate) fn write(path: &Path, busybox: &Path, payload: &Payload, jobs: &[Job]) -> Result<()> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    let mut archive = Archive {
        out: BufWriter::new(file),
        inode: 1,
    };
    archive
        .fill(busybox, payload, jobs)
        .with_context(|| format!("cannot write the guest's file system, {}", path.display()))
}

/// Put the same files into a folder, for a guest that shares the host's files.
pub(crate) fn share(dir: &Path, payload: &Payload, jobs: &[Job]) -> Result<()> {
    let copy = |from: &Path, to: &Path| -> Result<()> {
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        Ok(())
    };
    for (name, file) in payload.files() {
        copy(&file, &dir.join(name))?;
    }
    fs::write(dir.join("jobs.sh"), JOBS)?;
    fs::write(dir.join("end.sh"), END)?;
    fs::write(dir.join("jobs"), list(jobs))?;
    Ok(())
}

fn list(jobs: &[Job]) -> String {
    jobs.iter().map(|job| format!("{job}\n")).collect()
}

struct Archive<W: Write> {
    out: W,
    inode: u32,
}

impl<W: Write> Archive<W> {
    fn fill(&mut self, busybox: &Path, payload: &Payload, jobs: &[Job]) -> Result<()> {
        for dir in ["bin", "dev", "etc", "proc", "root", "run", "sys", "tmp"] {
            self.add(dir, DIRECTORY, &[])?;
        }
        // The kernel opens /dev/console before init can mount anything.
        self.add_entry(
            Builder::new("dev/console")
                .mode(CHARACTER_DEVICE)
                .rdev_major(5)
                .rdev_minor(1),
            &[],
        )?;
        self.add("bin/busybox", PROGRAM, &read(busybox)?)?;
        self.add("init", PROGRAM, INIT.as_bytes())?;
        self.add("etc/passwd", PLAIN, USERS.as_bytes())?;
        self.add("etc/group", PLAIN, GROUPS.as_bytes())?;
        self.add("ferrite", DIRECTORY, &[])?;
        self.add("ferrite/jobs.sh", PROGRAM, JOBS.as_bytes())?;
        self.add("ferrite/end.sh", PROGRAM, END.as_bytes())?;
        self.add("ferrite/jobs", PLAIN, list(jobs).as_bytes())?;
        let mut dirs = Vec::new();
        for (name, file) in payload.files() {
            let name = format!("ferrite/{name}");
            for (at, _) in name.match_indices('/').skip(1) {
                if !dirs.iter().any(|dir| dir == &name[..at]) {
                    self.add(&name[..at], DIRECTORY, &[])?;
                    dirs.push(name[..at].to_owned());
                }
            }
            self.add(&name, PROGRAM, &read(&file)?)?;
        }
        trailer(&mut self.out)?;
        self.out.flush()?;
        Ok(())
    }

    fn add(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        self.add_entry(Builder::new(name).mode(mode), content)
    }

    fn add_entry(&mut self, entry: Builder, content: &[u8]) -> Result<()> {
        let size = u32::try_from(content.len()).context("a file of 4 GiB or more")?;
        let mut writer = entry.ino(self.inode).nlink(1).write(&mut self.out, size);
        writer.write_all(content)?;
        writer.finish()?;
        self.inode += 1;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cpio::newc::Reader;
    use std::io::Cursor;
    use std::time::Duration;

    #[test]
    fn archive_holds_everything_once_and_parents_first() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = dir.path().join(name);
            fs::write(&path, name).unwrap();
            path
        };
        let payload = Payload {
            modules: vec![file("a.ko")],
            programs: vec![("x/one".into(), file("one")), ("x/two".into(), file("two"))],
        };
        let jobs = [Job::Taint, Job::run("x/one", Duration::from_secs(9))];
        let out = dir.path().join("initrd");
        write(&out, &file("busybox"), &payload, &jobs).unwrap();

        let mut input = Cursor::new(fs::read(&out).unwrap());
        let mut names = Vec::new();
        loop {
            let reader = Reader::new(input).unwrap();
            if reader.entry().is_trailer() {
                break;
            }
            let name = reader.entry().name().to_owned();
            let mut content = Vec::new();
            input = reader.to_writer(&mut content).unwrap();
            if name == "ferrite/jobs" {
                assert_eq!(content, b"taint\nrun 9 root x/one\n");
            }
            names.push(name);
        }
        let at = |name: &str| {
            names
                .iter()
                .position(|n| n == name)
                .unwrap_or_else(|| panic!("no {name}"))
        };
        assert!(at("ferrite") < at("ferrite/modules"));
        assert!(at("ferrite/modules") < at("ferrite/modules/a.ko"));
        assert!(at("ferrite/programs/x") < at("ferrite/programs/x/two"));
        let mut sorted = names.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len());
    }
}
