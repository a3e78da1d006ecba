// SPDX-License-Identifier: GPL-2.0

//! Machine code: x86_64's, and others' as llvm-objdump prints it. Instructions, functions, and what the kernel may put
//! in their place.

use anyhow::{bail, Context as _, Result};
use iced_x86::{Decoder, DecoderOptions, FlowControl};
use object::elf::{
    RelocationType, R_RISCV_BRANCH, R_RISCV_JAL, R_RISCV_RVC_BRANCH, R_RISCV_RVC_JUMP,
    R_X86_64_32S, R_X86_64_PC32, R_X86_64_PLT32,
};
use object::{
    Architecture, Object as _, ObjectSection as _, ObjectSymbol as _, RelocationFlags,
    RelocationTarget, SymbolKind,
};
use std::collections::BTreeMap;

/// One instruction.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which section of which file it is in.
    section: usize,
    /// Of x86_64: where it is, and what.
    pub address: u64,
    pub bytes: Vec<u8>,
    /// Its name.
    pub mnemonic: String,
    /// The rest.
    pub operands: String,
    /// The symbol that it refers to.
    pub symbol: Option<String>,
    /// Where it jumps to in its section, if that is left to the linker.
    pub goes: Option<u64>,
}

/// The machine code of some object files.
#[derive(Debug, Default)]
pub struct Listing {
    /// Its instructions, function after function.
    pub lines: Vec<Line>,
    /// Which line is at an address of a section.
    places: BTreeMap<(usize, u64), usize>,
    /// Where the functions begin.
    pub functions: BTreeMap<String, usize>,
    /// By the line that may be replaced: what replaces it and those after it.
    pub replaced: BTreeMap<usize, Replacement>,
    sections: usize,
}

/// Other instructions for the same place: the kernel chooses when it starts, by what the CPU can.
#[derive(Clone, Copy, Debug)]
pub struct Replacement {
    /// The first line.
    pub first: usize,
    /// The line after the last.
    pub end: usize,
    /// The line after what is replaced.
    pub back: usize,
}

impl Listing {
    /// Adds an object file: what `llvm-objdump -d -r` printed of it, and itself.
    ///
    /// # Errors
    ///
    /// If a replacement is nowhere, or the file is none.
    pub fn add(&mut self, printed: &str, data: &[u8]) -> Result<()> {
        let names = self.print(printed);
        let file = object::File::parse(data).context("no object file")?;
        self.branches(&file, &names)?;
        self.replacements(&file, &names)
    }

    /// Adds what was printed, and gives the sections' numbers by name.
    pub fn print(&mut self, printed: &str) -> BTreeMap<String, usize> {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut section = 0;
        for text in printed.lines() {
            if let Some(name) = text.strip_prefix("Disassembly of section ") {
                self.sections += 1;
                section = self.sections;
                names.insert(name.trim_end_matches(':').to_owned(), section);
            } else if let Some((_, name)) = function(text) {
                self.functions.insert(name.to_owned(), self.lines.len());
            } else if let Some((address, kind, symbol)) = relocation(text) {
                let line = self.places.get(&(section, address)).copied();
                let line = line.and_then(|line| self.lines.get_mut(line));
                if let (Some(line), false) = (line, kind == "R_RISCV_RELAX") {
                    line.symbol = Some(symbol.to_owned());
                }
            } else if let Some((address, instruction)) = instruction(text) {
                let (mnemonic, operands) = instruction
                    .split_once([' ', '\t'])
                    .unwrap_or((instruction, ""));
                // What follows is a comment, or where an address lies.
                let comment = ["//", "# ", "<"]
                    .iter()
                    .filter_map(|sign| operands.find(sign));
                let operands = &operands[..comment.min().unwrap_or(operands.len())];
                self.places.insert((section, address), self.lines.len());
                self.lines.push(Line {
                    section,
                    address,
                    bytes: Vec::new(),
                    mnemonic: mnemonic.to_owned(),
                    operands: operands.trim().to_owned(),
                    symbol: None,
                    goes: None,
                });
            }
        }
        names
    }

    /// Adds an object file, or module, of x86_64.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn add_x86_64(&mut self, data: &[u8]) -> Result<()> {
        let file = object::File::parse(data).context("no object file")?;
        if file.architecture() != Architecture::X86_64 {
            bail!("it is for {:?}, not x86_64", file.architecture());
        }
        for section in file.sections() {
            self.sections += 1;
            let mut calls: BTreeMap<u64, &str> = BTreeMap::new();
            for (at, relocation) in section.relocations() {
                let place = matches!(
                    relocation.flags(),
                    RelocationFlags::Elf { r_type } if [R_X86_64_PLT32, R_X86_64_PC32, R_X86_64_32S].contains(&r_type)
                );
                if let (true, RelocationTarget::Symbol(index)) = (place, relocation.target()) {
                    calls.insert(at, file.symbol_by_index(index)?.name()?);
                }
            }
            for symbol in file.symbols() {
                let here = symbol.section_index() == Some(section.index());
                if !here || symbol.kind() != SymbolKind::Text {
                    continue;
                }
                let (start, size) = (symbol.address(), symbol.size());
                let bytes = section.data_range(start, size)?.unwrap_or_default();
                let known = self.places.get(&(self.sections, start)).copied();
                let first = known.unwrap_or(self.lines.len());
                self.functions.insert(symbol.name()?.to_owned(), first);
                if known.is_none() {
                    self.decode(start, bytes, &calls);
                }
            }
        }
        Ok(())
    }

    /// Adds a function's bytes, which are at `start` and call these.
    pub fn decode(&mut self, start: u64, bytes: &[u8], calls: &BTreeMap<u64, &str>) {
        let mut decoder = Decoder::with_ip(64, bytes, start, DecoderOptions::NONE);
        while decoder.can_decode() {
            let instruction = decoder.decode();
            let (address, end) = (instruction.ip(), instruction.next_ip());
            let mut there = calls.range(address..end);
            let lock = match instruction.has_lock_prefix() {
                true => "lock ",
                false => "",
            };
            let goes = instruction.flow_control() != FlowControl::Next;
            self.places
                .insert((self.sections, address), self.lines.len());
            self.lines.push(Line {
                section: self.sections,
                address,
                // CAST: Offsets into what is in memory.
                bytes: bytes[(address - start) as usize..(end - start) as usize].to_vec(),
                mnemonic: format!("{lock}{:?}", instruction.mnemonic()).to_lowercase(),
                operands: String::new(),
                symbol: there
                    .next()
                    .filter(|_| goes)
                    .map(|(_, name)| (*name).to_owned()),
                goes: None,
            });
        }
    }

    /// riscv's linker makes code shorter, so that it alone knows how far a branch goes.
    fn branches(&mut self, file: &object::File<'_>, names: &BTreeMap<String, usize>) -> Result<()> {
        const BRANCHES: [RelocationType; 4] = [
            R_RISCV_BRANCH,
            R_RISCV_JAL,
            R_RISCV_RVC_BRANCH,
            R_RISCV_RVC_JUMP,
        ];
        if file.architecture() != Architecture::Riscv64 {
            return Ok(());
        }
        for section in file.sections() {
            let Some(number) = names.get(section.name()?) else {
                continue;
            };
            for (at, relocation) in section.relocations() {
                let flags = relocation.flags();
                let branch =
                    matches!(flags, RelocationFlags::Elf { r_type } if BRANCHES.contains(&r_type));
                let (RelocationTarget::Symbol(index), true) = (relocation.target(), branch) else {
                    continue;
                };
                let symbol = file.symbol_by_index(index)?;
                let line = self.places.get(&(*number, at)).copied();
                if let (Some(line), true) = (
                    line.and_then(|line| self.lines.get_mut(line)),
                    symbol.section_index() == Some(section.index()),
                ) {
                    line.goes = Some(symbol.address().wrapping_add_signed(relocation.addend()));
                    line.symbol = None;
                }
            }
        }
        Ok(())
    }

    /// The line at an address of the section of `line`.
    pub fn at(&self, line: usize, address: u64) -> Option<usize> {
        let section = self.lines.get(line)?.section;
        self.places.get(&(section, address)).copied()
    }

    /// The line after `line`, if it is in the same section.
    pub fn after(&self, line: usize) -> Option<usize> {
        let (this, next) = (self.lines.get(line)?, self.lines.get(line + 1)?);
        (this.section == next.section).then_some(line + 1)
    }

    /// arm64's `.altinstructions`: two offsets, a capability, two lengths, twelve bytes each.
    fn replacements(
        &mut self,
        file: &object::File<'_>,
        names: &BTreeMap<String, usize>,
    ) -> Result<()> {
        const SIZE: u64 = 12;
        /// The function that puts nothing in the place.
        const NOTHING: &str = "alt_cb_patch_nops";
        let Some(table) = file.section_by_name(".altinstructions") else {
            return Ok(());
        };
        let bytes = table.data()?;
        let mut targets: BTreeMap<u64, (usize, u64)> = BTreeMap::new();
        let mut functions: BTreeMap<u64, String> = BTreeMap::new();
        for (at, relocation) in table.relocations() {
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            let symbol = file.symbol_by_index(index)?;
            let Some(index) = symbol.section_index() else {
                functions.insert(at, symbol.name()?.to_owned());
                continue;
            };
            let section = file.section_by_index(index)?;
            let address = symbol.address().wrapping_add_signed(relocation.addend());
            if let Some(number) = names.get(section.name()?) {
                targets.insert(at, (*number, address));
            }
        }
        for entry in (0..table.size()).step_by(12) {
            let length = |at: u64| -> u64 {
                let byte = usize::try_from(entry + at).ok();
                u64::from(
                    byte.and_then(|at| bytes.get(at))
                        .copied()
                        .unwrap_or_default(),
                )
            };
            let (taken, given) = (length(SIZE - 2), length(SIZE - 1));
            let find =
                |(section, address): (usize, u64)| self.places.get(&(section, address)).copied();
            let Some(line) = targets.get(&entry).copied().and_then(find) else {
                // Not in a function: data, or code that was left out.
                continue;
            };
            let back = line + usize::try_from(taken / 4)?;
            let new = targets.get(&(entry + 4)).copied();
            let replacement = match (new, functions.get(&(entry + 4))) {
                (_, Some(name)) if name == NOTHING => Replacement {
                    first: back,
                    end: back,
                    back,
                },
                (Some((section, address)), None) if given != 0 => {
                    let (first, last) = (
                        find((section, address)),
                        find((section, address + given - 4)),
                    );
                    let (Some(first), Some(last)) = (first, last) else {
                        bail!("what replaces the instruction at line {line} is none");
                    };
                    Replacement {
                        first,
                        end: last + 1,
                        back,
                    }
                }
                // Another function of the kernel's makes the instructions: no thread has such.
                _ => continue,
            };
            self.replaced.insert(line, replacement);
        }
        Ok(())
    }
}

/// `0000000000000000 <name>:`
fn function(text: &str) -> Option<(u64, &str)> {
    let (address, rest) = text.split_once(" <")?;
    Some((
        u64::from_str_radix(address, 16).ok()?,
        rest.strip_suffix(">:")?,
    ))
}

/// `  0000000000000010:  R_AARCH64_CALL26 name`
fn relocation(text: &str) -> Option<(u64, &str, &str)> {
    let (address, rest) = text.trim().split_once(":")?;
    let mut words = rest.split_whitespace();
    let kind = words.next().filter(|kind| kind.starts_with("R_"))?;
    Some((u64::from_str_radix(address, 16).ok()?, kind, words.next()?))
}

/// `      10: mov x0, x1`
fn instruction(text: &str) -> Option<(u64, &str)> {
    let (address, rest) = text.trim().split_once(":")?;
    let rest = rest.trim();
    (!rest.is_empty()).then_some((u64::from_str_radix(address, 16).ok()?, rest))
}
