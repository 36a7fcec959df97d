//! From a fix to the wire and back: nothing is left behind but what the wire cannot say.
#![expect(clippy::unwrap_used, reason = "a test's helper fails by panicking, as the test itself does")]

use domain::report::Content;
use domain::{
    Antenna, Course, Epc, FixKind, FixReport, Hdop, Lid, Lift, Load, Plate, Position, Power, Speed,
    TerminalId, Timestamp,
};
use proptest::prelude::*;
use wire::device_time::DeviceTime;
use wire::location::{LocationError, status};
use wire::report::{LOCATION_BYTES_MAX, tags_that_fit};
use wire::{Extra, Location, TagRead, quantise};

fn plate() -> Plate {
    "豫A12345D".parse().unwrap()
}

fn terminal() -> TerminalId {
    "13800000001".parse().unwrap()
}

fn received() -> Timestamp {
    Timestamp::from_seconds(1_795_413_700)
}

/// A record as another maker's terminal sends it at Xinmi: base and satellites, nothing of ours.
fn foreign(alarm: u32, status: u32) -> Location {
    Location {
        alarm,
        status,
        lat_e6: 34_539_400,
        lon_e6: 113_390_500,
        altitude_m: 120,
        speed_dkmh: 453,
        course_deg: 359,
        time: DeviceTime::at(Timestamp::from_seconds(1_795_413_600)),
        extras: vec![Extra::Satellites(9)],
        extras_malformed: false,
    }
}

fn fix_of(location: &Location) -> FixReport {
    let reports = location.to_reports(&plate(), &terminal(), received()).unwrap();
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].received, Some(received()));
    reports[0].fix().unwrap().clone()
}

#[test]
fn the_standards_own_bits_are_read_where_ours_are_missing() {
    let fix = fix_of(&foreign(0, status::FIXED | status::IGNITION));
    assert_eq!(
        fix,
        FixReport {
            source: Some(terminal()),
            speed: Speed::from_kmh(45.3),
            course: Course::from_deg(359.0),
            satellites: Some(9),
            ignition: Some(true),
            load: Load::Empty,
            ..FixReport::bare(plate(), Position::from_degrees(34.5394, 113.3905).unwrap(), FixKind::D3)
        }
    );
}

#[test]
fn every_bit_that_is_read_changes_its_reading_alone() {
    type Change = fn(&mut FixReport);
    let changes: [(u32, u32, Change); 12] = [
        (0, status::IGNITION, |fix| fix.ignition = Some(true)),
        (0, 1 << 8, |fix| fix.load = Load::Half),
        (0, 2 << 8, |fix| fix.load = Load::Unknown),
        (0, 3 << 8, |fix| fix.load = Load::Full),
        (0, status::SOUTH, |fix| fix.position = Position::from_degrees(-34.5394, 113.3905).unwrap()),
        (0, status::WEST, |fix| fix.position = Position::from_degrees(34.5394, -113.3905).unwrap()),
        (0, 1 << 22, |_| {}),
        (1 << 1, 0, |_| {}),
        (1 << 5, 0, |fix| fix.antenna = Antenna::Open),
        (1 << 6, 0, |fix| fix.antenna = Antenna::Short),
        (1 << 7, 0, |fix| fix.power = Power::Low),
        (1 << 8, 0, |fix| fix.power = Power::Lost),
    ];
    for (alarm, status, change) in changes {
        let mut expected = fix_of(&foreign(0, status::FIXED));
        change(&mut expected);
        assert_eq!(fix_of(&foreign(alarm, status::FIXED | status)), expected, "{alarm:#x} {status:#x}");
    }
    assert_eq!(fix_of(&foreign(0, 0)).fix, FixKind::None);
    let few = Location { extras: vec![Extra::Satellites(3)], ..foreign(0, status::FIXED) };
    assert_eq!(fix_of(&few).fix, FixKind::D2);
}

/// The published shift at Xinmi, about 600 m.
#[test]
fn shifted_coordinates_come_back_to_where_the_truck_is() {
    let shifted =
        Location { lat_e6: 34_538_383, lon_e6: 113_397_015, ..foreign(0, status::FIXED | status::SHIFTED) };
    let truth = Position::from_degrees(34.5394, 113.3905).unwrap();
    assert!(fix_of(&shifted).position.distance_m(truth) < 0.2);
    assert!(fix_of(&Location { status: status::FIXED, ..shifted }).position.distance_m(truth) > 500.0);
}

#[test]
fn a_record_off_the_globe_is_refused_with_its_time() {
    for (lat_e6, lon_e6) in [(90_000_001, 0), (0, 180_000_001), (u32::MAX, u32::MAX)] {
        let location = Location { lat_e6, lon_e6, ..foreign(0, status::FIXED) };
        let LocationError::Position { time, .. } =
            location.to_reports(&plate(), &terminal(), received()).unwrap_err()
        else {
            panic!("another error");
        };
        assert_eq!(time, location.time.timestamp());
    }
}

#[test]
fn as_many_tags_are_taken_as_fit_and_the_caller_can_tell() {
    let tag = |bytes: usize| TagRead {
        time: Timestamp::from_seconds(1_795_413_600),
        epc: Epc::from_bytes(&vec![0x30; bytes]).unwrap(),
        rssi_dbm: Some(-60),
    };
    for (bytes, fitting) in [(12, 42), (62, 13), (2, 74)] {
        let tags = vec![tag(bytes); 100];
        assert_eq!(tags_that_fit(&tags), fitting, "{bytes}");
        let fix = FixReport {
            satellites: Some(9),
            ..FixReport::bare(plate(), Position::from_degrees(34.5, 113.4).unwrap(), FixKind::D3)
        };
        let location = Location::from_fix(tags[0].time, &fix, None, &tags);
        assert_eq!(location.tags().count(), fitting);
        let mut encoded = Vec::new();
        location.encode(&mut encoded).unwrap();
        assert!(encoded.len() <= LOCATION_BYTES_MAX);
    }
}

#[test]
fn heights_the_wire_cannot_say_are_held_at_its_ends() {
    let fix = FixReport::bare(plate(), Position::from_degrees(34.5, 113.4).unwrap(), FixKind::D3);
    for (altitude_m, sent) in [(None, 0), (Some(-20), 0), (Some(120), 120), (Some(70_000), u16::MAX)] {
        assert_eq!(Location::from_fix(received(), &fix, altitude_m, &[]).altitude_m, sent);
    }
}

fn any_fix() -> impl Strategy<Value = FixReport> {
    let choose = |all: &'static [FixKind]| prop::sample::select(all);
    let motion = (
        prop::option::of((0.0..1000.0f64).prop_map(|kmh| Speed::from_kmh(kmh).unwrap())),
        prop::option::of((0.0..=360.0f64).prop_map(|deg| Course::from_deg(deg).unwrap())),
        prop::option::of((0.0..=100.0f64).prop_map(|ratio| Hdop::from_ratio(ratio).unwrap())),
        prop::option::of(any::<u8>()),
        prop::option::of(any::<bool>()),
    );
    let body = (
        prop::sample::select(Load::ALL),
        prop::sample::select(Lid::ALL),
        prop::sample::select(Lift::ALL),
        prop::sample::select(Antenna::ALL),
        prop::sample::select(Power::ALL),
    );
    let place = (-900_000_000i32..=900_000_000, -1_800_000_000i32..=1_800_000_000);
    (place, choose(FixKind::ALL), motion, body).prop_map(|((lat_e7, lon_e7), fix, motion, body)| FixReport {
        source: Some(terminal()),
        speed: motion.0,
        course: motion.1,
        hdop: motion.2,
        satellites: motion.3,
        ignition: motion.4,
        load: body.0,
        lid: body.1,
        lift: body.2,
        antenna: body.3,
        power: body.4,
        ..FixReport::bare(plate(), Position::from_e7(lat_e7, lon_e7).unwrap(), fix)
    })
}

fn any_tag() -> impl Strategy<Value = TagRead> {
    let epc = prop::collection::vec(any::<u8>(), 2..=31).prop_map(|bytes| Epc::from_bytes(&bytes).unwrap());
    let rssi = prop::option::of(-127i16..=127);
    (946_656_000_000i64..4_102_416_000_000, epc, rssi).prop_map(|(millis, epc, rssi_dbm)| TagRead {
        time: Timestamp::from_millis(millis),
        epc,
        rssi_dbm,
    })
}

proptest! {
    #[test]
    fn a_fix_over_the_wire_is_the_fix_quantised(
        millis in 946_656_000_000i64..4_102_416_000_000, fix in any_fix(), tags in prop::collection::vec(any_tag(), 0..5),
    ) {
        let time = Timestamp::from_millis(millis);
        let mut encoded = Vec::new();
        Location::from_fix(time, &fix, Some(120), &tags).encode(&mut encoded).unwrap();
        let location = Location::decode(&encoded).unwrap();
        prop_assert!(!location.extras_malformed);
        let reports = location.to_reports(&plate(), &terminal(), received()).unwrap();
        let (kept_time, kept) = quantise(time, &fix);
        prop_assert_eq!(reports[0].time, kept_time);
        prop_assert_eq!(reports[0].fix(), Some(&kept));
        prop_assert_eq!(kept_time, time, "a time the wire can say is kept to the millisecond");
        let seen: Vec<_> = reports[1..].iter().map(|report| match &report.content {
            Content::AtTruck(sighting) => (report.time, sighting.epc.clone(), sighting.rssi_dbm),
            other => panic!("{other:?}"),
        }).collect();
        let sent: Vec<_> = tags.into_iter().map(|tag| (tag.time, tag.epc, tag.rssi_dbm)).collect();
        prop_assert_eq!(seen, sent);
    }

    #[test]
    fn what_is_quantised_is_near_and_stays(millis: i64, fix in any_fix()) {
        let (time, kept) = quantise(Timestamp::from_millis(millis), &fix);
        prop_assert!((kept.position.lat_e7() - fix.position.lat_e7()).abs() <= 5);
        prop_assert!((kept.position.lon_e7() - fix.position.lon_e7()).abs() <= 5);
        if let (Some(kept), Some(speed)) = (kept.speed, fix.speed) {
            prop_assert!((kept.kmh() - speed.kmh()).abs() < 0.051);
        }
        if let (Some(kept), Some(course)) = (kept.course, fix.course) {
            let apart = (kept.deg() - course.deg()).abs();
            prop_assert!(apart.min(360.0 - apart) < 0.51);
        }
        prop_assert_eq!(quantise(time, &kept), (time, kept));
    }

    #[test]
    fn any_record_is_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(location) = Location::decode(&bytes) {
            let mut written = Vec::new();
            location.encode(&mut written).unwrap();
            prop_assert!(bytes.starts_with(&written));
            let _ = location.to_reports(&plate(), &terminal(), received());
        }
    }
}
