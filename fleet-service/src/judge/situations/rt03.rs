//! RT-03 and its look-alikes.

use super::gates::*;
use super::*;

const THROUGH: &str = "
    08:00:00  3450,700  empty flat
    08:00:40  3900,700  empty flat
    08:01:40  4400,700  empty flat
    08:02:00  4700,700  empty flat
    08:03:00  5400,700  empty flat
";

#[test]
fn rt03_runs_from_the_first_fix_in_to_the_last_empty_or_loaded_and_mixers_too() {
    let judgement = check_gated(ON_PERMIT, THROUGH, &["RT-03 08:00:30-08:01:40 N"]);
    assert_eq!(judgement.violations[0].facts["fixes"], 8);
    check_gated(NOT_ON_PERMIT, &THROUGH.replace("empty", "full"), &["RT-03 08:00:30-08:01:40 N"]);
    check_gated(MIXER, THROUGH, &["RT-03 08:00:30-08:01:40 N"]);
}

fn with_zone(change: impl FnOnce(&mut Zone)) -> Registry {
    let mut city = gated_city();
    change(city.zones.values_mut().find(|zone| zone.id.as_str() == "N").unwrap());
    city
}

#[test]
fn rt03_holds_only_in_the_zones_window() {
    let until = |to: &str| {
        let window = domain::HaulWindow::parse(&["mon"], "07:00", to).unwrap();
        with_zone(|zone| zone.windows = HaulWindows(vec![window]))
    };
    check_in(until("08:00"), ON_PERMIT, THROUGH, &[]);
    check_in(until("08:01"), ON_PERMIT, THROUGH, &[]);
    check_in(until("09:00"), ON_PERMIT, THROUGH, &["RT-03 08:00:30-08:01:40 N"]);
}

#[test]
fn rt03_a_pass_of_a_permit_valid_then_that_lists_the_truck_opens_the_zone() {
    let with_pass = |valid_until: &str| {
        let mut city = gated_city();
        let permit = city.permits.values_mut().next().unwrap();
        permit.zone_passes.insert("N".parse().unwrap());
        permit.valid_until = clock(valid_until);
        city
    };
    check_in(with_pass("23:00:00"), ON_PERMIT, THROUGH, &[]);
    check_in(with_pass("23:00:00"), NOT_ON_PERMIT, THROUGH, &["RT-03 08:00:30-08:01:40 N"]);
    check_in(with_pass("08:00:00"), ON_PERMIT, THROUGH, &["RT-03 08:00:30-08:01:40 N"]);
    check_in(with_pass("08:01:00"), ON_PERMIT, THROUGH, &["RT-03 08:01:00-08:01:40 N"]);
}

#[test]
fn rt03_a_corner_cut_and_one_stray_fix_are_nothing() {
    let corner = "
        08:00:00  3400,1000 empty flat
        08:00:30  3680,800  empty flat
        08:00:40  3720,700  empty flat
        08:00:50  3720,500  empty flat
        08:01:00  3680,350  empty flat
        08:03:00  3680,-600 empty flat
    ";
    check_gated(ON_PERMIT, corner, &[]);
    let mut stray = reports(ON_PERMIT, "08:00:00 3500,200 empty flat\n08:05:00 3600,200 empty flat");
    if let Content::Fix(fix) = &mut stray[10].content {
        fix.position = at(3_800.0, 500.0);
    }
    let judgement = judge_all(&Registers::always(gated_city()), stray, None).unwrap();
    assert_eq!(told(&judgement), Vec::<String>::new());
}

#[test]
fn rt03_out_for_less_than_180_s_is_one_stay_and_longer_makes_two() {
    let out_for = |seconds: u32| {
        let at = |second: u32| format!("08:{:02}:{:02}", second / 60, second % 60);
        format!(
            "{} 3900,500 empty flat\n{} 3910,500 empty flat\n{} 3910,300 empty flat
             {} 3920,300 empty flat\n{} 3920,500 empty flat\n{} 3930,500 empty flat",
            at(0),
            at(60),
            at(70),
            at(50 + seconds),
            at(60 + seconds),
            at(120 + seconds),
        )
    };
    check_gated(ON_PERMIT, &out_for(170), &["RT-03 08:00:00-08:04:50 N"]);
    check_gated(ON_PERMIT, &out_for(200), &["RT-03 08:00:00-08:01:00 N", "RT-03 08:04:20-08:05:20 N"]);
}

#[test]
fn rt03_two_zones_entered_at_once_are_two_violations() {
    let mut city = gated_city();
    let mut second = city.zones[&"N".parse().unwrap()].clone();
    second.id = "N2".parse().unwrap();
    city.zones.insert(second.id.clone(), second);
    let judgement =
        check_in(city, ON_PERMIT, THROUGH, &["RT-03 08:00:30-08:01:40 N", "RT-03 08:00:30-08:01:40 N2"]);
    assert_ne!(judgement.violations[0].id, judgement.violations[1].id);
}

#[test]
fn rt03_along_the_border_within_a_positions_uncertainty_is_no_stay() {
    let inside_by = |north: i32| {
        format!(
            "08:00:00 3500,{0} empty flat\n08:01:00 4300,{0} empty flat\n08:02:00 5000,{0} empty flat",
            400 + north
        )
    };
    check_gated(ON_PERMIT, &inside_by(10), &[]);
    check_gated(ON_PERMIT, &inside_by(20), &["RT-03 08:00:20-08:01:10 N"]);
}
