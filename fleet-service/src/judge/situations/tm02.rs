//! TM-02 and its look-alikes.

use super::gates::*;
use super::*;

fn signs(judgement: &Judgement) -> Vec<String> {
    let words = |v: &domain::Violation| v.facts["signs"].as_array().unwrap().clone();
    judgement.violations.iter().flat_map(words).map(|word| word.as_str().unwrap().to_owned()).collect()
}

const PULLED: &str = "
    08:00:00  0,1000     empty flat ant=ok
    08:05:00  1000,1000  empty flat ant=ok
    08:05:10  1000,1000  empty flat ant=open nofix
    08:14:00  1000,1000  empty flat ant=open nofix
    08:14:10  4000,1000  empty flat ant=ok
    08:16:00  5000,1000  empty flat ant=ok
";

#[test]
fn tm02_an_antenna_pulled_while_the_truck_drives() {
    let judgement = check(ON_PERMIT, PULLED, &["TM-02 08:05:10-08:14:00"]);
    assert_eq!(signs(&judgement), ["antenna_open"]);
    assert!((judgement.violations[0].facts["moved_m"].as_f64().unwrap() - 3000.0).abs() < 1.0);
    check(MIXER, &PULLED.replace("ant=open", "ant=short"), &["TM-02 08:05:10-08:14:00"]);
}

#[test]
fn tm02_power_lost_under_way_is_told_while_it_lasts() {
    let under_way = "
        08:00:00  0,1000     empty flat power=ok
        08:05:00  1000,1000  empty flat power=ok
        08:05:10  1100,1000  empty flat power=lost
        08:14:00  4000,1000  empty flat power=lost
    ";
    let judgement = check(ON_PERMIT, under_way, &["TM-02 08:05:10-08:14:00"]);
    assert_eq!(signs(&judgement), ["power_lost"]);
    let over = format!(
        "{under_way}\n08:14:10 4050,1000 empty flat power=ok\n08:20:00 5000,1000 empty flat power=ok"
    );
    check(ON_PERMIT, &over, &["TM-02 08:05:10-08:14:00"]);
}

#[test]
fn tm02_no_power_in_the_yard_overnight_a_loose_contact_and_one_bad_report_at_speed_are_nothing() {
    let overnight = "
        18:00:00  100,2100  empty flat power=ok
        18:05:00  100,2100  empty flat power=lost
        30:00:00  105,2100  empty flat power=lost
        30:01:00  105,2100  empty flat power=ok
        30:10:00  900,2100  empty flat power=ok
    ";
    check(ON_PERMIT, overnight, &[]);
    let loose = PULLED.replace("08:14:00", "08:05:20").replace("08:14:10  4000", "08:05:30  1200");
    check(ON_PERMIT, &loose, &[]);
    let sparse = "
        08:00:00      0,1000     empty flat ant=ok
        gap 08:01:00  1000,1000  empty flat ant=open
        gap 08:02:00  2000,1000  empty flat ant=ok
        gap 08:03:00  3000,1000  empty flat ant=ok
    ";
    check(ON_PERMIT, sparse, &[]);
}

const FROZEN: &str = "
    08:00:00  0,1000     empty flat
    08:05:00  1000,1000  empty flat
    08:05:10  1050,1000  empty flat v=35
    08:06:10  1050,1000  empty flat v=35
    08:07:00  1050,1000  empty flat v=0
    08:11:00  1050,1000  empty flat v=40
    08:11:10  2000,1000  empty flat
    08:16:00  5000,1000  empty flat
";

#[test]
fn tm02_a_position_that_stands_to_the_last_digit_at_speed_is_frozen() {
    let judgement = check(ON_PERMIT, FROZEN, &["TM-02 08:05:10-08:11:00"]);
    assert_eq!(signs(&judgement), ["frozen_at_speed"]);
    check(ON_PERMIT, &FROZEN.replace("08:11:00  1050", "08:10:00  1050"), &[]);
}

#[test]
fn tm02_a_receiver_that_holds_its_place_while_the_truck_stands_is_not_frozen() {
    check(ON_PERMIT, &FROZEN.replace("v=35", "v=0").replace("v=40", "v=1"), &[]);
}

const READ_ELSEWHERE: &str = "
    08:00:00  0,1000    empty flat v=0
    08:20:00  0,1000    empty flat v=0
    08:20:10  30,1000   empty flat v=3
    08:25:00  900,1000  empty flat
    read 08:10:00 08:10:20 G9
";

#[test]
fn tm02_a_position_that_stands_while_a_gate_elsewhere_reads_the_tag_is_frozen_and_not_two_trucks() {
    let judgement = check_gated(ON_PERMIT, READ_ELSEWHERE, &["TM-02 08:00:00-08:20:00"]);
    assert_eq!(signs(&judgement), ["gate_reads_elsewhere"]);
    assert_eq!(judgement.violations[0].facts["gate"], "G9");
}

#[test]
fn tm02_the_trucks_own_gate_one_reading_and_a_gate_after_it_left_are_nothing() {
    let own_gate = READ_ELSEWHERE.replace(",1000 ", ",100 ").replace("G9", "G1");
    check_gated(ON_PERMIT, &own_gate, &[]);
    check_gated(ON_PERMIT, &READ_ELSEWHERE.replace("08:10:20", "08:10:00"), &[]);
    check_gated(ON_PERMIT, &READ_ELSEWHERE.replace("read 08:10:00 08:10:20", "read 08:20:05 08:20:08"), &[]);
}
