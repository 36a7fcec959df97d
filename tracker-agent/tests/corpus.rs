//! Real receivers' logs, where the corpus is at hand: `CORPUS_DIR`, or `../shared/corpus` beside the workspace.
#![expect(clippy::print_stdout, reason = "a test says what it saw")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

mod logs;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use domain::{FixKind, Position, Timestamp};
use tracker_agent::date::DatePolicy;
use tracker_agent::epoch::{Assembler, Epoch};
use tracker_agent::frame::Framer;
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::sampler::SamplerConfig;
use tracker_agent::sentence::parse;

fn framed(bytes: &[u8]) -> Vec<String> {
    let (mut framer, mut input, mut found) = (Framer::new(), bytes, Vec::new());
    while let Some(sentence) = framer.next_sentence(&mut input) {
        found.push(sentence.to_owned());
    }
    found
}

fn epochs(bytes: &[u8]) -> Vec<Epoch> {
    let now = Timestamp::from_seconds(1_795_000_000);
    let mut assembler = Assembler::new(DatePolicy::AsRecorded);
    let mut found = Vec::new();
    for sentence in framed(bytes) {
        if let Ok(read) = parse(&sentence) {
            assembler.handle_sentence(&read, now);
            found.extend(std::iter::from_fn(|| assembler.poll_epoch()));
        }
    }
    assembler.finish(now);
    found.extend(std::iter::from_fn(|| assembler.poll_epoch()));
    found
}

/// What gpsd reports of a drive.
#[derive(Default)]
struct Expected {
    /// Positions by time; where the clock steps back a time may have several.
    placed: HashMap<Timestamp, Vec<Position>>,
    /// Times at which it says the position is dead reckoned.
    reckoned: HashSet<Timestamp>,
}

fn expected(log: &Path) -> Expected {
    let text = std::fs::read_to_string(log.with_extension("expect.jsonl")).unwrap();
    let mut found = Expected::default();
    for line in text.lines() {
        let report: serde_json::Value = serde_json::from_str(line).unwrap();
        let (Some(lat), Some(lon)) = (report["lat"].as_f64(), report["lon"].as_f64()) else { continue };
        let time = report["time"].as_str().unwrap().parse().unwrap();
        if matches!(report["status"].as_u64(), Some(5 | 6)) {
            found.reckoned.insert(time);
        } else {
            found.placed.entry(time).or_default().push(Position::from_degrees(lat, lon).unwrap());
        }
    }
    found
}

const DEGREES_OFF_MAX: f64 = 1e-5;

/// Every placed epoch gpsd knows the time of must be where gpsd has it, and nearly all of gpsd's times must be found.
#[track_caller]
fn check_drive(name: &str, found_percent_min: f64) {
    let Some(corpus) = logs::corpus() else { return };
    let log = corpus.join("drives").join(name).with_extension("nmea");
    let expected = expected(&log);
    let epochs = epochs(&std::fs::read(&log).unwrap());
    let (mut compared, mut reckoned, mut differing) = (0, 0, Vec::new());
    let mut found = HashSet::new();
    for epoch in &epochs {
        let (Some(time), Some(at)) = (epoch.time, epoch.position) else { continue };
        if expected.reckoned.contains(&time) {
            reckoned += 1;
            assert_eq!(epoch.fix, FixKind::None, "{time}: a dead-reckoned position is no evidence");
        }
        let Some(places) = expected.placed.get(&time) else { continue };
        if epoch.fix == FixKind::None {
            continue;
        }
        compared += 1;
        found.insert(time);
        let near = |p: &Position| {
            (p.lat() - at.lat()).abs() <= DEGREES_OFF_MAX && (p.lon() - at.lon()).abs() <= DEGREES_OFF_MAX
        };
        if !places.iter().any(near) {
            differing.push((time, at));
        }
    }
    let share = 100.0 * found.len() as f64 / expected.placed.len() as f64;
    println!(
        "{name}: {} epochs, {compared} compared, {} differ, {share:.3} % of {} times found, {reckoned} dead reckoned",
        epochs.len(),
        differing.len(),
        expected.placed.len()
    );
    assert!(differing.is_empty(), "{} differ, first {:?}", differing.len(), differing.first());
    assert!(share >= found_percent_min, "only {share:.3} % of the expected times are found");
}

#[test]
fn the_munich_drive_is_where_gpsd_has_it() {
    check_drive("genivi-munich-2009", 99.9);
}

#[test]
fn the_swiss_drive_is_where_gpsd_has_it() {
    check_drive("genivi-switzerland-z205-2010", 99.9);
}

#[test]
fn the_nevada_drive_is_where_gpsd_has_it() {
    check_drive("nmeaparser-nevada-garmin-2005", 99.9);
}

#[test]
fn every_log_goes_through_the_whole_pipeline() {
    let Some(corpus) = logs::corpus() else { return };
    for log in logs::all_logs(&corpus) {
        let mut pipeline = recording_pipeline();
        pipeline.handle_nmea(&std::fs::read(&log).unwrap(), Timestamp::from_seconds(1_795_000_000));
        pipeline.handle_nmea_end(Timestamp::from_seconds(1_795_000_000));
        let records = std::iter::from_fn(|| pipeline.poll_record()).count() as u64;
        let counters = pipeline.counters();
        assert_eq!(records, counters.records, "{}", log.display());
        assert!(counters.frames.sentences > 0, "{}", log.display());
    }
}

fn recording_pipeline() -> Pipeline {
    Pipeline::new(PipelineConfig {
        plate: "豫A12345D".parse().unwrap(),
        terminal: "13800000001".parse().unwrap(),
        dates: DatePolicy::AsRecorded,
        sampler: SamplerConfig::default(),
        reader: tracker_agent::rfid::Family::Bb7e,
        tags: Default::default(),
        body: Default::default(),
        live: false,
    })
}
