// SPDX-License-Identifier: GPL-2.0

use super::*;

fn named<'t>(tests: &'t [Test], name: &str) -> &'t Test {
    tests
        .iter()
        .find(|test| test.name == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn there_are_many_and_none_twice() {
    let tests = all();
    assert!(tests.len() >= 500, "only {}", tests.len());
    let names: BTreeSet<&str> = tests.iter().map(|test| test.name.as_str()).collect();
    assert_eq!(names.len(), tests.len());
    let bodies: BTreeSet<String> = tests
        .iter()
        .map(|test| test.to_string().lines().skip(1).collect())
        .collect();
    assert_eq!(bodies.len(), tests.len());
}

#[test]
fn every_cycle_is_whole() {
    let tests = all();
    for (family, spelling) in FAMILIES {
        let shape = Shape::new(spelling);
        let most: usize = shape.choices().iter().map(|choice| choice.len()).product();
        let count = tests
            .iter()
            .filter(|test| test.name.starts_with(&format!("{family}+")))
            .count();
        assert!(count > 0 && count <= 2 * most, "{family}: {count}");
    }
}

#[test]
fn names_and_values_are_those_of_the_kernel_s_own() {
    let tests = all();
    for (name, condition) in [
        ("MP+pooncerelease+poacquireonce", "1:r0=1 /\\ 1:r1=0"),
        ("S+fencewmbonceonce+poacquireonce", "1:r0=1 /\\ x=2"),
        ("R+fencembonceonces", "1:r0=0 /\\ y=2"),
        ("LB+fencembonceonce+ctrlonceonce", "0:r0=1 /\\ 1:r0=1"),
        (
            "Z6.0+pooncerelease+poacquirerelease+fencembonceonce",
            "1:r0=1 /\\ 2:r0=0 /\\ z=2",
        ),
        (
            "IRIW+fencembonceonces+OnceOnce",
            "1:r0=1 /\\ 1:r1=0 /\\ 3:r0=1 /\\ 3:r1=0",
        ),
        (
            "WRC+pooncerelease+fencermbonceonce+Once",
            "1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0",
        ),
    ] {
        assert_eq!(
            named(&tests, name).condition.to_string(),
            condition,
            "{name}"
        );
    }
}

#[test]
fn all_are_translated() {
    let tests = all();
    let (_, refused) = crate::rust::file(&tests);
    assert!(refused.is_empty(), "{:?}", refused[0].1);
}
