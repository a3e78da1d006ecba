// SPDX-License-Identifier: GPL-2.0

//! Races, killed makers and full disks. Some tests start this test program again as another process.

use super::*;
use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The environment variable that tells a child process its role and its cache.
const ROLE: &str = "FERRITE_CACHE_TEST";

fn quiet(_: &str) {}

fn cache() -> (tempfile::TempDir, Cache) {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(Some(dir.path().join("cache"))).unwrap();
    (dir, cache)
}

/// Start this program again; the test `role_of_a_child` there does what `role` says.
fn child(role: &str, cache: &Cache) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "cache::tests::role_of_a_child", "--nocapture"])
        .env(ROLE, format!("{role} {}", cache.path().display()))
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for(what: &str, there: impl Fn() -> bool) {
    let start = Instant::now();
    while !there() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{what} never came"
        );
        sleep(Duration::from_millis(5));
    }
}

/// Not a test: the entry point of the child processes that the other tests start.
#[test]
fn role_of_a_child() {
    let Ok(role) = env::var(ROLE) else { return };
    let (role, dir) = role.split_once(' ').unwrap();
    let cache = Cache::open(Some(dir.into())).unwrap();
    let made = cache
        .entry("things/one")
        .get_or_make(&mut quiet, |partial| {
            fs::write(partial.join("first"), "half").unwrap();
            match role {
                "hang" => sleep(Duration::from_secs(600)),
                "slow" => sleep(2 * PATIENCE),
                _ => sleep(Duration::from_millis(100)),
            }
            fs::write(partial.join("second"), "half").unwrap();
            let makers = OpenOptions::new()
                .create(true)
                .append(true)
                .open(cache.path().join("makers"));
            io::Write::write_all(&mut makers.unwrap(), b"x").unwrap();
            Ok(())
        });
    assert!(made.unwrap().join("second").exists());
}

#[test]
fn racing_threads_make_an_entry_once() {
    let (_dir, cache) = cache();
    let made = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let path = cache
                    .entry("things/one")
                    .get_or_make(&mut quiet, |partial| {
                        // ORDERING: Relaxed. A count, read when all threads have been joined.
                        made.fetch_add(1, Ordering::Relaxed);
                        sleep(Duration::from_millis(20));
                        fs::write(partial.join("whole"), "").unwrap();
                        Ok(())
                    });
                assert!(path.unwrap().join("whole").exists());
            });
        }
    });
    // ORDERING: Relaxed. The scope has joined all who wrote.
    assert_eq!(made.load(Ordering::Relaxed), 1);
}

#[test]
fn racing_processes_make_an_entry_once() {
    let (_dir, cache) = cache();
    let children: Vec<_> = (0..4).map(|_| child("make", &cache)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(
        fs::read_to_string(cache.path().join("makers")).unwrap(),
        "x"
    );
}

#[test]
fn a_killed_maker_leaves_nothing_that_counts() {
    let (_dir, cache) = cache();
    let mut maker = child("hang", &cache);
    let half = cache.path().join("things/.partial-one/first");
    wait_for("the half-made entry", || half.exists());
    assert!(cache.entry("things/one").get().is_none());
    // An entry whose maker is alive is not removed.
    assert_eq!(cache.sweep().unwrap(), 0);
    assert!(half.exists());
    maker.kill().unwrap();
    maker.wait().unwrap();
    assert!(cache.entry("things/one").get().is_none());
    assert_eq!(cache.sweep().unwrap(), 1);
    assert!(!half.exists());
}

#[test]
fn who_comes_after_a_killed_maker_starts_afresh() {
    let (_dir, cache) = cache();
    let mut maker = child("hang", &cache);
    wait_for("the half-made entry", || {
        cache.path().join("things/.partial-one/first").exists()
    });
    maker.kill().unwrap();
    maker.wait().unwrap();
    let path = cache
        .entry("things/one")
        .get_or_make(&mut quiet, |partial| {
            assert_eq!(
                fs::read_dir(partial).unwrap().count(),
                0,
                "the dead maker's files are there"
            );
            Ok(())
        });
    assert!(path.unwrap().is_dir());
}

#[test]
fn a_failed_maker_leaves_nothing() {
    let (_dir, cache) = cache();
    let entry = cache.entry("things/one");
    let made = entry.get_or_make(&mut quiet, |partial| {
        fs::write(partial.join("half"), "").unwrap();
        bail!("no luck")
    });
    assert_eq!(made.unwrap_err().to_string(), "no luck");
    assert!(entry.get().is_none());
    assert_eq!(subfolders(&cache.path().join("things")).len(), 0);
}

#[test]
fn waiting_is_said() {
    let (_dir, cache) = cache();
    let mut maker = child("slow", &cache);
    wait_for("the half-made entry", || {
        cache.path().join("things/.partial-one/first").exists()
    });
    let mut said = 0;
    let path = cache
        .entry("things/one")
        .get_or_make(&mut |_| said += 1, |_| bail!("made twice"));
    assert!(path.unwrap().is_dir());
    assert_eq!(said, 1);
    assert!(maker.wait().unwrap().success());
}

#[test]
fn too_little_space_names_the_remedy() {
    let (_dir, cache) = cache();
    cache.need_space(1, "a test").unwrap();
    let error = cache
        .need_space(u64::MAX / MIB, "a test")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("FERRITE_CACHE") && error.contains("a test needs"),
        "{error}"
    );
}

#[test]
fn full_disks_name_the_remedy() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    assert!(explain(full, Path::new("/c"))
        .to_string()
        .contains("FERRITE_CACHE"));
}

#[test]
fn paths_that_make_cannot_take_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let error = Cache::open(Some(dir.path().join("with space")))
        .unwrap_err()
        .to_string();
    assert!(error.contains("FERRITE_CACHE"), "{error}");
}
