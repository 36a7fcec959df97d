//! `scoring simulate` over its arguments.

use std::path::PathBuf;
use std::process::{Command, Output};

fn simulate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scoring"));
    command.args(["simulate", "--runs", "20", "--fleets", "3,10", "--behaviours", "1,2"]);
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn check(output: &Output, code: i32, expected: &[&str]) {
    let text = String::from_utf8_lossy(if code == 0 { &output.stdout } else { &output.stderr });
    assert_eq!(output.status.code(), Some(code), "{text}");
    for part in expected {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

fn rates(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_table_states_its_assumptions_in_two_languages() {
    check(
        &simulate(&["--seed", "5"]),
        0,
        &[
            "A类0.021起、B类1.25起、C类1.48起",
            "0.021 acts of class A",
            "种子5",
            "seed 5",
            "| 10 | ×2 | fleet_fair |",
        ],
    );
}

#[test]
fn the_same_seed_gives_the_same_table_on_any_number_of_threads() {
    let table = |arguments: &[&str]| simulate(&[&["--format", "csv"], arguments].concat()).stdout;
    assert_eq!(table(&["--threads", "1"]), table(&["--threads", "5"]));
    assert_ne!(table(&["--seed", "1"]), table(&["--seed", "2"]));
}

#[test]
fn rates_are_taken_from_a_file_and_scaled() {
    let path = rates("only-papers.csv", "rule,per_truck_year\nUW-03,2\nRT-01,0.5\n");
    let only_papers = ["--rates", path.to_str().unwrap(), "--class-b", "0"];
    // 2 papers a truck and year are a reminder and a few points: nobody comes near the list.
    let output = simulate(&[&only_papers[..], &["--profiles", "fleet_fair", "--format", "json"]].concat());
    check(&output, 0, &["\"fleet\":10,\"behaviour\":2,\"profile\":\"fleet_fair\"", "\"below_60_e4\":0"]);
    check(&simulate(&[&only_papers[..], &["--class-a", "1"]].concat()), 2, &["class A has no rule"]);
    let bad = rates("bad-rates.csv", "rule,per_truck_year\nRT-99,1\n");
    check(&simulate(&["--rates", bad.to_str().unwrap()]), 2, &["bad-rates.csv", "line 2", "RT-99"]);
    check(&simulate(&["--rates", "no-such.csv"]), 2, &["no-such.csv", "cannot be read"]);
}

#[test]
fn an_unfair_or_unmeasured_table_fails_the_check() {
    // Class A alone, often: diluted from 10 trucks on, so 3 trucks and 10 differ, and that is told.
    let path = rates("only-a.csv", "rule,per_truck_year\nUW-01,1\n");
    check(&simulate(&["--rates", path.to_str().unwrap(), "--check"]), 2, &["not fair here", "±3.00 allowed"]);
    check(&simulate(&["--check", "--profiles", "zz92_plain"]), 2, &["the table lacks what is compared"]);
}
