//! The program over real files.

use std::path::PathBuf;
use std::process::{Command, Output};

use scoring::jsonl::write_line;

use crate::support::{Book, case};

/// A file of its own under the build's folder for test files.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn scoring(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scoring")).args(arguments).output().unwrap()
}

fn ledger_lines() -> Vec<String> {
    let mut book = Book::new();
    let first = book.deduct(&case("1", "UW-01", "豫A12345", "2026-03-01T12:00:00+08:00"), 1).unwrap();
    book.deduct(&case("2", "RT-01", "豫A12345", "2026-03-02T12:00:00+08:00"), 30).unwrap();
    book.reverse(&first).unwrap();
    book.entries.iter().map(|entry| write_line(entry).unwrap()).collect()
}

#[track_caller]
fn check(output: &Output, code: i32, expected: &[&str]) {
    let text = String::from_utf8_lossy(if code == 0 { &output.stdout } else { &output.stderr });
    assert_eq!(output.status.code(), Some(code), "{text}");
    for part in expected {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}

#[test]
fn the_carried_catalogue_is_checked_and_printed() {
    check(&scoring(&["catalogue", "check"]), 0, &["39 rules hold together, tables 2026-01"]);
    check(&scoring(&["catalogue", "list"]), 0, &["TR-02b", "6.00", "haulage without approval"]);
    check(&scoring(&["catalogue", "print"]), 0, &["### TR-02b 超速20%以上未达50%", "高速公路计12.00分"]);
    check(
        &scoring(&["catalogue", "print", "--language", "en", "--on", "2026-05-01"]),
        0,
        &["39 rules in force on 2026-05-01", "12.00 when expressway"],
    );
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue/2026-01.toml");
    check(&scoring(&["catalogue", "diff", table, table]), 0, &["没有变化。"]);
    let broken = file("broken.toml", "version = \"x\"\n[[rule]]\ncode = \"UW-01\"\nfine = 3\n");
    check(
        &scoring(&["catalogue", "check", broken.to_str().unwrap()]),
        2,
        &["broken.toml", "UW-01", "`fine`"],
    );
}

#[test]
fn a_ledger_is_verified_recomputed_and_explained() {
    let path = file("ledger.jsonl", &(ledger_lines().join("\n") + "\n"));
    let path = path.to_str().unwrap();
    check(&scoring(&["verify", path]), 0, &["3 entries hold together, head "]);
    check(
        &scoring(&["recompute", path]),
        0,
        &["uscc,cycle,score", "91410183MA40000010,2026,99.70,red_candidate,0.00,0.30,0.00,0.00,0.00,0.00,1"],
    );
    check(&scoring(&["recompute", path, "--profile", "zz92_plain"]), 0, &["2026,97.00,"]);
    let company = ["--uscc", "91410183MA40000010"];
    check(
        &scoring(&["explain", path, company[0], company[1]]),
        0,
        &["99.70", "reversed by entry 3", "已由第3号撤销"],
    );
    check(&scoring(&["explain", path, "--uscc", "91410183MA40000029"]), 2, &["no entry of company"]);
}

#[test]
fn a_bad_ledger_is_named_by_file_and_line() {
    let lines = ledger_lines();
    let forged = lines[1].replace("\"amount_cp\":30", "\"amount_cp\":29");
    assert_ne!(forged, lines[1]);
    for (name, lines, expected) in [
        (
            "forged",
            vec![lines[0].clone(), forged, lines[2].clone()],
            "line 2 breaks the chain; 1 entries before it",
        ),
        ("missing", vec![lines[0].clone(), lines[2].clone()], "line 2 breaks the chain; 1 entries before it"),
        ("cut", vec![lines[0].clone(), lines[1][..40].to_owned()], "line 2 is refused; 1 entries before it"),
        ("binary", vec!["\u{0}\u{1}".to_owned()], "line 1 is refused; 0 entries"),
        ("long", vec![lines[0].clone(), "x".repeat(1 << 20)], "longer than"),
    ] {
        let path = file(&format!("{name}.jsonl"), &lines.join("\n"));
        for verb in ["verify", "recompute"] {
            check(&scoring(&[verb, path.to_str().unwrap()]), 2, &[name, expected]);
        }
    }
    check(&scoring(&["verify", "no-such-file.jsonl"]), 2, &["no-such-file.jsonl", "cannot be read"]);
}

#[test]
fn a_table_is_recomputed_like_its_ledger_and_refused_by_line() {
    let header = "seq,id,kind,cycle,uscc,class,base_cp,esc_permille,amount_cp,k_num,k_den,start_ms,end_ms,trip,target\n";
    let id = |digit: &str| digit.repeat(32);
    let rows = [
        format!("1,{},deduct,2026,91410183MA40000010,A,2000,1000,2000,1,1,0,0,,\n", id("a")),
        format!("2,{},deduct,2026,91410183MA40000010,B,300,1000,30,3,30,0,0,h1,\n", id("b")),
        format!("3,{},reverse,2026,91410183MA40000010,A,2000,1000,2000,1,1,0,0,,{}\n", id("c"), id("a")),
    ];
    let path = file("three.csv", &[header, rows[2].as_str(), &rows[0], &rows[1], &rows[1]].concat());
    let path = path.to_str().unwrap();
    check(
        &scoring(&["recompute", path]),
        0,
        &["91410183MA40000010,2026,99.70,red_candidate,0.00,0.30,0.00,0.00,0.00,0.00,1"],
    );
    check(&scoring(&["recompute", path, "--profile", "zz92_plain"]), 0, &["2026,97.00,"]);
    check(&scoring(&["recompute", path, "--as-of", "2026-11-24T12:00:00+08:00"]), 2, &["ledger itself"]);
    let other = file("other-table.csv", "a,b\n1,2\n");
    check(
        &scoring(&["recompute", other.to_str().unwrap()]),
        2,
        &["other-table.csv", "line 1: the columns are"],
    );
    let bad = file("bad-table.csv", &[header, &rows[0], &rows[1].replace("deduct", "take")].concat());
    check(&scoring(&["recompute", bad.to_str().unwrap()]), 2, &["bad-table.csv", "line: 3", "take"]);
}

#[test]
fn a_rolling_year_is_looked_at_from_a_moment() {
    let path = file("rolling.jsonl", &(ledger_lines().join("\n") + "\n"));
    let path = path.to_str().unwrap();
    let as_of = |moment: &str| scoring(&["recompute", path, "--profile", "rolling12", "--as-of", moment]);
    check(&as_of("2026-08-01T12:00:00+08:00"), 0, &["2026,99.70,"]);
    check(&as_of("2027-01-15T12:00:00+08:00"), 0, &["2027,99.85,"]);
    check(&as_of("2028-01-15T12:00:00+08:00"), 0, &["2028,100.00,"]);
}

#[test]
fn a_ledger_is_the_same_in_every_kind_of_file_and_its_chain_is_checked_in_each() {
    let lines = ledger_lines().join("\n") + "\n";
    let from = file("every-kind.jsonl", &lines);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let verified = scoring(&["verify", from.to_str().unwrap()]);
    let scores = scoring(&["recompute", from.to_str().unwrap()]);
    for ending in ["csv", "parquet", "jsonl"] {
        let to = folder.join(format!("every-kind-again.{ending}"));
        check(&scoring(&["convert", from.to_str().unwrap(), to.to_str().unwrap()]), 0, &["3 entries"]);
        assert_eq!(scoring(&["verify", to.to_str().unwrap()]).stdout, verified.stdout, "{ending}");
        assert_eq!(scoring(&["recompute", to.to_str().unwrap()]).stdout, scores.stdout, "{ending}");
        check(&scoring(&["explain", to.to_str().unwrap(), "--uscc", crate::support::COMPANY]), 0, &["UW-01"]);
        let back = folder.join("every-kind-back.jsonl");
        check(&scoring(&["convert", to.to_str().unwrap(), back.to_str().unwrap()]), 0, &["3 entries"]);
        assert_eq!(std::fs::read_to_string(&back).unwrap(), lines, "{ending}");
    }
    let text = std::fs::read_to_string(folder.join("every-kind-again.csv")).unwrap();
    let changed = file("changed.csv", &text.replacen(",2000,", ",1000,", 1));
    check(&scoring(&["verify", changed.to_str().unwrap()]), 2, &["changed.csv", "row 1", "was changed"]);
    let no_number = file("no-number.csv", &text.replacen(",2000,", ",2e3,", 1));
    check(&scoring(&["verify", no_number.to_str().unwrap()]), 2, &["row 1", "base_cp", "no whole number"]);
    let other = file("other.parquet", "PAR1");
    check(&scoring(&["verify", other.to_str().unwrap()]), 2, &["other.parquet"]);
}
