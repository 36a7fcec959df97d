//! RT-01 and its look-alikes.

use super::*;

const EXCURSION: &str = "
    08:00:00  100,100   empty flat
    08:05:00  100,100   full  flat
    08:06:00  150,100   full  flat
    08:07:00  1000,100  full  flat
    08:08:00  1000,600  full  flat
    08:10:00  1500,600  full  flat
    08:11:00  1500,100  full  flat
    08:16:00  5050,100  full  flat
    08:17:00  5100,100  full  raised
    08:18:00  5100,100  empty flat
    08:20:00  5100,100  empty flat
";

#[test]
fn rt01_an_excursion_runs_from_the_first_fix_over_to_the_last() {
    let judgement = check(ON_PERMIT, EXCURSION, &["08:06:00 A>S delivered", "RT-01 08:07:10-08:10:50"]);
    assert_eq!(judgement.violations[0].facts["farthest_m"], serde_json::json!(500.0));
    assert_eq!(judgement.violations[0].facts["allowed_m"], serde_json::json!(65.0));
}

#[test]
fn rt01_is_not_judged_where_the_truck_is_not_on_the_permit_or_a_leg_may_go_any_way() {
    check(
        NOT_ON_PERMIT,
        EXCURSION,
        &["08:06:00 A>S delivered", "UW-02 08:06:00-08:18:00 truck_not_on_permit"],
    );
    let mut free = city();
    free.permits.values_mut().next().unwrap().legs[0].route = None;
    check_in(free, ON_PERMIT, EXCURSION, &["08:06:00 A>S delivered"]);
    let mut used_up = city();
    used_up.permits.values_mut().next().unwrap().used_l = 1_000_000;
    check_in(
        used_up,
        ON_PERMIT,
        EXCURSION,
        &["08:06:00 A>S delivered", "UW-02 08:06:00-08:18:00 volume_used_up"],
    );
}

#[test]
fn rt01_a_red_light_inside_an_excursion_does_not_make_two() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:07:00  1000,100  full  flat
        08:08:00  1000,600  full  flat
        08:10:30  1000,600  full  flat
        08:12:00  1500,600  full  flat
        08:13:00  1500,100  full  flat
        08:18:00  4800,100  full  flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- open", "RT-01 08:07:10-08:12:50"]);
}

#[test]
fn rt01_excursions_less_than_180_s_apart_are_one() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:07:00  600,100   full  flat
        08:08:30  600,700   full  flat
        08:10:00  1000,100  full  flat
        08:11:00  1200,100  full  flat
        08:12:30  1200,700  full  flat
        08:14:00  1800,100  full  flat
        08:22:00  4800,100  full  flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- open", "RT-01 08:07:10-08:13:50"]);
}

#[test]
fn rt01_a_short_detour_and_noise_at_a_stand_are_nothing() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:07:00  1000,100  full  flat
        08:07:20  1000,190  full  flat
        08:07:40  1100,100  full  flat
        08:09:00  1500,170  full  flat
        08:14:00  1505,172  full  flat
        08:15:00  1600,100  full  flat
        08:24:00  4800,100  full  flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- open"]);
}

#[test]
fn rt01_a_hole_in_the_positions_is_no_excursion() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:07:00  900,100   full  flat
        08:07:10  950,200   full  flat
        gap 08:17:10  3900,200  full  flat
        08:17:20  4000,100  full  flat
        08:19:00  4900,100  full  flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- open", "TM-01 08:07:10-08:17:10"]);
}

#[test]
fn a_glitch_there_and_back_is_set_aside_and_counted() {
    let glitch = reports(ON_PERMIT, "08:10:05 9000,9000 full flat");
    let registers = Registers::always(city());
    let clean = reports(ON_PERMIT, CLEAN_HAUL);
    let expected = judge_all(&registers, clean.clone(), None).unwrap();
    let with_glitch = judge_all(&registers, clean.into_iter().chain(glitch), None).unwrap();
    assert_eq!(with_glitch.hauls, expected.hauls);
    assert_eq!(with_glitch.violations, expected.violations);
    assert_eq!(with_glitch.counters.set_aside[&crate::judge::SetAside::ImpossibleJump], 1);
}

#[test]
fn rt01_positions_over_by_less_than_their_own_uncertainty_accuse_nobody() {
    let beside = EXCURSION.replace(",600", ",190");
    check(ON_PERMIT, &beside, &["08:06:00 A>S delivered", "RT-01 08:07:50-08:10:10"]);
    let mut all = reports(ON_PERMIT, &beside);
    for report in &mut all {
        if let Content::Fix(fix) = &mut report.content {
            // Uncertain by 30 m: 90 m from a line of 50 m half width may be 60 m.
            fix.hdop = domain::Hdop::from_ratio(4.5);
        }
    }
    let judgement = judge_all(&Registers::always(city()), all, None).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>S delivered"]);
}

#[test]
fn rt01_the_facts_name_another_permit_of_the_company_that_allows_the_way() {
    let mut city = city();
    let mut second = permit("P2");
    second.legs.iter_mut().for_each(|leg| leg.route = None);
    city.permits.insert(second.number.clone(), second);
    let judgement =
        check_in(city, ON_PERMIT, EXCURSION, &["08:06:00 A>S delivered", "RT-01 08:07:10-08:10:50"]);
    assert_eq!(judgement.violations[0].facts["kept_by_permits"], serde_json::json!(["P2"]));
}

/// Heard of once a minute: off the route, back on it from 08:11 to then, off it again.
fn once_a_minute(back: i64) -> String {
    let mut rows = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        gap 08:06:00  150,100   full  flat
        gap 08:07:00  700,100   full  flat
    "
    .to_owned();
    for minute in 0..(9 + back) {
        let north = if (3..3 + back).contains(&minute) { 100 } else { 600 };
        rows += &format!("gap 08:{:02}:00 {},{north} full flat v=12\n", 8 + minute, 800 + minute * 200);
    }
    rows
}

#[test]
fn rt01_an_excursion_is_parted_by_what_is_known_to_be_on_the_route() {
    check(ON_PERMIT, &once_a_minute(3), &["08:06:00 A>- open", "RT-01 08:08:00-08:19:00"]);
    check(
        ON_PERMIT,
        &once_a_minute(4),
        &["08:06:00 A>- open", "RT-01 08:08:00-08:10:00", "RT-01 08:15:00-08:20:00"],
    );
}
