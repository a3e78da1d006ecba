// SPDX-License-Identifier: GPL-2.0

//! A thread's source against its machine code.
//!
//! The machine code is right if each of its ways is one of the source's (the same primitives, in the same order, on
//! the same locations, with at least the same dependencies), and if no event of the source is on none of them: then
//! nothing was torn, fused, invented, dropped or moved, and what was a dependency still is one.

use crate::lowered::{placed, Arch};
use crate::trace::{settled, without_prefix, Event, Source, Sources, Ways};
use std::collections::BTreeSet;
use std::ops::Range;

/// How far down machine code was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// To the calls of helpers, each of which is a primitive; plain accesses are instructions.
    Calls,
    /// To single instructions.
    Instructions(Arch),
}

/// How many dependencies there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dependencies {
    /// Of an address on what was read.
    pub address: usize,
    /// Of a stored value.
    pub data: usize,
    /// Of whether something is done.
    pub control: usize,
}

/// Errors that were put into machine code, and how many of them the comparison noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// All.
    pub all: usize,
    /// Those that were noticed.
    pub noticed: usize,
}

/// An event of a source, in the machine's numbers, and which events it is there.
type Aligned = Vec<(Event, Range<usize>)>;

impl Ways {
    /// What differs, if anything does, in the ways through machine code.
    ///
    /// Instructions do not tell plain accesses from others: of plain ones either all have to be there, or all those
    /// that a compiler may leave out not.
    pub fn differ(&self, found: &[Vec<Event>], level: Level) -> Option<String> {
        let found = seen(found, level);
        let all = self.variants(level);
        let differences = all.iter().map(|own| compare(own, &found, level));
        differences.reduce(|one, other| other.and(one)).flatten()
    }

    /// The same, where plain accesses have to be there as much as any others.
    pub fn differ_strictly(&self, found: &[Vec<Event>], level: Level) -> Option<String> {
        compare(self.ways(), found, level)
    }

    /// How many dependencies there are, over all ways.
    pub fn dependencies(&self) -> Dependencies {
        let mut kinds: [BTreeSet<(usize, usize)>; 3] = Default::default();
        for way in self.ways() {
            for event in way {
                let sources = [&event.place, &event.value, &event.control];
                for (kind, sources) in kinds.iter_mut().zip(sources) {
                    kind.extend(sources.iter().filter_map(|source| match source {
                        Source::Event(number) => Some((event.id, way.get(*number)?.id)),
                        Source::Param(_) => None,
                    }));
                }
            }
        }
        let [address, data, control] = kinds.map(|kind| kind.len());
        Dependencies {
            address,
            data,
            control,
        }
    }

    /// What each primitive of a way through machine code is there: its name, and its events.
    pub fn primitives(&self, found: &[Event], level: Level) -> Vec<(String, Range<usize>)> {
        let all = self.variants(level);
        let mut ways = all.iter().flatten();
        let aligned = ways.find_map(|own| align(own, found, level));
        let all = aligned.unwrap_or_default().into_iter();
        all.map(|(event, range)| (event.name, range)).collect()
    }

    /// Puts errors into machine code that is right: an event that is not there, one that is there twice, two that
    /// changed places, an ordering or a dependency that was lost.
    pub fn planted(&self, found: &[Vec<Event>], level: Level) -> Planted {
        let (all, found) = (self.variants(level), seen(found, level));
        let fits = |way: &[Event]| {
            let mut own = all.iter().flat_map(|own| aligned(own, way, level));
            own.any(|own| lost(&own, way).is_none())
        };
        let mut planted = Planted::default();
        let names = |way: &[Event]| -> Vec<String> { way.iter().map(|e| e.name.clone()).collect() };
        let right: BTreeSet<Vec<String>> = found.iter().map(|way| names(way)).collect();
        for (number, way) in found.iter().enumerate() {
            let mut plant = |wrong: Vec<Event>, same_names: bool| {
                // Another right way is no error.
                if same_names || !right.contains(&names(&wrong)) {
                    let noticed = !fits(&wrong) || {
                        let mut found = found.clone();
                        found[number] = wrong;
                        self.differ(&found, level).is_some()
                    };
                    planted.all += 1;
                    planted.noticed += usize::from(noticed);
                }
            };
            for (at, event) in way.iter().enumerate() {
                if event.name.starts_with("plain ") {
                    continue;
                }
                let optional =
                    matches!(level, Level::Instructions(arch) if arch.is_optional(&event.name));
                let mut dropped = way.clone();
                dropped.remove(at);
                if !optional {
                    plant(dropped, false);
                }
                let mut doubled = way.clone();
                doubled.insert(at, event.clone());
                plant(doubled, false);
                let mut weak = way.clone();
                for suffix in [".acquire", ".release", "_acquire", "_release"] {
                    if event.name.ends_with(suffix) {
                        weak[at].name = event.name.replace(suffix, "");
                        plant(weak.clone(), false);
                    }
                }
                if way.get(at + 1).is_some_and(|next| next.name != event.name) {
                    let mut swapped = way.clone();
                    swapped.swap(at, at + 1);
                    plant(swapped, false);
                }
            }
            let mut own = all.iter().flat_map(|own| aligned(own, way, level));
            let own = own.find(|own| lost(own, way).is_none());
            for (event, range) in own.into_iter().flatten() {
                let stored = writes(way, &range).map(|_| &event.value);
                let depends = [Some(&event.place), stored, Some(&event.control)]
                    .into_iter()
                    .flatten()
                    .flatten()
                    .any(|source| matches!(source, Source::Event(_)));
                // A fence needs no branch to be one.
                if depends && main(way, &range).is_some() {
                    let mut cut = way.clone();
                    for event in &mut cut[range] {
                        for sources in [&mut event.place, &mut event.value, &mut event.control] {
                            sources.retain(|source| matches!(source, Source::Param(_)));
                        }
                    }
                    plant(cut, true);
                }
            }
        }
        planted
    }

    /// The ways that machine code may have: as they are written, or without what a compiler may leave out.
    fn variants(&self, level: Level) -> Vec<Vec<Vec<Event>>> {
        let settled = |ways: &[Vec<Event>]| ways.iter().map(|way| settled(way)).collect();
        let mut all = vec![settled(self.ways()), settled(&self.needed())];
        if let Level::Instructions(_) = level {
            all.insert(0, self.ways().to_vec());
        }
        all.dedup();
        all
    }
}

/// The ways through machine code: of calls, without the plain accesses that say nothing.
fn seen(found: &[Vec<Event>], level: Level) -> Vec<Vec<Event>> {
    match level {
        Level::Calls => found.iter().map(|way| settled(way)).collect(),
        Level::Instructions(_) => found.to_vec(),
    }
}

/// What differs between the ways of a source and those of machine code.
fn compare(own: &[Vec<Event>], found: &[Vec<Event>], level: Level) -> Option<String> {
    let mut seen = BTreeSet::new();
    for way in found {
        let named = aligned(own, way, level);
        let fit: Vec<_> = named
            .iter()
            .filter(|own| lost(own, way).is_none())
            .collect();
        if let (Some(own), true) = (named.first(), fit.is_empty()) {
            return lost(own, way);
        }
        if named.is_empty() {
            let source: Vec<String> = own.iter().map(|way| text(way)).collect();
            return Some(format!(
                "the source has {}, the machine code {}",
                source.join(" or "),
                text(way)
            ));
        }
        seen.extend(
            fit.iter()
                .flat_map(|own| own.iter().map(|(event, _)| event.id)),
        );
    }
    let mut there = own.iter().flatten();
    let event = there.find(|event| !seen.contains(&event.id))?;
    Some(format!("the machine code has no way with {event}"))
}

/// The ways through a source that have the events of one through machine code.
///
/// Of two branches that read alike a compiler may make one: what decides a branch orders its writes, not its reads.
fn aligned(own: &[Vec<Event>], found: &[Event], level: Level) -> Vec<Aligned> {
    let own = own.iter().filter_map(|own| align(own, found, level));
    let mut all: Vec<Aligned> = own.collect();
    let before = all.clone();
    for (event, range) in all.iter_mut().flatten() {
        let other = |(other, at): &(Event, Range<usize>)| {
            let alike = other.name == event.name && other.place == event.place;
            at == range && alike && other.id != event.id
        };
        let reads = match without_prefix(&event.name) {
            Some((bare, _)) => bare.starts_with("read"),
            None => event.name.starts_with("plain read"),
        };
        if reads && before.iter().flatten().any(other) {
            event.control.clear();
        }
    }
    all
}

/// A way through a source in the numbers of one through machine code with the same events; nothing if it has others.
fn align(own: &[Event], found: &[Event], level: Level) -> Option<Aligned> {
    let ranges: Vec<Range<usize>> = match level {
        Level::Calls => {
            let same = own.len() == found.len()
                && own
                    .iter()
                    .zip(found)
                    .all(|(own, found)| own.name == found.name);
            same.then(|| (0..own.len()).map(|at| at..at + 1).collect())?
        }
        Level::Instructions(arch) => placed(own, found, arch)?,
    };
    let there = |sources: &Sources| -> Sources {
        let one = |source: &Source| match source {
            Source::Event(number) => Some(Source::Event(main(found, ranges.get(*number)?)?)),
            Source::Param(_) => Some(*source),
        };
        sources.iter().filter_map(one).collect()
    };
    let events = own.iter().zip(&ranges).map(|(event, range)| {
        let event = Event {
            place: there(&event.place),
            value: there(&event.value),
            control: there(&event.control),
            ..event.clone()
        };
        (event, range.clone())
    });
    Some(events.collect())
}

/// Of the instructions of a primitive, the one that reads or writes.
fn main(found: &[Event], range: &Range<usize>) -> Option<usize> {
    range.clone().find(|at| {
        let event = found.get(*at);
        event.is_some_and(|event| !event.name.starts_with("fence"))
    })
}

/// Of the instructions of a primitive, the one that writes; nothing where it turned out that nothing is to be written.
fn writes<'f>(found: &'f [Event], range: &Range<usize>) -> Option<&'f Event> {
    let there = found.get(range.clone())?;
    let reads = |event: &&Event| event.name.starts_with("fence") || event.name.starts_with("read");
    there.iter().find(|event| !reads(event))
}

/// What a way through machine code lacks of one through the source with the same events.
fn lost(own: &[(Event, Range<usize>)], found: &[Event]) -> Option<String> {
    for (own, range) in own {
        let Some(first) = main(found, range).and_then(|at| found.get(at)) else {
            continue;
        };
        if !own.place.is_subset(&first.place) {
            return Some(format!("the address of {own} is not its own: {first}"));
        }
        let stored = writes(found, range).map(|event| (event, &own.value));
        for (event, wanted) in [(first, &own.control)].into_iter().chain(stored) {
            // A value that decides a branch orders a store as well as one that is stored, and the other way round.
            let any = [&event.place, &event.value, &event.control].into_iter();
            if !wanted
                .iter()
                .all(|source| any.clone().any(|all| all.contains(source)))
            {
                return Some(format!("{own} does not depend on what it should: {event}"));
            }
        }
    }
    None
}

/// A way, for people.
pub(crate) fn text(way: &[Event]) -> String {
    let all: Vec<String> = way.iter().map(Event::to_string).collect();
    format!("[{}]", all.join(", "))
}
