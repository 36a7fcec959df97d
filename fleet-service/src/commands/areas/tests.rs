use std::collections::{BTreeMap, BTreeSet};

use domain::{HaulWindow, Leg, Line, PermitStatus, Polygon as Ground, Ring, Route, SiteKind, Speed};
use wire::{Address, Phone};

use super::*;
use crate::commands::area_steps::{AreaStep, difference, whole};

fn at(east: f64, north: f64) -> Position {
    Position::from_degrees(34.5, 113.4).unwrap().offset_m(east, north)
}

fn block(east: f64, north: f64, side: f64) -> Ring {
    let corners = [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)];
    Ring::from_points(corners.iter().map(|(x, y)| at(east + x, north + y)).collect()).unwrap()
}

fn triangle(east: f64, north: f64) -> Ring {
    Ring::from_points(vec![at(east, north), at(east + 300.0, north), at(east, north + 300.0)]).unwrap()
}

fn hours(days: &[&str], from: &str, to: &str) -> HaulWindows {
    HaulWindows(vec![HaulWindow::parse(days, from, to).unwrap()])
}

const EVERY_DAY: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

fn site(id: &str, kind: SiteKind, area: Area) -> Site {
    Site {
        id: id.parse().unwrap(),
        name: format!("{id}场所"),
        kind,
        area,
        wash_required: false,
        open_from: None,
        open_to: None,
        carrier: None,
    }
}

fn zone(id: &str, kind: ZoneKind, area: Area, windows: HaulWindows) -> Zone {
    Zone { id: id.parse().unwrap(), name: format!("{id}区"), kind, area, windows }
}

/// A source with a hole, a sink of two parts, a route, two no-go zones (one passed), a speed zone by night.
fn registry() -> Registry {
    let moment = |text: &str| text.parse::<Timestamp>().unwrap();
    let with_hole = Ground { shell: triangle(0.0, 0.0), holes: vec![triangle(20.0, 20.0)] };
    let two = vec![
        Ground { shell: triangle(5000.0, 0.0), holes: vec![] },
        Ground { shell: block(6000.0, 0.0, 200.0), holes: vec![] },
    ];
    let sites = [
        site("S1", SiteKind::Source, Area::from_polygons(vec![with_hole]).unwrap()),
        site("D1", SiteKind::Disposal, Area::from_polygons(two).unwrap()),
    ];
    let zones = [
        zone(
            "Z1",
            ZoneKind::NoGo,
            Area::from_ring(triangle(1000.0, 0.0)),
            hours(&EVERY_DAY, "22:00", "05:00"),
        ),
        zone("Z2", ZoneKind::NoGo, Area::from_ring(triangle(2000.0, 0.0)), HaulWindows::default()),
        zone(
            "Z3",
            ZoneKind::SpeedLimit(Speed::from_kmh(39.5).unwrap()),
            Area::from_ring(triangle(3000.0, 0.0)),
            hours(&["mon"], "00:00", "24:00"),
        ),
    ];
    let line = Line::from_points(vec![at(0.0, 0.0), at(2500.0, 800.0), at(5000.0, 0.0)]).unwrap();
    let route = Route { id: "R1".parse().unwrap(), name: "一号线".into(), line, half_width_m: 150 };
    let permit = Permit {
        number: "XM-1".parse().unwrap(),
        carrier: "91350100M000100Y43".parse().unwrap(),
        trucks: BTreeSet::from(["豫A12345".parse().unwrap()]),
        legs: vec![Leg {
            source: "S1".parse().unwrap(),
            sink: "D1".parse().unwrap(),
            route: Some(route.id.clone()),
        }],
        waste_class: "工程渣土".into(),
        volume_l: 1,
        used_l: 0,
        valid_from: moment("2026-11-01T00:00:00+08:00"),
        valid_until: moment("2026-12-01T00:00:00+08:00"),
        windows: hours(&EVERY_DAY, "20:00", "06:00"),
        status: vec![(moment("2026-11-28T12:00:00+08:00"), PermitStatus::Revoked)],
        zone_passes: BTreeSet::from(["Z2".parse().unwrap()]),
    };
    Registry {
        sites: sites.map(|s| (s.id.clone(), s)).into(),
        zones: zones.map(|z| (z.id.clone(), z)).into(),
        routes: BTreeMap::from([(route.id.clone(), route)]),
        permits: BTreeMap::from([(permit.number.clone(), permit)]),
        ..Registry::default()
    }
}

fn day(of_november: u32) -> LocalDate {
    LocalDate::from_ymd_opt(2026, 11, of_november).unwrap()
}

fn plan(registry: Registry, plate: &str, day: LocalDate) -> Plan {
    Planner::new(Arc::new(registry)).plan(&plate.parse().unwrap(), day)
}

fn said(plan: &Plan) -> Vec<String> {
    let line = |area: &TerminalArea| {
        let m = &area.meaning;
        let hours = m.hours.as_deref().unwrap_or("always");
        let limit = m.limit_kmh.map(|kmh| format!(" {kmh} km/h")).unwrap_or_default();
        let permit = m.permit.as_deref().unwrap_or("-");
        format!("{:?} {} {}/{} {permit} {hours}{limit}", area.shape, m.what.word(), m.key, m.part)
    };
    plan.areas.iter().map(line).collect()
}

/// 2026-11-24 is a Tuesday.
#[test]
fn a_truck_is_given_its_permits_routes_and_places_and_the_zones_it_may_not_enter() {
    let plan = plan(registry(), "豫A12345", day(24));
    assert_eq!(
        said(&plan),
        [
            "Route corridor R1/1 XM-1 00:00-06:00",
            "Route corridor R1/1 XM-1 20:00-24:00",
            "Polygon no_go Z1/1 - 00:00-05:00",
            "Polygon no_go Z1/1 - 22:00-24:00",
            "Polygon source S1/1 XM-1 always",
            "Polygon sink D1/1 XM-1 always",
            "Rectangle sink D1/2 XM-1 always",
        ]
    );
    assert_eq!(
        plan.notes,
        [
            Note::WidthClamped { key: "R1".into(), wanted_m: 300, sent_m: 255 },
            Note::HolesCovered { key: "S1".into(), holes: 1 },
            Note::InParts { key: "D1".into(), parts: 2 },
        ]
    );
    let ids: BTreeSet<u32> = plan.areas.iter().map(|area| area.id).collect();
    assert_eq!(ids.len(), plan.areas.len());
    assert!(ids.iter().all(|id| *id > 0 && *id <= 0x7FFF_FFFF));
}

#[test]
fn days_and_permits_out_of_force_change_what_is_given() {
    // Monday: the speed zone holds all day.
    assert!(
        said(&plan(registry(), "豫A12345", day(23)))
            .contains(&"Polygon speed_limit Z3/1 - always 39 km/h".into())
    );
    // In force until noon of the 28th; after that there is nothing but zones, the pass gone as well.
    assert!(said(&plan(registry(), "豫A12345", day(28))).iter().any(|line| line.starts_with("Route")));
    let without = said(&plan(registry(), "豫A12345", day(29)));
    assert_eq!(without.len(), 3);
    assert!(without.contains(&"Polygon no_go Z2/1 - always".into()), "{without:?}");
    assert_eq!(said(&plan(registry(), "豫A99999", day(24))), without);
}

#[test]
fn the_messages_say_what_the_registers_say_in_the_protocols_units() {
    let plan = plan(registry(), "豫A12345", day(23));
    let Message::SetRoute(route) = &plan.areas[1].message else { panic!("{:?}", plan.areas[1]) };
    assert_eq!(route.name, "一号线");
    assert!(route.rules.leave_to_driver && route.rules.leave_to_platform && !route.rules.enter_to_platform);
    let span = route.rules.span.unwrap();
    assert_eq!(
        (span.start.to_bcd(), span.end.to_bcd()),
        ([0, 0, 0, 0x20, 0, 0], [0, 0, 0, 0x23, 0x59, 0x59])
    );
    assert_eq!(route.points.len(), 3);
    for (index, point) in route.points.iter().enumerate() {
        assert_eq!(point.width_m, 255);
        assert_eq!((point.segment_id & !0xFF, point.segment_id & 0xFF), (route.id, index as u32 + 1));
    }
    assert_eq!(route.points[0].point, Point { lat_e6: 34_500_000, lon_e6: 113_400_000 });
    let by = |key: &str| &plan.areas.iter().find(|a| a.meaning.key == key).unwrap().message;
    let Message::SetPolygon(slow) = by("Z3") else { panic!() };
    assert_eq!(slow.rules.speed, Some(SpeedLimit { max_kmh: 39, hold_s: 10, night_max_kmh: None }));
    assert_eq!(slow.rules.span, None);
    let Message::SetPolygon(no_go) = by("Z1") else { panic!() };
    assert!(no_go.rules.enter_to_driver && no_go.rules.enter_to_platform && no_go.rules.speed.is_none());
}

#[test]
fn every_message_fits_one_packet_of_either_version() {
    let mut registry = registry();
    let round: Vec<Position> = (0..3_000)
        .map(|i| {
            let (sin, cos) = (f64::from(i) / 3_000.0 * std::f64::consts::TAU).sin_cos();
            at(900.0 * cos, 900.0 * sin)
        })
        .collect();
    let zigzag = (0..2_000).map(|i| at(f64::from(i) * 10.0, if i % 2 == 0 { 0.0 } else { 9.0 })).collect();
    let name = "很长的名字😀很长的名字很长的名字很长的名字";
    let zone = registry.zones.get_mut(&"Z1".parse().unwrap()).unwrap();
    zone.area = Area::from_ring(Ring::from_points(round).unwrap());
    zone.kind = ZoneKind::SpeedLimit(Speed::from_kmh(30.0).unwrap());
    zone.name = name.into();
    let route = registry.routes.get_mut(&"R1".parse().unwrap()).unwrap();
    route.line = Line::from_points(zigzag).unwrap();
    route.name = name.into();
    let plan = plan(registry, "豫A12345", day(24));
    assert!(plan.notes.iter().any(|n| matches!(n, Note::Simplified { corners: 3_000, sent: 120, .. })));
    assert!(plan.notes.iter().any(|n| matches!(n, Note::RouteSimplified { points: 2_000, sent: 50, .. })));
    for version in [Version::V2013, Version::V2019] {
        let phone = Phone::from_terminal(&"13800000001".parse().unwrap()).unwrap();
        let address = Address { version, protocol_version: 1, phone };
        for area in &plan.areas {
            area.message.encode(&address, 0).unwrap();
        }
    }
}

#[test]
fn ids_stay_until_what_they_stand_for_differs() {
    let ids = |registry| -> BTreeSet<u32> {
        plan(registry, "豫A12345", day(24)).areas.iter().map(|area| area.id).collect()
    };
    let before = ids(registry());
    assert_eq!(ids(registry()), before);
    let mut renamed = registry();
    renamed.zones.get_mut(&"Z1".parse().unwrap()).unwrap().name = "新名".into();
    assert_eq!(ids(renamed), before);
    let mut moved = registry();
    moved.zones.get_mut(&"Z1".parse().unwrap()).unwrap().area = Area::from_ring(triangle(1000.0, 1.0));
    assert_eq!(ids(moved).intersection(&before).count(), before.len() - 2);
}

#[test]
fn the_difference_leads_from_what_is_held_to_the_plan_and_is_nothing_at_its_end() {
    let today = plan(registry(), "豫A12345", day(24));
    let mut held: BTreeSet<(u8, u32)> = BTreeSet::new();
    let key = |shape: AreaShape, id: u32| {
        (crate::commands::area_steps::SHAPES.iter().position(|s| *s == shape).unwrap() as u8, id)
    };
    let mut follow = |steps: &[AreaStep]| {
        for step in steps {
            match step {
                AreaStep::Delete { shape, ids } if ids.is_empty() => {
                    held.retain(|(of, _)| *of != key(*shape, 0).0);
                }
                AreaStep::Delete { shape, ids } => {
                    ids.iter().for_each(|id| assert!(held.remove(&key(*shape, *id))))
                }
                AreaStep::Set(area) => assert!(held.insert(key(area.shape, area.id)), "set twice"),
            }
        }
        held.iter()
            .map(|(of, id)| (crate::commands::area_steps::SHAPES[usize::from(*of)], *id))
            .collect::<Vec<_>>()
    };
    let wanted = |plan: &Plan| plan.areas.iter().map(|a| key(a.shape, a.id)).collect::<BTreeSet<_>>();
    let now = follow(&whole(today.clone()));
    assert_eq!(now.iter().map(|(s, id)| key(*s, *id)).collect::<BTreeSet<_>>(), wanted(&today));
    assert_eq!(difference(&now, today.clone()), []);
    let later = plan(registry(), "豫A12345", day(30));
    let steps = difference(&now, later.clone());
    assert!(steps.len() < whole(later.clone()).len() + 4, "{} steps", steps.len());
    let then = follow(&steps);
    assert_eq!(then.iter().map(|(s, id)| key(*s, *id)).collect::<BTreeSet<_>>(), wanted(&later));
}
