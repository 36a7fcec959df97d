use super::*;
use crate::frame::with_checksum;
use crate::rfid::bb7e::inventory_notice;
use domain::{Antenna, Lift, Load, Power};

fn pipeline(live: bool) -> Pipeline {
    Pipeline::new(PipelineConfig {
        plate: "豫A12345D".parse().unwrap(),
        terminal: "13800000001".parse().unwrap(),
        dates: DatePolicy::Live,
        sampler: SamplerConfig::default(),
        reader: Family::Bb7e,
        tags: TagRules::default(),
        body: BodyConfig::default(),
        live,
    })
}

fn at(second: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-23T12:00:00Z".parse().unwrap();
    noon.plus_seconds(second)
}

fn rmc(second: i64) -> String {
    let time = at(second).local().naive_utc().format("%H%M%S").to_string();
    with_checksum(&format!("GNRMC,{time}.00,A,3430.0000,N,11324.0000,E,0.0,90.0,231126,,,A")) + "\r\n"
}

fn records(pipeline: &mut Pipeline) -> Vec<Record> {
    std::iter::from_fn(|| pipeline.poll_record()).collect()
}

/// Advances to `second`, answering every timeout on the way.
fn wait_until(pipeline: &mut Pipeline, second: i64) {
    while let Some(due) = pipeline.poll_timeout().filter(|due| *due <= at(second)) {
        pipeline.handle_timeout(due);
    }
}

#[test]
fn a_body_signal_travels_with_the_next_fix_at_once() {
    let mut pipeline = pipeline(true);
    pipeline.handle_nmea(rmc(0).as_bytes(), at(0));
    pipeline.handle_nmea(rmc(1).as_bytes(), at(1));
    let body = with_checksum("PMUCK,full,open,flat,ok,lost,on") + "\r\n";
    pipeline.handle_nmea(body.as_bytes(), at(1));
    pipeline.handle_nmea(rmc(2).as_bytes(), at(2));
    let loads: Vec<_> = records(&mut pipeline).iter().map(|r| (r.time, r.fix.load, r.fix.power)).collect();
    assert_eq!(
        loads,
        [(at(0), Load::Unknown, Power::Unknown), (at(1), Load::Full, Power::Lost)],
        "the epoch of second 1 is still open when the signal comes"
    );
}

#[test]
fn a_tag_is_reported_at_once_with_the_last_fix_and_keeps_its_own_time() {
    let mut pipeline = pipeline(true);
    let epc = "30751FEB705C5904E3D50D70".parse().unwrap();
    pipeline.handle_nmea(rmc(0).as_bytes(), at(100));
    wait_until(&mut pipeline, 101);
    pipeline.handle_nmea(rmc(2).as_bytes(), at(102));
    wait_until(&mut pipeline, 103);
    pipeline.handle_rfid(&inventory_notice(&epc, -60), at(103));
    let records = records(&mut pipeline);
    let times: Vec<_> = records.iter().map(|record| record.time).collect();
    assert_eq!(times, [at(0), at(2)], "the fix of second 2 was not sampled, and carries the tag");
    // The agent's clock is 100 s ahead of the satellites (less the quiet time an epoch waited for).
    let quiet_ms = crate::epoch::QUIET_MS;
    let expected = TagRead { time: at(3).plus_millis(-quiet_ms), epc, rssi_dbm: Some(-60) };
    assert_eq!(records[1].tags, [expected]);
}

#[test]
fn a_tag_read_before_the_first_fix_is_dated_by_the_satellites_however_wrong_the_machine() {
    let mut pipeline = pipeline(true);
    let epc = "30751FEB705C5904E3D50D70".parse().unwrap();
    // The machine believes that it is a day later; the tag is read three of its seconds before the fix is told.
    let wrong = |second: i64| at(second + 86_400);
    pipeline.handle_rfid(&inventory_notice(&epc, -55), wrong(7));
    pipeline.handle_nmea(rmc(10).as_bytes(), wrong(10));
    pipeline.handle_nmea(rmc(11).as_bytes(), wrong(11));
    let times: Vec<_> = records(&mut pipeline)
        .iter()
        .flat_map(|record| record.tags.iter().map(|tag| tag.time).collect::<Vec<_>>())
        .collect();
    assert_eq!(times.len(), 1);
    let off_ms = times[0].millis_since(at(7)).abs();
    assert!(off_ms <= 1_000, "the tag was read at {} and is dated {}", at(7), times[0]);
}

#[test]
fn before_the_first_fix_the_machines_clock_dates_no_report() {
    let mut pipeline = pipeline(true);
    let void = |second: i64| {
        let time = at(second).local().naive_utc().format("%H%M%S").to_string();
        with_checksum(&format!("GNRMC,{time}.00,V,3430.0000,N,11324.0000,E,0.0,90.0,,,,N")) + "\r\n"
    };
    for second in 0..20 {
        pipeline.handle_nmea(void(second).as_bytes(), at(second + 86_400));
    }
    assert_eq!(records(&mut pipeline), []);
    assert!(pipeline.counters().unplaced > 10, "{:?}", pipeline.counters());
}

#[test]
fn tags_close_together_wait_for_each_other_at_most_the_named_time() {
    let mut pipeline = pipeline(true);
    pipeline.handle_nmea(rmc(0).as_bytes(), at(0));
    wait_until(&mut pipeline, 1);
    let read = |pipeline: &mut Pipeline, n: u64, millis: i64| {
        let epc = domain::Epc::from_bytes(&n.to_be_bytes()).unwrap();
        pipeline.handle_rfid(&inventory_notice(&epc, -60), at(1).plus_millis(millis));
    };
    records(&mut pipeline);
    for (n, millis) in [(1, 0), (2, 100), (3, 900)] {
        read(&mut pipeline, n, millis);
    }
    assert_eq!(records(&mut pipeline).iter().map(|r| r.tags.len()).collect::<Vec<_>>(), [1]);
    assert_eq!(pipeline.poll_timeout(), Some(at(1).plus_millis(TAG_WAIT_MS)));
    wait_until(&mut pipeline, 3);
    assert_eq!(records(&mut pipeline).iter().map(|r| r.tags.len()).collect::<Vec<_>>(), [2]);
    assert!(pipeline.poll_timeout().is_none_or(|due| due > at(3)), "nothing is waited for any more");
}

#[test]
fn a_recording_lets_tags_travel_with_its_next_fix() {
    let mut pipeline = pipeline(false);
    pipeline.handle_nmea((rmc(0) + &rmc(1)).as_bytes(), at(0));
    pipeline.handle_rfid(&inventory_notice(&"30751FEB".parse().unwrap(), -60), at(0));
    assert_eq!(records(&mut pipeline).len(), 1);
    pipeline.handle_nmea((rmc(2) + &rmc(3)).as_bytes(), at(0));
    let tags: Vec<_> = records(&mut pipeline).iter().map(|record| (record.time, record.tags.len())).collect();
    assert_eq!(tags, [(at(1), 1)], "the epoch of second 1 was still open when the tag was read");
}

#[test]
fn a_tag_whose_tid_is_not_the_pinned_one_is_reported_as_a_conflict() {
    let epc: domain::Epc = "30751FEB705C5904E3D50D70".parse().unwrap();
    let pins = [(epc.clone(), "E280689400004001".parse().unwrap())].into();
    let mut pipeline = Pipeline::new(PipelineConfig {
        reader: Family::LineHex,
        tags: TagRules { pins, ..TagRules::default() },
        ..pipeline(true).config
    });
    pipeline.handle_nmea(rmc(0).as_bytes(), at(0));
    wait_until(&mut pipeline, 1);
    pipeline.handle_rfid(format!("{epc},E280689400004002\n").as_bytes(), at(1));
    let last = records(&mut pipeline).pop().unwrap();
    assert_eq!((last.tags.len(), last.conflicts.len()), (1, 1));
    assert_eq!(last.conflicts[0].kind, wire::TagConflictKind::OtherThanPinned);
    assert_eq!(pipeline.counters().tags.conflicts, 1);
}

#[test]
fn a_body_unit_that_falls_silent_is_unknown_after_its_time() {
    let body = with_checksum("PMUCK,full,open,flat,ok,ok,on") + "\r\n";
    let loads = |live: bool| {
        let mut pipeline = pipeline(live);
        pipeline.handle_nmea(body.as_bytes(), at(0));
        for second in 0..=200 {
            // A recording is read in no time.
            let now = if live { at(second) } else { at(0) };
            pipeline.handle_nmea(rmc(second).as_bytes(), now);
            wait_until(&mut pipeline, second + 1);
        }
        pipeline.handle_nmea_end(at(201));
        let known = |record: &&Record| record.fix.load == Load::Full;
        let records = records(&mut pipeline);
        let last = records.iter().filter(known).map(|record| record.time).max().unwrap();
        (last.millis_since(at(0)) / 1000, records.last().unwrap().fix.load)
    };
    assert_eq!(loads(true), (120, Load::Unknown), "sampled once a minute; unknown from second 180 on");
    assert_eq!(loads(false), (120, Load::Unknown));
}

#[test]
fn a_wire_that_changes_is_reported_with_the_next_fix_once_it_stood() {
    use crate::signals::config::{Active, Bias, Device, SignalConfig};
    use crate::signals::signal::{Origin, Switch};
    let device =
        Device::Gpio { chip: "/dev/gpiochip0".into(), line: 1, active: Active::High, bias: Bias::AsIs };
    let origin = Origin::Line { switch: Switch::LiftRaised };
    let signal = SignalConfig { device, origin, means: "lift_raised".into(), hold_ms: 200, stale_ms: 10_000 };
    let body = BodyConfig { signals: vec![signal], ..BodyConfig::default() };
    let mut pipeline = Pipeline::new(PipelineConfig { body, ..pipeline(true).config });
    let level = |pipeline: &mut Pipeline, active, second| {
        pipeline.handle_signal(0, SignalInput::Line { active }, at(second));
        pipeline.handle_nmea(rmc(second).as_bytes(), at(second));
        wait_until(pipeline, second + 1);
    };
    level(&mut pipeline, false, 0);
    level(&mut pipeline, true, 1);
    level(&mut pipeline, true, 2);
    let lifts: Vec<_> = records(&mut pipeline).iter().map(|r| (r.time, r.fix.lift)).collect();
    let expected = [(at(0), Lift::Flat), (at(1), Lift::Raised)];
    assert_eq!(lifts, expected, "an epoch closes when the line has stood");
    pipeline.handle_signal(0, SignalInput::Absent, at(3));
    pipeline.handle_nmea(rmc(3).as_bytes(), at(3));
    wait_until(&mut pipeline, 4);
    assert_eq!(records(&mut pipeline).pop().unwrap().fix.lift, Lift::Unknown);
}

#[test]
fn a_silent_receiver_is_reported_as_no_fix_at_the_last_place() {
    let mut pipeline = pipeline(true);
    pipeline.handle_nmea(rmc(0).as_bytes(), at(0));
    wait_until(&mut pipeline, 70);
    let records = records(&mut pipeline);
    let fixes: Vec<_> = records.iter().map(|r| r.fix.fix).collect();
    assert_eq!(
        fixes,
        [FixKind::D2, FixKind::None, FixKind::None],
        "first, the change, one parked interval on"
    );
    assert_eq!(records[1].fix.position, records[0].fix.position);
}

#[test]
fn an_unplugged_antenna_is_reported_with_the_loss_of_the_fix() {
    let mut pipeline = pipeline(true);
    pipeline.handle_nmea(rmc(0).as_bytes(), at(0));
    wait_until(&mut pipeline, 1);
    let lost = with_checksum("GPTXT,01,01,01,ANTENNA OPEN")
        + "\r\n"
        + &with_checksum("GNRMC,,V,,,,,,,,,,N")
        + "\r\n";
    pipeline.handle_nmea(lost.as_bytes(), at(1));
    wait_until(&mut pipeline, 2);
    let last = records(&mut pipeline).pop().unwrap();
    assert_eq!((last.fix.fix, last.fix.antenna), (FixKind::None, Antenna::Open));
    assert!((last.time.millis_since(at(1))).abs() < 1000);
}

#[test]
fn nothing_is_reported_before_there_was_a_place() {
    let mut pipeline = pipeline(true);
    pipeline.handle_nmea((with_checksum("GNRMC,,V,,,,,,,,,,N") + "\r\n").as_bytes(), at(0));
    wait_until(&mut pipeline, 300);
    assert!(records(&mut pipeline).is_empty());
    assert_eq!(pipeline.counters().unplaced, 1);
}

#[test]
fn a_recording_gives_the_same_records_however_it_is_cut_and_whenever_it_is_read() {
    let bytes: Vec<u8> = (0..200).flat_map(|second| rmc(second).into_bytes()).collect();
    let read = |chunk: usize, pause_s: i64| {
        let mut pipeline = pipeline(false);
        for (n, piece) in bytes.chunks(chunk).enumerate() {
            let now = at(n as i64 * pause_s);
            pipeline.handle_timeout(now);
            pipeline.handle_nmea(piece, now);
        }
        pipeline.handle_nmea_end(at(0));
        records(&mut pipeline)
    };
    let whole = read(bytes.len(), 0);
    assert_eq!(whole.len(), 4);
    assert_eq!(read(37, 0), whole);
    assert_eq!(read(1000, 60), whole);
}

#[test]
fn a_burst_of_tags_is_bounded_and_the_loss_counted() {
    let mut pipeline = pipeline(true);
    for n in 0..=TAGS_WAITING_MAX as u64 {
        let epc = domain::Epc::from_bytes(&n.to_be_bytes()).unwrap();
        pipeline.handle_rfid(&inventory_notice(&epc, -60), at(0));
    }
    assert_eq!(pipeline.counters().tags_dropped, 1);
    pipeline.handle_nmea(rmc(0).as_bytes(), at(1));
    wait_until(&mut pipeline, 2);
    let records = records(&mut pipeline);
    assert_eq!(records[0].tags.len(), TAGS_MAX);
}
