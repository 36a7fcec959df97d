//! Situations as tables: what a truck did, and what is said of it. Rows are way points; between two rows the truck goes
//! straight, reporting every 10 s. East and north are metres from 34.5, 113.4.
//!
//! ```text
//! 08:00:00  100,100  empty flat     way point: time, east,north, load, lift, further words
//! gap 08:30:00 900,0 full flat      nothing was reported since the row before
//! read 08:04:00 08:04:31 W1         a fixed reader saw the truck's tag, once a second from then to then
//! beacon 08:04:00 08:04:31 BEAC     the truck's own reader saw a tag
//! ```
//! Further words: `v=66` speed in km/h (else as the way and time give it), `nofix`, `hdop=9.9`, `lid=open`, `ign=off`, `ant=open`,
//! `power=lost`, `serial=SERIAL2`. What stands in no word is unknown.

mod dp01;
mod dp02;
pub(super) mod gates;
mod hauls;
mod pk01;
mod receipt;
mod rt01;
mod rt02;
mod rt03;
mod se01;
mod se02;
mod tm01;
mod tm02;
mod tr02;
mod tr04;
mod uw01;
mod uw02;
mod uw05;
mod wb01;

pub(super) use gates::gated_city;

use std::collections::BTreeMap;

use domain::report::Content;
use domain::{
    Area, Carrier, CarrierStatus, FixKind, FixReport, HaulWindows, Leg, Line, Permit, PermitStatus, Plate,
    Position, Registers, Registry, Report, Ring, Route, Site, SiteKind, Speed, Timestamp, Truck, TruckKind,
    Zone, ZoneKind,
};

use super::{Judgement, judge_all};

pub(super) const ON_PERMIT: &str = "豫A00001D";
pub(super) const NOT_ON_PERMIT: &str = "豫A00002D";
pub(super) const WITHOUT_PERMIT: &str = "豫A00003D";
const MIXER: &str = "豫A00004D";
const UNREGISTERED: &str = "豫A99999D";

const COMPANY: &str = "91350100M000100Y43";
const OTHER_COMPANY: &str = "91350200MA2YJ1XR9G";

fn at(east: f64, north: f64) -> Position {
    Position::from_degrees(34.5, 113.4).unwrap().offset_m(east, north)
}

/// A time of 23 November 2026; hours from 24 on are of the day after.
fn clock(text: &str) -> Timestamp {
    let (hour, rest) = text.split_once(':').unwrap();
    let hour: u32 = hour.parse().unwrap();
    format!("2026-11-{}T{:02}:{rest}+08:00", 23 + hour / 24, hour % 24).parse().unwrap()
}

fn square(west: f64, south: f64, east: f64, north: f64) -> Area {
    let corners = [(west, south), (east, south), (east, north), (west, north)];
    Area::from_ring(Ring::from_points(corners.iter().map(|(e, n)| at(*e, *n)).collect()).unwrap())
}

fn site(id: &str, kind: SiteKind, area: Area) -> Site {
    Site {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        kind,
        area,
        wash_required: false,
        open_from: None,
        open_to: None,
        carrier: None,
    }
}

fn truck(plate: &str, carrier: &str, kind: TruckKind) -> Truck {
    Truck {
        plate: plate.parse().unwrap(),
        colour: domain::PlateColour::default(),
        vin: None,
        carrier: carrier.parse().unwrap(),
        terminal: Some("SERIAL1".parse().unwrap()),
        epc: None,
        energy: None,
        rated_load_kg: Some(16_000),
        kind,
    }
}

/// Source A at 0,0; sink S 5 km east of it, reached by route R along north 100; another source B and a sink T the permit
/// does not name; a yard Y; between 2 and 3 km east a limit of 40.
pub(super) fn city() -> Registry {
    let mut city = Registry::default();
    for (uscc, name) in [(COMPANY, "甲"), (OTHER_COMPANY, "乙")] {
        let carrier =
            Carrier { uscc: uscc.parse().unwrap(), name: name.to_owned(), status: CarrierStatus::Active };
        city.carriers.insert(carrier.uscc.clone(), carrier);
    }
    for site in [
        site("A", SiteKind::Source, square(0.0, 0.0, 200.0, 200.0)),
        site("B", SiteKind::Source, square(3200.0, 0.0, 3600.0, 200.0)),
        site("S", SiteKind::Disposal, square(5000.0, 0.0, 5200.0, 200.0)),
        site("T", SiteKind::Backfill, square(5000.0, 3000.0, 5200.0, 3200.0)),
        site("Y", SiteKind::Yard, square(0.0, 2000.0, 200.0, 2200.0)),
    ] {
        city.sites.insert(site.id.clone(), site);
    }
    for truck in [
        truck(ON_PERMIT, COMPANY, TruckKind::Muck),
        truck(NOT_ON_PERMIT, COMPANY, TruckKind::Muck),
        truck(WITHOUT_PERMIT, OTHER_COMPANY, TruckKind::Muck),
        truck(MIXER, OTHER_COMPANY, TruckKind::Mixer),
    ] {
        city.trucks.insert(truck.plate.clone(), truck);
    }
    let line = Line::from_points(vec![at(100.0, 100.0), at(5100.0, 100.0)]).unwrap();
    let route = Route { id: "R".parse().unwrap(), name: "R".to_owned(), line, half_width_m: 50 };
    city.routes.insert(route.id.clone(), route);
    let zone = Zone {
        id: "Z".parse().unwrap(),
        name: "Z".to_owned(),
        kind: ZoneKind::SpeedLimit(Speed::from_kmh(40.0).unwrap()),
        area: square(2000.0, -500.0, 3000.0, 500.0),
        windows: HaulWindows::default(),
    };
    city.zones.insert(zone.id.clone(), zone);
    let permit = permit("P1");
    city.permits.insert(permit.number.clone(), permit);
    city
}

fn permit(number: &str) -> Permit {
    let leg = |source: &str| Leg {
        source: source.parse().unwrap(),
        sink: "S".parse().unwrap(),
        route: Some("R".parse().unwrap()),
    };
    Permit {
        number: number.parse().unwrap(),
        carrier: COMPANY.parse().unwrap(),
        trucks: [ON_PERMIT.parse().unwrap()].into(),
        legs: vec![leg("A"), leg("B")],
        waste_class: "工程渣土".to_owned(),
        volume_l: 1_000_000,
        used_l: 0,
        valid_from: "2026-11-01T00:00:00+08:00".parse().unwrap(),
        valid_until: "2026-12-01T00:00:00+08:00".parse().unwrap(),
        windows: HaulWindows::default(),
        status: Vec::new(),
        zone_passes: std::collections::BTreeSet::new(),
    }
}

/// The reports of a table.
pub(super) fn reports(plate: &str, table: &str) -> Vec<Report> {
    let plate: Plate = plate.parse().unwrap();
    let mut reports = Vec::new();
    let mut before: Option<(Timestamp, f64, f64, FixReport)> = None;
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        if row.starts_with("read ") || row.starts_with("beacon ") {
            reports.extend(tag_readings(&plate, row));
            continue;
        }
        let (gap, row) = row.strip_prefix("gap ").map_or((false, row), |row| (true, row));
        let words: Vec<&str> = row.split_whitespace().collect();
        let [time, place, load, lift, more @ ..] = words.as_slice() else { panic!("row {row:?}") };
        let time = clock(time);
        let (east, north) = place.split_once(',').unwrap();
        let (east, north): (f64, f64) = (east.parse().unwrap(), north.parse().unwrap());
        let mut fix = FixReport::bare(plate.clone(), at(east, north), FixKind::D3);
        fix.load = load.parse().unwrap();
        fix.lift = lift.parse().unwrap();
        for word in more {
            say(&mut fix, word);
        }
        let told = more.iter().find_map(|word| word.strip_prefix("v=")).map(|v| v.parse::<f64>().unwrap());
        let from = before.take();
        let span_s = from.as_ref().map_or(0.0, |f| time.seconds_since(f.0));
        let way_m = from.as_ref().map_or(0.0, |f| (east - f.1).hypot(north - f.2));
        let going = if span_s > 0.0 { way_m / span_s * 3.6 } else { 0.0 };
        fix.speed = Speed::from_kmh(told.unwrap_or(going));
        if let Some((start, e, n, state)) = from.filter(|_| !gap) {
            for step in 1..((span_s / 10.0).ceil() as i64) {
                let part = step as f64 * 10.0 / span_s;
                let mut between = state.clone();
                between.position = at(e + (east - e) * part, n + (north - n) * part);
                between.speed = fix.speed;
                reports.push(report(start.plus_seconds(step * 10), between));
            }
        }
        reports.push(report(time, fix.clone()));
        before = Some((time, east, north, fix));
    }
    reports
}

/// Puts a further word of a row into its fix.
fn say(fix: &mut FixReport, word: &str) {
    match word.split_once('=').unwrap_or((word, "")) {
        ("nofix", _) => fix.fix = FixKind::None,
        ("lid", lid) => fix.lid = lid.parse().unwrap(),
        ("ign", ignition) => fix.ignition = Some(ignition == "on"),
        ("ant", antenna) => fix.antenna = antenna.parse().unwrap(),
        ("hdop", hdop) => fix.hdop = domain::Hdop::from_ratio(hdop.parse().unwrap()),
        ("power", power) => fix.power = power.parse().unwrap(),
        ("serial", serial) => fix.source = Some(serial.parse().unwrap()),
        ("v", _) => {}
        _ => panic!("word {word:?}"),
    }
}

/// A tag read once a second. A truck's tag is `E2` and the digits of its plate.
fn tag_readings(plate: &Plate, row: &str) -> Vec<Report> {
    let words: Vec<&str> = row.split_whitespace().collect();
    let [by, from, to, name] = words.as_slice() else { panic!("row {row:?}") };
    let (from, to) = (clock(from), clock(to));
    let seconds = 0..=(to.seconds() - from.seconds());
    let content = |by: &str| match by {
        "read" => Content::AtReader(domain::ReaderSighting {
            reader: name.parse().unwrap(),
            epc: tag(plate.as_str()),
            rssi_dbm: None,
        }),
        _ => Content::AtTruck(domain::TruckSighting {
            plate: plate.clone(),
            epc: name.parse().unwrap(),
            rssi_dbm: None,
        }),
    };
    let at = |second: i64| from.plus_seconds(second);
    seconds.map(|n| Report { time: at(n), content: content(by), received: Some(at(n + 2)) }).collect()
}

fn tag(plate: &str) -> domain::Epc {
    format!("E20{}", plate.chars().filter(char::is_ascii_digit).collect::<String>()).parse().unwrap()
}

fn report(time: Timestamp, fix: FixReport) -> Report {
    Report { time, content: Content::Fix(fix), received: Some(time.plus_seconds(2)) }
}

fn hour(time: Timestamp) -> String {
    time.to_string()[11..19].to_owned()
}

fn told(judgement: &Judgement) -> Vec<String> {
    let hauls = judgement.hauls.iter().map(|h| {
        let place = |id: &Option<domain::SiteId>| id.as_ref().map_or("-".to_owned(), ToString::to_string);
        format!("{} {}>{} {}", hour(h.departed), place(&h.source), place(&h.sink), h.state)
    });
    let violations = judgement.violations.iter().map(|v| {
        let fact = ["failed", "band", "nearest_site", "zone"].iter().find_map(|name| v.facts.get(*name));
        let words = |fact: &serde_json::Value| match fact.as_array() {
            Some(list) => list.iter().filter_map(|word| word.as_str()).collect::<Vec<_>>().join("+"),
            None => fact.as_str().unwrap_or("none").to_owned(),
        };
        let fact = fact.map_or(String::new(), |fact| format!(" {}", words(fact)));
        format!("{} {}-{}{fact}", v.rule, hour(v.start), hour(v.end))
    });
    hauls.chain(violations).collect()
}

#[track_caller]
fn check_in(city: Registry, plate: &str, table: &str, expected: &[&str]) -> Judgement {
    let judgement = judge_all(&Registers::always(city), reports(plate, table), None).unwrap();
    assert_eq!(told(&judgement), expected);
    judgement
}

#[track_caller]
fn check(plate: &str, table: &str, expected: &[&str]) -> Judgement {
    check_in(city(), plate, table, expected)
}

/// As [`check_in`], for several trucks; every line begins with the truck's digits.
#[track_caller]
fn check_fleet(registers: &Registers, fleet: &[(&str, &str)], expected: &[&str]) -> Judgement {
    let all = fleet.iter().flat_map(|(plate, table)| reports(plate, table));
    let judgement = judge_all(registers, all, None).unwrap();
    let digits = |plate: &Plate| plate.as_str().chars().rfind(char::is_ascii_digit).unwrap();
    let plates: Vec<char> = judgement.hauls.iter().map(|haul| digits(&haul.plate)).collect();
    let plates = plates.into_iter().chain(judgement.violations.iter().map(|v| digits(&v.plate)));
    let lines: Vec<String> =
        plates.zip(told(&judgement)).map(|(plate, line)| format!("{plate} {line}")).collect();
    assert_eq!(lines, expected);
    judgement
}

/// A table some hours later.
fn later(table: &str, hours: u32) -> String {
    let shifted = |row: &str| {
        let row = row.trim();
        let (gap, row) = row.strip_prefix("gap ").map_or(("", row), |row| ("gap ", row));
        let (hour, rest) = row.split_once(':').unwrap();
        format!("{gap}{:02}:{rest}\n", hour.parse::<u32>().unwrap() + hours)
    };
    table.lines().filter(|row| !row.trim().is_empty()).map(shifted).collect()
}

/// The same truck without a load sensor, without a lift sensor, or without either.
fn without(table: &str, words: &[&str]) -> String {
    words.iter().fold(table.to_owned(), |table, word| table.replace(word, "unknown"))
}

const LOAD: [&str; 3] = ["empty", "full", "half"];
const LIFT: [&str; 2] = ["flat", "raised"];
const BODY: [&str; 5] = ["empty", "full", "half", "flat", "raised"];

pub(super) const CLEAN_HAUL: &str = "
    08:00:00  100,100  empty flat
    08:05:00  100,100  full  flat
    08:06:00  150,100  full  flat
    08:14:00  5050,100 full  flat
    08:15:00  5100,100 full  flat
    08:16:00  5100,100 full  raised
    08:17:00  5100,100 empty flat
    08:20:00  5100,100 empty flat
    08:28:00  100,100  empty flat
";
