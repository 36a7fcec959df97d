//! Recorded tracks of the corpus, positions and times alone, as the reports of a loaded truck.

use std::collections::BTreeMap;
use std::path::Path;

use domain::report::Content;
use domain::{FixKind, FixReport, Lid, Lift, Load, Position, Report, Timestamp};
use serde_json::Value;

use crate::drive::{PLATE, TERMINAL};

/// Least reach of a source, metres, and how far beyond the first reports it reaches.
const SOURCE_LEAST_M: f64 = 60.0;
const SOURCE_MARGIN_M: f64 = 20.0;
/// A recorder silent for this long was stopped, seconds.
const PAUSE_S: f64 = 300.0;

/// One track of a file.
pub struct Track {
    /// File and number.
    pub name: String,
    /// Its reports, by time.
    pub reports: Vec<Report>,
}

/// A track of barefoot: a JSON array of points with their times.
///
/// # Panics
/// When the file is not of that form.
#[track_caller]
pub fn barefoot(path: &Path) -> Track {
    let text = std::fs::read_to_string(path).expect("the track is there");
    let rows: Vec<Value> = serde_json::from_str(&text).expect("the track is JSON");
    let row = |row: &Value| {
        let point = row["point"].as_str().expect("every row has a point");
        let (lon, lat) =
            point.trim_start_matches("POINT(").trim_end_matches(')').split_once(' ').expect("WKT");
        // 2014-09-10 06:54:07+0200
        let time = row["time"].as_str().expect("every row has a time").replacen(' ', "T", 1);
        let (clock, minutes) = time.split_at(time.len() - 2);
        report(&format!("{clock}:{minutes}"), lat, lon)
    };
    let mut reports: Vec<Report> = rows.iter().map(row).collect();
    reports.sort();
    Track { name: file_name(path), reports }
}

/// The tracks of Go!Track: CSV of latitude, longitude, track and time. Where its owner stopped the recorder for five minutes
/// or longer a recording ends and another begins: a truck whose terminal were silent for so long while it drove on would
/// rightly be asked why (TM-01).
///
/// # Panics
/// When the file is not of that form.
#[track_caller]
pub fn go_track(path: &Path) -> Vec<Track> {
    let text = std::fs::read_to_string(path).expect("the tracks are there");
    let mut tracks: BTreeMap<u32, Vec<Report>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let row: Vec<&str> = line.split(',').collect();
        assert_eq!(row.len(), 4, "{line:?} has four fields");
        // The offset is not told; only differences of time matter here.
        let time = format!("{}Z", row[3].trim().replacen(' ', "T", 1));
        let track = tracks.entry(row[2].parse().expect("tracks have numbers")).or_default();
        track.push(report(&time, row[0], row[1]));
    }
    let of_track = |(number, mut reports): (u32, Vec<Report>)| {
        reports.sort();
        let name = format!("{} {number}", file_name(path));
        let parts = reports.chunk_by(|a, b| b.time.seconds_since(a.time) < PAUSE_S);
        parts.map(|part| Track { name: name.clone(), reports: part.to_vec() }).collect::<Vec<_>>()
    };
    tracks.into_iter().flat_map(of_track).collect()
}

impl Track {
    /// How far a source around its start must reach to hold the three first reports.
    pub fn source_half_size_m(&self) -> f64 {
        let positions = self.positions();
        let first = positions.iter().take(3).map(|(_, position)| position.distance_m(positions[0].1));
        first.fold(SOURCE_LEAST_M, |reach_m, distance_m| reach_m.max(distance_m + SOURCE_MARGIN_M))
    }

    /// Where it was when.
    pub fn positions(&self) -> Vec<(Timestamp, Position)> {
        self.reports.iter().filter_map(|report| Some((report.time, report.fix()?.position))).collect()
    }
}

fn report(time: &str, lat: &str, lon: &str) -> Report {
    let degrees = |text: &str| text.trim().parse::<f64>().expect("degrees");
    let position = Position::from_degrees(degrees(lat), degrees(lon)).expect("a position on the globe");
    let mut fix = FixReport::bare(PLATE.parse().expect("a plate"), position, FixKind::D3);
    fix.source = Some(TERMINAL.parse().expect("a terminal"));
    (fix.load, fix.lid, fix.lift, fix.ignition) = (Load::Full, Lid::Closed, Lift::Flat, Some(true));
    Report { time: time.parse().expect("a time"), content: Content::Fix(fix), received: None }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
