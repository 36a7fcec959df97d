//! How a replay works, and how its reports are put into files, changes nothing of what comes out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use domain::report::Content;
use domain::report_line::{parse_line, to_line};
use domain::{Registers, Report};
use proptest::prelude::*;

use super::*;
use crate::judge::judge_all;
use crate::parquet::ReportWriter;

const AREAS: &str = r#"{"datum":"WGS84","features":[
 {"properties":{"id":"A","name":"工地","kind":"source","limit_kmh":40},"geometry":{"type":"Polygon",
  "coordinates":[[[113.400,34.500],[113.402,34.500],[113.402,34.502],[113.400,34.502],[113.400,34.500]]]}},
 {"properties":{"id":"S","name":"消纳场","kind":"disposal","limit_kmh":40},"geometry":{"type":"Polygon",
  "coordinates":[[[113.410,34.500],[113.412,34.500],[113.412,34.502],[113.410,34.502],[113.410,34.500]]]}}]}"#;

fn registry(dir: &Path) -> PathBuf {
    let folder = dir.join("registry");
    fs::create_dir_all(&folder).unwrap();
    let none = r#"{"datum":"WGS84","features":[]}"#;
    let permits = r#"[{"number":"P1","carrier_uscc":"91350100M000100Y43","trucks":["豫A00001D"],
        "legs":[{"source":"A","sink":"S","route":null}],"waste_class":"工程渣土","volume_m3":20,"used_m3":0,
        "valid_from":"2026-11-01","valid_to":"2026-12-01","windows":[],"status":[],"zone_passes":[]}]"#;
    for (name, text) in [
        ("carriers.csv", "uscc,name,status\n91350100M000100Y43,甲,active\n"),
        (
            "trucks.csv",
            "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n\
             豫A00001D,,,91350100M000100Y43,,30751FEB,,16\n豫A00002D,,,91350100M000100Y43,,30751FEC,,16\n",
        ),
        ("sites.geojson", AREAS),
        ("zones.geojson", none),
        ("routes.geojson", none),
        ("permits.json", permits),
        ("readers.csv", "id,site_id,role,lat,lon\nG1,A,gate_out,34.501,113.402\n"),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// A leg of a made-up drive: how long, where to, how loaded, and what is odd about it.
type Leg = (u32, (i32, i32), usize, u8);

fn legs() -> impl Strategy<Value = Vec<Leg>> {
    let place = prop::sample::select(vec![(10, 10), (110, 10), (60, 10), (60, 90)]);
    prop::collection::vec((60..900u32, place, 0..4usize, 0..12u8), 3..9)
}

/// The reports of one truck along its legs: fixes every 20 s, with sightings and tickets in between.
fn drive(truck: usize, legs: &[Leg]) -> Vec<Report> {
    let plate = ["豫A00001D", "豫A00002D", "豫A00003D"][truck];
    let tag = ["30751FEB", "30751FEC", "30751FED"][truck];
    let (mut at, mut from) = (0u32, (10, 10));
    let mut lines = Vec::new();
    for (seconds, to, load, odd) in legs {
        for second in (0..*seconds).step_by(20) {
            let part = f64::from(second) / f64::from(*seconds);
            let between = |a: i32, b: i32| f64::from(a) + f64::from(b - a) * part;
            let (lon, lat) = (between(from.0, to.0) / 1e4 + 113.4, between(from.1, to.1) / 1e4 + 34.5);
            let now = at + second;
            let time = format!("2026-11-23T{:02}:{:02}:{:02}+08:00", 8 + now / 3600, now / 60 % 60, now % 60);
            let load = ["empty", "full", "half", "unknown"][*load];
            let fix = if *odd == 1 { "none" } else { "3d" };
            let mut line = format!(
                r#"{{"type":"fix","plate":"{plate}","time":"{time}","lat":{lat:.6},"lon":{lon:.6},"fix":"{fix}","load":"{load}""#
            );
            if *odd > 5 {
                let received = format!("2026-11-23T{:02}:{:02}:59+08:00", 8 + now / 3600, now / 60 % 60);
                write!(line, r#","speed_kmh":{odd},"received":"{received}","source":"S{}""#, odd % 3)
                    .unwrap();
            }
            lines.push(line + "}");
            match odd {
                2 => lines.push(format!(
                    r#"{{"type":"rfid","time":"{time}","reader":"G1","epc":"{tag}","rssi_dbm":-60}}"#
                )),
                3 => lines.push(format!(r#"{{"type":"rfid","time":"{time}","reader":"G9","epc":"{tag}"}}"#)),
                4 => {
                    lines.push(format!(r#"{{"type":"rfid","time":"{time}","plate":"{plate}","epc":"AABB"}}"#))
                }
                5 => lines.push(format!(
                    r#"{{"type":"weigh","time":"{time}","site":"S","plate":"{plate}","gross_t":30}}"#
                )),
                _ => {}
            }
        }
        (at, from) = (at + seconds, *to);
    }
    lines.iter().map(|line| parse_line(line).unwrap()).collect()
}

/// Puts reports into a file of lines or of rows.
fn put(path: &Path, reports: &[Report]) {
    if path.extension().unwrap() == "jsonl" {
        let lines: Vec<String> = reports.iter().map(to_line).collect();
        return fs::write(path, lines.join("\n")).unwrap();
    }
    let mut writer = ReportWriter::new(fs::File::create(path).unwrap()).unwrap();
    reports.iter().for_each(|report| writer.push(report).unwrap());
    writer.finish().unwrap();
}

fn asked(dir: &Path, out: &Path) -> ReplayArgs {
    ReplayArgs {
        registry: Some(dir.join("registry")),
        reports: Vec::new(),
        out: Some(out.to_owned()),
        until: None,
        times_without_zone: ZoneOfNaive::Utc,
        threads: None,
        diff: Vec::new(),
        json: false,
    }
}

/// Replays and gives violations and trips to the byte.
fn replayed(dir: &Path, name: &str, files: Vec<PathBuf>, manner: &Manner) -> (String, String, Summary) {
    let out = dir.join(name);
    let args = ReplayArgs { reports: files, ..asked(dir, &out) };
    let summary = run_in(&args, manner).unwrap();
    let read = |file: &str| fs::read_to_string(out.join(file)).unwrap();
    let written: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(written.len(), 4, "nothing else is left: {written:?}");
    (read("violations.jsonl"), read("trips.jsonl"), summary)
}

/// What the judge says of the set at once, without any of this.
fn judged(dir: &Path, reports: &[Report]) -> (String, String) {
    let (registry, _) = read_folder(&dir.join("registry")).unwrap();
    let judgement = judge_all(&Registers::always(registry), reports.iter().cloned(), None).unwrap();
    let violations = judgement.violations.iter().map(|v| violation_line(v).unwrap() + "\n").collect();
    (violations, judgement.hauls.iter().map(|haul| haul_line(haul).unwrap() + "\n").collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn order_repeats_files_forms_partitions_and_threads_change_nothing(
        drives in prop::collection::vec(legs(), 1..=3),
        order in any::<u64>(),
        ways in prop::collection::vec((0..3usize, 0..3usize, 0..2usize, 1..4usize, any::<bool>()), 2),
    ) {
        let dir = tempfile::tempdir().unwrap();
        registry(dir.path());
        let set: Vec<Report> =
            drives.iter().enumerate().flat_map(|(truck, legs)| drive(truck, legs)).collect();
        let (violations, trips) = judged(dir.path(), &set);
        let mut mixed: Vec<Report> = set.iter().chain(set.iter().step_by(3)).cloned().collect();
        let random = |i: usize| (i as u64).wrapping_mul(order | 1).rotate_left(29) ^ order;
        let mut keys: Vec<(u64, Report)> = mixed.drain(..).enumerate().map(|(i, r)| (random(i), r)).collect();
        keys.sort_by_key(|(key, _)| *key);
        let mixed: Vec<Report> = keys.into_iter().map(|(_, report)| report).collect();
        let mut fingerprint = None;
        for (number, (threads, partitions, memory, files, in_order)) in ways.into_iter().enumerate() {
            let manner = Manner {
                threads: [1, 2, 5][threads],
                partitions: [1, 3, 64][partitions],
                memory_bytes: [0, 256 << 20][memory],
            };
            let reports = if in_order { &set } else { &mixed };
            let paths: Vec<PathBuf> = reports
                .chunks(reports.len().div_ceil(files))
                .enumerate()
                .map(|(i, part)| {
                    let form = if (i + number) % 2 == 0 { "jsonl" } else { "parquet" };
                    let path = dir.path().join(format!("{number}-{i}.{form}"));
                    put(&path, part);
                    path
                })
                .collect();
            let (v, t, summary) = replayed(dir.path(), &format!("out{number}"), paths, &manner);
            prop_assert_eq!(&v, &violations);
            prop_assert_eq!(&t, &trips);
            prop_assert_eq!(summary.reports_read, reports.len() as u64);
            let first = fingerprint.get_or_insert_with(|| summary.reports_fingerprint.clone());
            prop_assert_eq!(&*first, &summary.reports_fingerprint);
            prop_assert_eq!(memory == 0, summary.bytes_on_disk > 0);
        }
    }
}

#[test]
fn the_made_up_drives_give_verdicts_worth_comparing() {
    let dir = tempfile::tempdir().unwrap();
    registry(dir.path());
    let legs = [(300, (10, 10), 1, 0), (600, (110, 10), 1, 2), (300, (110, 10), 0, 5)];
    let set: Vec<Report> = (0..3).flat_map(|truck| drive(truck, &legs)).collect();
    let (violations, trips) = judged(dir.path(), &set);
    assert_eq!(trips.lines().count(), 3);
    assert!(violations.contains("UW-01"), "{violations}");
}

#[test]
fn bad_lines_and_rows_are_told_with_file_and_place() {
    let dir = tempfile::tempdir().unwrap();
    registry(dir.path());
    let mut rows = drive(0, &[(400, (110, 10), 1, 5)]);
    let Some(Content::Weigh(ticket)) = rows.get_mut(3).map(|report| &mut report.content) else {
        panic!("every second report is a ticket")
    };
    ticket.gross_kg = 5_000_000;
    let parquet = dir.path().join("day.parquet");
    put(&parquet, &rows);
    let lines = dir.path().join("day.jsonl");
    fs::write(&lines, format!("{}\nno report\n{}", to_line(&rows[0]), to_line(&rows[1]))).unwrap();
    let manner = Manner { threads: 2, partitions: 4, memory_bytes: 0 };
    let files = vec![lines.clone(), parquet.clone(), lines.clone()];
    let (_, _, summary) = replayed(dir.path(), "out", files, &manner);
    assert_eq!(summary.rejected, BTreeMap::from([("not_json", 2), ("malformed_member", 1)]));
    assert_eq!(summary.reports_read, rows.len() as u64 - 1 + 4);
    let rejected = fs::read_to_string(dir.path().join("out/rejected.jsonl")).unwrap();
    let told: Vec<serde_json::Value> =
        rejected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (line, row) = (&told[0], &told[1]);
    assert_eq!((&line["file"], &line["line"]), (&lines.display().to_string().into(), &2.into()));
    assert_eq!((&row["file"], &row["row"]), (&parquet.display().to_string().into(), &4.into()));
    assert_eq!((&row["member"], &row["line"]), (&"gross_t".into(), &serde_json::Value::Null));
    assert_eq!(told[2], *line);
}

#[test]
fn a_file_that_cannot_be_read_ends_the_run_with_nothing_written() {
    let dir = tempfile::tempdir().unwrap();
    registry(dir.path());
    let lines = dir.path().join("day.jsonl");
    put(&lines, &drive(0, &[(400, (110, 10), 1, 5)]));
    let manner = Manner { threads: 2, partitions: 4, memory_bytes: 0 };
    let damaged = dir.path().join("damaged");
    fs::write(&damaged, b"PAR1 and no more").unwrap();
    for (other, named) in [(&damaged, "damaged"), (&dir.path().join("absent.jsonl"), "absent.jsonl")] {
        let args = ReplayArgs {
            reports: vec![lines.clone(), other.clone()],
            ..asked(dir.path(), &dir.path().join("never"))
        };
        let error = run_in(&args, &manner).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains(named), "{error}");
        assert!(!dir.path().join("never").exists(), "nothing is written");
    }
}

#[test]
fn a_full_disk_is_said_in_words() {
    let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = ReplayError::Temporary { path: "out".into(), source };
    let said = crate::sentence(&error);
    assert!(said.contains("the disk is full; make room or give another --out"), "{said}");
    assert_eq!(error.exit_code(), 1);
}
