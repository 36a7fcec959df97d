//! Reports judged per second by every rule together, truck by truck, on one core: whole days at 10 s with every signal,
//! hauls, washes, zones, nights and a second serial now and then.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use domain::report::Content;
use domain::{
    Antenna, Area, FixKind, FixReport, HaulWindows, Lid, Lift, Load, Plate, Position, Power, Reader,
    ReaderRole, ReaderSighting, Registers, Registry, Report, Ring, Site, SiteKind, Speed, Timestamp, Zone,
    ZoneKind,
};
use fleet_service::judge::BatchJudge;

const TRUCKS: usize = 20;
/// A report every 10 s for a day.
const REPORTS: i64 = 8_640;
/// A haul there and back takes two hours.
const ROUND: i64 = 720;

fn at(east: f64, north: f64) -> Position {
    Position::from_degrees(34.5, 113.4).expect("a position").offset_m(east, north)
}

fn square(east: f64, north: f64, side: f64) -> Area {
    let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
    let points = corners.iter().map(|(e, n)| at(east + e, north + n)).collect();
    Area::from_ring(Ring::from_points(points).expect("a ring"))
}

fn site(id: &str, kind: SiteKind, area: Area) -> Site {
    Site {
        id: id.parse().expect("a key"),
        name: String::new(),
        kind,
        area,
        wash_required: kind == SiteKind::Source,
        open_from: None,
        open_to: None,
        carrier: None,
    }
}

fn city() -> Registry {
    let mut city = Registry::default();
    let mut sites = vec![
        site("A", SiteKind::Source, square(0.0, 0.0, 300.0)),
        site("S", SiteKind::Disposal, square(12_000.0, 0.0, 300.0)),
    ];
    for n in 0..200 {
        let area = square(f64::from(n % 20) * 700.0 + 400.0, f64::from(n / 20) * 700.0 + 1_500.0, 250.0);
        sites.push(site(&format!("Y{n}"), SiteKind::Yard, area));
    }
    city.sites.extend(sites.into_iter().map(|site| (site.id.clone(), site)));
    for n in 0..40 {
        let east = f64::from(n % 8) * 1_600.0;
        let limit = Speed::from_kmh(40.0).expect("a speed");
        let (kind, north) =
            if n % 4 == 0 { (ZoneKind::NoGo, 100.0) } else { (ZoneKind::SpeedLimit(limit), -400.0) };
        let zone = Zone {
            id: format!("Z{n}").parse().expect("a key"),
            name: String::new(),
            kind,
            area: square(east + f64::from(n / 8) * 90.0, north, 600.0),
            windows: HaulWindows::default(),
        };
        city.zones.insert(zone.id.clone(), zone);
    }
    let wash = Reader {
        id: "W".parse().expect("a key"),
        site: "A".parse().expect("a key"),
        role: ReaderRole::Wash,
        position: at(250.0, 150.0),
    };
    city.readers.insert(wash.id.clone(), wash);
    city
}

fn day(plate: &Plate, number: usize) -> Vec<Report> {
    let start: Timestamp = "2026-11-23T00:00:00+08:00".parse().expect("a time");
    let mut reports = Vec::new();
    for n in 0..REPORTS {
        let time = start.plus_seconds(n * 10 + number as i64 % 10);
        let part = (n + number as i64 * 37) % ROUND;
        let noise = ((n * 7 + number as i64) % 11) as f64;
        // Loading 10 min, there 45 min, unloading 5 min, back 45 min, resting 15 min.
        let (east, load, lift) = match part {
            0..60 => (150.0, if part < 40 { Load::Empty } else { Load::Full }, Lift::Flat),
            60..330 => (150.0 + (part - 60) as f64 * 44.0, Load::Full, Lift::Flat),
            330..360 => (
                12_100.0,
                if part < 345 { Load::Full } else { Load::Empty },
                if part < 350 { Lift::Raised } else { Lift::Flat },
            ),
            360..630 => (12_030.0 - (part - 360) as f64 * 44.0, Load::Empty, Lift::Flat),
            _ => (150.0, Load::Empty, Lift::Flat),
        };
        let moves = (60..330).contains(&part) || (360..630).contains(&part);
        let mut fix = FixReport::bare(plate.clone(), at(east + noise, 150.0 + noise), FixKind::D3);
        fix.source = Some(if n % 500 == 0 { "T2" } else { "T1" }.parse().expect("a serial"));
        fix.speed = Speed::from_kmh(if moves { 30.0 + noise * 2.0 } else { noise / 10.0 });
        fix.ignition = Some(part < 640);
        (fix.load, fix.lift) = (load, lift);
        fix.lid = if number.is_multiple_of(5) { Lid::Open } else { Lid::Closed };
        (fix.antenna, fix.power) = (Antenna::Ok, Power::Ok);
        reports.push(Report { time, content: Content::Fix(fix), received: Some(time.plus_seconds(1)) });
        if (45..49).contains(&part) {
            for second in 0..10 {
                let time = time.plus_seconds(second);
                let seen = ReaderSighting {
                    reader: "W".parse().expect("a key"),
                    epc: format!("E2{number:06}").parse().expect("a tag"),
                    rssi_dbm: Some(-52),
                };
                reports.push(Report { time, content: Content::AtReader(seen), received: Some(time) });
            }
        }
    }
    reports
}

#[divan::bench(sample_count = 10)]
fn days_judged_by_every_rule(bencher: Bencher<'_, '_>) {
    let judge = BatchJudge::new(&Registers::always(city())).expect("thresholds");
    let days: Vec<(Plate, Vec<Report>)> = (0..TRUCKS)
        .map(|n| {
            let plate: Plate = format!("豫A{n:05}").parse().expect("a plate");
            let reports = day(&plate, n);
            (plate, reports)
        })
        .collect();
    let count: usize = days.iter().map(|(_, reports)| reports.len()).sum();
    bencher.counter(ItemsCount::new(count)).with_inputs(|| days.clone()).bench_local_values(|days| {
        for (plate, reports) in days {
            black_box(judge.judge_truck(plate, reports));
        }
    });
}

fn main() {
    divan::main();
}
