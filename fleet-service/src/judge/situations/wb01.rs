//! WB-01 and its look-alikes.

use super::*;

/// Out of A, eight minutes on a field, and out of A again, seen all the while.
const LOADED_AGAIN: &str = "
    08:00:00  100,100   empty flat
    08:05:00  100,100   full  flat
    08:06:00  150,100   full  flat
    08:16:00  2500,1500 full  flat
    08:24:00  2500,1500 full  flat
    08:34:00  100,100   full  flat
    08:38:00  100,100   full  flat
    08:39:00  150,100   full  flat
    08:41:00  1500,100  full  flat
";

#[test]
fn wb01_a_truck_without_body_sensors_loaded_again_has_lost_its_load_likely_where_it_stood_longest() {
    let judgement = check(
        WITHOUT_PERMIT,
        &without(LOADED_AGAIN, &BODY),
        &[
            "08:06:10 A>- lost",
            "08:39:00 A>- open",
            "UW-01 08:06:10-08:39:00 no_permit_names_source",
            "WB-01 08:06:10-08:39:00 loaded_again",
            "UW-01 08:39:00-08:41:00 no_permit_names_source",
        ],
    );
    let facts = &judgement.violations[1].facts;
    assert_eq!(facts["grade"], "position_only");
    let likely = &facts["likely_unloading"];
    assert_eq!(likely["inferred"], true);
    assert_eq!(likely["seconds"], serde_json::json!(470.0));
    let place = Position::from_degrees(likely["lat"].as_f64().unwrap(), likely["lon"].as_f64().unwrap());
    assert!(place.unwrap().distance_m(at(2500.0, 1500.0)) < 1.0, "{likely}");
}

#[test]
fn wb01_a_lift_that_says_nothing_was_tipped_counts_and_infers_no_place() {
    let judgement = check(
        WITHOUT_PERMIT,
        &without(LOADED_AGAIN, &LOAD),
        &[
            "08:06:10 A>- lost",
            "08:39:00 A>- open",
            "UW-01 08:06:10-08:39:00 no_permit_names_source",
            "WB-01 08:06:10-08:39:00 loaded_again",
            "UW-01 08:39:00-08:41:00 no_permit_names_source",
        ],
    );
    assert_eq!(judgement.violations[1].facts["likely_unloading"], serde_json::Value::Null);
}

#[test]
fn wb01_a_hole_of_fifteen_minutes_accuses_nobody() {
    let unseen = without(LOADED_AGAIN, &BODY).replace("08:24:00", "08:34:00").replace("gap ", "");
    let unseen = unseen
        .replace("08:34:00  2500", "gap 08:34:00  2500")
        .replace("08:34:00  100,100", "08:44:00 100,100");
    let unseen = unseen
        .replace("08:38:00", "08:48:00")
        .replace("08:39:00", "08:49:00")
        .replace("08:41:00", "08:51:00");
    check(
        WITHOUT_PERMIT,
        &unseen,
        &[
            "08:06:10 A>- lost",
            "08:49:00 A>- open",
            "UW-01 08:06:10-08:49:00 no_permit_names_source",
            "UW-01 08:49:00-08:51:00 no_permit_names_source",
        ],
    );
}

#[test]
fn wb01_passing_the_source_again_is_no_second_load() {
    check(
        WITHOUT_PERMIT,
        LOADED_AGAIN,
        &["08:06:10 A>- open", "UW-01 08:06:10-08:41:00 no_permit_names_source"],
    );
    let passing =
        without(LOADED_AGAIN, &BODY).replace("08:38:00", "08:35:00").replace("08:39:00", "08:36:00");
    check(WITHOUT_PERMIT, &passing, &["08:06:10 A>- open", "UW-01 08:06:10-08:41:00 no_permit_names_source"]);
}

#[test]
fn wb01_a_load_on_the_truck_for_half_a_day_is_told_at_the_twelfth_hour() {
    let table = "
        08:00:00  100,100  empty flat
        08:05:00  100,100  full  flat
        08:06:00  150,100  full  flat
        08:10:00  2600,100 full  flat
        20:10:00  2600,100 full  flat
    ";
    check(ON_PERMIT, table, &["08:06:00 A>- lost", "WB-01 08:06:00-20:06:00 loaded_too_long"]);
    let asleep = table.replace("20:10:00", "gap 20:10:00");
    check(ON_PERMIT, &asleep, &["08:06:00 A>- lost"]);
}

#[test]
fn wb01_two_loads_each_brought_to_the_sink_are_clean() {
    let day = format!("{CLEAN_HAUL}{}", later(CLEAN_HAUL, 1));
    let expected = ["08:06:00 A>S delivered", "09:06:00 A>S delivered"];
    check(ON_PERMIT, &without(&day, &BODY), &expected);
    check(ON_PERMIT, &without(&day, &LIFT), &expected);
}

/// A truck with a lift and no load sensor stands three minutes in the sink and is loaded again at A.
const STOOD_IN_THE_SINK: &str = "
    08:00:00  100,100   unknown flat
    08:05:00  100,100   unknown flat
    08:06:00  150,100   unknown flat
    08:15:50  5080,100  unknown flat
    08:16:00  5100,100  unknown flat v=0
    08:17:10  5100,100  unknown flat
    08:19:00  5100,100  unknown flat
    08:29:00  100,100   unknown flat
    08:33:00  100,100   unknown flat
    08:34:00  150,100   unknown flat
    08:36:00  1500,100  unknown flat
";

#[test]
fn wb01_a_stand_in_a_sink_in_which_a_lift_may_have_gone_unheard_accuses_nobody() {
    let watched = ["08:06:00 A>- lost", "08:34:00 A>- open", "WB-01 08:06:00-08:34:00 loaded_again"];
    check(ON_PERMIT, STOOD_IN_THE_SINK, &watched);
    let unheard = STOOD_IN_THE_SINK.replace("08:17:10", "gap 08:17:10");
    check(ON_PERMIT, &unheard, &["08:06:00 A>- lost", "08:34:00 A>- open"]);
}

#[test]
fn wb01_an_echo_at_a_stand_is_no_first_departure() {
    let table = "
        08:00:00  100,100  unknown unknown
        08:06:00  100,100  unknown unknown v=0
        gap 08:06:10  100,330  unknown unknown v=0
        gap 08:06:20  100,330  unknown unknown v=0
        gap 08:06:30  100,100  unknown unknown v=0
        08:12:00  100,100  unknown unknown
        08:13:00  150,100  unknown unknown
        08:15:00  1500,100 unknown unknown
    ";
    check(ON_PERMIT, table, &["08:13:00 A>- open"]);
    // A truck that says it drives there and back has left.
    let driven = table.replace("100,330  unknown unknown v=0", "100,330  unknown unknown v=20");
    check(
        ON_PERMIT,
        &driven,
        &["08:06:00 A>- lost", "08:13:00 A>- open", "WB-01 08:06:00-08:13:00 loaded_again"],
    );
}
