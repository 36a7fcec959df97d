//! Real receivers' logs, where the corpus is at hand: `CORPUS_DIR`, or `../shared/corpus` beside the workspace.
#![expect(clippy::print_stdout, reason = "a test says what it saw")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails by panicking, as the test does")]

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use domain::{FixKind, Position, Timestamp};
use proptest::prelude::*;
use tracker_agent::date::DatePolicy;
use tracker_agent::epoch::{Assembler, Epoch};
use tracker_agent::frame::{Framer, with_checksum};
use tracker_agent::pipeline::{Pipeline, PipelineConfig};
use tracker_agent::sampler::SamplerConfig;
use tracker_agent::sentence::parse;

/// The folder of the NMEA logs; says so where there is none.
fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    let folder = std::env::var_os("CORPUS_DIR").map_or_else(|| beside.into(), PathBuf::from).join("nmea");
    if folder.is_dir() {
        Some(folder)
    } else {
        println!("{} is not there: this test saw no real log", folder.display());
        None
    }
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "nmea"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no log in {}", folder.display());
    found
}

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
    let Some(corpus) = corpus() else { return };
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
fn the_eight_types_are_read_more_fully_than_by_the_parser_alone() {
    let Some(corpus) = corpus() else { return };
    let types = ["RMC", "GGA", "GLL", "GNS", "VTG", "GSA", "GSV", "ZDA"];
    let (mut all, mut read, mut by_nmea) = (0, 0, 0);
    let mut refused: HashMap<String, u32> = HashMap::new();
    for folder in ["gpsd", "drives"] {
        for log in logs(&corpus.join(folder)) {
            for sentence in framed(&std::fs::read(&log).unwrap()) {
                let address = sentence[1..].split([',', '*']).next().unwrap();
                if address.len() != 5 || !types.contains(&&address[2..]) || address.starts_with("PS") {
                    continue;
                }
                all += 1;
                by_nmea += u32::from(nmea::parse_str(&sentence).is_ok());
                match parse(&sentence) {
                    Ok(_) => read += 1,
                    Err(error) => *refused.entry(format!("{address} {error} ({sentence})")).or_default() += 1,
                }
            }
        }
    }
    let percent = |n: u32| 100.0 * f64::from(n) / f64::from(all);
    println!(
        "{all} sentences: {:.3} % read, {:.3} % by nmea alone; refused: {refused:#?}",
        percent(read),
        percent(by_nmea)
    );
    assert!(percent(read) >= 99.58 && read > by_nmea);
}

#[test]
fn every_log_goes_through_the_whole_pipeline() {
    let Some(corpus) = corpus() else { return };
    for folder in ["gpsd", "drives"] {
        for log in logs(&corpus.join(folder)) {
            let mut pipeline = recording_pipeline();
            pipeline.handle_nmea(&std::fs::read(&log).unwrap(), Timestamp::from_seconds(1_795_000_000));
            pipeline.handle_nmea_end(Timestamp::from_seconds(1_795_000_000));
            let records = std::iter::from_fn(|| pipeline.poll_record()).count() as u64;
            let counters = pipeline.counters();
            assert_eq!(records, counters.records, "{}", log.display());
            assert!(counters.frames.sentences > 0, "{}", log.display());
        }
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

/// Sentences of every type, as receivers send them.
const BODIES: [&str; 12] = [
    "GPRMC,124023.00,A,4810.8487,N,01133.9051,E,009.3,173.7,010409,002.0,E,A",
    "GNRMC,055234.000,A,4739.71890,N,12219.58362,W,0.00,286.35,050826,,,A,V",
    "GPGGA,124023.00,4810.8487,N,01133.9051,E,1,04,23.9,-0704.5,M,0046.3,M,,",
    "GNGNS,094326.00,3955.123456,N,11623.654321,E,AAAN,15,0.8,50.2,-9.5,,,V",
    "GPGLL,4810.8487,N,01133.9051,E,124023.00,A,A",
    "INGLL,4110.8512,N,00121.4512,E,194102,A",
    "GPZDA,055234.200,05,08,2026,+00,00",
    "GNVTG,286.35,T,,M,10.00,N,18.52,K,A",
    "GNGSA,A,3,13,27,37,,,,,,,,,,1.5,0.9,1.2,4",
    "GPGSV,3,3,12,20,47,263,20,22,78,280,15,24,07,305,,30,57,127,31,0",
    "GPTXT,01,01,01,ANTENNA OK",
    "PMUCK,full,closed,flat,ok,ok,on",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Noise passes a checksum once in 256 times, so every mutation here gets one that fits.
    #[test]
    fn mutated_sentences_with_fitting_checksums_never_panic(
        picks in proptest::collection::vec((0..BODIES.len(), any::<prop::sample::Index>(), 0u8..4, 0x20u8..0x7F), 1..30),
    ) {
        let mut pipeline = recording_pipeline();
        for (body, at, what, byte) in picks {
            let mut bytes = BODIES[body].as_bytes().to_vec();
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
            let text = String::from_utf8(bytes).unwrap();
            let line = with_checksum(&text) + "\r\n";
            pipeline.handle_nmea(line.as_bytes(), Timestamp::from_seconds(1_795_000_000));
            while let Some(record) = pipeline.poll_record() {
                prop_assert!(record.fix.speed.is_none_or(|speed| speed.kmh() <= 1000.0));
                prop_assert_eq!(tracker_agent::record::Record::from_bytes(&record.to_bytes()).unwrap(), record);
            }
        }
    }
}
