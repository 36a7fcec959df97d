//! PK-01 and its look-alikes.

use super::*;

const ROADSIDE: &str = "
    20:00:00  3000,1500  empty flat ign=on
    21:10:00  3000,1500  empty flat ign=off
    30:20:00  3000,1500  empty flat ign=on
    30:30:00  3900,1500  empty flat ign=on
";

#[test]
fn pk01_is_the_part_inside_the_night() {
    let judgement = check(ON_PERMIT, ROADSIDE, &["PK-01 22:00:00-05:00:00"]);
    assert_eq!(judgement.violations[0].facts["seconds"], serde_json::json!(25_200.0));
    check(MIXER, ROADSIDE, &["PK-01 22:00:00-05:00:00"]);
    let late = ROADSIDE.replace("21:10:00", "23:30:00").replace("30:20:00", "28:00:00");
    check(ON_PERMIT, &late, &["PK-01 23:30:00-03:59:50"]);
}

#[test]
fn pk01_a_terminal_asleep_at_the_same_place_does_not_break_it_and_one_that_wakes_elsewhere_does() {
    let asleep = "
        21:00:00      3000,1500  empty flat ign=on
        21:10:00      3000,1500  empty flat ign=off
        gap 29:50:00  3040,1510  empty flat ign=on
        30:00:00      3900,1500  empty flat ign=on
    ";
    check(ON_PERMIT, asleep, &["PK-01 22:00:00-05:00:00"]);
    let elsewhere = asleep.replace("3040,1510", "3500,1510");
    check(ON_PERMIT, &elsewhere, &["TM-01 21:10:00-05:50:00"]);
}

#[test]
fn pk01_in_the_yard_in_a_site_or_for_less_than_four_hours_is_nothing() {
    check(ON_PERMIT, &ROADSIDE.replace("3000,1500", "100,2100"), &[]);
    check(ON_PERMIT, &ROADSIDE.replace("3000,1500", "3300,100"), &[]);
    let short = ROADSIDE.replace("21:10:00", "25:01:10");
    check(ON_PERMIT, &short, &[]);
    let by_day = ROADSIDE.replace("20:00", "30:00").replace("21:10", "30:30").replace("30:20:00", "36:00:00");
    check(ON_PERMIT, &by_day.replace("30:30:00  3900", "36:30:00  3900"), &[]);
}

#[test]
fn pk01_an_engine_started_breaks_it() {
    let warmed_up = "
        21:00:00  3000,1500  empty flat ign=off
        25:30:00  3000,1500  empty flat ign=on
        25:40:00  3000,1500  empty flat ign=off
        29:30:00  3000,1500  empty flat ign=off
    ";
    check(ON_PERMIT, warmed_up, &[]);
}

#[test]
fn pk01_a_parked_receivers_drift_moves_nothing_and_a_fence_within_its_uncertainty_accuses_nobody() {
    let drifting = |east: f64, north: f64| {
        let mut all = reports(ON_PERMIT, &ROADSIDE.replace("3000,1500", &format!("{east},{north}")));
        for (i, report) in all.iter_mut().enumerate() {
            if let Content::Fix(fix) = &mut report.content {
                let turn = i as f64 / 90.0;
                fix.position = fix.position.offset_m(9.0 * turn.sin(), 9.0 * turn.cos());
            }
        }
        judge_all(&Registers::always(city()), all, None).unwrap()
    };
    assert_eq!(told(&drifting(3000.0, 1500.0)), ["PK-01 22:00:00-05:00:00"]);
    // Ten metres outside the yard's fence.
    assert_eq!(told(&drifting(210.0, 2100.0)), Vec::<String>::new());
}

#[test]
fn pk01_one_violation_a_night() {
    let weekend = "
        20:00:00  3000,1500  empty flat ign=off
        71:00:00  3000,1500  empty flat ign=off
    ";
    check(ON_PERMIT, weekend, &["PK-01 22:00:00-05:00:00", "PK-01 22:00:00-05:00:00"]);
}

#[test]
fn pk01_a_night_without_a_single_fix_accuses_nobody() {
    // Last seen on the road before the yard's roof.
    let roofed = "
        21:00:00  3000,1500  empty flat ign=on
        21:01:00  3000,1500  empty flat ign=off nofix
        29:30:00  3000,1500  empty flat ign=off nofix
    ";
    check(ON_PERMIT, roofed, &[]);
    check(ON_PERMIT, &roofed.replace(" nofix", ""), &["PK-01 22:00:00-05:00:00"]);
}
