//! Days as tables, and what the tickets say.

use domain::report::Content;
use domain::{
    Area, Carrier, CarrierStatus, Haul, HaulId, HaulState, LocalDate, Position, Registry, Report, Ring, Site,
    SiteKind, SiteTerms, Timestamp, Truck, TruckKind, WeighTicket,
};
use proptest::prelude::*;

use super::*;

const TRUCK: &str = "豫A00001D";
const OTHER: &str = "豫A00002D";

fn clock(text: &str) -> Timestamp {
    format!("2026-11-23T{text}+08:00").parse().unwrap()
}

fn date() -> LocalDate {
    "2026-11-23".parse().unwrap()
}

/// Sources A, B in 东街; sink S in 东街, room for 30 m³ of which 5 are taken; sink T in 西街 without a stated capacity.
fn city() -> Registry {
    let mut city = Registry::default();
    let ring = |n: f64| {
        let at = |e: f64, no: f64| Position::from_degrees(34.5, 113.4).unwrap().offset_m(n * 1_000.0 + e, no);
        Ring::from_points(vec![at(0.0, 0.0), at(100.0, 0.0), at(100.0, 100.0)]).unwrap()
    };
    let carrier = "91350100M000100Y43".parse::<domain::Uscc>().unwrap();
    city.carriers.insert(
        carrier.clone(),
        Carrier { uscc: carrier.clone(), name: "甲".into(), status: CarrierStatus::Active },
    );
    let sites = [
        ("A", SiteKind::Source, "东街", None),
        ("B", SiteKind::Source, "东街", None),
        ("S", SiteKind::Disposal, "东街", Some(30_000)),
        ("T", SiteKind::Backfill, "西街", None),
    ];
    for (n, (id, kind, district, capacity_l)) in sites.into_iter().enumerate() {
        let site = Site {
            id: id.parse().unwrap(),
            name: id.into(),
            kind,
            area: Area::from_ring(ring(n as f64)),
            wash_required: false,
            open_from: None,
            open_to: None,
            carrier: None,
        };
        let terms = SiteTerms {
            district: Some(district.parse().unwrap()),
            capacity_l,
            filled_before_l: if id == "S" { 5_000 } else { 0 },
        };
        city.site_terms.insert(site.id.clone(), terms);
        city.sites.insert(site.id.clone(), site);
    }
    for plate in [TRUCK, OTHER] {
        let truck = Truck {
            plate: plate.parse().unwrap(),
            colour: domain::PlateColour::default(),
            vin: None,
            carrier: carrier.clone(),
            terminal: None,
            epc: None,
            energy: None,
            rated_load_kg: Some(16_000),
            kind: TruckKind::Muck,
        };
        city.trucks.insert(truck.plate.clone(), truck);
    }
    city
}

/// `08:00 A>S delivered 08:30` or `08:00 A>- open`.
fn haul(plate: &str, row: &str) -> Haul {
    let words: Vec<&str> = row.split_whitespace().collect();
    let (source, sink) = words[1].split_once('>').unwrap();
    let place = |text: &str| (text != "-").then(|| text.parse().unwrap());
    let departed = clock(&format!("{}:00", words[0]));
    Haul {
        id: HaulId::of_facts(&[plate.as_bytes(), words[0].as_bytes()]),
        plate: plate.parse().unwrap(),
        source: place(source),
        departed,
        sink: place(sink),
        unloaded: words.get(3).map(|text| clock(&format!("{text}:00"))),
        permit: Some("P1".parse().unwrap()),
        leg: None,
        distance_km: 5.0,
        state: words[2].parse().unwrap(),
    }
}

/// `08:00:05 A gate_out` or `08:29:00 S weighbridge 31000`.
fn reading(plate: &str, row: &str) -> SiteReading {
    let words: Vec<&str> = row.split_whitespace().collect();
    let mass = words.get(3).map_or(0, |text| text.parse().unwrap());
    let at = clock(words[0]);
    SiteReading {
        plate: plate.parse().unwrap(),
        site: words[1].parse().unwrap(),
        mark: Mark::from_word(words[2], mass).unwrap(),
        first: at,
        last: at,
    }
}

fn act(kind: ActKind, at: &str) -> Act {
    Act { kind, at: clock(at), by: "甲".into(), reason: "r".into() }
}

fn day_of(hauls: &[&str], readings: &[&str], records: Vec<Record>, now: &str) -> Day {
    let hauls: Vec<Haul> = hauls.iter().map(|row| haul(TRUCK, row)).collect();
    let readings = readings.iter().map(|row| reading(TRUCK, row)).collect();
    of_day(date(), &hauls, readings, records, &city(), clock(now))
}

fn told(day: &Day) -> Vec<String> {
    let ticket = |t: &Ticket| {
        let out: Vec<&str> = t.exceptions.iter().map(|e| e.word()).collect();
        let out = if out.is_empty() { String::new() } else { format!(" {}", out.join(" ")) };
        format!("{}{out}", t.state.word())
    };
    let arrival = |u: &UnpairedIn| format!("unpaired_in {} {}", u.sink, &u.at.to_string()[11..16]);
    day.tickets.iter().map(ticket).chain(day.unpaired_in.iter().map(arrival)).collect()
}

#[track_caller]
fn check(hauls: &[&str], readings: &[&str], now: &str, expected: &[&str]) -> Day {
    let day = day_of(hauls, readings, vec![], now);
    assert_eq!(told(&day), expected);
    day
}

#[test]
fn a_load_seen_at_both_gates_and_weighed_twice_closes() {
    let day = check(
        &["08:00 A>S delivered 08:30"],
        &[
            "07:58:00 A wash",
            "07:58:40 A wash",
            "07:59:50 A gate_out",
            "08:25:00 S gate_in",
            "08:26:00 S weighbridge 31500",
            "08:40:00 S weighbridge 15500",
        ],
        "20:00:00",
        &["closed"],
    );
    let ticket = &day.tickets[0];
    assert_eq!((ticket.declared_l, ticket.weighed_l), (Some(10_000), Some(10_000)));
    assert_eq!(ticket.accepted_by, Some(ticket::AcceptedBy::Weighbridge));
    assert_eq!(ticket.washed, Some((clock("07:58:00"), clock("07:58:40"))));
    assert_eq!(ticket.sink_gate.map(|g| g.0), Some(clock("08:25:00")));
}

#[test]
fn a_load_without_gates_closes_by_its_unloading_and_one_under_way_waits() {
    check(&["08:00 A>S delivered 08:30", "09:00 A>- open"], &[], "09:20:00", &["closed", "in_transit"]);
    check(&["09:00 A>- open"], &["09:19:00 S gate_in"], "09:20:00", &["arrived"]);
    check(&["09:00 A>- open"], &[], "13:00:01", &["in_transit overdue"]);
}

#[test]
fn what_never_arrives_or_arrives_elsewhere_is_listed() {
    check(&["08:00 A>- dumped 08:30"], &[], "20:00:00", &["in_transit unpaired_out"]);
    check(&["08:00 A>- lost"], &[], "20:00:00", &["in_transit unpaired_out"]);
    check(&["08:00 A>T diverted 08:30"], &[], "20:00:00", &["arrived diverted"]);
}

#[test]
fn an_arrival_without_a_haul_is_unpaired_and_one_that_belongs_to_a_haul_is_not() {
    check(&[], &["10:00:00 S gate_in", "10:05:00 S weighbridge 30000"], "20:00:00", &["unpaired_in S 10:00"]);
    let gates = ["08:25:00 S gate_in", "08:50:00 S weighbridge 15000"];
    check(&["08:00 A>S delivered 08:30"], &gates, "20:00:00", &["closed"]);
    // The source's own weighbridge is no arrival.
    check(&[], &["10:00:00 A weighbridge 30000"], "20:00:00", &[]);
}

#[test]
fn quantities_fifteen_percent_apart_tally_and_more_do_not() {
    let weighed = |full: &str| {
        let rows = [format!("08:26:00 S weighbridge {full}"), "08:40:00 S weighbridge 15500".to_owned()];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        told(&day_of(&["08:00 A>S delivered 08:30"], &rows, vec![], "20:00:00"))
    };
    assert_eq!(weighed("33900"), ["closed"]);
    assert_eq!(weighed("33901"), ["closed"], "a litre is not split");
    assert_eq!(weighed("33910"), ["accepted quantity_mismatch"]);
    assert_eq!(weighed("29000"), ["accepted quantity_mismatch"]);
}

#[test]
fn what_people_do_stands_beside_what_was_seen() {
    let number = haul(TRUCK, "08:00 A>T diverted 08:30").id.to_string();
    let did = |kind| vec![Record { number: number.clone(), draft: None, acts: vec![act(kind, "09:00:00")] }];
    for (kind, expected) in [
        (ActKind::Accept, "closed diverted"),
        (ActKind::Reject, "rejected diverted"),
        (ActKind::Void, "void diverted"),
    ] {
        let day = day_of(&["08:00 A>T diverted 08:30"], &[], did(kind), "20:00:00");
        assert_eq!(told(&day), [expected]);
    }
}

#[test]
fn a_draft_waits_is_loaded_at_the_gate_and_becomes_the_hauls_ticket() {
    let draft = || {
        vec![Record {
            number: "d1".into(),
            draft: Some((TRUCK.parse().unwrap(), "A".parse().unwrap())),
            acts: vec![act(ActKind::Draft, "07:30:00")],
        }]
    };
    assert_eq!(told(&day_of(&[], &[], draft(), "07:40:00")), ["draft"]);
    assert_eq!(told(&day_of(&[], &["07:50:00 A gate_out"], draft(), "07:51:00")), ["loaded"]);
    let day = day_of(&["08:00 A>- open"], &[], draft(), "08:10:00");
    assert_eq!(told(&day), ["in_transit"]);
    assert_eq!(day.tickets[0].drafted, Some(clock("07:30:00")));
    // A haul from another source is not the draft's.
    assert_eq!(told(&day_of(&["08:00 B>- open"], &[], draft(), "08:10:00")), ["draft", "in_transit"]);
}

#[test]
fn acts_are_refused_where_they_make_no_sense() {
    use ActKind::{Accept, Reject, Void};
    for (state, kind, reason, expected) in [
        (TicketState::Arrived, Accept, "", Ok(())),
        (TicketState::InTransit, Accept, "", Err(NotAllowed::NotArrived { state: "in_transit" })),
        (TicketState::Arrived, Reject, " ", Err(NotAllowed::NoReason)),
        (TicketState::Closed, Accept, "", Err(NotAllowed::Ended { state: "closed" })),
        (TicketState::Closed, Void, "twice entered", Ok(())),
        (TicketState::Void, Void, "r", Err(NotAllowed::Ended { state: "void" })),
    ] {
        assert_eq!(allow(state, kind, reason), expected, "{state:?} {kind:?}");
    }
    assert_eq!(
        allow(TicketState::Arrived, Accept, &"长".repeat(1_001)),
        Err(NotAllowed::LongReason { chars: 1_001 })
    );
}

#[test]
fn a_day_is_reconciled_per_permit_and_site() {
    let hauls =
        ["08:00 A>S delivered 08:30", "09:00 A>T diverted 09:30", "10:00 B>- dumped 10:30", "11:00 B>- open"];
    let day = day_of(&hauls, &["15:00:00 T gate_in"], vec![], "11:30:00");
    let sums = reconcile(&day);
    let all = sums.all;
    assert_eq!((all.out, all.taken, all.under_way, all.diverted, all.unpaired_out), (4, 1, 1, 1, 1));
    assert_eq!((all.out_l, all.taken_l), (40_000, 10_000));
    assert!(!all.balances());
    assert_eq!(sums.permits.len(), 1);
    assert_eq!(sums.sources[&Some("A".parse().unwrap())].out, 2);
    let sink = |id: &str| sums.sinks[&id.parse().unwrap()];
    assert_eq!((sink("S").taken, sink("S").taken_l), (1, 10_000));
    assert_eq!((sink("T").taken, sink("T").diverted), (0, 1));
    // The open haul of 11:00 may be the truck at the gate of T.
    assert_eq!(sink("T").unpaired_in, 0);
}

#[test]
fn sinks_fill_and_areas_balance() {
    let flow = |source: Option<&str>, sink: Option<&str>, loads| Flow {
        source: source.map(|s| s.parse().unwrap()),
        sink: sink.map(|s| s.parse().unwrap()),
        loads,
        volume_l: loads * 10_000,
    };
    let flows = [
        flow(Some("A"), Some("S"), 3),
        flow(Some("A"), Some("T"), 2),
        flow(None, Some("T"), 1),
        flow(Some("B"), None, 1),
    ];
    let city = city();
    let rooms = sinks(&city, &flows);
    let of = |id: &str| rooms.iter().find(|room| room.sink.as_str() == id).unwrap();
    assert_eq!((of("S").filled_l, of("S").room_l(), of("S").is_overfilled()), (35_000, Some(0), true));
    assert_eq!((of("T").filled_l, of("T").room_l()), (30_000, None));
    let areas = areas(&city, &flows);
    let area = |name: &str| &areas[&Some(name.parse().unwrap())];
    let (east, west) = (area("东街"), area("西街"));
    assert_eq!((east.out_l, east.kept_l, east.astray_l, east.net_l()), (60_000, 30_000, 10_000, -20_000));
    assert_eq!((west.out_l, west.net_l()), (0, 30_000));
    let of_all = |sum: fn(&AreaBalance) -> i64| areas.values().map(sum).sum::<i64>();
    assert_eq!(of_all(AreaBalance::net_l), 0, "what one area gives another takes");
}

#[test]
fn a_report_of_a_site_becomes_a_reading_and_a_position_does_not() {
    let weigh = WeighTicket { site: "S".parse().unwrap(), plate: TRUCK.parse().unwrap(), gross_kg: 30_000 };
    let report = Report { time: clock("08:00:00"), content: Content::Weigh(weigh), received: None };
    let found = reading_of(&report, &city()).unwrap();
    assert_eq!(found, reading(TRUCK, "08:00:00 S weighbridge 30000"));
    let at = Position::from_degrees(34.5, 113.4).unwrap();
    let fix = domain::FixReport::bare(TRUCK.parse().unwrap(), at, domain::FixKind::D3);
    let report = Report { content: Content::Fix(fix), ..report };
    assert_eq!(reading_of(&report, &city()), None);
}

proptest! {
    /// Readings in any order, and split into minutes or not, make the same passages.
    #[test]
    fn passages_do_not_depend_on_order(
        seconds in prop::collection::vec(0..7_200i64, 1..60),
        turn in 0..60usize,
    ) {
        let at = |s: &i64| SiteReading {
            plate: TRUCK.parse().unwrap(),
            site: "S".parse().unwrap(),
            mark: Mark::GateIn,
            first: clock("08:00:00").plus_seconds(*s),
            last: clock("08:00:00").plus_seconds(*s),
        };
        let plain: Vec<SiteReading> = seconds.iter().map(at).collect();
        let mut turned = plain.clone();
        turned.rotate_left(turn % plain.len());
        let mut by_minute: std::collections::BTreeMap<i64, SiteReading> = std::collections::BTreeMap::new();
        for reading in &plain {
            let kept = by_minute.entry(reading.minute_ms()).or_insert_with(|| reading.clone());
            kept.first = kept.first.min(reading.first);
            kept.last = kept.last.max(reading.last);
        }
        let expected = passages(plain);
        prop_assert_eq!(&passages(turned), &expected);
        prop_assert_eq!(&passages(by_minute.into_values().collect()), &expected);
    }

    /// Whatever hauls there are: every load that left is taken, under way, diverted, lost on the way or refused.
    #[test]
    fn every_load_is_accounted_for(rows in prop::collection::vec((0..4usize, 0..5usize), 0..12)) {
        let rows: Vec<String> = rows.iter().enumerate().map(|(n, (kind, _))| {
            let hour = 6 + n;
            match kind {
                0 => format!("{hour:02}:00 A>S delivered {hour:02}:30"),
                1 => format!("{hour:02}:00 A>T diverted {hour:02}:30"),
                2 => format!("{hour:02}:00 B>- dumped {hour:02}:30"),
                _ => format!("{hour:02}:00 B>- open"),
            }
        }).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let sums = reconcile(&day_of(&rows, &[], vec![], "23:59:00")).all;
        prop_assert_eq!(sums.out, rows.len() as u64);
        prop_assert_eq!(sums.out, sums.taken + sums.under_way + sums.diverted + sums.unpaired_out + sums.rejected);
    }
}

#[test]
fn states_and_exceptions_are_words() {
    let words: Vec<&str> = TicketState::ALL.iter().map(|s| s.word()).collect();
    assert_eq!(words, ["draft", "loaded", "in_transit", "arrived", "accepted", "rejected", "closed", "void"]);
    assert_eq!(HaulState::ALL.len(), 5, "a further state of hauls needs a place in the tickets");
}
