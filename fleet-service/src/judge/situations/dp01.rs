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
    let uw02 = "UW-02 08:06:00-08:12:00 truck_not_on_permit";
    let judgement =
        check(NOT_ON_PERMIT, &no_lift, &["08:06:00 A>- dumped", uw02, "DP-01 08:10:10-08:12:00 B"]);
    assert_eq!(judgement.violations[1].facts["grade"], "partial");
    let no_load = DUMPING.replace("empty", "unknown").replace("full", "unknown");
    let uw02 = "UW-02 08:06:00-08:11:20 truck_not_on_permit";
    check(NOT_ON_PERMIT, &no_load, &["08:06:00 A>- dumped", uw02, "DP-01 08:11:00-08:13:00 B"]);
}

#[test]
fn dp01_a_truck_with_neither_sensor_accuses_nobody() {
    let blind = DUMPING
        .replace("empty", "unknown")
        .replace("full", "unknown")
        .replace("flat", "unknown")
        .replace("raised", "unknown");
    check(WITHOUT_PERMIT, &blind, &["08:06:00 A>- open", "UW-01 08:06:00-08:20:00 no_permit_names_source"]);
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
    check(
        WITHOUT_PERMIT,
        table,
        &["08:06:10 A>Y diverted", "UW-01 08:06:10-08:11:20 no_permit_names_source"],
    );
}

#[test]
fn dp01_a_body_raised_for_cleaning_in_the_yard_is_nothing() {
    let table = "
        08:00:00  100,100   empty flat
        08:10:00  100,2100  empty flat
        08:11:00  100,2100  empty raised
        08:15:00  100,2100  empty flat
        08:20:00  100,2100  empty flat
    ";
    check(ON_PERMIT, table, &[]);
    check(ON_PERMIT, &without(table, &LOAD), &[]);
}

#[test]
fn dp01_a_dumping_after_the_haul_was_given_up_names_that_haul_and_its_permit() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:10:00  2600,100  full  flat
        20:10:00  2600,100  full  flat
        20:20:00  2500,1500 full  flat
        20:21:00  2500,1500 full  raised
        20:22:00  2500,1500 empty flat
        20:24:00  2500,1500 empty flat
    ";
    let expected =
        ["08:06:00 A>- lost", "WB-01 08:06:00-20:06:00 loaded_too_long", "DP-01 20:21:00-20:22:00 B"];
    let judgement = check(ON_PERMIT, table, &expected);
    let dumping = &judgement.violations[1];
    assert_eq!(dumping.trip, Some(judgement.hauls[0].id));
    assert_eq!(dumping.permit.as_ref().unwrap().as_str(), "P1");
}

#[test]
fn dp01_a_body_that_bounces_once_while_it_tips_stays_up() {
    let bounced = DUMPING.replace("empty", "unknown").replace("full", "unknown").replace(
        "08:12:00  2500,1500 unknown raised",
        "08:11:10  2500,1500 unknown flat\n    08:11:20  2500,1500 unknown raised",
    );
    assert!(bounced.contains("08:11:10"));
    check(
        NOT_ON_PERMIT,
        &bounced,
        &["08:06:00 A>- dumped", "UW-02 08:06:00-08:11:20 truck_not_on_permit", "DP-01 08:11:00-08:13:00 B"],
    );
}

#[test]
fn dp01_a_contact_shaken_on_the_road_does_not_begin_to_tip_there() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:13:00  4600,100 full  raised
        gap 08:14:00 5100,100 full raised v=0
        08:15:00  5100,100 empty raised
        08:16:00  5100,100 empty flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

/// Tips at a place, the lift's first two fixes being an echo of 120 m.
fn tipping_with_an_echo(place: &str, echo: &str) -> String {
    format!(
        "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:16:00  {place} full  flat
        08:17:00  {place} full  flat
        gap 08:17:10  {echo} full  raised v=0
        gap 08:17:20  {echo} full  raised v=0
        gap 08:17:30  {place} empty raised v=0
        08:18:30  {place} empty flat
        08:20:30  {place} empty flat
    "
    )
}

#[test]
fn dp01_an_echo_at_a_stand_moves_no_unloading_out_of_a_sink_nor_into_one() {
    check(ON_PERMIT, &tipping_with_an_echo("5100,100", "5100,320"), &["08:06:00 A>S delivered"]);
    let dumped = tipping_with_an_echo("5100,-120", "5100,100");
    let judgement = check(
        NOT_ON_PERMIT,
        &dumped,
        &["08:06:00 A>- dumped", "UW-02 08:06:00-08:17:30 truck_not_on_permit", "DP-01 08:17:10-08:18:30 S"],
    );
    let place = judgement.violations[1].position;
    assert!(place.distance_m(at(5100.0, -120.0)) < 1.0, "{place:?}");
}

#[test]
fn dp01_the_50_m_grow_with_the_position_s_own_uncertainty() {
    let table = tipping_with_an_echo("5290,100", "5290,100");
    let delivered = ["08:06:00 A>S delivered"];
    let mut all = reports(ON_PERMIT, &table);
    let sure = judge_all(&Registers::always(city()), all.clone(), None).unwrap();
    assert!(told(&sure).iter().any(|line| line.starts_with("DP-01")), "{:?}", told(&sure));
    for report in &mut all {
        if let Content::Fix(fix) = &mut report.content
            && report.time >= clock("08:17:00")
        {
            fix.hdop = domain::Hdop::from_ratio(6.0);
        }
    }
    let unsure = judge_all(&Registers::always(city()), all, None).unwrap();
    assert_eq!(told(&unsure), delivered);
}
