//! UW-01, and which permit a haul is judged by.

use super::*;

#[test]
fn an_approved_haul_on_its_route_to_its_sink_is_clean() {
    let judgement = check(ON_PERMIT, CLEAN_HAUL, &["08:06:00 A>S delivered"]);
    let haul = &judgement.hauls[0];
    assert_eq!((haul.permit.as_ref().map(|p| p.as_str()), haul.leg), (Some("P1"), Some(0)));
    assert!((haul.distance_km - 4.95).abs() < 0.06, "{}", haul.distance_km);
}

#[test]
fn uw01_a_company_without_a_permit_for_the_source_is_told_from_departure_to_unloading() {
    check(
        WITHOUT_PERMIT,
        CLEAN_HAUL,
        &["08:06:00 A>S delivered", "UW-01 08:06:00-08:17:00 no_permit_names_source"],
    );
    check(
        UNREGISTERED,
        CLEAN_HAUL,
        &["08:06:00 A>S delivered", "UW-01 08:06:00-08:17:00 plate_not_registered"],
    );
}

#[test]
fn uw01_a_permit_suspended_at_departure_is_none_and_the_facts_say_so() {
    let mut city = city();
    let permit = city.permits.values_mut().next().unwrap();
    permit.status =
        vec![(clock("08:00:00"), PermitStatus::Suspended), (clock("08:10:00"), PermitStatus::Valid)];
    let judgement = check_in(
        city,
        ON_PERMIT,
        CLEAN_HAUL,
        &["08:06:00 A>S delivered", "UW-01 08:06:00-08:17:00 no_permit_in_force"],
    );
    assert_eq!(
        judgement.violations[0].facts["permits_not_in_force"],
        serde_json::json!([{"permit": "P1", "why": "suspended"}])
    );
}

#[test]
fn uw01_of_an_open_haul_ends_with_the_newest_report() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:10:00  2600,100 full  flat
    ";
    check(WITHOUT_PERMIT, table, &["08:06:00 A>- open", "UW-01 08:06:00-08:10:00 no_permit_names_source"]);
}

#[test]
fn of_two_permits_the_one_with_fewer_failed_terms_is_judged_by() {
    let mut city = city();
    let mut second = permit("P0");
    second.trucks = [WITHOUT_PERMIT.parse().unwrap()].into();
    city.permits.insert(second.number.clone(), second);
    let judgement = check_in(city, ON_PERMIT, CLEAN_HAUL, &["08:06:00 A>S delivered"]);
    assert_eq!(judgement.hauls[0].permit.as_ref().unwrap().as_str(), "P1");
}

#[test]
fn a_mixer_hauls_no_waste() {
    check(MIXER, CLEAN_HAUL, &[]);
}
