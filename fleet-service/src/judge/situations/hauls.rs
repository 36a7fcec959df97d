//! Where hauls begin and end.

use super::*;

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
    check(ON_PERMIT, table, &["08:05:00 ->- open", "UW-05 08:05:00-08:10:00 A"]);
}

#[test]
fn a_load_sensor_that_dies_on_the_way_leaves_it_to_the_lift_or_the_stay_to_tell() {
    let died = |lift: &str, raised: &str| {
        format!(
            "
            08:00:00  100,100  empty   {lift}
            08:05:00  100,100  full    {lift}
            08:06:00  150,100  full    {lift}
            08:08:00  1200,100 unknown {lift}
            08:14:00  5050,100 unknown {lift}
            08:15:00  5100,100 unknown {lift}
            08:16:00  5100,100 unknown {raised}
            08:17:00  5100,100 unknown {lift}
            08:20:00  5100,100 unknown {lift}
            08:28:00  150,100  unknown {lift}
            08:34:00  150,100  unknown {lift}
            08:36:00  1500,100 unknown {lift}
        "
        )
    };
    // What is loaded after that is told by the stay.
    check(ON_PERMIT, &died("flat", "raised"), &["08:06:00 A>S delivered", "08:34:00 A>- open"]);
    check(ON_PERMIT, &died("unknown", "unknown"), &["08:06:00 A>S delivered", "08:34:00 A>- open"]);
}

#[test]
fn a_body_raised_on_the_way_with_the_load_still_read_unloads_nothing() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:10:00  2500,100 full  flat
        08:11:00  2500,100 full  raised
        08:12:00  2500,100 full  flat
        08:16:00  5050,100 full  flat
        08:17:00  5100,100 empty flat
        08:20:00  5100,100 empty flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

/// Loaded on the road, reading empty from then to then at 36 km/h, and full again.
fn flicker(from: &str, to: &str) -> String {
    format!(
        "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:07:00  750,100  full  flat
        {from}  1100,100 empty flat v=36
        {to}  1400,100 empty flat v=36
        gap 08:12:00 4000,100 full flat v=36
        08:14:00  5100,100 full  flat
        08:15:00  5100,100 full  raised
        08:16:00  5100,100 empty flat
        08:20:00  5100,100 empty flat
    "
    )
}

#[test]
fn a_load_that_is_gone_for_a_minute_at_driving_speed_is_a_bad_sensor() {
    check(ON_PERMIT, &flicker("08:07:30", "08:08:30"), &["08:06:00 A>S delivered"]);
    // Nobody contradicts it for three minutes: it is gone, with the first reading that says so.
    let judgement = check(
        ON_PERMIT,
        &flicker("08:07:30", "08:10:40"),
        &[
            "08:06:00 A>- dumped",
            "08:12:00 ->S delivered",
            "DP-01 08:07:30-08:07:30 A",
            "UW-05 08:12:00-08:16:00 B",
        ],
    );
    assert_eq!(judgement.hauls[0].unloaded.map(hour).as_deref(), Some("08:07:30"));
}
