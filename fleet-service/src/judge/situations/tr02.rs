//! TR-02 and its look-alikes.

use super::*;

#[test]
fn tr02_bands_by_the_median_over_the_limit_of_the_zone() {
    let speeding = |v: u32| {
        format!(
            "08:00:00 2100,0 empty flat v=38
             08:00:10 2200,0 empty flat v={v}
             08:00:20 2300,0 empty flat v={v}
             08:00:30 2400,0 empty flat v={v}
             08:00:40 2500,0 empty flat v=30
             08:00:50 2600,0 empty flat v=30
             08:01:00 2700,0 empty flat v=30
             08:01:10 2800,0 empty flat v=30"
        )
    };
    for (v, expected) in [
        (44, None),
        (45, Some("TR-02 08:00:10-08:00:30 a")),
        (48, Some("TR-02 08:00:10-08:00:30 b")),
        (59, Some("TR-02 08:00:10-08:00:30 b")),
        (60, Some("TR-02 08:00:10-08:00:30 c")),
    ] {
        check(ON_PERMIT, &speeding(v), expected.as_slice());
    }
}

#[test]
fn tr02_one_fast_fix_and_the_default_limit_outside_zones_are_kept() {
    let once = "
        08:00:00 500,0 empty flat v=50
        08:00:10 600,0 empty flat v=99
        08:00:20 700,0 empty flat v=50
        08:00:30 800,0 empty flat v=64
        08:00:40 900,0 empty flat v=65
        08:00:50 1000,0 empty flat v=66
    ";
    check(ON_PERMIT, once, &[]);
}

#[test]
fn tr02_stretches_less_than_180_s_apart_are_one() {
    let mut table = String::from("08:00:00 300,0 empty flat v=30\n");
    for (from, to, v) in [(1, 6, 80), (7, 16, 0), (17, 22, 80), (23, 60, 30), (61, 66, 80), (67, 70, 30)] {
        for i in from..=to {
            let second = i * 10;
            table.push_str(&format!(
                "08:{:02}:{:02} {},0 empty flat v={v}\n",
                second / 60,
                second % 60,
                300 + i
            ));
        }
    }
    check(ON_PERMIT, &table, &["TR-02 08:00:10-08:03:40 b", "TR-02 08:10:10-08:11:00 b"]);
}

#[test]
fn tr02_within_a_positions_uncertainty_of_a_border_the_milder_limit_holds() {
    // Once a second into the zone of 40, its border at 2,000 m east: still at 55 for its first metres.
    let brakes_at = |braked_m: i32| {
        let mut table = String::new();
        for second in 0..60 {
            let east = 1_900 + second * 4;
            let v = if east < braked_m { 55 } else { 38 };
            table += &format!("08:00:{second:02} {east},0 empty flat v={v}\n");
        }
        table
    };
    check(ON_PERMIT, &brakes_at(2_014), &[]);
    check(ON_PERMIT, &brakes_at(2_100), &["TR-02 08:00:29-08:00:49 b"]);
}

#[test]
fn tr02_echoes_after_a_zone_are_not_held_to_its_limit() {
    // Out of the zone of 40 at 3,000 m; the first fixes after it do not know where they are.
    let leaves = "
        08:00:00      2800,0 empty flat v=38
        gap 08:01:00  3300,0 empty flat v=52 hdop=8
        gap 08:01:06  3390,0 empty flat v=52 hdop=8
        gap 08:01:12  3480,0 empty flat v=52 hdop=8
        gap 08:02:00  4300,0 empty flat v=52
    ";
    check(ON_PERMIT, leaves, &[]);
}
