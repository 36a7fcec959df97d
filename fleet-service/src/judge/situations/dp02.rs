//! DP-02 and its look-alikes.

use super::*;

/// To sink T, along a way that leaves the permit's route at once.
const TO_T: &str = "
    08:00:00  100,100   empty flat
    08:05:00  100,100   full  flat
    08:06:00  150,100   full  flat
    08:16:00  5100,3100 full  flat
    08:17:00  5100,3100 full  raised
    08:18:00  5100,3100 empty raised
    08:19:00  5100,3100 empty flat
    08:21:00  5100,3100 empty flat
";

fn any_way() -> Registry {
    let mut city = city();
    city.permits.values_mut().next().unwrap().legs.iter_mut().for_each(|leg| leg.route = None);
    city
}

#[test]
fn dp02_an_unloading_in_a_sink_the_permit_does_not_name_is_told_until_the_body_is_down() {
    let expected = ["08:06:00 A>T diverted", "DP-02 08:17:00-08:19:00"];
    let judgement = check_in(any_way(), ON_PERMIT, TO_T, &expected);
    let violation = &judgement.violations[0];
    assert_eq!(violation.facts["sinks_named"], serde_json::json!(["S"]));
    assert_eq!(violation.permit.as_ref().unwrap().as_str(), "P1");
    check(ON_PERMIT, CLEAN_HAUL, &["08:06:00 A>S delivered"]);
}

#[test]
fn dp02_is_judged_beside_uw02_and_not_without_a_permit() {
    let uw02 = "UW-02 08:06:00-08:18:00 truck_not_on_permit";
    check(NOT_ON_PERMIT, TO_T, &["08:06:00 A>T diverted", uw02, "DP-02 08:17:00-08:19:00"]);
    let uw01 = "UW-01 08:06:00-08:18:00 no_permit_names_source";
    check(WITHOUT_PERMIT, TO_T, &["08:06:00 A>T delivered", uw01]);
}

#[test]
fn dp02_of_a_truck_without_body_sensors_rests_on_its_stay_and_says_so() {
    let expected = ["08:06:00 A>T diverted", "DP-02 08:16:10-08:17:50"];
    let judgement = check_in(any_way(), ON_PERMIT, &without(TO_T, &BODY), &expected);
    assert_eq!(judgement.violations[0].facts["grade"], "position_only");
}

#[test]
fn dp02_driving_through_a_sink_is_no_unloading() {
    let table = "
        08:00:00  100,100   empty flat
        08:05:00  100,100   full  flat
        08:06:00  150,100   full  flat
        08:16:00  5100,3100 full  flat
        08:21:00  5100,3100 full  flat
        08:26:00  5100,100  full  flat
        08:27:00  5100,100  empty flat
        08:29:00  5100,100  empty flat
    ";
    check_in(any_way(), ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

#[test]
fn dp02_the_facts_name_another_permit_of_the_company_that_allows_the_sink() {
    let mut city = any_way();
    let mut second = permit("P2");
    for leg in &mut second.legs {
        (leg.sink, leg.route) = ("T".parse().unwrap(), None);
    }
    city.permits.insert(second.number.clone(), second);
    let expected = ["08:06:00 A>T diverted", "DP-02 08:17:00-08:19:00"];
    let judgement = check_in(city, ON_PERMIT, TO_T, &expected);
    assert_eq!(judgement.violations[0].facts["kept_by_permits"], serde_json::json!(["P2"]));
}
