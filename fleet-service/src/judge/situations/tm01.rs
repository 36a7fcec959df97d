//! TM-01 and its look-alikes.

use super::*;

const GAP: &str = "
    08:00:00      0,1000     empty flat
    08:10:00      2500,1000  empty flat
    gap 08:21:30  4500,1000  empty flat
    08:25:00      5500,1000  empty flat
";

#[test]
fn tm01_runs_from_the_last_report_before_to_the_first_after_mixers_too() {
    let judgement = check(ON_PERMIT, GAP, &["TM-01 08:10:00-08:21:30"]);
    assert!((judgement.violations[0].facts["moved_m"].as_f64().unwrap() - 2000.0).abs() < 1.0);
    assert_eq!(judgement.violations[0].position, at(2500.0, 1000.0));
    check(MIXER, GAP, &["TM-01 08:10:00-08:21:30"]);
}

#[test]
fn tm01_the_late_batch_of_a_network_outage_fills_the_gap() {
    let registers = Registers::always(city());
    let all = reports(ON_PERMIT, &GAP.replace("gap ", ""));
    let (lost, heard): (Vec<Report>, Vec<Report>) =
        all.iter().cloned().partition(|r| r.time > clock("08:10:00") && r.time < clock("08:21:30"));
    let mut judge = crate::judge::Judge::new(registers.clone()).unwrap();
    heard.into_iter().for_each(|report| judge.handle(report));
    let opened: Vec<_> = std::iter::from_fn(|| judge.poll()).collect();
    assert!(
        matches!(&opened[..], [crate::judge::Change::Opened(v)] if v.rule.as_str() == "TM-01"),
        "{opened:?}"
    );
    lost.into_iter().for_each(|report| judge.handle(report));
    let withdrawn: Vec<_> = std::iter::from_fn(|| judge.poll()).collect();
    assert!(matches!(&withdrawn[..], [crate::judge::Change::Withdrawn(_)]), "{withdrawn:?}");
    check(ON_PERMIT, &GAP.replace("gap ", ""), &[]);
}

#[test]
fn tm01_tunnels_and_basements_are_not_silent() {
    check(ON_PERMIT, &GAP.replace("gap 08:21:30", "08:10:10 2510,1000 empty flat nofix\n08:21:30"), &[]);
}

#[test]
fn tm01_asleep_in_its_place_just_short_of_five_minutes_and_near_are_nothing() {
    check(ON_PERMIT, "08:00:00 0,1000 empty flat\ngap 09:00:00 200,1000 empty flat", &[]);
    check(ON_PERMIT, "08:00:00 0,1000 empty flat\ngap 08:04:59 4000,1000 empty flat", &[]);
    check(
        ON_PERMIT,
        "08:00:00 0,1000 empty flat\ngap 08:05:00 4000,1000 empty flat",
        &["TM-01 08:00:00-08:05:00"],
    );
}

#[test]
fn tm01_without_a_fix_at_once_the_first_fix_after_tells_how_far() {
    let table = "
        08:00:00      0,1000     empty flat
        08:10:00      2500,1000  empty flat
        08:10:20      2500,1000  empty flat nofix
        gap 08:21:00  2500,1000  empty flat nofix
        08:21:20      5000,1000  empty flat
    ";
    let judgement = check(ON_PERMIT, table, &["TM-01 08:10:20-08:21:00"]);
    // From the fix of 08:10:10 to that of 08:21:20 it is 2,500 m; 30 s of reports without a fix at 90 km/h come off.
    assert!((judgement.violations[0].facts["moved_m"].as_f64().unwrap() - 1750.0).abs() < 1.0);
}

#[test]
fn tm01_what_was_driven_while_it_reported_is_not_driven_in_silence() {
    // Under a roof for ten minutes before it sleeps, and found a minute after it woke.
    let table = "
        08:00:00      0,1000    empty flat
        08:01:00      100,1000  empty flat
        08:02:00      100,1000  empty flat nofix
        08:12:00      100,1000  empty flat nofix
        gap 09:30:00  100,1000  empty flat nofix
        09:31:00      1500,1000 empty flat
    ";
    check(ON_PERMIT, table, &[]);
    // Farther than it could have driven in these eleven minutes.
    check(
        ON_PERMIT,
        &table.replace("09:31:00      1500", "09:31:00      18800"),
        &["TM-01 08:12:00-09:30:00"],
    );
}

#[test]
fn tm01_the_wild_first_fix_of_a_cold_start_is_not_measured_from() {
    let table = "
        08:00:00      0,1000   empty flat
        08:10:00      100,1000 empty flat
        gap 09:30:00  700,1000 empty flat hdop=9.9
        09:30:10      120,1000 empty flat
        09:35:00      900,1000 empty flat
    ";
    check(ON_PERMIT, table, &[]);
    // One that is sure of itself, and followed by more from there.
    let sure = table.replace("hdop=9.9", "hdop=1.2").replace("120,1000", "710,1000");
    check(ON_PERMIT, &sure, &["TM-01 08:10:00-09:30:00"]);
}

#[test]
fn tm01_a_tag_the_truck_reports_breaks_the_silence_and_a_gates_reading_does_not() {
    use super::gates::*;
    let with = |row: &str| format!("{GAP}\n{row}");
    check_gated(ON_PERMIT, &with("read 08:15:00 08:15:20 G2"), &["TM-01 08:10:00-08:21:30"]);
    let broken = GAP.replace("08:21:30", "08:19:50");
    check_gated(ON_PERMIT, &format!("{broken}\nbeacon 08:14:55 08:14:56 CA4D"), &[]);
}

#[test]
fn tm01_a_stale_position_of_a_cold_start_is_no_place_to_have_come_from() {
    // The receiver wakes with the place it fell asleep in, without a fix, and finds itself only later.
    let table = "
        08:00:00      0,1000   empty flat
        08:10:00      100,1000 empty flat
        gap 09:30:00  100,1000 empty flat nofix
        09:31:00      110,1000 empty flat
        09:35:00      900,1000 empty flat
    ";
    check(ON_PERMIT, table, &[]);
}

#[test]
fn tm01_a_place_told_once_between_fixes_that_agree_on_another_was_never_true() {
    // A parked terminal that wakes every ten minutes, once with a position kilometres away.
    let table = "
        08:00:00      0,1000     empty flat ign=off
        gap 08:10:00  10,1000    empty flat ign=off
        gap 08:20:00  6000,1000  empty flat ign=off
        gap 08:30:00  0,1010     empty flat ign=off
        gap 08:40:00  0,1000     empty flat ign=off
    ";
    check(ON_PERMIT, table, &[]);
    // Told twice, it was.
    let twice = table.replace("0,1010", "6000,1010");
    check(ON_PERMIT, &twice, &["TM-01 08:10:00-08:20:00", "TM-01 08:30:00-08:40:00"]);
}

#[test]
fn tm01_a_terminal_that_loses_one_report_in_five_loses_four_in_a_row_too() {
    let once_a_minute = |lost: &dyn Fn(i32) -> bool| {
        let (mut table, mut after_gap) = (String::new(), "");
        for n in (0..59).filter(|n| !lost(*n)) {
            table += &format!("{after_gap}08:{n:02}:00 {},1000 empty flat v=30\n", n * 500);
            after_gap = "gap ";
        }
        table
    };
    let in_a_row = |n: i32| (50..54).contains(&n);
    check(ON_PERMIT, &once_a_minute(&|n| n % 5 == 4 || in_a_row(n)), &[]);
    check(ON_PERMIT, &once_a_minute(&in_a_row), &["TM-01 08:49:00-08:54:00"]);
}
