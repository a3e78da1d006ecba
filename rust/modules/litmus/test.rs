// SPDX-License-Identifier: GPL-2.0

//! What the engine knows of a test, and how a test is written.

use crate::{
    cell::{
        Arena,
        Instance,
        Kind,
        Shared, //
    },
    histogram::State,
    litter::Litter,
    value::Value, //
};

/// A litmus test; made by [`litmus!`](crate::litmus).
pub(crate) struct Test {
    /// As in `SB+poonceonces`.
    pub(crate) name: &'static str,
    /// The shared locations.
    pub(crate) shared: &'static [Shared],
    /// The threads: `P0`, `P1`, ...
    pub(crate) threads: &'static [Thread],
    /// The shared locations whose last values tell an end, by name.
    pub(crate) observed: &'static [&'static str],
    /// How the condition is meant.
    pub(crate) quantifier: Quantifier,
    /// Which ends count.
    pub(crate) filter: fn(&Test, &State) -> bool,
    /// The question.
    pub(crate) condition: fn(&Test, &State) -> bool,
    /// The question, as it is written.
    pub(crate) text: &'static str,
}

/// One thread of a test.
pub(crate) struct Thread {
    /// The registers that tell an end.
    pub(crate) registers: &'static [&'static str],
    /// Runs the thread once in each instance of a pass.
    pub(crate) run: fn(&Pass<'_>),
}

/// How a condition is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// Can it be?
    Exists,
    /// It cannot be.
    NotExists,
    /// It is always so.
    Forall,
}

impl Test {
    /// How many values tell an end.
    pub(crate) fn width(&self) -> usize {
        let registers: usize = self.threads.iter().map(|t| t.registers.len()).sum();
        registers + self.observed.len()
    }

    /// Whether a state is what the condition asks about: of `forall`, the opposite.
    pub(crate) fn asks(&self, state: &State) -> bool {
        let counts = (self.filter)(self, state);
        counts && (self.condition)(self, state) != (self.quantifier == Quantifier::Forall)
    }

    /// What a value is called: a number, or the name of the location that it points to.
    pub(crate) fn name_of(&self, value: Value) -> Result<i64, &'static str> {
        match value {
            Value::Int(number) => Ok(number),
            Value::Address(index) => Err(self.shared.get(index).map_or("?", |l| l.name)),
            Value::Other => Err("?"),
        }
    }
}

impl Quantifier {
    /// As `litmus!` calls it; nothing else compiles.
    pub(crate) const fn named(name: &str) -> Self {
        if same(name.as_bytes(), b"exists") {
            Self::Exists
        } else if same(name.as_bytes(), b"not_exists") {
            Self::NotExists
        } else {
            assert!(
                same(name.as_bytes(), b"forall"),
                "a condition is `exists`, `not_exists` or `forall`"
            );
            Self::Forall
        }
    }
}

/// A value of a test's end, as a condition asks for it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    test: &'a Test,
    value: Value,
}

impl<'a> Seen<'a> {
    /// What no register holds.
    pub(crate) fn nothing(test: &'a Test) -> Self {
        Self {
            test,
            value: Value::Other,
        }
    }
}

impl PartialEq<i64> for Seen<'_> {
    fn eq(&self, other: &i64) -> bool {
        self.value == Value::Int(*other)
    }
}

impl PartialEq for Seen<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// What points to a location.
pub(crate) struct Address(&'static str);

/// What points to the location `name`: `p1.r0 == address("x")`.
#[allow(dead_code, reason = "which conditions there are depends on the build")]
pub(crate) fn address(name: &'static str) -> Address {
    Address(name)
}

impl PartialEq<Address> for Seen<'_> {
    fn eq(&self, other: &Address) -> bool {
        self.test.name_of(self.value) == Err(other.0)
    }
}

/// The values of a state, in their order.
pub(crate) fn values<'a>(test: &'a Test, state: &'a State) -> impl Iterator<Item = Seen<'a>> {
    state.iter().map(move |code| Seen {
        test,
        value: Value::of(*code),
    })
}

/// The place of the location `name` in a test; a name that is not there, or is there as something
/// else, does not compile.
pub(crate) const fn index_of(shared: &[Shared], name: &str, kind: Kind) -> usize {
    let mut index = 0;
    while index < shared.len() {
        // PANIC: The loop ends at the end of `shared`.
        if same(shared[index].name.as_bytes(), name.as_bytes()) {
            assert!(
                shared[index].kind.is(kind),
                "the location is shared as another type"
            );
            return index;
        }
        index += 1;
    }
    // PANIC: When it is compiled: this is asked in constants alone.
    panic!("the location is not in `shared`")
}

/// What a test's own name of something is: Rust's, without the `_` that a name gets at its end where it would
/// mean something else in Rust.
pub(crate) fn own_name(name: &str) -> &str {
    name.strip_suffix('_').unwrap_or(name)
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    // PANIC: The lengths are asked first.
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// A stretch of instances, and where a thread leaves what it saw in each.
pub(crate) struct Pass<'a> {
    arena: &'a Arena,
    first: usize,
    end: usize,
    /// One code a register, one instance after the other, for all instances of the arena.
    seen: *mut u64,
    litter: &'a Litter,
}

impl<'a> Pass<'a> {
    /// The instances from `first` to before `end`.
    ///
    /// # Safety
    ///
    /// There must be so many instances, and `seen` must have room for the thread's registers in
    /// each of the arena's instances, which nobody else touches while the pass is run.
    pub(crate) unsafe fn new(
        arena: &'a Arena,
        first: usize,
        end: usize,
        seen: *mut u64,
        litter: &'a Litter,
    ) -> Self {
        Self {
            arena,
            first,
            end,
            seen,
            litter,
        }
    }

    /// Runs `body` in each instance and keeps the codes that it returns.
    #[inline(always)]
    pub(crate) fn each<const N: usize>(&self, body: impl Fn(Instance<'a>) -> [u64; N]) {
        self.litter.before_each(self.first..self.end, |number| {
            let codes = body(self.arena.instance(number));
            if N != 0 {
                // SAFETY: Room for `N` codes in each instance, by what `new` asks for: `N` is the
                // number of the thread's registers, since `litmus!` makes both of one list.
                unsafe {
                    self.seen
                        .add(number.wrapping_mul(N))
                        .cast::<[u64; N]>()
                        .write(codes)
                };
            }
        });
    }
}

/// Writes a litmus test.
///
/// Shared locations have a type that implements [`Location`](crate::cell::Location), and begin with
/// what `=` says: a number, for a pointer the name of a location, or 0. A thread is a function that
/// takes some of them by name and gives the registers that the condition may ask for. In the
/// condition, `p1.r0` is a thread's register, the name of a location in `observe` its last value,
/// and `address("x")` what a register holds that points to `x`. A `_` at the end of a name is none of the name's:
/// a register `match` is written `match_`, and `x_` is written `x__`.
///
/// # Examples
///
/// ```ignore
/// litmus! {
///     mod sb = "SB+mbonceonces";
///     shared { x: Atomic<i32> = 0, y: Atomic<i32> = 0 }
///
///     fn p0(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
///         x.store(1, Relaxed);
///         smp_mb(Full);
///         let r0 = y.load(Relaxed);
///     }
///
///     fn p1(x: &Atomic<i32>, y: &Atomic<i32>) -> (r0: i32) {
///         y.store(1, Relaxed);
///         smp_mb(Full);
///         let r0 = x.load(Relaxed);
///     }
///
///     observe ()
///     filter (true)
///     exists (p0.r0 == 0 && p1.r0 == 0)
/// }
/// ```
#[macro_export]
macro_rules! litmus {
    // The values that a question may ask for, under their names, and the question.
    (
        @ask $test:ident, $state:ident,
        [$($thread:ident($($register:ident)*))+] [$($observed:ident)*] $($question:tt)*
    ) => {{
        let mut values = $crate::test::values($test, $state);
        let mut next = || values.next().unwrap_or(Seen::nothing($test));
        $(
            #[allow(non_camel_case_types, dead_code)]
            struct $thread<'a> {
                $($register: Seen<'a>,)*
                test: &'a Test,
            }
            #[allow(unused_variables)]
            let $thread = $thread { $($register: next(),)* test: $test };
        )+
        $(
            #[allow(unused_variables)]
            let $observed = next();
        )*
        let _ = &mut next;
        $($question)*
    }};
    (
        @test [$($prelude:tt)*] [$(#[$meta:meta])*] $name:ident $title:literal
        shared { $($location:ident: $type:ty $(= $init:expr)?),* $(,)? }
        $(
            fn $thread:ident($($param:ident: &$pointee:ty),* $(,)?)
                -> ($($register:ident: $value:ty),* $(,)?) { $($body:tt)* }
        )+
        observe ($($observed:ident),*)
        filter ($($filter:tt)*)
        $quantifier:ident ($($condition:tt)*)
    ) => {
        $(#[$meta])*
        pub(crate) mod $name {
            #[allow(unused_imports)]
            use $($prelude)*::*;

            const SHARED: &[Shared] = &[$(Shared {
                name: stringify!($location),
                kind: <$type as Location>::KIND,
                init: concat!($(stringify!($init))?),
            }),*];

            $(
                // Not inlined: what runs is what a disassembler shows, and under a name that every
                // provider leaves as it is.
                #[inline(never)]
                #[export_name = concat!(module_path!(), "::", stringify!($thread))]
                #[allow(clippy::unused_unit)]
                fn $thread($($param: &$pointee),*) -> ($($value,)*) {
                    $($body)*
                    ($($register,)*)
                }
            )+

            /// The test.
            pub(crate) static TEST: Test = Test {
                name: $title,
                shared: SHARED,
                threads: &[$(Thread {
                    registers: &[$(stringify!($register)),*],
                    run: {
                        fn run(pass: &Pass<'_>) {
                            #[allow(unused_variables)]
                            pass.each(|instance| {
                                #[allow(clippy::let_unit_value)]
                                let ($($register,)*) = $thread($({
                                    const INDEX: usize = index_of(
                                        SHARED,
                                        stringify!($param),
                                        <$pointee as Location>::KIND,
                                    );
                                    // SAFETY: `index_of` compared the location's type.
                                    unsafe { instance.get::<$pointee>(INDEX) }
                                }),*);
                                [$(Register::code($register, instance)),*]
                            });
                        }
                        run
                    },
                }),+],
                observed: &[$(stringify!($observed)),*],
                quantifier: Quantifier::named(stringify!($quantifier)),
                filter: {
                    fn filter(test: &Test, state: &State) -> bool {
                        $crate::litmus!(
                            @ask test, state, [$($thread($($register)*))+] [$($observed)*] $($filter)*
                        )
                    }
                    filter
                },
                condition: {
                    fn condition(test: &Test, state: &State) -> bool {
                        $crate::litmus!(
                            @ask test, state, [$($thread($($register)*))+] [$($observed)*] $($condition)*
                        )
                    }
                    condition
                },
                text: stringify!($($condition)*),
            };
        }
    };
    // With a mutant: a prelude in which something is broken.
    ($(#[$meta:meta])* mod $name:ident = $title:literal with $mutant:ident; $($rest:tt)*) => {
        $crate::litmus! {
            @test [$crate::mutants::$mutant] [$(#[$meta])*] $name $title $($rest)*
        }
    };
    ($(#[$meta:meta])* mod $name:ident = $title:literal; $($rest:tt)*) => {
        $crate::litmus! { @test [$crate::prelude] [$(#[$meta])*] $name $title $($rest)* }
    };
}
