//! UW-05 and its look-alikes.

use super::*;

#[test]
fn uw05_a_load_taken_on_in_a_field_is_told_until_it_is_unloaded() {
    let table = "
        08:00:00  1000,1000 empty flat
        08:05:00  1000,1000 full  flat
        08:15:00  5100,100  full  flat
        08:16:00  5100,100  empty flat
        08:18:00  5100,100  empty flat
    ";
    let judgement = check(ON_PERMIT, table, &["08:05:00 ->S delivered", "UW-05 08:05:00-08:16:00 A"]);
    assert_eq!((&judgement.violations[0].permit, judgement.hauls[0].leg), (&None, None));
}

#[test]
fn uw05_a_sensor_that_flickers_once_takes_on_nothing() {
    let table = "
        08:00:00  1000,1000 empty flat
        08:05:00  1000,1000 full  flat
        08:05:10  1000,1000 empty flat
        08:10:00  2000,1000 empty flat
    ";
    check(ON_PERMIT, table, &[]);
}

#[test]
fn uw05_a_load_taken_on_at_the_edge_of_a_source_is_that_sources() {
    let table = "
        08:00:00  500,100  empty flat
        08:02:00  212,100  empty flat
        08:05:00  212,100  full  flat
        08:06:00  400,100  full  flat
        08:16:00  5100,100 full  flat
        08:17:00  5100,100 empty flat
        08:20:00  5100,100 empty flat
    ";
    check(ON_PERMIT, table, &["08:05:00 A>S delivered"]);
}
