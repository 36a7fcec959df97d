//! Every recorded drive and track of the corpus, with its own line as the permitted route: no clue of any kind may appear
//! but speeding, and only where the truck really drove too fast.

use std::path::Path;

use domain::{Position, Report, Timestamp};
use end_to_end::city::json_lines;
use end_to_end::drive::{Drive, simplify, write_registry_around};
use end_to_end::place::corpus;
use end_to_end::program::run_well;
use end_to_end::track::{barefoot, go_track};
use serde_json::Value;

/// A permit's route is the drive's own line simplified to this.
const SIMPLIFIED_TO_M: f64 = 20.0;
/// Speeding holds above this, by the default limit of 60 km/h.
const SPEEDING_KMH: f64 = 66.0;

/// What a replay said.
struct Said {
    hauls: usize,
    violations: Vec<Value>,
}

fn judge(reports: &[Report], source_half_size_m: f64, work: &Path) -> Said {
    let track: Vec<(Timestamp, Position)> = reports
        .iter()
        .filter_map(|r| r.fix().filter(|f| f.fix != domain::FixKind::None).map(|f| (r.time, f.position)))
        .collect();
    let mut line: Vec<Position> = track.iter().map(|(_, position)| *position).collect();
    line.dedup();
    if line.len() == 1 {
        // It never moved; a route has two points.
        line.push(line[0].offset_m(100.0, 0.0));
    }
    let (registry, out, file) = (work.join("registry"), work.join("out"), work.join("reports.jsonl"));
    write_registry_around(&registry, &track, &simplify(&line, SIMPLIFIED_TO_M), source_half_size_m);
    let lines: Vec<String> = reports.iter().map(domain::report_line::to_line).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let (registry, file, out_text) =
        (registry.to_string_lossy(), file.to_string_lossy(), out.to_string_lossy());
    run_well("fleet-service", &["replay", "--registry", &registry, "--reports", &file, "--out", &out_text]);
    Said {
        hauls: json_lines(&out.join("trips.jsonl")).len(),
        violations: json_lines(&out.join("violations.jsonl")),
    }
}

/// Whether the median of the speeds told within a violation is above the limit and its grace.
fn is_true_speeding(violation: &Value, reports: &[Report]) -> bool {
    let time = |member: &str| violation[member].as_str().unwrap().parse::<Timestamp>().unwrap();
    let within = reports.iter().filter(|report| (time("start")..=time("end")).contains(&report.time));
    let mut speeds: Vec<f64> = within.filter_map(|report| Some(report.fix()?.speed?.kmh())).collect();
    speeds.sort_by(f64::total_cmp);
    violation["rule"] == "TR-02" && speeds.get(speeds.len() / 2).is_some_and(|median| *median > SPEEDING_KMH)
}

/// Prints what appeared and gives what must not: clues other than true speeding.
fn accusations(name: &str, reports: &[Report], said: &Said) -> Vec<Value> {
    let (speeding, others): (Vec<&Value>, Vec<&Value>) =
        said.violations.iter().partition(|violation| is_true_speeding(violation, reports));
    let rules: Vec<&str> = others.iter().filter_map(|violation| violation["rule"].as_str()).collect();
    eprintln!(
        "{name}: {} reports, {} hauls, {} times true speeding, other clues found: {} {rules:?}",
        reports.len(),
        said.hauls,
        speeding.len(),
        others.len()
    );
    others.into_iter().cloned().collect()
}

#[test]
fn a_recorded_drive_on_its_own_line_gives_no_clue_but_true_speeding() {
    let Some(corpus) = corpus() else { return };
    let mut drives: Vec<_> = std::fs::read_dir(corpus.join("nmea/drives"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "nmea"))
        .collect();
    drives.sort();
    assert!(drives.len() >= 3, "{drives:?}");
    let mut accused = Vec::new();
    for recording in drives {
        let work = tempfile::tempdir().unwrap();
        let chosen = Drive::sample(&recording, work.path()).chosen;
        // Two reports must lie in the source, and one drive begins at 83 km/h.
        let said = judge(&chosen, 400.0, work.path());
        assert!(said.hauls > 0, "{} is a haul", recording.display());
        accused.extend(accusations(&recording.file_name().unwrap().to_string_lossy(), &chosen, &said));
    }
    assert!(accused.is_empty(), "{accused:#?}");
}

#[test]
fn a_recorded_track_on_its_own_line_gives_no_clue() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("tracks");
    let mut tracks = vec![
        barefoot(&folder.join("barefoot_munich_x0001-001.json")),
        barefoot(&folder.join("barefoot_munich_x0001-015.json")),
    ];
    tracks.extend(go_track(&folder.join("uci_go_track.csv")));
    let (mut accused, mut hauls, count) = (Vec::new(), 0, tracks.len());
    for track in tracks {
        let work = tempfile::tempdir().unwrap();
        let said = judge(&track.reports, track.source_half_size_m(), work.path());
        hauls += usize::from(said.hauls > 0);
        accused.extend(accusations(&track.name, &track.reports, &said));
    }
    eprintln!("tracks: {count}, of which {hauls} were found to leave their source loaded");
    assert!(hauls * 2 > count, "most tracks are hauls: {hauls} of {count}");
    assert!(accused.is_empty(), "{accused:#?}");
}
