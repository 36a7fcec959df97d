use super::*;
use domain::report::Content;
use domain::{
    Antenna, FixKind, FixReport, Lid, Lift, Load, Power, ReaderSighting, Timestamp, TruckSighting,
    WeighTicket,
};
use proptest::prelude::*;

const START_MS: i64 = 1_795_413_600_000;

fn truck() -> Subject {
    Subject::Truck("豫A12345D".parse().unwrap())
}

fn tag() -> Subject {
    Subject::Tag("30751FEB705C5904E3D50D70".parse().unwrap())
}

#[track_caller]
fn check(subject: &Subject, reports: Vec<Report>) -> usize {
    let sorted = Sorted::of(reports);
    let bytes = encode(subject, &sorted).unwrap();
    assert_eq!(decode(subject, &bytes).unwrap(), sorted);
    bytes.len()
}

fn at(millis: i64, content: Content) -> Report {
    Report { time: Timestamp::from_millis(millis), content, received: None }
}

fn bare(millis: i64) -> Report {
    let position = Position::from_degrees(34.5, 113.4).unwrap();
    at(millis, Content::Fix(FixReport::bare("豫A12345D".parse().unwrap(), position, FixKind::D3)))
}

fn any_fix() -> impl Strategy<Value = Content> {
    let place = (-900_000_000..=900_000_000i32, -1_800_000_000..=1_800_000_000i32);
    let readings = (
        prop::option::of(0..=1_000_000u32),
        prop::option::of(0..=36_000u32),
        prop::option::of(0..=10_000u32),
        prop::option::of(any::<u8>()),
        prop::option::of(any::<bool>()),
    );
    let signals = (
        prop::sample::select(FixKind::ALL),
        prop::sample::select(Load::ALL),
        prop::sample::select(Lid::ALL),
        prop::sample::select(Lift::ALL),
        prop::sample::select(Antenna::ALL),
        prop::sample::select(Power::ALL),
    );
    (place, readings, signals, prop::option::of("[A-Z1-9]{1,3}")).prop_map(
        |((lat, lon), (speed, course, hdop, satellites, ignition), signals, source)| {
            let (fix, load, lid, lift, antenna, power) = signals;
            Content::Fix(FixReport {
                plate: "豫A12345D".parse().unwrap(),
                source: source.map(|text| text.parse().unwrap()),
                fix,
                position: Position::from_e7(lat, lon).unwrap(),
                speed: speed.and_then(Speed::from_ticks),
                course: course.and_then(Bearing::from_ticks),
                hdop: hdop.and_then(Hdop::from_ticks),
                satellites,
                ignition,
                load,
                lid,
                lift,
                antenna,
                power,
            })
        },
    )
}

fn any_of_truck() -> impl Strategy<Value = Report> {
    let plate = || "豫A12345D".parse().unwrap();
    let sighting = ("([0-9A-F]{4}){1,6}", prop::option::of(any::<i16>())).prop_map(move |(epc, rssi_dbm)| {
        Content::AtTruck(TruckSighting { plate: plate(), epc: epc.parse().unwrap(), rssi_dbm })
    });
    let ticket = ("[a-z]{1,4}", any::<u32>()).prop_map(move |(site, gross_kg)| {
        Content::Weigh(WeighTicket { site: site.parse().unwrap(), plate: plate(), gross_kg })
    });
    timed(prop_oneof![4 => any_fix(), 1 => sighting, 1 => ticket].boxed())
}

fn any_of_tag() -> impl Strategy<Value = Report> {
    let seen = ("[a-z]{1,4}", prop::option::of(any::<i16>())).prop_map(|(reader, rssi_dbm)| {
        let epc = "30751FEB705C5904E3D50D70".parse().unwrap();
        Content::AtReader(ReaderSighting { reader: reader.parse().unwrap(), epc, rssi_dbm })
    });
    timed(seen.boxed())
}

/// Close times, so that repeats and ties are frequent; whole seconds and odd milliseconds.
fn timed(content: BoxedStrategy<Content>) -> impl Strategy<Value = Report> {
    let time =
        prop_oneof![(0..40i64).prop_map(|s| s * 1000), 0..3_600_000i64, any::<i32>().prop_map(i64::from)];
    (time, content, prop::option::of(-5_000..100_000_000i64)).prop_map(|(offset, content, delay)| {
        let time = Timestamp::from_millis(START_MS + offset);
        Report { time, content, received: delay.map(|ms| time.plus_millis(ms)) }
    })
}

proptest! {
    #[test]
    fn what_is_read_is_exactly_what_was_written(reports in prop::collection::vec(any_of_truck(), 0..80)) {
        check(&truck(), reports);
    }

    #[test]
    fn what_fixed_readers_saw_of_a_tag_comes_back(reports in prop::collection::vec(any_of_tag(), 0..80)) {
        check(&tag(), reports);
    }

    #[test]
    fn a_column_left_out_leaves_the_others_as_they_are(
        reports in prop::collection::vec(any_of_truck(), 0..60),
        speed: bool, course: bool, quality: bool, source: bool, received: bool, events: bool,
    ) {
        let bytes = encode(&truck(), &Sorted::of(reports)).unwrap();
        let all = decode_rows(&truck(), &bytes, Wanted::ALL).unwrap();
        let wanted = Wanted { speed, course, quality, source, received, events };
        let some = decode_rows(&truck(), &bytes, wanted).unwrap();
        prop_assert_eq!(some.fixes.len(), all.fixes.len());
        prop_assert_eq!(some.events.len(), if events { all.events.len() } else { 0 });
        for row in 0..all.fixes.len() {
            prop_assert_eq!(some.fixes.time(row), all.fixes.time(row));
            prop_assert_eq!(some.fixes.position(row), all.fixes.position(row));
            prop_assert_eq!(some.fixes.marks[row], all.fixes.marks[row]);
            prop_assert_eq!(some.fixes.speed(row), all.fixes.speed(row).filter(|_| speed));
            prop_assert_eq!(some.fixes.course(row), all.fixes.course(row).filter(|_| course));
            prop_assert_eq!(some.fixes.satellites(row), all.fixes.satellites(row).filter(|_| quality));
            prop_assert_eq!(some.fixes.source(row), all.fixes.source(row).filter(|_| source));
            prop_assert_eq!(some.fixes.received(row), all.fixes.received(row).filter(|_| received));
        }
    }

    #[test]
    fn two_halves_merged_are_the_whole_whatever_they_share(
        reports in prop::collection::vec(any_of_truck(), 0..60),
        sides in prop::collection::vec(0..3u8, 60),
    ) {
        let side = |wanted: u8| {
            let there = |(_, side): &(&Report, &u8)| **side == wanted || **side == 2;
            Sorted::of(reports.iter().zip(&sides).filter(there).map(|(r, _)| r.clone()).collect())
        };
        let (left, right) = (encode(&truck(), &side(0)).unwrap(), encode(&truck(), &side(1)).unwrap());
        let merged = decode(&truck(), &left).unwrap().merge(decode(&truck(), &right).unwrap());
        prop_assert_eq!(merged, Sorted::of(reports));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), is_checked: bool) {
        let mut bytes = [&[FORM_1], bytes.as_slice()].concat();
        if is_checked {
            bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        }
        let _ = (decode(&truck(), &bytes), decode(&tag(), &bytes));
    }
}

#[test]
fn one_changed_byte_anywhere_is_noticed() {
    let reports = (0..100).map(|i| bare(START_MS + i * 10_000)).collect();
    let bytes = encode(&truck(), &Sorted::of(reports)).unwrap();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert!(decode(&truck(), &damaged).is_err(), "byte {at}");
        assert!(decode(&truck(), &bytes[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_chunk_holds_one_subject_alone() {
    let foreign = encode(&tag(), &Sorted::of(vec![bare(START_MS)]));
    assert!(matches!(foreign, Err(ChunkError::Foreign { .. })));
    let bytes = encode(&truck(), &Sorted::of(vec![bare(START_MS)])).unwrap();
    assert!(matches!(decode(&tag(), &bytes), Err(ChunkError::Foreign { .. })));
}

#[test]
fn the_same_report_received_twice_is_kept_once_as_received_first() {
    let received = |ms: Option<i64>| Report {
        received: ms.map(|ms| Timestamp::from_millis(START_MS + ms)),
        ..bare(START_MS)
    };
    let merged = Sorted::of(vec![received(Some(9)), received(None), received(Some(5))]);
    assert_eq!(merged.as_slice(), [received(Some(5))]);
}

#[test]
fn a_parked_truck_costs_next_to_nothing() {
    let bytes = check(&truck(), (0..360).map(|i| bare(START_MS + i * 10_000)).collect());
    assert!(bytes < 120, "{bytes} bytes for 360 reports that say the same");
}
