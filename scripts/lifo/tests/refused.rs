// SPDX-License-Identifier: GPL-2.0

//! What the types do not allow: each program is refused with the error that says so, and is taken without its last line.
//!
//! Errors are known by their codes: what the compiler says of them in words changes from release to release.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What each program begins with.
const BEGIN: &str = "
    #![allow(unused, dead_code)]
    use lifo::{impl_linked, sync::lifo::*};
    use std::rc::Rc;
    struct Job { link: Link, other: Link<1>, number: u32 }
    impl_linked! { impl Linked<0> for Job { self.link } }
    impl_linked! { impl Linked<1> for Job { self.other } }
    struct Other { link: Link }
    impl_linked! { impl Linked<0> for Other { self.link } }
    struct Local { link: Link, here: Rc<u32> }
    impl_linked! { impl Linked<0> for Local { self.link } }
    fn job() -> Box<Job> { Box::new(Job { link: Link::new(), other: Link::new(), number: 1 }) }
    fn other() -> Box<Other> { Box::new(Other { link: Link::new() }) }
    fn is_send<T: Send>() {}
    fn is_sync<T: Sync>() {}
";

/// What is refused, what comes before it, the line that is refused, and the code of the error.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "an object is pushed twice",
        "let lifo = Lifo::<Box<Job>>::new(); let job = job(); lifo.push(job);",
        "lifo.push(job);",
        "E0382",
    ),
    (
        "an object is pushed to two lists",
        "let (one, two) = (Lifo::<Box<Job>>::new(), Lifo::<Box<Job>>::new()); let job = job(); one.push(job);",
        "two.push(job);",
        "E0382",
    ),
    (
        "an object that is in a list is used",
        "let lifo = Lifo::<Box<Job>>::new(); let job = job(); lifo.push(job);",
        "drop(job.number);",
        "E0382",
    ),
    (
        "an object that is in a list is dropped",
        "let lifo = Lifo::<Box<Job>>::new(); let job = job(); lifo.push(job);",
        "drop(job);",
        "E0382",
    ),
    (
        "an object is pushed that is borrowed",
        "let lifo = Lifo::<Box<Job>>::new(); let job = job(); let number = &job.number;",
        "lifo.push(job); drop(number);",
        "E0505",
    ),
    (
        "an object is pushed that is not owned",
        "let lifo = Lifo::<Box<Job>>::new(); let job = job();",
        "lifo.push(&*job);",
        "E0308",
    ),
    (
        "a list of references",
        "",
        "fn refused(_: &Lifo<&Job>) {}",
        "E0277",
    ),
    (
        "a list of what others own, too",
        "",
        "fn refused(_: &Lifo<std::sync::Arc<Job>>) {}",
        "E0277",
    ),
    (
        "a list of objects without a link",
        "",
        "fn refused(_: &Lifo<Box<u32>>) {}",
        "E0277",
    ),
    (
        "another list's object",
        "let lifo = Lifo::<Box<Job>>::new();",
        "lifo.push(other());",
        "E0308",
    ),
    (
        "another list's chain",
        "let lifo = Lifo::<Box<Job>>::new(); let chain: Chain<Box<Other>> = Chain::new();",
        "lifo.push_batch(chain);",
        "E0308",
    ),
    (
        "a chain of another link",
        "let lifo = Lifo::<Box<Job>, 0>::new(); let chain: Chain<Box<Job>, 1> = Chain::new();",
        "lifo.push_batch(chain);",
        "E0308",
    ),
    (
        "a chain is pushed twice",
        "let lifo = Lifo::<Box<Job>>::new(); let chain = Chain::new(); lifo.push_batch(chain);",
        "lifo.push_batch(chain);",
        "E0382",
    ),
    (
        "what was taken is changed before a grace period",
        "let lifo = RcuLifo::<Box<Job>>::new(); lifo.push(job()); let taken = lifo.pop().unwrap();",
        "taken.iter().next().unwrap().number = 2;",
        "E0594",
    ),
    (
        "what was taken is pushed before a grace period",
        "let lifo = RcuLifo::<Box<Job>>::new(); lifo.push(job()); let taken = lifo.pop().unwrap();",
        "lifo.push(taken);",
        "E0308",
    ),
    (
        "objects of one thread go to another",
        "is_send::<Lifo<Box<Job>>>();",
        "is_send::<Lifo<Box<Local>>>();",
        "E0277",
    ),
    (
        "threads share a list of objects of one thread",
        "is_sync::<Lifo<Box<Job>>>();",
        "is_sync::<Lifo<Box<Local>>>();",
        "E0277",
    ),
    (
        "a batch of one thread's objects goes to another",
        "is_send::<Batch<Box<Job>>>(); is_send::<Chain<Box<Job>>>(); is_send::<Retired<Box<Job>>>();",
        "is_send::<Batch<Box<Local>>>();",
        "E0277",
    ),
    (
        "a link that is none",
        "",
        "impl_linked! { impl Linked<2> for Other { self.link } }",
        "E0308",
    ),
];

fn rustc() -> Command {
    Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
}

/// The library's metadata.
fn library(dir: &Path) -> PathBuf {
    let file = dir.join("liblifo.rmeta");
    let status = rustc()
        .args([
            "--edition=2021",
            "--crate-type=lib",
            "--crate-name=lifo",
            "-Awarnings",
        ])
        .arg(format!("--emit=metadata={}", file.display()))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs"))
        .status()
        .expect("rustc starts");
    assert!(status.success());
    file
}

/// Have a program compiled; returns what the compiler said, if it refused it.
fn compile(dir: &Path, library: &Path, body: &str) -> Option<String> {
    let file = dir.join("program.rs");
    std::fs::write(&file, format!("{BEGIN}\nfn main() {{\n{body}\n}}\n"))
        .expect("a file can be written");
    let output = rustc()
        .args(["--edition=2021", "--crate-type=bin", "--color=never"])
        .arg(format!(
            "--emit=metadata={}",
            dir.join("program.rmeta").display()
        ))
        .arg(format!("--extern=lifo={}", library.display()))
        .arg(&file)
        .output()
        .expect("rustc starts");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn wrong_programs_do_not_compile() {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused");
    std::fs::create_dir_all(&dir).expect("a folder can be made");
    let library = library(&dir);
    for (what, before, wrong, code) in REFUSED {
        let said = compile(&dir, &library, before);
        assert_eq!(said, None, "{what}: the part that is right is refused");
        let said = compile(&dir, &library, &format!("{before}\n{wrong}"));
        let said = said.unwrap_or_else(|| panic!("{what}: it compiles"));
        let errors: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("error["))
            .collect();
        let right = errors.len() == 1 && errors[0].starts_with(&format!("error[{code}]"));
        assert!(right, "{what}: not refused by {code} alone:\n{said}");
    }
}
