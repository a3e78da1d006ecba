// SPDX-License-Identifier: GPL-2.0

//! When things go wrong: no network, a package gone, a full disk, a killed run. The tool is the real one; apt and
//! dpkg are scripts that know one small archive.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A tree with one kernel, a cache, and the host's programs as the tool sees them.
struct World {
    dir: tempfile::TempDir,
}

const TABLE: &str = r#"
default = "k"
[range]
oldest = "5.10"
newest = "7.3"
[crate]
line = "7.3"
suites = ["suite"]
package = "linux-source-7.3"
version = "7.3.4-1"
[root]
suites = ["suite"]
packages = []
[[kernel]]
name = "k"
role = "a test's"
line = "7.3"
provider = "native"
suites = ["suite"]
release = "7.3.4-amd64"
version = "7.3.4-1"
image = ["linux-binary-{release}"]
headers = ["linux-headers-{release}"]
[[kernel]]
name = "built"
role = "built here"
line = "7.3"
provider = "carried"
suites = ["suite"]
version = "7.3.4-1"
source = "linux-source-7.3"
config = ["kernels.toml"]
"#;

/// `update` and `download`, as long as `$WORLD/network` is there, but for sources. `$WORLD/slow` makes `download` take
/// forever.
const APT_GET: &str = r#"
echo "apt-get $*" >>"$WORLD/calls"
case "$*" in
*indextargets*) exit ;;
esac
[ -e "$WORLD/network" ] || { echo "E: Could not resolve host" >&2; exit 100; }
case "$*" in
*download*linux-source-*) echo "E: Failed to fetch linux-source: 404  Not Found" >&2; exit 100 ;;
*download*)
	for word; do
		case $word in
		*=*) echo half >"${word%%=*}.deb" ;;
		esac
	done
	[ -e "$WORLD/slow" ] && { echo $$ >"$WORLD/pid.new"; mv "$WORLD/pid.new" "$WORLD/pid"; exec sleep 600; }
	;;
esac
exit 0
"#;

/// `$WORLD/archive` has a line `package version` for each package that there is.
const APT_CACHE: &str = r#"
case "$*" in
*madison*)
	for package; do :; done
	awk -v p="$package" '$1 == p { print $1 " | " $2 " | here" }' "$WORLD/archive"
	;;
*search*) awk '/^linux-headers/ { print $1 " - headers" }' "$WORLD/archive" ;;
esac
"#;

/// `dpkg-deb -x FILE DIR`: the package's name tells what is in it.
const DPKG_DEB: &str = r#"
name=$(basename "$2" .deb)
case $name in
linux-binary-*)
	mkdir -p "$3/usr/lib/modules/${name#linux-binary-}"
	echo image >"$3/usr/lib/modules/${name#linux-binary-}/vmlinuz"
	;;
linux-headers-*) mkdir -p "$3/usr/src/$name" ;;
esac
"#;

impl World {
    /// A world whose archive has the kernel at these versions.
    fn new(versions: &[&str]) -> Self {
        let world = World {
            dir: tempfile::tempdir().unwrap(),
        };
        for dir in ["bin", "tree/selftests/foo"] {
            fs::create_dir_all(world.path(dir)).unwrap();
        }
        fs::write(world.path("tree/kernels.toml"), TABLE).unwrap();
        world.archive(versions);
        fs::write(world.path("network"), "").unwrap();
        world.program("apt-get", APT_GET);
        world.program("apt-cache", APT_CACHE);
        world.program("dpkg-deb", DPKG_DEB);
        for name in ["mmdebstrap", "bwrap", "newuidmap"] {
            world.program(name, "exit 1");
        }
        // This user may, whoever it is; making a root fails.
        world.program("unshare", "[ \"$4\" = true ]");
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn archive(&self, versions: &[&str]) {
        let line = |version: &&str| {
            let release = version.split('-').next().unwrap();
            format!(
                "linux-binary-{release}-amd64 {version}\nlinux-headers-{release}-amd64 {version}\n"
            )
        };
        fs::write(
            self.path("archive"),
            versions.iter().map(line).collect::<String>(),
        )
        .unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// The tool, about to fetch the kernel.
    fn fetch(&self) -> Command {
        self.fetch_kernel("k")
    }

    fn fetch_kernel(&self, name: &str) -> Command {
        self.ferrite(&["kernels", "--fetch", name])
    }

    /// The tool, about to do what its arguments say.
    fn ferrite(&self, args: &[&str]) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ferrite"));
        command
            .args(args)
            .arg("--repo")
            .arg(self.path("tree"))
            .env("PATH", format!("{}:{path}", self.path("bin").display()))
            .env("FERRITE_CACHE", self.path("cache"))
            .env("FERRITE_MIRROR", "http://mirror.invalid/debian")
            .env("WORLD", self.dir.path())
            .stdin(Stdio::null());
        command
    }

    fn kernels(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("cache/kernels"))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{} never came",
            path.display()
        );
        sleep(Duration::from_millis(10));
    }
}

fn alive(pid: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z ")
}

/// A run that hangs in the middle of fetching.
fn half_way(world: &World, mut run: Command) -> (Child, String) {
    fs::write(world.path("slow"), "").unwrap();
    let child = run
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&world.path("pid"));
    let pid = fs::read_to_string(world.path("pid")).unwrap();
    world.remove("slow");
    (child, pid)
}

fn interrupt(child: Child) -> Output {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.unwrap().success());
    child.wait_with_output().unwrap()
}

#[test]
fn a_kernel_is_fetched_once() {
    let world = World::new(&["7.3.4-1"]);
    let output = world.fetch().output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(world.kernels(), ["k-7.3.4-1"]);
    // Nobody asks the archive again, not even for its lists.
    world.remove("network");
    world.remove("calls");
    let output = world.fetch().output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(!world.path("calls").exists());
}

#[test]
fn without_a_network_it_says_what_it_wanted() {
    let world = World::new(&["7.3.4-1"]);
    world.remove("network");
    let output = world.fetch().output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "Could not resolve host",
        "linux-binary-7.3.4-amd64 7.3.4-1",
        "Check the network",
    ] {
        assert!(text.contains(part), "no \"{part}\" in: {text}");
    }
    assert!(world.kernels().is_empty());
}

#[test]
fn a_pin_that_is_gone_becomes_the_newest_of_its_line() {
    let world = World::new(&["7.3.10-1", "7.3.9-2"]);
    let output = world.fetch().output().unwrap();
    let said = text(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("7.3.4-amd64 (7.3.4-1) is gone"), "{said}");
    assert!(said.contains("taking 7.3.10-amd64 (7.3.10-1)"), "{said}");
    assert_eq!(world.kernels(), ["k-7.3.10-1"]);
    // The answer is kept: the next run asks nobody.
    world.remove("network");
    let output = world.fetch().output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("7.3.10-amd64"));
}

#[test]
fn a_line_that_is_gone_is_an_error_with_a_remedy() {
    let world = World::new(&[]);
    let output = world.fetch().output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("is gone") && text.contains("kernels.toml"),
        "{text}"
    );
}

#[test]
fn a_source_that_cannot_be_had_is_named_with_what_was_tried() {
    let world = World::new(&["7.3.4-1"]);
    let sources = "linux-source-7.3 7.3.4-1\nlinux-source-7.3 7.3.9-1\nlinux-source-7.3 7.4.0-1\n";
    fs::write(world.path("archive"), sources).unwrap();
    let output = world.fetch_kernel("built").output().unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in [
        "404  Not Found",
        "trying 7.3.9-1",
        "It was fetching: linux-source-7.3 7.3.4-1",
    ] {
        assert!(text.contains(part), "no \"{part}\" in: {text}");
    }
    assert!(!text.contains("trying 7.4.0-1"), "{text}");
    assert!(!world
        .path("cache/sources/linux-source-7.3-7.3.4-1")
        .exists());
}

#[test]
fn a_killed_run_leaves_nothing_that_counts() {
    let world = World::new(&["7.3.4-1"]);
    let (mut child, pid) = half_way(&world, world.fetch());
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(9));
    assert_eq!(world.kernels(), [".partial-k-7.3.4-1"]);
    let start = Instant::now();
    while alive(&pid) {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "what the killed run had started lives on"
        );
        sleep(Duration::from_millis(10));
    }
    let output = world.fetch().output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(world.kernels(), ["k-7.3.4-1"]);
}

#[test]
fn an_interrupted_run_cleans_up_and_says_so() {
    let world = World::new(&["7.3.4-1"]);
    let (child, pid) = half_way(&world, world.fetch());
    let output = interrupt(child);
    assert_eq!(output.status.code(), Some(130), "{}", text(&output));
    assert!(
        text(&output).contains("stopped by signal 2"),
        "{}",
        text(&output)
    );
    assert!(!alive(&pid), "what the run had started lives on");
    assert!(world.kernels().is_empty(), "{:?}", world.kernels());
}

#[test]
fn an_interrupted_check_did_not_fail() {
    let world = World::new(&["7.3.4-1"]);
    let check = world.ferrite(&["check", "--targets", "foo"]);
    let (child, pid) = half_way(&world, check);
    let output = interrupt(child);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(130), "{text}");
    assert!(text.contains("stopped by signal 2"), "{text}");
    assert!(!text.contains("FAILED"), "{text}");
    assert!(!alive(&pid), "what the run had started lives on");
}

#[test]
fn a_check_of_nothing_that_there_is_ends_before_it_begins() {
    let world = World::new(&["7.3.4-1"]);
    for (args, cause) in [
        (["check", "--kernel", "l"], "it has k, built"),
        (["check", "--targets", "bar"], "no selftests named \"bar\""),
    ] {
        let output = world.ferrite(&args).output().unwrap();
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains(cause), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn a_full_disk_names_the_remedy() {
    let world = World::new(&["7.3.4-1"]);
    fs::create_dir(world.path("cache")).unwrap();
    world.remove("bin/unshare");
    let mount = "mount -t tmpfs -o size=2m none \"$FERRITE_CACHE\"";
    let fetch = world.fetch();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg(format!("{mount} || exit 77; exec \"$0\" \"$@\""));
    command.arg(fetch.get_program()).args(fetch.get_args());
    command.envs(
        fetch
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.output().unwrap();
    let text = text(&output);
    if output.status.code() == Some(77) || text.contains("unshare failed") {
        eprintln!("SKIP: no mount namespace here: {text}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("MiB free") && text.contains("FERRITE_CACHE=/path"),
        "{text}"
    );
}
