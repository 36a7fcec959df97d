//! SE-02 and its look-alikes.

use super::gates::*;
use super::*;

const HAUL: &str = "
    08:00:00  100,100   empty flat
    08:05:00  100,100   full  flat
    08:06:00  150,100   full  flat
    08:07:00  1000,100  full  flat
    08:11:00  3400,100  full  flat
";

#[track_caller]
fn check_washed(readings: &str, expected: &[&str]) -> Judgement {
    check_gated(ON_PERMIT, &format!("{HAUL}\n{readings}"), expected)
}

const UNWASHED: [&str; 2] = ["08:06:00 A>- open", "SE-02 08:06:00-08:06:00"];
const WASHED: [&str; 1] = ["08:06:00 A>- open"];

#[test]
fn se02_not_washed_or_for_too_short_is_told_at_the_departure() {
    let judgement = check_washed("", &UNWASHED);
    assert_eq!(judgement.violations[0].trip, Some(judgement.hauls[0].id));
    assert_eq!(judgement.violations[0].facts["grade"], "sensor");
    let judgement = check_washed("read 08:04:00 08:04:28 W1", &UNWASHED);
    assert_eq!(judgement.violations[0].facts["washed_s"], 29);
}

#[test]
fn se02_thirty_seconds_at_a_wash_reader_or_beacon_are_a_wash() {
    check_washed("read 08:04:00 08:04:29 W1", &WASHED);
    check_washed("beacon 08:04:00 08:04:29 BEAC", &WASHED);
    check_washed("read 08:04:00 08:04:14 W1\nbeacon 08:04:15 08:04:29 BEAC", &WASHED);
}

#[test]
fn se02_holes_of_three_seconds_are_filled_and_longer_ones_are_not() {
    let parts = |hole: u32| {
        let row = |n: u32| {
            let from = n * (5 + hole);
            format!("read 08:04:{from:02} 08:04:{:02} W1", from + 4)
        };
        (0..4).map(row).collect::<Vec<_>>().join("\n")
    };
    check_washed(&format!("{}\nread 08:04:40 08:04:40 W1", parts(3)), &WASHED);
    check_washed(&parts(4), &UNWASHED);
}

#[test]
fn se02_a_wash_too_early_another_sites_wash_a_gate_and_a_drivers_card_wash_nothing() {
    check_washed("read 07:50:20 07:50:59 W1", &UNWASHED);
    check_washed("read 08:04:00 08:04:40 G1", &UNWASHED);
    let judgement = check_washed("beacon 08:04:00 08:04:40 CA4D", &UNWASHED);
    assert_eq!(judgement.counters.set_aside[&crate::judge::SetAside::UnknownTag], 41);
}

#[test]
fn se02_a_wash_at_the_gate_after_the_last_sparse_fix_inside_counts() {
    let sparse = "
        08:00:00  100,100   empty flat
        08:05:00  150,100   full  flat
        08:06:00  155,100   full  flat
        gap 08:07:00  1000,100  full  flat
        gap 08:08:00  1700,100  full  flat
    ";
    check_gated(ON_PERMIT, &format!("{sparse}\nread 08:06:05 08:06:40 W1"), &WASHED);
}

#[test]
fn se02_is_not_asked_where_no_wash_is_required_or_none_can_be_seen() {
    let mut city = gated_city();
    city.sites.values_mut().for_each(|site| site.wash_required = false);
    check_in(city, ON_PERMIT, HAUL, &WASHED);
    let mut city = gated_city();
    city.readers.clear();
    city.beacons.clear();
    check_in(city, ON_PERMIT, HAUL, &WASHED);
}

#[test]
fn se02_two_hauls_are_washed_apart() {
    let twice = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:14:00  5100,100  full  flat
        08:15:00  5100,100  full  raised
        08:16:00  5100,100  empty flat
        08:17:00  5100,100  empty flat
        08:24:00  100,100   empty flat
        08:25:00  100,100   full  flat
        08:26:00  150,100   full  flat
        08:30:00  2600,100  full  flat
        read 08:04:00 08:04:40 W1
    ";
    check_gated(
        ON_PERMIT,
        twice,
        &["08:06:00 A>S delivered", "08:26:00 A>- open", "SE-02 08:26:00-08:26:00"],
    );
}

#[test]
fn se02_while_the_wash_sees_it_a_truck_has_not_left_whatever_its_position_says() {
    // The bay is beside the fence: the fixes of the wash lie just outside.
    let at_the_fence = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  190,100   full  flat
        08:06:10  215,100   full  flat
        08:07:10  212,100   full  flat
        08:09:00  1000,100  full  flat
        08:13:00  3400,100  full  flat
    ";
    let judged = |row: &str, expected: &[&str]| {
        check_gated(ON_PERMIT, &format!("{at_the_fence}\n{row}"), expected);
    };
    judged("read 08:06:05 08:07:05 W1", &["08:06:00 A>- open"]);
    judged("read 08:06:05 08:06:25 W1", &["08:06:00 A>- open", "SE-02 08:06:25-08:06:25"]);
}

#[test]
fn se02_back_within_the_wash_window_the_truck_is_still_clean() {
    let back_at_once = "
        08:00:00  100,100   empty flat
        08:03:00  100,100   full  flat
        08:05:00  150,100   full  flat
        08:06:30  700,100   full  flat
        08:07:00  700,100   full  raised
        08:07:40  700,100   empty raised
        08:08:00  700,100   empty flat
        08:10:00  100,100   empty flat
        08:13:00  100,100   full  flat
        08:14:00  150,100   full  flat
        08:18:00  2600,100  full  flat
    ";
    let judged = |wash: &str| {
        let all = reports(ON_PERMIT, &format!("{back_at_once}\n{wash}"));
        let told = told(&judge_all(&Registers::always(gated_city()), all, None).unwrap());
        told.into_iter().filter(|line| line.starts_with("SE-02")).collect::<Vec<_>>()
    };
    assert_eq!(judged("read 08:04:10 08:04:50 W1"), Vec::<String>::new());
    assert_eq!(judged("").len(), 2);
}
