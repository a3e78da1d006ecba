// SPDX-License-Identifier: GPL-2.0

//! What a guest says of samples, and what is made of it.

use super::*;

fn exercise() -> Exercise {
    let text = "shows = \"x\"\nload = [\"hello\"]\nunload = [\"bye\"]\n\
        [[step]]\nrun = \"cat a\"\nprints = [\"1\"]\nlog = [\"read\"]\n[[after]]\nrun = \"cat a\"\nfails = true\n";
    toml::from_str(text).unwrap()
}

fn verdict(parts: [(&str, i32); 6]) -> Result<(), String> {
    let exercise = exercise();
    let trial = Trial {
        name: "m",
        file: Path::new("m.ko"),
        exercise: &exercise,
    };
    let parts: Vec<Part> = parts
        .iter()
        .map(|(text, status)| Part::new(text, *status))
        .collect();
    trial_verdict(&trial, &parts)
}

const GOOD: [(&str, i32); 6] = [
    ("", 0),
    ("=== kernel log\n[ 1.0] m: hello\n", 0),
    ("1\n=== kernel log\n[ 1.1] m: read\n", 0),
    ("", 0),
    ("=== kernel log\n[ 1.2] m: bye\n", 0),
    ("cat: a: No such file\n=== kernel log\n", 1),
];

fn but(place: usize, part: (&'static str, i32)) -> String {
    let mut parts = GOOD;
    parts[place] = part;
    verdict(parts).unwrap_err()
}

#[test]
fn all_as_it_should_be() {
    assert_eq!(verdict(GOOD), Ok(()));
}

#[test]
fn every_part_can_fail() {
    assert!(but(0, ("insmod: unknown symbol", 1)).contains("does not load: insmod: unknown symbol"));
    assert!(but(1, ("=== kernel log\n", 0)).contains("no \"hello\""));
    assert!(but(2, ("2\n=== kernel log\n[ 1.1] m: read\n", 0)).contains("printed [2], not [1]"));
    assert!(but(2, ("1\n=== kernel log\n", 0)).contains("no \"read\""));
    assert!(but(2, ("1\n=== kernel log\n[ 1.1] m: read\n", 1)).contains("ended with 1"));
    assert!(but(3, ("rmmod: busy", 1)).contains("does not unload"));
    assert!(but(4, ("=== kernel log\n", 0)).contains("when it was unloaded"));
    assert!(but(5, ("=== kernel log\n", 0)).contains("after it was unloaded"));
    assert!(but(4, ("=== kernel log\nbye\nWARNING: x\n", 0)).contains("complained: WARNING: x"));
}

#[test]
fn text_without_a_newline() {
    let part = Part::new("blob=== kernel log\nline\n", 0);
    assert_eq!(
        (part.printed, part.log),
        (vec!["blob".to_owned()], vec!["line".to_owned()])
    );
}

#[test]
fn a_guest_that_dies() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("kernel.log");
    fs::write(&log, "Oops: 1\n").unwrap();
    let exercise = exercise();
    let trial = |name| Trial {
        name,
        file: Path::new("m.ko"),
        exercise: &exercise,
    };
    let trials = [trial("first"), trial("second"), trial("third")];
    let kit = Kit {
        suite: &[],
        own: &[],
        program: Path::new("p"),
    };
    let plan = plan(&kit, &trials);
    // The first one's seven jobs and the log before them; then two of the second one's, and half a third.
    let outputs = [
        "", "", GOOD[1].0, GOOD[2].0, "", GOOD[4].0, GOOD[5].0, "", GOOD[1].0, "",
    ];
    let statuses = [0, 0, 0, 0, 0, 0, 1, 0, 0];
    let statuses = statuses.into_iter().map(Some).chain([None]);
    let done = plan.iter().zip(outputs.into_iter().zip(statuses));
    let outcome = GuestOutcome {
        done: done
            .map(|((_, job), (output, status))| guest::Done {
                job: job.clone(),
                output: output.to_owned(),
                status,
                took: Duration::ZERO,
            })
            .collect(),
        fault: Some("the kernel died during `run 30 root samples/second.1`".to_owned()),
        complaints: vec!["Oops: 1".to_owned()],
        log,
        up: None,
        first_text: None,
        hung: false,
    };
    let mut verdicts = Verdicts::new();
    assert_eq!(read(&outcome, &plan, &trials, &mut verdicts).unwrap(), 2);
    assert_eq!(verdicts["first"], Ok(()));
    let cause = verdicts["second"].clone().unwrap_err();
    assert!(
        cause.starts_with("the kernel died during `cat a`: Oops: 1 (log: "),
        "{cause}"
    );
    assert!(!verdicts.contains_key("third"));
    assert!(dir.path().join("second.log").exists());
}

#[test]
fn all_jobs_of_a_sample() {
    let exercise = exercise();
    let trial = Trial {
        name: "m",
        file: Path::new("/x/m.ko"),
        exercise: &exercise,
    };
    let own = [Own {
        file: "/k/i2c-stub.ko".into(),
        parameters: vec!["chip_addr=1".into()],
    }];
    let suite = ["/s/ferrite.ko".into()];
    let kit = Kit {
        suite: &suite,
        own: &own,
        program: Path::new("p"),
    };
    let jobs: Vec<String> = plan(&kit, &[trial])
        .iter()
        .map(|(_, job)| job.to_string())
        .collect();
    assert_eq!(
        jobs,
        [
            "load ferrite.ko",
            "load i2c-stub.ko chip_addr=1",
            "run 30 root samples/log",
            "load m.ko",
            "run 30 root samples/log",
            "run 30 root samples/m.1",
            "unload m",
            "run 30 root samples/log",
            "run 30 root samples/m.2",
        ]
    );
}
