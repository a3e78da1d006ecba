// SPDX-License-Identifier: GPL-2.0

//! Modules and targets made by the tests, with the sections that Kbuild puts into a module.

use crate::kernel::{parse_symvers, Kernel};
use crate::module::Module;
use crate::verdict::{judge, Verdict};
use object::write::{Object, SectionId, Symbol, SymbolSection};
use object::{
    Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope,
};

const MAGIC: &str = "vermagic=7.3.4-test SMP mod_unload ";
const CRC: u32 = 0x1234_abcd;

/// An object file under construction.
struct Maker(Object<'static>);

impl Maker {
    fn new(info: &[&str]) -> Self {
        let mut maker = Maker(Object::new(
            BinaryFormat::Elf,
            Architecture::X86_64,
            Endianness::Little,
        ));
        let text: String = info.iter().map(|field| format!("{field}\0")).collect();
        maker.section(".modinfo", text.as_bytes());
        maker
    }

    fn section(&mut self, name: &str, bytes: &[u8]) -> SectionId {
        let id = self
            .0
            .add_section(Vec::new(), name.into(), SectionKind::ReadOnlyData);
        self.0.append_section_data(id, bytes, 8);
        id
    }

    fn symbol(&mut self, name: &str, section: SymbolSection, weak: bool) {
        self.0.add_symbol(Symbol {
            name: name.into(),
            value: 0,
            size: 0,
            kind: match section {
                SymbolSection::Undefined => SymbolKind::Unknown,
                _ => SymbolKind::Data,
            },
            scope: SymbolScope::Dynamic,
            weak,
            section,
            flags: SymbolFlags::None,
        });
    }

    fn import(mut self, name: &str) -> Self {
        self.symbol(name, SymbolSection::Undefined, false);
        self
    }

    fn weak_import(mut self, name: &str) -> Self {
        self.symbol(name, SymbolSection::Undefined, true);
        self
    }

    fn export(mut self, name: &str, crc: u32) -> Self {
        let table = self.section(&format!("___ksymtab+{name}"), &[0; 12]);
        self.symbol(
            &format!("__ksymtab_{name}"),
            SymbolSection::Section(table),
            false,
        );
        let crcs = self.section(&format!("___kcrctab+{name}"), &crc.to_le_bytes());
        self.symbol(
            &format!("__crc_{name}"),
            SymbolSection::Section(crcs),
            false,
        );
        self
    }

    /// Adds an export in the format of Linux 7.1 and later, with a namespace.
    fn gpl_export(mut self, name: &str, namespace: &str) -> Self {
        self = self.export(name, 0);
        for (kind, bytes) in [("flags", &[1][..]), ("kstrtabns", namespace.as_bytes())] {
            let section = self.section(&format!("__{kind}+{name}"), &[bytes, &[0]].concat());
            let symbol = format!("__{kind}_{name}");
            self.symbol(&symbol, SymbolSection::Section(section), false);
        }
        self
    }

    fn versions(mut self, versions: &[(&str, u32)]) -> Self {
        let mut bytes = Vec::new();
        for (name, crc) in versions {
            bytes.extend(u64::from(*crc).to_le_bytes());
            let mut field = [0; 56];
            field[..name.len()].copy_from_slice(name.as_bytes());
            bytes.extend(field);
        }
        self.section("__versions", &bytes);
        self
    }

    fn long_versions(mut self, versions: &[(&str, u32)]) -> Self {
        let crcs: Vec<u8> = versions
            .iter()
            .flat_map(|(_, crc)| crc.to_le_bytes())
            .collect();
        let names: String = versions
            .iter()
            .map(|(name, _)| format!("{name}\0"))
            .collect();
        self.section("__version_ext_crcs", &crcs);
        self.section("__version_ext_names", names.as_bytes());
        self
    }

    fn read(self, file: &str) -> Module {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(file);
        std::fs::write(&path, self.0.write().unwrap()).unwrap();
        Module::read(&path).unwrap()
    }
}

/// A target that exports these lines of `Module.symvers`.
fn kernel(symvers: &str, modversions: bool) -> Kernel {
    let mut magic = vec!["SMP", "mod_unload"];
    magic.extend(modversions.then_some("modversions"));
    Kernel {
        release: "7.3.4-test".into(),
        exports: parse_symvers(symvers),
        modversions,
        signatures: false,
        x86_64: true,
        lax_namespaces: false,
        magic,
    }
}

fn reasons(verdict: &Verdict) -> String {
    assert_eq!(verdict.loads, verdict.reasons.is_empty());
    verdict.reasons.join("; ")
}

#[test]
fn a_module_that_loads() {
    let symvers = "0x00000000\tkfree\tvmlinux\tEXPORT_SYMBOL\t\n\
                   0x00000000\t_RNvCs1234_7___rustc10rust_panic\tdrivers/a/a-b\tEXPORT_SYMBOL_GPL\t\n";
    let module = Maker::new(&["license=GPL", "name=m", MAGIC, "depends=a_b"])
        .import("kfree")
        .import("_RNvCs1234_7___rustc10rust_panic")
        .weak_import("nobody_has_it")
        .read("m.ko");
    let verdict = judge(&module, &kernel(symvers, false), &[]);
    assert!(verdict.loads, "{:?}", verdict.reasons);
    assert_eq!(verdict.imports[0].demangled, "__rustc::rust_panic");
    assert_eq!(verdict.imports[0].exported_by.as_deref(), Some("a_b"));
    assert_eq!(verdict.imports[1].tag.as_deref(), Some("EXPORT_SYMBOL"));
    assert!(verdict.imports.iter().all(|row| row.problem.is_none()));
}

#[test]
fn a_symbol_that_nobody_exports() {
    let module = Maker::new(&["license=GPL", MAGIC, "depends=ferrite"])
        .import("far")
        .read("my-own.ko");
    let verdict = judge(&module, &kernel("", false), &[]);
    assert_eq!(verdict.module, "my_own");
    assert!(
        reasons(&verdict).contains("1 of its 1 imports"),
        "{verdict:?}"
    );
    assert!(
        reasons(&verdict).contains("depends on ferrite"),
        "{verdict:?}"
    );
    let ferrite = Maker::new(&["license=GPL", "name=ferrite", MAGIC])
        .export("far", 0)
        .read("ferrite.ko");
    assert!(judge(&module, &kernel("", false), &[ferrite]).loads);
}

#[test]
fn licences_and_namespaces() {
    let symvers = "0x0\tf\tvmlinux\tEXPORT_SYMBOL_GPL\t\n0x0\tg\tvmlinux\tEXPORT_SYMBOL\tSPACE\n\
                   0x0\th\tvmlinux\tEXPORT_SYMBOL\tmodule:kvm-*,other\n";
    let target = kernel(symvers, false);
    let one = |info: &[&str], symbol: &str| {
        let info: Vec<&str> = info.iter().copied().chain([MAGIC]).collect();
        let verdict = judge(
            &Maker::new(&info).import(symbol).read("kvm-intel.ko"),
            &target,
            &[],
        );
        verdict.imports[0].problem.clone().unwrap_or_default()
    };
    assert!(one(&["license=Proprietary"], "f").contains("GPL alone"));
    assert_eq!(one(&["license=Dual MIT/GPL"], "f"), "");
    assert!(one(&["license=GPL"], "g").contains("namespace SPACE"));
    assert_eq!(
        one(&["license=GPL", "import_ns=A", "import_ns=SPACE"], "g"),
        ""
    );
    assert_eq!(one(&["license=GPL"], "h"), "");
    assert!(one(&["license=GPL", "name=vfio"], "h").contains("exported for kvm-*,other alone"));
}

#[test]
fn crcs_of_both_kinds() {
    let symvers = format!("0x{CRC:08x}\tf\tvmlinux\tEXPORT_SYMBOL\t\n0x00000007\tmodule_layout\tvmlinux\tEXPORT_SYMBOL\t\n");
    let target = kernel(&symvers, true);
    let info = [
        "license=GPL",
        "vermagic=6.0.0-other SMP mod_unload modversions ",
    ];
    let module = |crc| {
        Maker::new(&info)
            .import("f")
            .versions(&[("f", crc), ("module_layout", 7)])
            .read("m.ko")
    };
    assert!(judge(&module(CRC), &target, &[]).loads);
    let verdict = judge(&module(1), &target, &[]);
    assert!(
        verdict.imports[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("0x00000001"),
        "{verdict:?}"
    );
    let long = Maker::new(&info)
        .import("f")
        .long_versions(&[("f", CRC)])
        .read("m.ko");
    assert!(judge(&long, &target, &[]).loads);
    let layout = Maker::new(&info)
        .import("f")
        .versions(&[("f", CRC), ("module_layout", 8)])
        .read("m.ko");
    assert!(reasons(&judge(&layout, &target, &[])).contains("struct module"));
    let none = Maker::new(&[MAGIC, "license=GPL"]).import("f").read("m.ko");
    let text = reasons(&judge(&none, &target, &[]));
    assert!(
        text.contains("lacks \"modversions\"") && text.contains("the module has none"),
        "{text}"
    );
}

#[test]
fn crcs_of_a_module_that_comes_before() {
    let info = [
        "license=GPL",
        "vermagic=7.3.4-test SMP mod_unload modversions ",
    ];
    let before = Maker::new(&info)
        .export("f", CRC)
        .versions(&[])
        .read("before.ko");
    assert_eq!(before.exports["f"].crc, CRC);
    assert!(!before.exports["f"].gpl_only());
    let module = Maker::new(&info)
        .import("f")
        .versions(&[("f", CRC + 1)])
        .read("m.ko");
    let verdict = judge(&module, &kernel("", true), &[before]);
    assert!(
        verdict.imports[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("type has changed"),
        "{verdict:?}"
    );
}

#[test]
fn exports_of_a_module_have_tags_and_namespaces() {
    let before = Maker::new(&["license=GPL", "name=before", MAGIC])
        .gpl_export("f", "SPACE")
        .export("g", 0)
        .read("before.ko");
    assert!(before.exports["f"].gpl_only() && !before.exports["g"].gpl_only());
    assert_eq!(before.exports["f"].namespace, "SPACE");
    assert_eq!(before.exports["g"].module().as_deref(), Some("before"));
    let module = Maker::new(&["license=Proprietary", MAGIC])
        .import("f")
        .read("m.ko");
    let verdict = judge(&module, &kernel("", false), &[before]);
    assert!(
        verdict.imports[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("GPL alone"),
        "{verdict:?}"
    );
}

#[test]
fn another_kernel() {
    let of = |magic: &str| {
        let module = Maker::new(&["license=GPL", magic]).read("m.ko");
        reasons(&judge(&module, &kernel("", false), &[]))
    };
    assert_eq!(of(MAGIC), "");
    assert!(of("vermagic=7.3.3-test SMP mod_unload ").contains("built for 7.3.3-test"));
    assert!(of("vermagic=7.3.4-test SMP preempt mod_unload ")
        .contains("\"preempt\", which the kernel's has not"));
    assert!(of("vermagic=7.3.4-test mod_unload ").contains("lacks \"SMP\""));
}

#[test]
fn what_is_no_module_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.ko");
    std::fs::write(&path, "not an ELF file").unwrap();
    assert!(format!("{:#}", Module::read(&path).unwrap_err()).contains("is no kernel module"));
    std::fs::write(&path, Maker::new(&["license=GPL"]).0.write().unwrap()).unwrap();
    assert!(format!("{:#}", Module::read(&path).unwrap_err()).contains("no vermagic"));
}
