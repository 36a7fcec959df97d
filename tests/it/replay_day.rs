//! A labelled day of the seeded city, judged by `fleet-service replay`.

use std::fs;
use std::path::Path;

use domain::Timestamp;
use end_to_end::city::json_lines;
use end_to_end::program::run_well;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde_json::Value;

const SEED: &str = "20190287";
const RULES: [&str; 4] = ["UW-01", "RT-01", "DP-01", "TR-02"];
/// A violation found is the labelled one when it is of the same rule and truck and begins within this of it, or
/// overlaps it.
const ONSET_S: f64 = 60.0;

fn replay(folder: &Path, reports: &[&Path], out: &str) -> std::path::PathBuf {
    let (registry, out) = (folder.join("registry"), folder.join(out));
    let mut arguments =
        vec!["replay".to_owned(), "--registry".into(), registry.to_string_lossy().into_owned()];
    for path in reports {
        arguments.extend(["--reports".into(), path.to_string_lossy().into_owned()]);
    }
    arguments.extend(["--out".into(), out.to_string_lossy().into_owned()]);
    run_well("fleet-service", &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    out
}

fn span(line: &Value) -> (Timestamp, Timestamp) {
    let time = |member: &str| line[member].as_str().unwrap().parse().unwrap();
    (time("start"), time("end"))
}

fn is_the_same(label: &Value, violation: &Value) -> bool {
    let ((label_start, label_end), (start, end)) = (span(label), span(violation));
    label["rule"] == violation["rule"]
        && label["plate"] == violation["plate"]
        && (start.seconds_since(label_start).abs() <= ONSET_S || (start <= label_end && label_start <= end))
}

#[test]
fn a_labelled_day_gives_its_labels_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run_well(
        "fixtures",
        &["day", "--seed", SEED, "--date", "2026-11-20", "--out", &folder.to_string_lossy()],
    );
    let reports = folder.join("reports.jsonl");
    let out = replay(folder, &[&reports], "out");
    let violations = json_lines(&out.join("violations.jsonl"));
    let labels = json_lines(&folder.join("labels.jsonl"));
    for rule in RULES {
        let labelled: Vec<&Value> = labels.iter().filter(|l| l["rule"] == rule).collect();
        let found: Vec<&Value> = violations.iter().filter(|v| v["rule"] == rule).collect();
        assert!(!labelled.is_empty(), "the day holds labels of {rule}");
        let missed: Vec<_> = labelled.iter().filter(|l| !found.iter().any(|v| is_the_same(l, v))).collect();
        let wrong: Vec<_> = found.iter().filter(|v| !labelled.iter().any(|l| is_the_same(l, v))).collect();
        assert!(missed.is_empty(), "{rule} missed (seed {SEED}): {missed:#?}");
        assert!(wrong.is_empty(), "{rule} accused wrongly (seed {SEED}): {wrong:#?}");
        assert_eq!(found.len(), labelled.len(), "{rule}: one violation a label");
        eprintln!("{rule}: {} labelled, {} found", labelled.len(), found.len());
    }
}

#[test]
fn the_same_reports_shuffled_and_doubled_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run_well(
        "fixtures",
        &["day", "--seed", SEED, "--date", "2026-11-20", "--out", &folder.to_string_lossy()],
    );
    let reports = folder.join("reports.jsonl");
    let in_order = replay(folder, &[&reports], "in-order");

    let text = fs::read_to_string(&reports).unwrap();
    let mut lines: Vec<&str> = text.lines().chain(text.lines()).collect();
    lines.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(20_190_287));
    let (first, second) = lines.split_at(lines.len() / 3);
    let parts = [folder.join("a.jsonl"), folder.join("b.jsonl")];
    fs::write(&parts[0], first.join("\n")).unwrap();
    fs::write(&parts[1], second.join("\n")).unwrap();
    let shuffled = replay(folder, &[&parts[0], &parts[1]], "shuffled");

    for file in ["violations.jsonl", "trips.jsonl"] {
        let (a, b) = (fs::read(in_order.join(file)).unwrap(), fs::read(shuffled.join(file)).unwrap());
        assert!(!a.is_empty(), "{file} holds something");
        assert!(a == b, "{file} differs between the same reports in order and shuffled and doubled");
    }
}
