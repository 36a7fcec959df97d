//! The city `live clues` drives in: one source, one sink, trucks that go about their day, and trucks that leave the source
//! loaded though their company has no permit. A pure function of truck and moment.

use std::fs;
use std::path::Path;

use domain::report::Content;
use domain::{Course, FixKind, FixReport, Load, Plate, Position, Report, Speed, TerminalId, Timestamp};
use serde_json::{Value, json};

use super::city::{
    CARRIERS_HEAD, READERS, TRUCKS_HEAD, collection, feature, plate, terminal, truck_row, uscc,
};
use super::{Arguments, Failure};

/// Trucks that only drive about.
pub(crate) const INNOCENT: i64 = 1_000;
/// Trucks that haul without a permit, one haul each.
pub(crate) const GUILTY: i64 = 4_000;
/// Seconds from the source's middle, metres east of it: standing inside, then away.
const HAUL: [(i64, f64); 7] =
    [(0, 0.0), (10, 10.0), (20, 20.0), (30, 250.0), (40, 450.0), (50, 650.0), (60, 850.0)];
/// Reports of one haul.
pub(crate) const HAUL_REPORTS: usize = HAUL.len();
/// Half the side of a site, metres.
const SITE_HALF_M: f64 = 150.0;
const SOURCE: (f64, f64) = (34.5, 113.4);
const SINK: (f64, f64) = (34.55, 113.5);
/// Where the innocent drive, and how far they come between two reports, 1e-7 degree.
const ROADS_E7: (i32, i32) = (343_000_000, 1_131_000_000);
const STEP_E7: i32 = 1_500;
const STEPS: i64 = 500;

fn at((lat, lon): (f64, f64)) -> Result<Position, Failure> {
    Ok(Position::from_degrees(lat, lon)?)
}

/// Writes the registry folder.
pub(crate) fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let registry = Path::new(arguments.alone(0)?);
    fs::create_dir_all(registry)?;
    let site = |id: &str, kind: &str, middle| -> Result<Value, Failure> {
        let middle = at(middle)?;
        let corner = |east: f64, north: f64| {
            let corner = middle.offset_m(east * SITE_HALF_M, north * SITE_HALF_M);
            json!([corner.lon(), corner.lat()])
        };
        let ring =
            [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)].map(|(e, n)| corner(e, n));
        Ok(feature(&json!({ "id": id, "name": id, "kind": kind }), "Polygon", json!([ring])))
    };
    let mut trucks = TRUCKS_HEAD.to_owned();
    for truck in 0..INNOCENT + GUILTY {
        trucks.push_str(&truck_row(truck, i64::from(truck >= INNOCENT))?);
    }
    let permit = json!([{ "number": "P1", "carrier_uscc": uscc(0)?, "trucks": [plate(0)], "waste_class": "engineering",
        "legs": [{ "source": "S1", "sink": "S2", "route": null }], "volume_m3": 1_000_000,
        "valid_from": "2020-01-01", "valid_to": "2099-12-31", "zone_passes": [] }]);
    for (name, text) in [
        ("carriers.csv", format!("{CARRIERS_HEAD}{},甲,active\n{},乙,active\n", uscc(0)?, uscc(1)?)),
        ("trucks.csv", trucks),
        ("sites.geojson", collection(vec![site("S1", "source", SOURCE)?, site("S2", "disposal", SINK)?])),
        ("zones.geojson", collection(vec![])),
        ("routes.geojson", collection(vec![])),
        ("permits.json", permit.to_string()),
        ("readers.csv", READERS.to_owned()),
    ] {
        fs::write(registry.join(name), text)?;
    }
    Ok(true)
}

fn report(truck: i64, time: Timestamp, position: Position, speed_kmh: f64) -> Result<Report, Failure> {
    let plate: Plate = plate(truck).parse()?;
    let source: TerminalId = terminal(truck).parse()?;
    let fix = FixReport {
        source: Some(source),
        speed: Speed::from_kmh(speed_kmh),
        course: Course::from_deg(90.0),
        load: if truck < INNOCENT { Load::Empty } else { Load::Full },
        ..FixReport::bare(plate, position, FixKind::D3)
    };
    Ok(Report { time, content: Content::Fix(fix), received: None })
}

/// What an innocent truck reports at a moment: it drives to and fro.
pub(crate) fn innocent(truck: i64, number: i64, time: Timestamp) -> Result<Report, Failure> {
    let step = number % (2 * STEPS);
    let step = step.min(2 * STEPS - step) as i32;
    let position = Position::from_e7(ROADS_E7.0 + truck as i32 * 500, ROADS_E7.1 + step * STEP_E7)?;
    report(truck, time, position, 50.0)
}

/// What a guilty truck reports as the `step`th of its haul, which began at a moment.
pub(crate) fn guilty(number: i64, step: usize, began: Timestamp) -> Result<Report, Failure> {
    let (second, east) = HAUL[step.min(HAUL_REPORTS - 1)];
    let speed_kmh = if second < 30 { 0.0 } else { 72.0 };
    report(INNOCENT + number, began.plus_seconds(second), at(SOURCE)?.offset_m(east, 0.0), speed_kmh)
}
