//! DP-01 and its look-alikes.

use super::*;

pub(super) const DUMPING: &str = "
    08:00:00  100,100   empty flat
    08:05:00  100,100   full  flat
    08:06:00  150,100   full  flat
    08:10:00  2500,1500 full  flat
    08:11:00  2500,1500 full  raised
    08:12:00  2500,1500 empty raised
    08:13:00  2500,1500 empty flat
    08:20:00  100,100   empty flat
";

#[test]
fn dp01_runs_from_the_lift_to_empty_and_down() {
    let judgement = check(
        ON_PERMIT,
        DUMPING,
        &["08:06:00 A>- dumped", "RT-01 08:06:20-08:11:50", "DP-01 08:11:00-08:13:00 B"],
    );
    let dumping = &judgement.violations[1];
    assert_eq!(dumping.trip, Some(judgement.hauls[0].id));
    assert_eq!(dumping.permit.as_ref().unwrap().as_str(), "P1");
}

#[test]
fn dp01_without_a_lift_begins_with_the_stop_and_without_a_load_reading_with_the_lift() {
    let no_lift = DUMPING.replace("flat", "unknown").replace("raised", "unknown");
    check(NOT_ON_PERMIT, &no_lift, &["08:06:00 A>- dumped", "DP-01 08:10:10-08:12:00 B"]);
    let no_load = DUMPING.replace("empty", "unknown").replace("full", "unknown");
    check(NOT_ON_PERMIT, &no_load, &["08:06:00 A>- dumped", "DP-01 08:11:00-08:13:00 B"]);
}

#[test]
fn dp01_a_truck_with_neither_sensor_accuses_nobody() {
    let blind = DUMPING
        .replace("empty", "unknown")
        .replace("full", "unknown")
        .replace("flat", "unknown")
        .replace("raised", "unknown");
    check(NOT_ON_PERMIT, &blind, &["08:06:00 A>- open"]);
}

#[test]
fn dp01_within_50_m_of_a_sink_is_its_edge() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:14:00  4960,100 full  flat
        08:15:00  4960,100 full  raised
        08:16:00  4960,100 empty flat
        08:18:00  4960,100 empty flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

#[test]
fn dp01_a_load_gone_in_a_hole_in_which_the_truck_moved_accuses_nobody() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:08:00  1500,100  full  flat
        gap 08:20:00  2000,1500 empty flat
        08:22:00  1000,1500 empty flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- lost", "TM-01 08:08:00-08:20:00"]);
}

#[test]
fn dp01_unloading_in_the_yard_diverts_the_haul_without_a_dumping() {
    let table = "
        08:00:00  100,100   unknown flat
        08:05:00  100,100   unknown flat
        08:06:00  150,100   unknown flat
        08:10:00  100,2100  unknown flat
        08:11:00  100,2100  unknown raised
        08:12:00  100,2100  unknown flat
        08:14:00  100,2100  unknown flat
    ";
    check(NOT_ON_PERMIT, table, &["08:06:10 A>Y diverted"]);
}
