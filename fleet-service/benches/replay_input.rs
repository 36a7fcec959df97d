//! Writes a made-up day of a fleet as Parquet, to measure a replay with where the benchmark's city is not at hand:
//! `cargo bench -p fleet-service --bench replay_input -- FOLDER TRUCKS SECONDS_BETWEEN_FIXES`.
//!
//! Trucks drive back and forth between their source and a sink along their permit's route, stop at both, and stand at
//! night. Reports come as they would be received: all trucks of a moment together.
#![allow(clippy::unwrap_used, reason = "a measuring program ends when it cannot write")]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;

use domain::report::Content;
use domain::{
    Antenna, Course, FixKind, FixReport, Hdop, Lid, Lift, Load, Plate, Position, Power, Report, Speed,
    TerminalId, Timestamp, Uscc,
};
use fleet_service::parquet::ReportWriter;

const SITES: usize = 200;
/// Trucks of a company.
const COMPANY_TRUCKS: usize = 30;
/// 2026-11-23 00:00 in Asia/Shanghai.
const MIDNIGHT_MILLIS: i64 = 1_795_363_200_000;

fn main() {
    let given: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [folder, trucks, seconds] = given.as_slice() else {
        eprintln!("FOLDER TRUCKS SECONDS_BETWEEN_FIXES are needed; nothing was made");
        return;
    };
    let (folder, trucks, seconds) = (Path::new(folder), trucks.parse().unwrap(), seconds.parse().unwrap());
    fs::create_dir_all(folder.join("registry")).unwrap();
    registry(&folder.join("registry"), trucks);
    let reports = day(&folder.join("reports.parquet"), trucks, seconds);
    eprintln!("{reports} reports of {trucks} trucks in {}", folder.display());
}

fn plate(truck: usize) -> String {
    format!("豫A{truck:05}D")
}

fn company(truck: usize) -> Uscc {
    Uscc::with_check_digit(&format!("91410183M{:08}", truck / COMPANY_TRUCKS)).unwrap()
}

/// Corner of a site, in degrees: even ones are sources, odd ones sinks.
fn corner(site: usize) -> (f64, f64) {
    (34.30 + (site / 20) as f64 * 0.04, 113.20 + (site % 20) as f64 * 0.03)
}

fn sites_of(truck: usize) -> (usize, usize) {
    let source = truck * 2 % SITES;
    (source, ((source + 1 + truck / 7 * 2) % SITES) | 1)
}

fn registry(folder: &Path, trucks: usize) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let companies =
        (0..trucks).step_by(COMPANY_TRUCKS).map(|truck| format!("{},甲,active\n", company(truck)));
    write("carriers.csv", &format!("uscc,name,status\n{}", companies.collect::<String>()));
    let mut table = "plate,plate_colour,vin,carrier_uscc,terminal_id,epc,energy,rated_load_t\n".to_owned();
    let mut routes = Vec::new();
    let mut permits = Vec::new();
    for truck in 0..trucks {
        writeln!(table, "{},,,{},T{truck:06},,,16", plate(truck), company(truck)).unwrap();
        let (source, sink) = sites_of(truck);
        let ((a, b), (c, d)) = (corner(source), corner(sink));
        routes.push(format!(
            r#"{{"type":"Feature","properties":{{"id":"R{truck}","name":"r"}},"geometry":{{"type":"LineString","coordinates":[[{},{}],[{},{}],[{},{}]]}}}}"#,
            b + 0.001, a + 0.001, d + 0.001, a + 0.001, d + 0.001, c + 0.001
        ));
        permits.push(format!(
            r#"{{"number":"P{truck}","carrier_uscc":"{}","trucks":["{}"],"legs":[{{"source":"S{source}","sink":"S{sink}","route":"R{truck}"}}],"waste_class":"工程渣土","volume_m3":100000,"used_m3":0,"valid_from":"2026-11-01","valid_to":"2026-12-01","windows":[],"status":[],"zone_passes":[]}}"#,
            company(truck),
            plate(truck)
        ));
    }
    write("trucks.csv", &table);
    let feature = |properties: String, (lat, lon): (f64, f64), size: f64| {
        let (n, e) = (lat + size, lon + size);
        format!(
            r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"Polygon","coordinates":[[[{lon},{lat}],[{e},{lat}],[{e},{n}],[{lon},{n}],[{lon},{lat}]]]}}}}"#
        )
    };
    let sites: Vec<String> = (0..SITES)
        .map(|site| {
            let kind = if site % 2 == 0 { "source" } else { "disposal" };
            feature(format!(r#""id":"S{site}","name":"s","kind":"{kind}""#), corner(site), 0.002)
        })
        .collect();
    let zones: Vec<String> = (0..300)
        .map(|zone| {
            let kind =
                if zone % 3 == 0 { r#""kind":"no_go""# } else { r#""kind":"speed_limit","limit_kmh":70"# };
            let (lat, lon) = corner(zone % SITES);
            feature(format!(r#""id":"Z{zone}","name":"z",{kind}"#), (lat + 0.011, lon + 0.012), 0.01)
        })
        .collect();
    let all = |features: &[String]| {
        format!(r#"{{"type":"FeatureCollection","datum":"WGS84","features":[{}]}}"#, features.join(","))
    };
    write("sites.geojson", &all(&sites));
    write("zones.geojson", &all(&zones));
    write("routes.geojson", &all(&routes));
    write("permits.json", &format!("[{}]", permits.join(",")));
}

fn day(path: &Path, trucks: usize, seconds: i64) -> u64 {
    let mut writer = ReportWriter::new(File::create(path).unwrap()).unwrap();
    let names: Vec<(Plate, TerminalId)> = (0..trucks)
        .map(|truck| (plate(truck).parse().unwrap(), format!("T{truck:06}").parse().unwrap()))
        .collect();
    for second in (0..86_400).step_by(seconds as usize) {
        for (truck, (plate, device)) in names.iter().enumerate() {
            let fix = fix(truck, second, plate.clone(), device.clone());
            let time = Timestamp::from_millis(MIDNIGHT_MILLIS + second * 1000);
            let received = Some(time.plus_millis(700 + truck as i64 % 1000));
            writer.push(&Report { time, content: Content::Fix(fix), received }).unwrap();
        }
    }
    let reports = writer.reports();
    writer.finish().unwrap();
    reports
}

/// A number that looks random, of three.
fn noise(a: u64, b: u64, c: u64) -> f64 {
    let mut x = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.wrapping_mul(0xC2B2_AE3D_27D4_EB4F) ^ c;
    x = (x ^ x >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((x ^ x >> 32) % 10_001) as f64 / 10_000.0
}

fn fix(truck: usize, second: i64, plate: Plate, device: TerminalId) -> FixReport {
    // One turn: 10 min at the source, 50 min there, 10 min at the sink, 50 min back; parked before six.
    const TURN_S: i64 = 7_200;
    let rests = second < 21_600;
    let in_turn = if rests { 0 } else { (second + truck as i64 * 37) % TURN_S };
    let (part, load) = match in_turn {
        0..600 => (0.0, if in_turn < 300 { Load::Empty } else { Load::Full }),
        600..3_600 => ((in_turn - 600) as f64 / 3_000.0, Load::Full),
        3_600..4_200 => (1.0, if in_turn < 3_900 { Load::Full } else { Load::Empty }),
        _ => (1.0 - (in_turn - 4_200) as f64 / 3_000.0, Load::Empty),
    };
    let (source, sink) = sites_of(truck);
    let ((a, b), (c, d)) = (corner(source), corner(sink));
    let (east, north) = ((d - b).abs(), (c - a).abs());
    let along = part * (east + north);
    let (lat, lon) = if along <= east {
        (a, b + (d - b).signum() * along)
    } else {
        (a + (c - a).signum() * (along - east), d)
    };
    let moves = part > 0.0 && part < 1.0;
    let jitter = |which: u64| (noise(truck as u64, second as u64, which) - 0.5) * 6e-5;
    let kmh = if moves {
        (east + north) * 100_000.0 / 3_000.0 * 3.6 * (0.8 + 0.3 * noise(truck as u64, second as u64, 3))
    } else {
        0.0
    };
    let position = Position::from_degrees(lat + 0.001 + jitter(1), lon + 0.001 + jitter(2)).unwrap();
    let mut fix = FixReport::bare(plate, position, FixKind::D3);
    fix.source = Some(device);
    fix.speed = Speed::from_kmh((kmh.min(75.0) * 10.0).round() / 10.0);
    fix.course = Course::from_deg((noise(truck as u64, second as u64 / 60, 4) * 360.0).round());
    fix.hdop = Hdop::from_ratio(0.7 + (noise(truck as u64, second as u64 / 30, 5) * 6.0).round() / 10.0);
    fix.satellites = Some(8 + (noise(truck as u64, second as u64 / 30, 6) * 10.0) as u8);
    fix.ignition = Some(!rests);
    fix.load = load;
    fix.lid = if (300..3_700).contains(&in_turn) { Lid::Closed } else { Lid::Open };
    fix.lift = if (3_850..3_900).contains(&in_turn) { Lift::Raised } else { Lift::Flat };
    fix.antenna = Antenna::Ok;
    fix.power = Power::Ok;
    fix
}
