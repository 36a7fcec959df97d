//! A recorded drive turned into a haul: a source around its start, a route along it, one truck, one permit.

use std::fs;
use std::path::{Path, PathBuf};

use domain::{Position, Report, Timestamp};
use serde_json::{Value, json};

use crate::program::run_well;

/// The truck of every drive.
pub const PLATE: &str = "豫A00001D";
/// Its terminal.
pub const TERMINAL: &str = "13900000001";
const USCC: &str = "91410183MA0000000A";
/// How far from the start the source reaches, in metres: two reports must lie in it, and one drive begins at 83 km/h.
const SOURCE_HALF_SIZE_M: f64 = 400.0;

/// A recording and what the agent's sampler chose of it.
pub struct Drive {
    /// The receiver's bytes, headed by one sentence of a body controller that says the truck is loaded.
    pub bytes: PathBuf,
    /// The chosen reports, in the order chosen.
    pub chosen: Vec<Report>,
}

impl Drive {
    /// Reads a recording through `tracker-agent sample`.
    ///
    /// # Panics
    /// When the recording or a report cannot be read.
    #[track_caller]
    pub fn sample(recording: &Path, work: &Path) -> Self {
        let bytes = work.join("drive.nmea");
        let mut whole = signal_sentence("PMUCK,full,closed,flat,ok,ok,on").into_bytes();
        whole.extend(fs::read(recording).expect("the recording is there"));
        fs::write(&bytes, whole).expect("the drive is written");
        let config = agent_config(work, &bytes, "127.0.0.1:9", 0.0);
        let said = run_well("tracker-agent", &["sample", "--config", &config.to_string_lossy()]);
        let chosen = said
            .lines()
            .map(|line| domain::report_line::parse_line(line).expect("the agent writes contract lines"))
            .collect();
        Self { bytes, chosen }
    }

    /// The chosen positions that have a fix, by time.
    pub fn track(&self) -> Vec<(Timestamp, Position)> {
        let mut track: Vec<_> = self
            .chosen
            .iter()
            .filter_map(|r| r.fix().filter(|f| f.fix != domain::FixKind::None).map(|f| (r.time, f.position)))
            .collect();
        track.sort();
        track
    }
}

/// A sentence with its checksum and line end.
pub fn signal_sentence(content: &str) -> String {
    let checksum = content.bytes().fold(0, |sum, byte| sum ^ byte);
    format!("${content}*{checksum:02X}\r\n")
}

/// Writes an agent's configuration that replays `bytes` against `platform`.
///
/// # Panics
/// When the file cannot be written.
pub fn agent_config(work: &Path, bytes: &Path, platform: &str, speed: f64) -> PathBuf {
    let text = format!(
        "[terminal]\nid = {TERMINAL:?}\nplate = {PLATE:?}\nplate_colour = \"yellow_green\"\n\
         [platform]\naddress = {platform:?}\ngather_s = 0\n\
         [sampler]\ninterval_moving_s = 10\ndistance_m = 200\n\
         [[source]]\ncarries = \"nmea\"\nkind = \"replay\"\npath = {:?}\nspeed = {speed:?}\n\
         [dates]\nas_recorded = true\n\
         [spool]\ndirectory = \"spool\"\n",
        bytes.to_string_lossy()
    );
    let path = work.join("agent.toml");
    fs::write(&path, text).expect("the configuration is written");
    path
}

/// Writes the registry folder of a drive: its source at the start of `track`, one permit along `route`.
///
/// # Panics
/// When a file cannot be written.
pub fn write_registry(folder: &Path, track: &[(Timestamp, Position)], route: &[Position]) {
    write_registry_around(folder, track, route, SOURCE_HALF_SIZE_M);
}

/// As [`write_registry`], with a source that reaches another distance from the start.
///
/// # Panics
/// When a file cannot be written.
pub fn write_registry_around(
    folder: &Path,
    track: &[(Timestamp, Position)],
    route: &[Position],
    source_half_size_m: f64,
) {
    fs::create_dir_all(folder).expect("the folder is made");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("the register is written");
    let start = track[0].1;
    let square = |middle: Position, half: f64| -> Value {
        let corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)];
        json!([corners.map(|(east, north)| coordinates(middle.offset_m(east, north)))])
    };
    let far_away = start.offset_m(0.0, 40_000.0);
    let site = |id: &str, kind: &str, middle: Position| {
        json!({"type": "Feature", "properties": {"id": id, "name": id, "kind": kind},
               "geometry": {"type": "Polygon", "coordinates": square(middle, source_half_size_m)}})
    };
    let line: Vec<Value> = route.iter().map(|p| coordinates(*p)).collect();
    let collection = |features: Value| {
        json!({"type": "FeatureCollection", "datum": "WGS84", "features": features}).to_string()
    };
    write("carriers.csv", &format!("uscc,name,status\n{USCC},示范清运有限公司,active\n"));
    write(
        "trucks.csv",
        &format!(
            "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n\
             {PLATE},yellow_green,,{USCC},{TERMINAL},,battery,16\n"
        ),
    );
    write(
        "sites.geojson",
        &collection(json!([site("source", "source", start), site("sink", "disposal", far_away)])),
    );
    write("zones.geojson", &collection(json!([])));
    write(
        "routes.geojson",
        &collection(json!([{"type": "Feature", "properties": {"id": "drive", "name": "drive"},
                            "geometry": {"type": "LineString", "coordinates": line}}])),
    );
    write(
        "permits.json",
        &json!([{"number": "DRIVE-1", "carrier_uscc": USCC, "trucks": [PLATE],
                 "legs": [{"source": "source", "sink": "sink", "route": "drive"}], "waste_class": "工程渣土",
                 "volume_m3": 100_000, "used_m3": 0, "valid_from": "2000-01-01", "valid_to": "2030-12-31",
                 "windows": [], "status": [], "zone_passes": []}])
        .to_string(),
    );
    write("readers.csv", "id,site_id,role,lat,lon\n");
    // The recordings keep their own dates, of 2005 to 2010.
    write("limits.json", &json!({"earliest_time": "2000-01-01T00:00:00+08:00"}).to_string());
}

fn coordinates(at: Position) -> Value {
    json!([at.lon(), at.lat()])
}

/// Drops the points that are within `tolerance_m` of the line through the others (Douglas and Peucker 1973).
pub fn simplify(points: &[Position], tolerance_m: f64) -> Vec<Position> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let mut kept = vec![*first];
    keep_between(points, tolerance_m, &mut kept);
    if points.len() > 1 {
        kept.push(*last);
    }
    kept
}

fn keep_between(points: &[Position], tolerance_m: f64, kept: &mut Vec<Position>) {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
    let distance = |p: &Position| domain::geometry::segment_distance_m(*first, *last, *p);
    let inner = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
    let farthest = inner.iter().enumerate().max_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
    if let Some((at, point)) = farthest.filter(|(_, p)| distance(p) > tolerance_m) {
        keep_between(&points[..=at + 1], tolerance_m, kept);
        kept.push(*point);
        keep_between(&points[at + 1..], tolerance_m, kept);
    }
}

/// Shifts the part of a line between two distances along it sideways, so that it leaves the road driven there.
pub fn leave_the_road(line: &[Position], from_m: f64, to_m: f64, sideways_m: f64) -> Vec<Position> {
    let mut along = 0.0;
    let mut moved = Vec::new();
    for pair in line.windows(2) {
        let length = pair[0].distance_m(pair[1]);
        // Steps of 20 m, so that the shift begins and ends where it is told to.
        let steps = (length / 20.0).ceil().max(1.0) as u32;
        let (east, north) = pair[0].metres_to(pair[1]);
        for step in 0..steps {
            let part = f64::from(step) / f64::from(steps);
            let at = pair[0].offset_m(east * part, north * part);
            let here = along + length * part;
            moved.push(if (from_m..to_m).contains(&here) { at.offset_m(sideways_m, sideways_m) } else { at });
        }
        along += length;
    }
    moved.extend(line.last().copied());
    moved
}

/// Stretches of a track farther than `limit_m` from a line for at least `least_s` and `least_m`, outside the source:
/// the plain definition of an excursion, found by looking at every point. Stretches nearer in time than `join_s` are one.
pub fn excursions(
    track: &[(Timestamp, Position)],
    line: &[Position],
    limit_m: f64,
) -> Vec<(Timestamp, Timestamp)> {
    let (least_s, least_m, join_s) = (60.0, 200.0, 180.0);
    let line = domain::Line::from_points(line.to_vec()).expect("a route has two points");
    let source = track[0].1;
    let in_source = |p: Position| {
        let (east, north) = source.metres_to(p);
        east.abs() <= SOURCE_HALF_SIZE_M && north.abs() <= SOURCE_HALF_SIZE_M
    };
    let over = |p: Position| !in_source(p) && line.distance_m(p) > limit_m;
    let mut found: Vec<(Timestamp, Timestamp)> = Vec::new();
    for run in track.chunk_by(|a, b| over(a.1) == over(b.1)).filter(|run| over(run[0].1)) {
        let (start, end) = (run[0].0, run[run.len() - 1].0);
        let driven: f64 = run.windows(2).map(|p| p[0].1.distance_m(p[1].1)).sum();
        if end.seconds_since(start) < least_s || driven < least_m {
            continue;
        }
        match found.last_mut().filter(|before| start.seconds_since(before.1) < join_s) {
            Some(before) => before.1 = end,
            None => found.push((start, end)),
        }
    }
    found
}
