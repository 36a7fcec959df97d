//! TR-04 and its look-alikes.

use super::gates::*;
use super::*;

const OWN: &str = "
    08:00:00  0,1300     empty flat serial=SERIAL1
    08:20:00  5000,1300  empty flat serial=SERIAL1
";

#[track_caller]
fn check_with(other: &str, expected: &[&str]) -> Judgement {
    let mut all = reports(ON_PERMIT, OWN);
    all.extend(reports(ON_PERMIT, other));
    let judgement = judge_all(&Registers::always(gated_city()), all, None).unwrap();
    assert_eq!(told(&judgement), expected);
    judgement
}

#[test]
fn tr04_two_serials_far_apart_at_once() {
    let other = "
        08:05:00  9000,9000  empty flat serial=SERIAL2
        08:10:00  9500,9000  empty flat serial=SERIAL2
    ";
    let judgement = check_with(other, &["TR-04 08:05:00-08:13:50"]);
    let facts = &judgement.violations[0].facts;
    assert_eq!((&facts["other"], &facts["other_kind"]), (&"SERIAL2".into(), &"serial".into()));
    assert_eq!(judgement.counters.set_aside[&crate::judge::SetAside::OtherSerial], 31);
}

#[test]
fn tr04_a_gate_far_away_reads_the_tag_mixers_too() {
    let judgement = check_with("read 08:05:00 08:05:14 G9", &["TR-04 08:05:00-08:08:20"]);
    let facts = &judgement.violations[0].facts;
    assert_eq!((&facts["other"], &facts["other_kind"]), (&"G9".into(), &"tag_reading".into()));
    assert_eq!(facts["other_site"], "F");
    let table = format!("{}\nread 08:05:00 08:05:14 G9", OWN.replace("serial=SERIAL1", ""));
    check_gated(MIXER, &table, &["TR-04 08:05:00-08:08:20"]);
}

#[test]
fn tr04_breaks_of_five_minutes_do_not_end_a_conflict_and_longer_ones_do() {
    let two = |second: &str| {
        format!(
            "08:02:00 9000,9000 empty flat serial=SERIAL2\n08:03:00 9000,9010 empty flat serial=SERIAL2
             gap 08:{second}:00 9000,9000 empty flat serial=SERIAL2\n08:{second}:50 9000,9020 empty flat serial=SERIAL2"
        )
    };
    check_with(&two("10"), &["TR-04 08:02:00-08:14:30"]);
    check_with(&two("13"), &["TR-04 08:02:00-08:07:10", "TR-04 08:13:00-08:17:20"]);
}

#[test]
fn tr04_one_reading_a_neighbours_gate_the_way_there_and_one_glitch_are_nothing() {
    check_with("read 08:05:00 08:05:00 G9", &[]);
    let past_a_gate = "
        08:00:00  0,900     empty flat
        08:10:00  3000,900  empty flat
        read 08:00:00 08:00:20 G1
    ";
    check_gated(ON_PERMIT, past_a_gate, &[]);
    check_with("08:05:00 9000,9000 empty flat serial=SERIAL2", &[]);
    let mut glitch = reports(
        ON_PERMIT,
        "08:00:00 0,300 empty flat\n08:10:00 1000,300 empty flat\nread 08:05:00 08:05:20 G1",
    );
    if let Content::Fix(fix) = &mut glitch[30].content {
        fix.position = at(20_000.0, 0.0);
    }
    let judgement = judge_all(&Registers::always(gated_city()), glitch, None).unwrap();
    assert_eq!(told(&judgement), Vec::<String>::new());
}

#[test]
fn tr04_is_not_raised_from_a_frozen_position() {
    let frozen = "
        08:00:00  9000,9000  empty flat serial=SERIAL2 v=40
        08:20:00  9000,9000  empty flat serial=SERIAL2 v=40
    ";
    check_with(frozen, &[]);
}

#[test]
fn tr04_glitches_of_a_spare_terminal_in_the_same_truck_are_no_second_truck() {
    let spare = OWN.replace("SERIAL1", "SERIAL2");
    let with_glitches = |seconds: &[usize]| {
        let mut all = reports(ON_PERMIT, OWN);
        let mut other = reports(ON_PERMIT, &spare);
        for n in seconds {
            if let Content::Fix(fix) = &mut other[*n].content {
                fix.position = at(9_000.0, 9_000.0 + *n as f64 * 100.0);
            }
        }
        all.extend(other);
        told(&judge_all(&Registers::always(gated_city()), all, None).unwrap())
    };
    // Two within five minutes, each there and back.
    assert_eq!(with_glitches(&[30, 40]), Vec::<String>::new());
    // The very first.
    assert_eq!(with_glitches(&[0, 10]), Vec::<String>::new());
    // It stays there: a second truck.
    assert_eq!(with_glitches(&[30, 31, 32, 33]).len(), 1);
}

#[test]
fn tr04_begins_with_the_report_that_contradicts_not_with_the_older_one_it_contradicts() {
    let sparse = "
        08:00:00       0,1300     empty flat serial=SERIAL1
        gap 08:03:00   2000,1300  empty flat serial=SERIAL1
        gap 08:06:00   4000,1300  empty flat serial=SERIAL1
    ";
    check_gated(ON_PERMIT, &format!("{sparse}\nread 08:04:10 08:04:19 G9"), &["TR-04 08:04:10-08:06:00"]);
}
