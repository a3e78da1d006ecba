// SPDX-License-Identifier: GPL-2.0

//! Litmus tests out of critical cycles, named as diy7 and the kernel name them.
//!
//! A cycle alternates between what a thread does in its order (`Pod..`) and what it is to another
//! thread: it is read by it (`Rfe`), overwrites what it read (`Fre`) or what it wrote (`Wse`). That
//! all of it holds at once is the question that the test asks; fences, orderings and dependencies
//! within the threads decide about the answer.

use crate::ast::Test;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// The families, as diy7 calls and spells them.
const FAMILIES: [(&str, &str); 17] = [
    ("MP", "PodWW Rfe PodRR Fre"),
    ("SB", "PodWR Fre PodWR Fre"),
    ("LB", "PodRW Rfe PodRW Rfe"),
    ("S", "PodWW Rfe PodRW Wse"),
    ("R", "PodWW Wse PodWR Fre"),
    ("2+2W", "PodWW Wse PodWW Wse"),
    ("WRC", "Rfe PodRW Rfe PodRR Fre"),
    ("ISA2", "PodWW Rfe PodRW Rfe PodRR Fre"),
    ("Z6.0", "PodWW Rfe PodRW Wse PodWR Fre"),
    ("RWC", "Rfe PodRR Fre PodWR Fre"),
    ("W+RWC", "PodWW Rfe PodRR Fre PodWR Fre"),
    ("WRW+WR", "Rfe PodRW Wse PodWR Fre"),
    ("WWC", "Rfe PodRW Rfe PodRW Wse"),
    ("3.SB", "PodWR Fre PodWR Fre PodWR Fre"),
    ("IRIW", "Rfe PodRR Fre Rfe PodRR Fre"),
    ("IRRWIW", "Rfe PodRR Fre Rfe PodRW Wse"),
    ("IRWIW", "Rfe PodRW Wse Rfe PodRW Wse"),
];

/// How the two accesses of a thread are ordered.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Edge {
    /// Its part of a test's name.
    name: &'static str,
    /// The first access, in C: `@` is the location, `#` the value to write, `$` the register.
    first: &'static str,
    /// What is between the two.
    between: &'static str,
    /// The second access.
    second: &'static str,
}

const fn edge(
    name: &'static str,
    first: &'static str,
    between: &'static str,
    second: &'static str,
) -> Edge {
    Edge {
        name,
        first,
        between,
        second,
    }
}

const READ: &str = "$ = READ_ONCE(*@);";
const WRITE: &str = "WRITE_ONCE(*@, #);";
const ACQUIRE: &str = "$ = smp_load_acquire(@);";
const RELEASE: &str = "smp_store_release(@, #);";

const WW: [Edge; 5] = [
    edge("poonceonce", WRITE, "", WRITE),
    edge("pooncerelease", WRITE, "", RELEASE),
    edge("fencewmbonceonce", WRITE, "smp_wmb();", WRITE),
    edge("fencembonceonce", WRITE, "smp_mb();", WRITE),
    edge("pooncexchgrelease", WRITE, "", "(void)xchg_release(@, #);"),
];

const RR: [Edge; 4] = [
    edge("poonceonce", READ, "", READ),
    edge("poacquireonce", ACQUIRE, "", READ),
    edge("fencermbonceonce", READ, "smp_rmb();", READ),
    edge("fencembonceonce", READ, "smp_mb();", READ),
];

const WR: [Edge; 5] = [
    edge("poonceonce", WRITE, "", READ),
    edge("fencembonceonce", WRITE, "smp_mb();", READ),
    edge("poreleaseacquire", RELEASE, "", ACQUIRE),
    edge("poxchgonce", "(void)xchg(@, #);", "", READ),
    edge("poxchgrelaxedonce", "(void)xchg_relaxed(@, #);", "", READ),
];

const RW: [Edge; 7] = [
    edge("poonceonce", READ, "", WRITE),
    edge("poacquireonce", ACQUIRE, "", WRITE),
    edge("pooncerelease", READ, "", RELEASE),
    edge("poacquirerelease", ACQUIRE, "", RELEASE),
    edge("fencembonceonce", READ, "smp_mb();", WRITE),
    edge("ctrlonceonce", READ, "if ($)", WRITE),
    // What is written is what was read: both are 1.
    edge("dataonceonce", READ, "", "WRITE_ONCE(*@, $);"),
];

/// All tests of all families, each once.
pub fn all() -> Vec<Test> {
    let mut names = BTreeSet::new();
    let mut tests = Vec::new();
    for (family, spelling) in FAMILIES {
        let shape = Shape::new(spelling);
        let choices: Vec<&[Edge]> = shape.choices();
        let mut picked = vec![0; choices.len()];
        loop {
            let edges: Vec<Edge> = picked.iter().zip(&choices).map(|(i, c)| c[*i]).collect();
            // A cycle that looks the same from another thread is the same test.
            if !rotations(&edges, &shape)
                .iter()
                .any(|r| names.contains(&(family, r.clone())))
            {
                names.insert((family, name_parts(&edges)));
                if let Some(test) = shape.test(family, &edges) {
                    tests.push(test);
                }
            }
            if !step(&mut picked, &choices) {
                break;
            }
        }
    }
    tests
}

/// The next choice, as an odometer counts.
fn step(picked: &mut [usize], choices: &[&[Edge]]) -> bool {
    for (i, choice) in picked.iter_mut().zip(choices).rev() {
        *i += 1;
        if *i < choice.len() {
            return true;
        }
        *i = 0;
    }
    false
}

fn name_parts(edges: &[Edge]) -> Vec<&'static str> {
    edges.iter().map(|edge| edge.name).collect()
}

/// The names that a test has when it is read from each place where its shape looks the same.
fn rotations(edges: &[Edge], shape: &Shape) -> Vec<Vec<&'static str>> {
    let length = edges.len();
    (0..length)
        .filter(|by| shape.looks_the_same(*by))
        .map(|by| (0..length).map(|i| edges[(i + by) % length].name).collect())
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Within a thread: the kinds of the two accesses.
    Po(char, char),
    Rfe,
    Fre,
    Wse,
}

/// A cycle without its fences.
struct Shape {
    links: Vec<Link>,
}

/// An access.
struct Event {
    thread: usize,
    location: usize,
    write: bool,
    value: u32,
    /// Which link it is the source of.
    link: Link,
}

impl Shape {
    fn new(spelling: &str) -> Self {
        let links = spelling
            .split(' ')
            .map(|word| match word {
                "Rfe" => Link::Rfe,
                "Fre" => Link::Fre,
                "Wse" => Link::Wse,
                po => {
                    let mut kinds = po.chars().skip(3);
                    Link::Po(kinds.next().unwrap_or('W'), kinds.next().unwrap_or('W'))
                }
            })
            .collect();
        Self { links }
    }

    /// What each thread with two accesses may be.
    fn choices(&self) -> Vec<&'static [Edge]> {
        let po = self.links.iter().filter_map(|link| match link {
            Link::Po('W', 'W') => Some(&WW[..]),
            Link::Po('R', 'R') => Some(&RR[..]),
            Link::Po('W', _) => Some(&WR[..]),
            Link::Po(..) => Some(&RW[..]),
            _ => None,
        });
        po.collect()
    }

    /// Whether the cycle is the same when it is begun `by` two-access threads later.
    fn looks_the_same(&self, by: usize) -> bool {
        let places: Vec<usize> = (0..self.links.len())
            .filter(|i| matches!(self.links[*i], Link::Po(..)))
            .collect();
        let offset = places[by] - places[0];
        let length = self.links.len();
        (0..length).all(|i| self.links[i] == self.links[(i + offset) % length])
    }

    /// The accesses, with the values that close the cycle.
    fn events(&self) -> Vec<Event> {
        let locations = self.choices().len();
        let (mut thread, mut location) = (0, 0);
        let mut events = Vec::new();
        for link in &self.links {
            let write = match link {
                Link::Po(kind, _) => *kind == 'W',
                Link::Rfe | Link::Wse => true,
                Link::Fre => false,
            };
            events.push(Event {
                thread,
                location,
                write,
                value: 0,
                link: *link,
            });
            match link {
                Link::Po(..) => location = (location + 1) % locations,
                _ => thread += 1,
            }
        }
        // Along the accesses of each location, from the one that a thread comes to it with.
        let length = events.len();
        for start in 0..length {
            let before = (start + length - 1) % length;
            if !matches!(events[before].link, Link::Po(..)) {
                continue;
            }
            let mut value = u32::from(events[start].write);
            let mut at = start;
            loop {
                events[at].value = value;
                match events[at].link {
                    Link::Po(..) => break,
                    Link::Rfe => {}
                    Link::Fre | Link::Wse => value += 1,
                }
                at = (at + 1) % length;
            }
        }
        events
    }

    /// The test with these edges; none where an edge cannot be had.
    fn test(&self, family: &str, edges: &[Edge]) -> Option<Test> {
        const LOCATIONS: [char; 4] = ['x', 'y', 'z', 'a'];
        let events = self.events();
        let threads = events.last().map_or(0, |event| event.thread + 1);
        let mut edges_left = edges.iter();
        let mut used = Vec::new();
        let (mut body, mut conditions) = (String::new(), Vec::new());
        let mut single = 0;
        for thread in 0..threads {
            let mine: Vec<&Event> = events.iter().filter(|e| e.thread == thread).collect();
            let edge = match mine.len() {
                2 => {
                    let edge = *edges_left.next()?;
                    used.push(edge.name);
                    edge
                }
                _ => {
                    single += 1;
                    let access = if mine[0].write { WRITE } else { READ };
                    Edge {
                        name: "Once",
                        first: access,
                        between: "",
                        second: "",
                    }
                }
            };
            if edge.name == "dataonceonce" && mine[0].value != mine[1].value {
                return None;
            }
            let mut params: Vec<String> = mine
                .iter()
                .map(|e| format!("int *{}", LOCATIONS[e.location]))
                .collect();
            params.sort();
            let registers = mine.iter().filter(|e| !e.write).count();
            // Writing to a String cannot fail.
            let _ = writeln!(body, "\nP{thread}({})\n{{", params.join(", "));
            for register in 0..registers {
                let _ = writeln!(body, "\tint r{register};");
            }
            let mut register = 0;
            for (access, event) in [edge.first, edge.second].iter().zip(&mine) {
                let name = match event.write {
                    // The one that was read, for dependencies.
                    true => "r0".to_owned(),
                    false => {
                        register += 1;
                        conditions.push(format!("{thread}:r{}={}", register - 1, event.value));
                        format!("r{}", register - 1)
                    }
                };
                let access = access
                    .replace('@', &LOCATIONS[event.location].to_string())
                    .replace('#', &event.value.to_string())
                    .replace('$', &name);
                let _ = writeln!(body, "\t{access}");
                if !edge.between.is_empty() && event.link != mine[mine.len() - 1].link {
                    let _ = writeln!(body, "\t{}", edge.between.replace('$', "r0"));
                }
            }
            let _ = writeln!(body, "}}");
        }
        for (location, name) in LOCATIONS.iter().enumerate() {
            let writes = events.iter().filter(|e| e.location == location && e.write);
            if writes.clone().count() > 1 {
                let last = writes.map(|e| e.value).max()?;
                conditions.push(format!("{name}={last}"));
            }
        }
        let mut name = family.to_owned();
        match used.iter().all(|n| *n == used[0]) && used.len() > 1 {
            true => {
                let _ = write!(name, "+{}s", used[0]);
            }
            false => used.iter().for_each(|part| {
                let _ = write!(name, "+{part}");
            }),
        }
        if single != 0 {
            let _ = write!(name, "+{}", "Once".repeat(single));
        }
        let text = format!(
            "C {name}\n\n{{}}\n{body}\nexists ({})\n",
            conditions.join(" /\\ ")
        );
        crate::parse(Path::new(&name), &text).ok()
    }
}

#[cfg(test)]
mod tests;
