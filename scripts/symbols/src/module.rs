// SPDX-License-Identifier: GPL-2.0

//! Reads a module's file: its imports with their CRCs, its exports, and its `modinfo`.

use crate::kernel::Export;
use anyhow::{bail, Context as _, Result};
use object::elf::{EM_X86_64, SHF_ALLOC, SHF_EXECINSTR, SHF_WRITE, SHN_UNDEF};
use object::read::elf::{ElfFile64, FileHeader as _, Sym as _};
use object::{Endianness, Object as _, ObjectSection as _, ObjectSymbol as _};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The last bytes of a signed module.
const SIGNED: &[u8] = b"~Module signature appended~\n";

/// The flag in `__kflagstab` of an export to GPL-compatible modules only.
const FLAG_GPL_ONLY: u8 = 1;

/// The size of one `struct modversion_info`: a CRC in a `long`, then the name.
const VERSION_SIZE: usize = 64;
const VERSION_NAME: usize = 8;

/// A symbol that a module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Its name, as the linker knows it.
    pub name: String,
    /// Is it weak? Then the module loads without it.
    pub weak: bool,
}

/// The content of a module's file.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// Its name, as `lsmod` shows it.
    pub name: String,
    /// Is it for x86-64?
    pub x86_64: bool,
    /// Its imports, sorted.
    pub imports: Vec<Import>,
    /// Its exports.
    pub exports: BTreeMap<String, Export>,
    /// The CRC of each import as it was when the module was built; `None` without MODVERSIONS.
    pub versions: Option<BTreeMap<String, u32>>,
    /// It carries a signature.
    pub signed: bool,
    info: Vec<(String, String)>,
}

impl Module {
    /// Read a module's file, compressed or not.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = contents(path)?;
        let mut module = Self::parse(&bytes)
            .with_context(|| format!("{} is no kernel module", path.display()))?;
        if module.name.is_empty() {
            module.name = name_of(path);
        }
        Ok(module)
    }

    fn parse(bytes: &[u8]) -> Result<Self> {
        let file = ElfFile64::<Endianness>::parse(bytes)?;
        let info = info(&file);
        let value = |key: &str| {
            info.iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value.clone())
        };
        if value("vermagic").is_none() {
            bail!("it has no vermagic: was it linked by Kbuild (a .ko, not a .o)?");
        }
        let mut imports = Vec::new();
        for symbol in file.symbols() {
            let name = symbol.name().unwrap_or_default();
            if !symbol.is_undefined() || name.is_empty() || name == "_GLOBAL_OFFSET_TABLE_" {
                continue;
            }
            debug_assert_eq!(symbol.elf_symbol().st_shndx(file.endian()), SHN_UNDEF);
            imports.push(Import {
                name: name.to_owned(),
                weak: symbol.is_weak(),
            });
        }
        imports.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Module {
            name: value("name").unwrap_or_default(),
            x86_64: file.elf_header().e_machine(file.endian()) == EM_X86_64,
            imports,
            exports: exports(&file, &value("name").unwrap_or_default()),
            versions: versions(&file),
            signed: bytes.ends_with(SIGNED),
            info,
        })
    }

    /// A field of its `modinfo`; empty if it has none.
    pub fn field(&self, key: &str) -> &str {
        self.info
            .iter()
            .find(|(name, _)| name == key)
            .map_or("", |(_, value)| value)
    }

    /// Every value of a field of its `modinfo`.
    pub fn fields<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.info
            .iter()
            .filter(move |(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The modules that have to be there before it.
    pub fn depends(&self) -> impl Iterator<Item = &str> {
        self.field("depends")
            .split(',')
            .filter(|name| !name.is_empty())
    }

    /// May it use what is exported for the GPL alone? The list is that of the kernel's `include/linux/license.h`.
    pub fn is_gpl(&self) -> bool {
        matches!(
            self.field("license"),
            "GPL"
                | "GPL v2"
                | "GPL and additional rights"
                | "Dual BSD/GPL"
                | "Dual MIT/GPL"
                | "Dual MPL/GPL"
        )
    }
}

/// A module's name, from that of its file: `ferrite-pidfd.ko.xz` is `ferrite_pidfd`.
pub fn name_of(path: &Path) -> String {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    name.split('.').next().unwrap_or_default().replace('-', "_")
}

/// What is in a module's file, unpacked if a distributor packed it.
pub fn contents(path: &Path) -> Result<Vec<u8>> {
    let program = match path.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => "xz",
        Some("zst") => "zstd",
        Some("gz") => "gzip",
        _ => return fs::read(path).with_context(|| format!("cannot read {}", path.display())),
    };
    let output = Command::new(program)
        .arg("-dc")
        .arg(path)
        .output()
        .with_context(|| format!("cannot start {program}, which unpacks {}", path.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{program} cannot unpack {}: {said}", path.display());
    }
    Ok(output.stdout)
}

/// The size in bytes of a module's code and read-only data, and of its code alone.
pub fn sizes(path: &Path) -> Result<(u64, u64)> {
    let bytes = contents(path)?;
    let (mut read_only, mut code) = (0, 0);
    for section in Elf::parse(&*bytes)?.sections() {
        let object::SectionFlags::Elf { sh_flags, .. } = section.flags() else {
            continue;
        };
        if sh_flags.contains(SHF_ALLOC) && !sh_flags.contains(SHF_WRITE) {
            read_only += section.size();
        }
        if sh_flags.contains(SHF_EXECINSTR) {
            code += section.size();
        }
    }
    Ok((read_only, code))
}

/// The names of the sections in which two modules differ, other than what tells where and of what each was built: debug
/// information and the build's id. Code is compared with its relocations and symbols, which are sections too.
pub fn differing_sections(one: &Path, other: &Path) -> Result<Vec<String>> {
    let (one, other) = (contents(one)?, contents(other)?);
    let (one, other) = (comparable(&one)?, comparable(&other)?);
    let names: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    Ok(names
        .into_iter()
        .filter(|name| one.get(*name) != other.get(*name))
        .map(|(name, _)| name.clone())
        .collect())
}

/// Each section's content under its name; of one name there may be several.
fn comparable(bytes: &[u8]) -> Result<BTreeMap<(String, usize), Vec<u8>>> {
    let mut sections = BTreeMap::new();
    for section in Elf::parse(bytes)?.sections() {
        let name = section.name()?.to_owned();
        if name.contains(".debug") || name == ".note.gnu.build-id" {
            continue;
        }
        let same = |key: &&(String, usize)| key.0 == name;
        let number = sections.keys().filter(same).count();
        sections.insert((name, number), section.data()?.to_vec());
    }
    Ok(sections)
}

type Elf<'a> = ElfFile64<'a, Endianness>;

fn section<'a>(file: &Elf<'a>, name: &str) -> Option<&'a [u8]> {
    file.section_by_name(name)?.data().ok()
}

fn text(bytes: &[u8]) -> String {
    let end = bytes
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn info(file: &Elf<'_>) -> Vec<(String, String)> {
    section(file, ".modinfo")
        .unwrap_or_default()
        .split(|&byte| byte == 0)
        .filter_map(|field| {
            let field = String::from_utf8_lossy(field);
            let (key, value) = field.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The CRCs of the imports: in the old section of fixed-size names, or in the two newer ones.
fn versions(file: &Elf<'_>) -> Option<BTreeMap<String, u32>> {
    let number = |bytes: &[u8]| {
        bytes
            .first_chunk::<4>()
            .map(|chunk| u32::from_le_bytes(*chunk))
    };
    let mut versions = BTreeMap::new();
    let old = section(file, "__versions");
    for entry in old.unwrap_or_default().chunks_exact(VERSION_SIZE) {
        if let Some(crc) = number(entry) {
            versions.insert(text(&entry[VERSION_NAME..]), crc);
        }
    }
    let new = section(file, "__version_ext_crcs").zip(section(file, "__version_ext_names"));
    if let Some((crcs, names)) = new {
        let names = names
            .split(|&byte| byte == 0)
            .filter(|name| !name.is_empty());
        versions.extend(names.map(text).zip(crcs.chunks_exact(4).filter_map(number)));
    }
    (old.is_some() || new.is_some()).then_some(versions)
}

/// Each export has a symbol `__ksymtab_NAME`, and others of that kind for what else there is to say of it.
fn exports(file: &Elf<'_>, owner: &str) -> BTreeMap<String, Export> {
    let mut exports: BTreeMap<String, Export> = BTreeMap::new();
    let symbols: Vec<_> = file.symbols().collect();
    for symbol in &symbols {
        let Some(name) = symbol.name().unwrap_or_default().strip_prefix("__ksymtab_") else {
            continue;
        };
        // Kernels before 7.1 keep what is for the GPL alone in sections of its own.
        let place = symbol
            .section_index()
            .and_then(|index| file.section_by_index(index).ok());
        let gpl = place.is_some_and(|section| {
            let name = section.name().unwrap_or_default();
            name.trim_start_matches('_').starts_with("ksymtab_gpl")
        });
        let export = Export {
            crc: 0,
            owner: owner.to_owned(),
            tag: tag(gpl).to_owned(),
            namespace: String::new(),
        };
        exports.insert(name.to_owned(), export);
    }
    for symbol in &symbols {
        let name = symbol.name().unwrap_or_default();
        let field = |prefix: &str| Some((name.strip_prefix(prefix)?, bytes_at(file, symbol)));
        if let Some((name, bytes)) = field("__crc_") {
            let crc = bytes
                .first_chunk::<4>()
                .map(|chunk| u32::from_le_bytes(*chunk));
            exports
                .entry(name.to_owned())
                .and_modify(|export| export.crc = crc.unwrap_or(0));
        } else if let Some((name, bytes)) = field("__flags_") {
            let gpl = bytes
                .first()
                .is_some_and(|flags| flags & FLAG_GPL_ONLY != 0);
            exports
                .entry(name.to_owned())
                .and_modify(|export| tag(gpl).clone_into(&mut export.tag));
        } else if let Some((name, bytes)) = field("__kstrtabns_") {
            exports
                .entry(name.to_owned())
                .and_modify(|export| export.namespace = text(bytes));
        }
    }
    exports
}

fn tag(gpl: bool) -> &'static str {
    match gpl {
        true => "EXPORT_SYMBOL_GPL",
        false => "EXPORT_SYMBOL",
    }
}

/// What a symbol points at, to the end of its section.
fn bytes_at<'a>(
    file: &Elf<'a>,
    symbol: &object::read::elf::ElfSymbol64<'a, '_, Endianness>,
) -> &'a [u8] {
    let section = symbol
        .section_index()
        .and_then(|index| file.section_by_index(index).ok());
    let data = section
        .and_then(|section| section.data().ok())
        .unwrap_or_default();
    let start = usize::try_from(symbol.address()).unwrap_or(usize::MAX);
    data.get(start..).unwrap_or_default()
}
