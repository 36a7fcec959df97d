//! Where hauls begin and end.

use super::*;

#[test]
fn a_sink_the_permit_does_not_name_diverts_the_haul() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:16:00  5100,3100 full  flat
        08:17:00  5100,3100 full  raised
        08:18:00  5100,3100 empty flat
        08:20:00  5100,3100 empty flat
    ";
    check(NOT_ON_PERMIT, table, &["08:06:00 A>T diverted"]);
}

#[test]
fn a_truck_without_sensors_is_empty_after_120_s_in_a_sink() {
    let table = CLEAN_HAUL
        .replace("empty", "unknown")
        .replace("full", "unknown")
        .replace("flat", "unknown")
        .replace("raised", "unknown");
    let judgement = check(ON_PERMIT, &table, &["08:06:00 A>S delivered"]);
    assert_eq!(judgement.hauls[0].unloaded.map(hour).as_deref(), Some("08:16:00"));
}

#[test]
fn unknown_keeps_the_last_load_and_half_ends_nothing() {
    let table = "
        08:00:00  100,100  empty   flat
        08:05:00  100,100  full    flat
        08:06:00  150,100  unknown flat
        08:08:00  1500,100 half    flat
        08:10:00  2900,100 unknown flat
        08:14:00  5050,100 full    flat
        08:15:00  5100,100 full    flat
        08:17:00  5100,100 empty   flat
        08:20:00  5100,100 empty   flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

#[test]
fn one_stray_load_reading_unloads_nothing() {
    let mut all = reports(ON_PERMIT, CLEAN_HAUL);
    for report in &mut all {
        if report.time == clock("08:10:00")
            && let Content::Fix(fix) = &mut report.content
        {
            fix.load = domain::Load::Empty;
        }
    }
    let judgement = judge_all(&Registers::always(city()), all, None).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>S delivered"]);
}

#[test]
fn passing_another_source_loaded_is_no_visit() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:12:00  3300,100 full  flat
        08:16:00  3300,100 full  flat
        08:20:00  5100,100 full  flat
        08:21:00  5100,100 empty flat
        08:24:00  5100,100 empty flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

#[test]
fn one_fix_across_a_border_is_no_presence() {
    let mut all = reports(ON_PERMIT, CLEAN_HAUL);
    all.extend(reports(ON_PERMIT, "08:02:05 100,210 empty flat"));
    let judgement = judge_all(&Registers::always(city()), all, None).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>S delivered"]);
}

#[test]
fn a_load_taken_on_outside_every_site_begins_a_haul_without_a_source() {
    let table = "
        08:00:00  1000,1000 empty flat
        08:05:00  1000,1000 full  flat
        08:10:00  2000,1000 full  flat
    ";
    check(ON_PERMIT, table, &["08:05:00 ->- open"]);
}

#[test]
fn a_load_on_the_truck_for_half_a_day_is_lost() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:10:00  2600,100 full  flat
        20:10:00  2600,100 full  flat
    ";
    check(WITHOUT_PERMIT, table, &["08:06:00 A>- lost", "UW-01 08:06:00-20:06:00 no_permit_names_source"]);
}
