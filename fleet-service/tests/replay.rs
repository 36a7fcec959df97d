//! A replay from folder to folder: the same set of reports gives the same bytes, whatever their order and repeats.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use fleet_service::replay::{ReplayArgs, ReplayError, run};

const SITES: &str = r#"{"datum":"WGS84","features":[
 {"properties":{"id":"A","name":"工地","kind":"source"},"geometry":{"type":"Polygon",
  "coordinates":[[[113.400,34.500],[113.402,34.500],[113.402,34.502],[113.400,34.502]]]}},
 {"properties":{"id":"S","name":"消纳场","kind":"disposal"},"geometry":{"type":"Polygon",
  "coordinates":[[[113.450,34.500],[113.452,34.500],[113.452,34.502],[113.450,34.502]]]}}]}"#;

fn registry(dir: &Path) -> PathBuf {
    let folder = dir.join("registry");
    std::fs::create_dir_all(&folder).unwrap();
    let none = r#"{"datum":"WGS84","features":[]}"#;
    for (name, text) in [
        ("carriers.csv", "uscc,name,status\n91350100M000100Y43,甲,active\n"),
        (
            "trucks.csv",
            "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n\
             豫A00001D,,,91350100M000100Y43,,,,16\n豫A00002D,,,91350100M000100Y43,,,,16\n",
        ),
        ("sites.geojson", SITES),
        ("zones.geojson", none),
        ("routes.geojson", none),
        ("permits.json", "[]"),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// Two trucks that drive from A to S without a permit, the second of them too fast.
fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for (plate, seconds) in [("豫A00001D", 400), ("豫A00002D", 200)] {
        for second in (0..900).step_by(10) {
            let part = f64::from(second - 200).clamp(0.0, f64::from(seconds)) / f64::from(seconds);
            let lon = 113.401 + 0.050 * part;
            let speed = if part > 0.0 && part < 1.0 { 4593.0 / f64::from(seconds) * 3.6 } else { 0.0 };
            let load = if (100..750).contains(&second) { "full" } else { "empty" };
            let mut line = String::new();
            let (minute, second) = (second / 60, second % 60);
            write!(
                line,
                r#"{{"type":"fix","plate":"{plate}","time":"2026-11-23T08:{minute:02}:{second:02}+08:00","lat":34.501,"lon":{lon:.6},"fix":"3d","speed_kmh":{speed:.1},"load":"{load}"}}"#
            )
            .unwrap();
            lines.push(line);
        }
    }
    lines
}

/// What to replay, from the words of a command line.
#[derive(clap::Parser)]
struct Asked {
    #[command(flatten)]
    replay: ReplayArgs,
}

fn asked(registry: &Path, reports: &[&Path], out: &Path) -> ReplayArgs {
    let words = |name: &'static str, path: &Path| [name.into(), path.as_os_str().to_owned()];
    let mut line: Vec<std::ffi::OsString> = vec!["replay".into()];
    line.extend(words("--registry", registry));
    line.extend(reports.iter().flat_map(|path| words("--reports", path)));
    line.extend(words("--out", out));
    <Asked as clap::Parser>::parse_from(line).replay
}

fn replay(dir: &Path, name: &str, lines: &[String]) -> Result<(String, String, PathBuf), ReplayError> {
    let reports = dir.join(format!("{name}.jsonl"));
    std::fs::write(&reports, lines.join("\n")).unwrap();
    let out = dir.join(name);
    let args = asked(&registry(dir), &[&reports], &out);
    run(&args)?;
    let read = |file: &str| std::fs::read_to_string(out.join(file)).unwrap();
    Ok((read("violations.jsonl"), read("trips.jsonl"), out))
}

#[test]
fn the_same_reports_shuffled_and_doubled_give_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let in_order = lines();
    let (violations, trips, out) = replay(dir.path(), "in_order", &in_order).unwrap();
    let rules: Vec<serde_json::Value> =
        violations.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> =
        rules.iter().map(|v| (v["rule"].as_str().unwrap(), v["plate"].as_str().unwrap())).collect();
    assert_eq!(told, [("UW-01", "豫A00001D"), ("UW-01", "豫A00002D"), ("TR-02", "豫A00002D")]);
    assert_eq!(trips.lines().count(), 2);
    assert!(trips.lines().all(|line| line.contains(r#""state":"delivered""#)), "{trips}");
    assert!(!out.join("violations.jsonl.unfinished").exists());

    let mut doubled: Vec<String> = in_order.iter().rev().cloned().collect();
    doubled.extend(in_order.iter().skip(7).step_by(3).cloned());
    doubled.extend(in_order.iter().cloned());
    doubled.rotate_left(61);
    let (violations_again, trips_again, _) = replay(dir.path(), "doubled", &doubled).unwrap();
    assert_eq!((violations_again, trips_again), (violations, trips));
}

#[test]
fn a_malformed_line_is_named_and_the_run_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut with_bad = lines();
    with_bad.insert(3, r#"{"type":"fix","plate":"豫A00001D"}"#.to_owned());
    let (_, trips, out) = replay(dir.path(), "bad", &with_bad).unwrap();
    assert_eq!(trips.lines().count(), 2);
    let rejected = std::fs::read_to_string(out.join("rejected.jsonl")).unwrap();
    let rejected: serde_json::Value = serde_json::from_str(rejected.trim()).unwrap();
    assert_eq!((rejected["line"].as_u64(), rejected["code"].as_str()), (Some(4), Some("missing_member")));
    let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["rejected"]["missing_member"], 1);
    assert_eq!(summary["violations_by_rule"]["UW-01"], 2);
}

#[test]
fn a_registry_that_cannot_be_read_ends_with_2_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = registry(dir.path());
    std::fs::write(folder.join("sites.geojson"), SITES.replace("\"datum\":\"WGS84\",", "")).unwrap();
    let reports = dir.path().join("reports.jsonl");
    std::fs::write(&reports, lines().join("\n")).unwrap();
    let out = dir.path().join("out");
    let args = asked(&folder, &[&reports], &out);
    let error = run(&args).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("sites.geojson"), "{error}");
    assert!(!out.exists());
    let parquet = ReplayArgs { reports: vec!["day.parquet".into()], ..args };
    assert_eq!(run(&parquet).unwrap_err().exit_code(), 2);
}

/// Runs the program and gives its exit code and what it said on standard output.
fn program(words: &[&std::ffi::OsStr]) -> (Option<i32>, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_fleet-service")).args(words).output().unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn two_outputs_are_compared_and_the_exit_code_says_whether_they_differ() {
    let dir = tempfile::tempdir().unwrap();
    let all = lines();
    let (_, _, a) = replay(dir.path(), "a", &all).unwrap();
    let (_, _, same) = replay(dir.path(), "same", &all).unwrap();
    // The same reports under registers that know no truck: no carrier any more.
    let folder = registry(dir.path());
    let head = "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n";
    std::fs::write(folder.join("trucks.csv"), head).unwrap();
    let b = dir.path().join("b");
    run(&asked(&folder, &[&dir.path().join("a.jsonl")], &b)).unwrap();
    let compare = |b: &Path, more: &[&str]| {
        let mut words: Vec<&std::ffi::OsStr> =
            vec!["replay".as_ref(), "--diff".as_ref(), a.as_ref(), b.as_ref()];
        words.extend(more.iter().map(std::ffi::OsStr::new));
        program(&words)
    };
    let (code, said) = compare(&same, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("在同一批报告上（180 条，2 辆车），违法行为没有变化（3 起相同）。"), "{said}");
    let (code, said) = compare(&b, &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("carrier_uscc 91350100M000100Y43 → —"), "{said}");
    let (code, said) = compare(&b, &["--json"]);
    assert_eq!(code, Some(1));
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["same_reports"], true);
    assert_eq!(said["violations"]["changed"].as_array().unwrap().len(), 3);
    assert_eq!(compare(&dir.path().join("nowhere"), &[]).0, Some(2));
}
