//! UW-02: the truck and the volume, over one truck and over many.

use super::*;
use std::sync::Arc;

const SECOND_TRUCK: &str = NOT_ON_PERMIT;

/// Both trucks on P1, which approves so many loads of 10 m³.
fn approving(loads: u64) -> Registry {
    let mut city = city();
    let permit = city.permits.values_mut().next().unwrap();
    permit.trucks.insert(SECOND_TRUCK.parse().unwrap());
    permit.volume_l = loads * 10_000;
    city
}

#[test]
fn uw02_a_truck_that_is_not_on_the_permit_is_told_with_the_term() {
    let judgement = check(
        NOT_ON_PERMIT,
        CLEAN_HAUL,
        &["08:06:00 A>S delivered", "UW-02 08:06:00-08:17:00 truck_not_on_permit"],
    );
    let violation = &judgement.violations[0];
    assert_eq!(violation.permit.as_ref().unwrap().as_str(), "P1");
    assert_eq!(violation.facts["grade"], "sensor");
    check(ON_PERMIT, CLEAN_HAUL, &["08:06:00 A>S delivered"]);
}

#[test]
fn uw02_a_volume_used_up_before_is_told_with_its_numbers() {
    let mut city = approving(100);
    city.permits.values_mut().next().unwrap().used_l = 1_000_000;
    let expected = ["08:06:00 A>S delivered", "UW-02 08:06:00-08:17:00 volume_used_up"];
    let judgement = check_in(city, ON_PERMIT, CLEAN_HAUL, &expected);
    let facts = &judgement.violations[0].facts;
    for (fact, m3) in
        [("approved_m3", 1000.0), ("used_before_m3", 1000.0), ("hauled_m3", 0.0), ("load_m3", 10.0)]
    {
        assert_eq!(facts[fact], serde_json::json!(m3), "{fact}");
    }
}

#[test]
fn uw02_a_permit_is_used_up_at_noon_by_another_truck() {
    let (first, second, third) = (CLEAN_HAUL, later(CLEAN_HAUL, 1), later(CLEAN_HAUL, 2));
    let day = format!("{first}{third}");
    let expected = ["1 08:06:00 A>S delivered", "2 09:06:00 A>S delivered", "1 10:06:00 A>S delivered"];
    let fleet = [(ON_PERMIT, day.as_str()), (SECOND_TRUCK, &second)];
    check_fleet(&Registers::always(approving(3)), &fleet, &expected);
    let judgement = check_fleet(
        &Registers::always(approving(2)),
        &fleet,
        &[&expected[..], &["1 UW-02 10:06:00-10:17:00 volume_used_up"]].concat(),
    );
    assert_eq!(judgement.violations[0].facts["hauled_m3"], serde_json::json!(20.0));
}

#[test]
fn uw02_a_violating_haul_uses_volume_too_and_one_of_the_same_moment_does_not() {
    let mut city = approving(1);
    city.permits.values_mut().next().unwrap().trucks.remove(&SECOND_TRUCK.parse().unwrap());
    let registers = Registers::always(city);
    let after = later(CLEAN_HAUL, 1);
    check_fleet(
        &registers,
        &[(SECOND_TRUCK, CLEAN_HAUL), (ON_PERMIT, &after)],
        &[
            "2 08:06:00 A>S delivered",
            "1 09:06:00 A>S delivered",
            "2 UW-02 08:06:00-08:17:00 truck_not_on_permit",
            "1 UW-02 09:06:00-09:17:00 volume_used_up",
        ],
    );
    check_fleet(
        &registers,
        &[(SECOND_TRUCK, CLEAN_HAUL), (ON_PERMIT, CLEAN_HAUL)],
        &[
            "1 08:06:00 A>S delivered",
            "2 08:06:00 A>S delivered",
            "2 UW-02 08:06:00-08:17:00 truck_not_on_permit",
        ],
    );
}

#[test]
fn uw02_of_two_permits_the_second_serves_when_the_first_is_used_up() {
    let mut city = approving(1);
    city.permits.insert("P2".parse().unwrap(), permit("P2"));
    let day = format!("{CLEAN_HAUL}{}", later(CLEAN_HAUL, 1));
    let judgement = check_in(city, ON_PERMIT, &day, &["08:06:00 A>S delivered", "09:06:00 A>S delivered"]);
    let permits: Vec<&str> =
        judgement.hauls.iter().map(|haul| haul.permit.as_ref().unwrap().as_str()).collect();
    assert_eq!(permits, ["P1", "P2"]);
}

#[test]
fn uw02_both_terms_may_fail_and_a_tie_goes_to_the_lowest_number() {
    let mut city = approving(0);
    let permit_1 = city.permits.values_mut().next().unwrap();
    permit_1.trucks.clear();
    let mut permit_2 = permit("P2");
    permit_2.trucks.clear();
    permit_2.volume_l = 0;
    city.permits.insert(permit_2.number.clone(), permit_2);
    let failed = "UW-02 08:06:00-08:17:00 truck_not_on_permit+volume_used_up";
    let judgement = check_in(city, ON_PERMIT, CLEAN_HAUL, &["08:06:00 A>S delivered", failed]);
    assert_eq!(judgement.hauls[0].permit.as_ref().unwrap().as_str(), "P1");
}

#[test]
fn uw02_is_judged_by_the_registers_in_force_at_departure() {
    let mut registers = Registers::always(approving(100));
    registers.put_in_force(clock("08:10:00"), Arc::new(city()));
    let after = later(CLEAN_HAUL, 1);
    let day = format!("{CLEAN_HAUL}{after}");
    let judgement = check_fleet(
        &registers,
        &[(SECOND_TRUCK, &day)],
        &[
            "2 08:06:00 A>S delivered",
            "2 09:06:00 A>S delivered",
            "2 UW-02 09:06:00-09:17:00 truck_not_on_permit",
        ],
    );
    assert_eq!(judgement.violations[0].facts["registers_since"], "2026-11-23T08:10:00+08:00");
}

#[test]
fn a_permit_suspended_at_noon_splits_the_day() {
    let mut city = city();
    let noon = (clock("12:00:00"), PermitStatus::Suspended);
    city.permits.values_mut().next().unwrap().status = vec![noon];
    let day = format!("{CLEAN_HAUL}{}", later(CLEAN_HAUL, 5));
    check_in(
        city,
        ON_PERMIT,
        &day,
        &["08:06:00 A>S delivered", "13:06:00 A>S delivered", "UW-01 13:06:00-13:17:00 no_permit_in_force"],
    );
}
