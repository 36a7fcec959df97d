//! SE-01 and its look-alikes.

use super::*;

const OPEN: &str = "
    08:00:00  100,100   empty flat lid=open
    08:05:00  100,100   full  flat lid=open
    08:06:00  150,100   full  flat lid=open
    08:07:00  1000,100  full  flat lid=open
    08:10:00  2800,100  full  flat lid=open
    08:11:00  3400,100  full  flat lid=closed
    08:14:00  4900,100  full  flat lid=closed
";

#[test]
fn se01_runs_from_the_first_fix_outside_to_the_last_with_the_lid_open() {
    let judgement = check(ON_PERMIT, OPEN, &["08:06:00 A>- open", "SE-01 08:06:10-08:10:40"]);
    let facts = &judgement.violations[0].facts;
    assert_eq!(facts["grade"], "sensor");
    assert_eq!(judgement.violations[0].trip, Some(judgement.hauls[0].id));
    assert_eq!(facts["seconds"], serde_json::json!(270.0));
}

#[test]
fn se01_closed_empty_or_unknown_is_nothing() {
    check(ON_PERMIT, &OPEN.replace("open", "closed"), &["08:06:00 A>- open"]);
    check(ON_PERMIT, &OPEN.replace("lid=open", ""), &["08:06:00 A>- open"]);
    check(ON_PERMIT, &OPEN.replace("full", "empty"), &[]);
    check(ON_PERMIT, &OPEN.replace("full", "unknown").replace("empty", "unknown"), &["08:06:00 A>- open"]);
}

#[test]
fn se01_a_cover_closed_within_the_minute_and_one_that_opens_to_tip_are_nothing() {
    let table = "
        08:00:00  100,100   empty flat lid=open
        08:05:00  100,100   full  flat lid=open
        08:06:00  150,100   full  flat lid=open
        08:06:50  700,100   full  flat lid=open
        08:07:00  800,100   full  flat lid=closed
        08:14:00  4950,100  full  flat lid=closed
        08:15:00  5100,100  full  flat lid=open
        08:16:00  5100,100  full  raised lid=open
        08:17:00  5100,100  empty flat lid=open
        08:25:00  400,100   empty flat lid=open
    ";
    check(ON_PERMIT, table, &["08:06:00 A>S delivered"]);
}

#[test]
fn se01_a_red_light_does_not_make_two_and_a_lid_that_flickers_is_not_open() {
    let light = "
        08:00:00  100,100   empty flat lid=open
        08:05:00  100,100   full  flat lid=open
        08:06:00  150,100   full  flat lid=open
        08:06:50  700,100   full  flat lid=open
        08:08:50  702,100   full  flat lid=open
        08:09:20  900,100   full  flat lid=open
        08:09:40  1100,100  full  flat lid=closed
        08:20:00  4900,100  full  flat lid=closed
    ";
    check(ON_PERMIT, light, &["08:06:00 A>- open", "SE-01 08:06:10-08:09:30"]);
    let mut flicker = reports(ON_PERMIT, &OPEN.replace("open", "closed"));
    for (i, report) in flicker.iter_mut().enumerate() {
        if let Content::Fix(fix) = &mut report.content {
            fix.lid = if i % 3 == 0 { domain::Lid::Open } else { domain::Lid::Closed };
        }
    }
    let judgement = judge_all(&Registers::always(city()), flicker, None).unwrap();
    assert_eq!(told(&judgement), ["08:06:00 A>- open"]);
}

#[test]
fn se01_a_mixer_hauls_no_waste() {
    check(MIXER, OPEN, &[]);
}
