// SPDX-License-Identifier: GPL-2.0

use super::*;
use std::path::Path;

fn types(text: &str) -> (Test, Types) {
    let text = format!("C t\n{text}\nexists (x=1)\n");
    let test = crate::parse(Path::new("t.litmus"), &text).unwrap_or_else(|e| panic!("{e}"));
    let types = Types::of(&test);
    (test, types)
}

fn behind((test, types): &(Test, Types), thread: usize, name: &str) -> Option<Kind> {
    types.behind(
        test,
        thread,
        &Expr::Var(name.to_owned(), Default::default()),
    )
}

const LONG: Option<Kind> = Some(Kind::Value(Int::LONG, 0));
const INT: Option<Kind> = Some(Kind::Value(Int::INT, 0));
const TO_INT: Option<Kind> = Some(Kind::Value(Int::INT, 1));

#[test]
fn c_s_types_have_c_s_widths() {
    for (c, rust) in [
        ("int", "i32"),
        ("unsigned", "u32"),
        ("long unsigned int", "u64"),
        ("long long", "i64"),
        ("intptr_t", "i64"),
        ("size_t", "u64"),
        ("char", "u8"),
        ("signed char", "i8"),
        ("short int", "i16"),
        ("unsigned short", "u16"),
        ("uint8_t", "u8"),
        ("__u32", "u32"),
        ("s64", "i64"),
        ("atomic_t", "i32"),
        ("atomic64_t", "i64"),
        ("atomic_long_t", "i64"),
        ("refcount_t", "i32"),
    ] {
        let int = Int::of(c).unwrap_or_else(|| panic!("{c}"));
        assert_eq!(int.rust(), rust, "{c}");
        assert_eq!(Int::of_rust(rust), Some(int));
        assert_eq!(Int::of(int.c()), Some(int));
    }
    assert_eq!(Int::of("float"), None);
    assert!(Int::of("char").is_some_and(|c| c.holds(255) && !c.holds(256) && !c.holds(-1)));
    assert!(Int::LONG.holds(i64::MIN) && !Int::INT.holds(1 << 31));
}

#[test]
fn registers_are_what_they_are_assigned() {
    let types = types(
        "{ 1:r3=x; }\nP0(int *x, long *y, int **p) { r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); r2 = rcu_dereference(*p); \
         WRITE_ONCE(*p, x); int r4 = x; r5 = READ_ONCE(*r4); r6 = r2 ^ r2; r7 = x + r6; r8 = x; r8 = 1; }\n\
         P1(int *x) { WRITE_ONCE(*r3, 1); }",
    );
    assert_eq!(types.1.register(0, "r0"), INT);
    assert_eq!(types.1.register(0, "r1"), LONG);
    assert_eq!(types.1.register(0, "r2"), TO_INT);
    assert_eq!(types.1.register(0, "r4"), TO_INT);
    assert_eq!(types.1.register(0, "r5"), INT);
    assert_eq!(types.1.register(0, "r6"), LONG);
    assert_eq!(types.1.register(0, "r7"), TO_INT);
    assert_eq!(types.1.register(0, "r8"), LONG);
    assert_eq!(behind(&types, 0, "r7"), INT);
    assert_eq!(behind(&types, 0, "r8"), None);
    assert_eq!(types.1.register(0, "r9"), None);
    assert_eq!(types.1.register(1, "r3"), TO_INT);
    assert_eq!(behind(&types, 1, "r3"), INT);
}

#[test]
fn numbers_hold_addresses() {
    let types = types(
        "{ x1=y1; p=x; }\nP0(intptr_t *x1, int *p) { intptr_t r1 = rcu_dereference(*x1); WRITE_ONCE(*r1, 1); \
         int r2 = READ_ONCE(*p); *r2 = 1; }\nP1(intptr_t *y1, int *x) { int r3; }",
    );
    assert_eq!(types.1.shared().get("x1").copied(), LONG);
    assert_eq!(types.1.shared().get("p").copied(), TO_INT);
    assert_eq!(types.1.register(0, "r1"), LONG);
    assert_eq!(behind(&types, 0, "r1"), LONG);
    assert_eq!(behind(&types, 0, "r2"), INT);
}

#[test]
fn what_points_to_itself_has_a_type() {
    let types = types("{ p=p; }\nP0(int *p) { r0 = READ_ONCE(*p); }");
    assert_eq!(
        types.1.shared().get("p").copied(),
        Some(Kind::Value(Int::LONG, 1))
    );
}

#[test]
fn what_is_declared_nowhere_is_as_its_neighbours() {
    // `y1` is no thread's: what points to it says what it is.
    let types = types(
        "{ x1=y1; 0:r3=x2; }\nP0(intptr_t *x1) { smp_store_release(x1, r3); }\n\
         P1(intptr_t *x1, intptr_t *x2) { intptr_t r1 = rcu_dereference(*x1); WRITE_ONCE(*r1, 1); }",
    );
    assert_eq!(types.1.shared().get("y1").copied(), LONG);
    assert_eq!(behind(&types, 1, "r1"), LONG);
}
