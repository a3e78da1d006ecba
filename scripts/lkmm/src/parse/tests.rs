// SPDX-License-Identifier: GPL-2.0

use super::*;

const SMALL: &str = "C SB+small

(*
 * Result: Sometimes
 *
 * Two stores, two loads.
 *)

{ int x = 1; int *p = &x; atomic_t v = ATOMIC_INIT(-2); q=x; 1:r0=3; }

P0(int *x, volatile int **p) // one
{
	int r0, *r1;
	int r2 = READ_ONCE(*x) & 1 == 0; /* C's own precedence */

	WRITE_ONCE(*x, r2 + 2 * 3);
	*x = -1;
	if (r0 && !r2) {
		(void)xchg(x, 1);
	} else if (r0)
		smp_mb();
	r1 = rcu_dereference(*p);
}

P1(int *x) { int r0; }

locations [x; 0:r0;]
filter (~(x=2) \\/ true)
exists (0:r1=x /\\ (x=1 \\/ 0:r0!=0)) (* so *)
";

fn read(text: &str) -> Result<Test, Error> {
    parse(Path::new("t.litmus"), text)
}

fn message(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn everything_is_read() {
    let test = read(SMALL).unwrap();
    assert_eq!(test.name, "SB+small");
    assert_eq!(test.result(), Some("Sometimes"));
    assert_eq!(test.init.len(), 5);
    assert_eq!(test.init[2].value, Some(Value::Int(-2)));
    assert_eq!(test.init[3].value, Some(Value::Address("x".into())));
    assert_eq!(test.threads.len(), 2);
    assert_eq!(test.threads[0].params[1].ty.stars, 2);
    assert_eq!(test.threads[0].body.len(), 7);
    assert_eq!(test.locations.len(), 2);
    assert_eq!(
        test.observed()
            .iter()
            .map(Location::to_string)
            .collect::<Vec<_>>(),
        ["0:r0", "0:r1", "x"]
    );
}

#[test]
fn precedence_is_that_of_c() {
    let test = read(SMALL).unwrap();
    let Stmt::Decl {
        value: Some(value), ..
    } = &test.threads[0].body[2]
    else {
        panic!("{:?}", test.threads[0].body[2]);
    };
    // `a & 1 == 0` is `a & (1 == 0)`.
    assert!(
        matches!(value, Expr::Binary(BinaryOp::BitAnd, ..)),
        "{value:?}"
    );
    let Stmt::Expr {
        expr: Expr::Call { args, .. },
        ..
    } = &test.threads[0].body[3]
    else {
        panic!("{:?}", test.threads[0].body[3]);
    };
    assert!(
        matches!(&args[1], Expr::Binary(BinaryOp::Add, ..)),
        "{:?}",
        args[1]
    );
}

#[test]
fn what_is_printed_reads_the_same() {
    let test = read(SMALL).unwrap();
    let printed = test.to_string();
    assert_eq!(read(&printed).unwrap(), test, "{printed}");
    assert_eq!(read(&printed).unwrap().to_string(), printed);
}

#[test]
fn differences_are_printed() {
    let test = read(SMALL).unwrap();
    let other = read(&SMALL.replace("2 * 3", "(2 + 2) * 3")).unwrap();
    assert_ne!(test, other);
    assert_eq!(read(&other.to_string()).unwrap(), other);
}

#[test]
fn errors_have_line_and_column() {
    let text = message("C bad\n\n{}\n\nP0(int *x)\n{\n\tWRITE_ONCE(*x, );\n}\n\nexists (x=1)\n");
    assert!(text.contains("t.litmus:7:17"), "{text}");
    assert!(text.contains("an expression"), "{text}");
}

#[test]
fn missing_condition_is_named() {
    let text = message("C bad\n{}\nP0(int *x) { int r0; }\n");
    assert!(text.contains("`exists`"), "{text}");
}

#[test]
fn thread_without_a_statement_is_refused_at_its_end() {
    for (body, place) in [
        ("{ }", "4:14"),
        ("{\n\t; { } ;\n}", "6:1"),
        ("{ /* nothing\n*/ }", "5:4"),
    ] {
        let text = message(&format!(
            "C bad\n{{}}\nP0(int *x) {{ int r0; }}\nP1(int *x) {body}\nexists (x=1)\n"
        ));
        assert!(text.contains(&format!("t.litmus:{place}\n")), "{text}");
        assert!(text.contains("no thread without a statement"), "{text}");
    }
}

#[test]
fn text_before_the_state_is_passed_over_but_no_thread() {
    let rest = "P0(int *x) { int r0; }\nexists (x=1)\n";
    for head in ["Result: Never", "any $ text\nP1 is it\n\"a\nb\" c", ""] {
        for name in ["t", "t and more"] {
            let test = read(&format!("C {name}\n{head}\n{{}}\n{rest}"));
            assert_eq!(test.unwrap().name, "t", "{head}");
        }
    }
    let text = message(&format!("C t\nmore\n{rest}"));
    assert!(
        text.contains("t.litmus:3:1\n") && text.contains("the initial state"),
        "{text}"
    );
}

#[test]
fn nothing_but_comments_and_a_semicolon_is_behind_the_condition() {
    let test = "C t\n{}\nP0(int *x) { int r0; }\nexists (* a *) (x=1 (* b *))";
    for rest in [
        "",
        "\n(* a (* b *) { *)\n(* c *);\n(* d *)",
        " /* a */; // b",
    ] {
        assert!(read(&format!("{test}{rest}\n")).is_ok(), "{rest}");
    }
    for (rest, place) in [
        ("\nResult: Never\n", "5:1"),
        ("\n(* a *)\nHash=0123\n", "6:1"),
        (";;\n", "4:30"),
        ("\n{}\n", "5:1"),
    ] {
        let text = message(&format!("{test}{rest}"));
        assert!(text.contains(&format!("t.litmus:{place}\n")), "{text}");
        assert!(text.contains("the end of the file"), "{text}");
    }
}

#[test]
fn threads_out_of_order_are_refused() {
    let text = message("C bad\n{}\nP1(int *x) { int r0; }\nexists (x=1)\n");
    assert!(text.contains("3:1"), "{text}");
    assert!(text.contains("this one is P0"), "{text}");
}

#[test]
fn huge_number_is_refused() {
    let text = message("C bad\n{}\nP0(int *x) { *x = 99999999999999999999; }\nexists (x=1)\n");
    assert!(text.contains("too large"), "{text}");
}

#[test]
fn what_diy7_writes_of_itself_is_passed_over() {
    let text =
        "C t\n\"PodWW Rfe PodRR Fre\"\nCycle=Rfe PodRR Fre PodWW\n(* so *)\n{}\nP0(int *x) { int r0; }\nexists (x=1)\n";
    assert_eq!(read(text).unwrap().threads.len(), 1);
}

#[test]
fn what_is_expected_is_said_once() {
    let text = message("C bad\n{}\nP0(int *x) { WRITE_ONCE(*x, 1) }\nexists (x=1)\n");
    assert!(text.contains("3:30"), "{text}");
    let expected = "= expected an operator or the end of the expression: `;`, `,` or `)`";
    assert!(text.ends_with(expected), "{text}");
    let text = message("X86 bad\n{}\n");
    assert!(
        text.ends_with("= expected `C` and the test's name"),
        "{text}"
    );
}

#[test]
fn no_depth_overflows_the_stack() {
    let depth = 50_000;
    for value in [
        format!("{}1{}", "(".repeat(depth), ")".repeat(depth)),
        format!("{}1", "-".repeat(depth)),
        format!("1{}", "+1".repeat(depth)),
    ] {
        let text = message(&format!(
            "C bad\n{{}}\nP0(int *x) {{ *x = {value}; }}\nexists (x=1)\n"
        ));
        assert!(text.ends_with(TOO_DEEP), "{text:.100}");
    }
    let text = message(&format!(
        "C bad\n{{}}\nP0(int *x) {{ {} *x = 1; }}\nexists (x=1)\n",
        "if (1)".repeat(depth)
    ));
    assert!(text.ends_with(TOO_DEEP), "{text:.100}");
    let text = message(&format!(
        "C bad\n{{}}\nP0(int *x) {{ int r0; }}\nexists (x=1{})\n",
        " /\\ x=1".repeat(depth)
    ));
    assert!(text.ends_with(TOO_DEEP), "{text:.100}");
}

#[test]
fn what_c_and_herd7_read_differently_is_refused() {
    let text = message("C bad\n{}\nP0(int *x) { *x = 010; }\nexists (x=1)\n");
    assert!(text.contains("3:19") && text.contains("octal"), "{text}");
}

#[test]
fn names_are_as_herd7_has_them() {
    let named = |name: &str| {
        let text = format!("C {name}\n{{}}\nP0(int *x) {{ int r0; }}\nexists (x=1)\n");
        read(&text).unwrap().name
    };
    assert_eq!(named("auto/C-a.b+c/d"), "auto/C-a.b+c/d");
    assert_eq!(named("SB.litmus"), "SB");
    let text = message("C a\u{1}b\n{}\nP0(int *x) { int r0; }\nexists (x=1)\n");
    assert!(text.contains("1:3") && text.contains("one word"), "{text}");
}

#[test]
fn time_is_linear_in_accesses_and_comments() {
    let accesses = "\tWRITE_ONCE(*x, 1); // *)\n".repeat(100_000);
    let text = format!("C many\n{{}}\nP0(int *x)\n{{\n{accesses}}}\nexists (x=1)\n");
    assert_eq!(read(&text).unwrap().threads[0].body.len(), 100_000);
    let open = format!(
        "C t\n{{}}\nP0(int *x) {{ int r0; }}\n{}exists (x=1)\n",
        "(* ".repeat(40)
    );
    let text = message(&open);
    assert!(
        text.contains("4:1") && text.contains("never closed"),
        "{text}"
    );
}

#[test]
fn comments_swallow_no_code() {
    let text = "C t\n{}\nP0(int *x, int *y) { int r0 = READ_ONCE(*x); int *p = (int *)(*y); }\nexists (x=1)\n";
    assert_eq!(read(text).unwrap().threads[0].body.len(), 2);
}

#[test]
fn comments_are_the_documentation_wherever_a_result_is() {
    let head = "C t\n(* one *)\n\"meta\"\nOrig=a b\n";
    let tail = "{}\nP0(int *x) { int r0; }\n(* no *)\nexists (x=1)\n";
    let test = read(&format!("{head}(* Result: Never *)\n{tail}")).unwrap();
    assert_eq!(test.doc, ["one", "", "Result: Never"]);
    let test = read(&format!("{head}{tail}(* Result: Always *)\n")).unwrap();
    assert_eq!(test.result(), Some("Always"));
    assert_eq!(test.doc, ["one", "", "Result: Always"]);
}

#[test]
fn comments_in_comments_stay_whole() {
    for (comment, doc) in [
        ("(*(* a *) b *)", "(* a *) b"),
        ("(* a (* b *)*)", "a (* b *)"),
        ("(*\n * a (*\n *) b\n *)", "a (*\n*) b"),
        ("(**\n ** a\r * b\n **)", "* a\nb"),
        ("(***)", ""),
        ("(*)*)", ")"),
    ] {
        let text = format!("C t\n{comment}\n{{}}\nP0(int *x) {{ int r0; }}\nexists (x=1)\n");
        let test = read(&text).unwrap();
        assert_eq!(test.doc.join("\n"), doc, "{comment}");
        let printed = test.to_string();
        assert_eq!(read(&printed).unwrap(), test, "{printed}");
    }
}

#[test]
fn casts_of_all_types_are_read() {
    for cast in [
        "int",
        "intptr_t",
        "uintptr_t",
        "long",
        "unsigned long",
        "char *",
        "int **",
        "T **",
        "struct foo *",
        "u64",
        "__u8",
        "s16 *",
        "volatile_t",
        "unsigned",
    ] {
        let text = format!("C t\n{{}}\nP0(int *x) {{ int r0 = ({cast})*x; }}\nexists (x=1)\n");
        let test = read(&text).unwrap_or_else(|error| panic!("{error}"));
        let Stmt::Decl {
            value: Some(Expr::Cast(ty, _)),
            ..
        } = &test.threads[0].body[0]
        else {
            panic!("{cast}: {test:?}");
        };
        assert_eq!(ty.to_string().trim(), cast);
        assert_eq!(read(&test.to_string()).unwrap(), test);
    }
    let test =
        read("C t\n{}\nP0(int *x, T **p) { *(T **)p = x; (*x) = (y_t) + 1; }\nexists (x=1)\n");
    assert!(test.is_ok(), "{test:?}");
}

#[test]
fn what_herd7_takes_is_taken() {
    let text = "C t\n{ int 0:r0; 0:r1 = 3; int a[2] = {1, 2}; int b[] = {1}; long long c = 5; }\n\
        static void P0(int *x) { r0 = 1; }\nvoid P1(void) { r0 = 1; }\n\
        exists (0:r0=0:r1 /\\ 1:r0!=0:r0 \\/ 0:r0=a);\n";
    let test = read(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(test.init[3].length, Some(1));
    assert_eq!(test.init[4].ty.as_ref().unwrap().base, "long long");
    assert_eq!(test.observed().len(), 3);
    let printed = test.to_string();
    assert_eq!(
        read(&printed).unwrap_or_else(|error| panic!("{error}")),
        test,
        "{printed}"
    );
}

#[test]
fn loops_are_refused_where_they_stand() {
    let text = message("C bad\n{}\nP0(int *x) { while (1) { } }\nexists (x=1)\n");
    assert!(text.contains("3:14") && text.contains("no loops"), "{text}");
}
