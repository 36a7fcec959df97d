use super::*;
use crate::frame::with_checksum;
use crate::sentence::parse;

const NOW: &str = "2026-11-23T13:00:00Z";

/// Feeds bodies (without `$` and checksum; `#quiet` waits, `#end` ends the source) and gives the epochs.
fn epochs(policy: DatePolicy, script: &[&str]) -> (Vec<Epoch>, EpochCounters) {
    let mut assembler = Assembler::new(policy);
    let mut now: Timestamp = NOW.parse().unwrap();
    let mut found = Vec::new();
    for line in script {
        match *line {
            "#quiet" => {
                now = now.plus_millis(QUIET_MS);
                assembler.handle_timeout(now);
            }
            "#end" => assembler.finish(now),
            body => assembler.handle_sentence(&parse(&with_checksum(body)).unwrap(), now),
        }
        while let Some(epoch) = assembler.poll_epoch() {
            found.push(epoch);
        }
    }
    (found, *assembler.counters())
}

/// `time fix lat altitude speed` of each epoch, `-` where unknown.
#[track_caller]
fn check(script: &[&str], expected: &[&str]) {
    let (found, _) = epochs(DatePolicy::Live, script);
    let or_dash = |value: Option<String>| value.unwrap_or_else(|| "-".into());
    let lines: Vec<String> = found
        .iter()
        .map(|epoch| {
            let utc = |t: Timestamp| t.local().naive_utc().format("%dT%H:%M:%S%.3f").to_string();
            format!(
                "{} {} {} {} {}",
                or_dash(epoch.time.map(utc)),
                epoch.fix,
                or_dash(epoch.position.map(|p| format!("{:.4}", p.lat()))),
                or_dash(epoch.altitude_m.map(|m| m.to_string())),
                or_dash(epoch.speed.map(|s| format!("{:.1}", s.kmh()))),
            )
        })
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn sentences_of_one_time_make_one_epoch() {
    check(
        &[
            "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
            "GNGSA,A,3,01,02,03,04,,,,,,,,,1.5,1.0,1.2",
            "GNRMC,120001.00,A,3430.0060,N,11324.0000,E,20.0,90.0,231126,,,A",
            "#end",
        ],
        &["23T12:00:00.000 3d 34.5000 110 18.5", "23T12:00:01.000 3d 34.5001 - 37.0"],
    );
}

#[test]
fn an_altitude_never_comes_from_another_epoch() {
    check(
        &[
            "GPGGA,120000.00,3430.0000,N,11324.0000,E,1,03,1.0,110.0,M,,M,,",
            "GPRMC,120001.00,A,3430.0060,N,11324.0000,E,20.0,90.0,231126,,,A",
            "#end",
        ],
        // The first has no date yet; the second nothing that tells its dimensions.
        &["- 2d 34.5000 110 -", "23T12:00:01.000 2d 34.5001 - 37.0"],
    );
}

#[test]
fn a_quiet_line_closes_the_epoch() {
    let rmc = "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A";
    check(&[rmc, "#quiet"], &["23T12:00:00.000 2d 34.5000 - 18.5"]);
    check(&[rmc], &[]);
}

#[test]
fn a_late_sentence_makes_no_second_epoch() {
    let script = [
        "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
        "#quiet",
        "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
        "#end",
    ];
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found.len(), counters.late), (1, 1));
}

#[test]
fn the_learned_last_sentence_closes_without_waiting() {
    let mut script = Vec::new();
    let bodies: Vec<[String; 3]> = (0..6)
        .map(|s| {
            [
                format!("GNRMC,12000{s}.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
                format!("GNGGA,12000{s}.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,"),
                "GNGLL,3430.0000,N,11324.0000,E,,A,A".to_owned(),
            ]
        })
        .collect();
    script.extend(bodies.iter().flatten().map(String::as_str));
    // Three bursts to learn, so the fourth, fifth and sixth close with their own last sentence.
    assert_eq!(epochs(DatePolicy::Live, &script).0.len(), 6);
    // A sentence behind it was not foreseen: it is late, changes nothing, and the habit is learned anew.
    script.push("GNVTG,90.0,T,,M,10.0,N,18.5,K,A");
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found.len(), counters.late), (6, 1));
}

#[test]
fn a_receiver_that_stamps_its_burst_a_fraction_apart_makes_one_epoch_of_it() {
    let burst = |s: u32| {
        [
            format!("GNGGA,12000{s}.200,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,"),
            format!("GNRMC,12000{s}.000,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
        ]
    };
    let bodies: Vec<String> = (0..4).flat_map(burst).collect();
    let script: Vec<&str> = bodies.iter().map(String::as_str).chain(["#end"]).collect();
    let (found, _) = epochs(DatePolicy::Live, &script);
    // Until the second burst the pace of the receiver is not known.
    let whole = found.iter().filter(|e| e.altitude_m.is_some() && e.speed.is_some()).count();
    assert_eq!((found.len(), whole), (5, 3));
    assert!(found.iter().skip(1).all(|e| e.time.unwrap().millis() % 1000 == 0));
}

#[test]
fn a_receiver_at_five_hertz_is_not_folded() {
    let bodies: Vec<String> = (0..10)
        .map(|n| {
            format!("GNRMC,12000{}.{}00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A", n / 5, n % 5 * 2)
        })
        .collect();
    let script: Vec<&str> = bodies.iter().map(String::as_str).chain(["#end"]).collect();
    assert_eq!(epochs(DatePolicy::Live, &script).0.len(), 10);
}

#[test]
fn midnight_rolls_where_the_date_is_old() {
    check(
        &[
            "GNRMC,235959.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "GNGGA,000000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
            "GNRMC,000001.00,A,3430.0000,N,11324.0000,E,10.0,90.0,241126,,,A",
            "#end",
        ],
        &[
            "23T23:59:59.000 2d 34.5000 - 18.5",
            "24T00:00:00.000 3d 34.5000 110 -",
            "24T00:00:01.000 2d 34.5000 - 18.5",
        ],
    );
}

#[test]
fn a_void_rmc_makes_the_epoch_void_and_its_date_worth_nothing() {
    check(
        &[
            "GNRMC,120000.00,V,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,N",
            "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
            "#end",
        ],
        &["- none 34.5000 110 18.5"],
    );
}

#[test]
fn a_date_of_a_cold_start_is_refused_and_counted() {
    let script = ["GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,060180,,,A", "#end"];
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found[0].time, counters.dates_refused), (None, 1));
}

#[test]
fn a_date_of_1024_weeks_ago_is_mended_and_counted() {
    let script = ["GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,090407,,,A", "#end"];
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found[0].time, counters.dates_mended), ("2026-11-23T12:00:00Z".parse().ok(), 1));
}

#[test]
fn dead_reckoning_in_either_sentence_is_no_fix() {
    check(
        &[
            "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "GNGGA,120000.00,3430.0000,N,11324.0000,E,6,00,9.0,110.0,M,,M,,",
            "#end",
        ],
        &["23T12:00:00.000 none 34.5000 110 18.5"],
    );
}

#[test]
fn a_receiver_without_time_still_makes_epochs() {
    let (found, _) = epochs(
        DatePolicy::Live,
        &["GNGGA,,,,,,0,00,99.99,,,,,,", "GNRMC,,V,,,,,,,,,,N", "GNGGA,,,,,,0,00,99.99,,,,,,", "#end"],
    );
    assert_eq!(found.iter().map(|e| (e.time, e.fix)).collect::<Vec<_>>(), [(None, FixKind::None); 2]);
}

#[test]
fn a_date_of_1024_weeks_ahead_is_mended_and_told() {
    let script = ["GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,090746,,,A", "#end"];
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found[0].time, counters.dates_mended), ("2026-11-23T12:00:00Z".parse().ok(), 1));
    assert_eq!(found[0].date, DateState::Mended);
}

#[test]
fn a_leap_second_is_the_last_millisecond_of_its_minute() {
    check(
        &[
            "GNRMC,235960.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "GNRMC,000000.00,A,3430.0060,N,11324.0000,E,10.0,90.0,241126,,,A",
            "#end",
        ],
        &["23T23:59:59.999 2d 34.5000 - 18.5", "24T00:00:00.000 2d 34.5001 - 18.5"],
    );
}

#[test]
fn two_talkers_of_one_moment_make_one_epoch() {
    check(
        &[
            "GPRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "BDRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
            "GPGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
            "BDGGA,120000.00,3430.0000,N,11324.0000,E,1,05,1.3,112.0,M,,M,,",
            "GPRMC,120001.00,A,3430.0060,N,11324.0000,E,10.0,90.0,231126,,,A",
            "#end",
        ],
        &["23T12:00:00.000 3d 34.5000 110 18.5", "23T12:00:01.000 2d 34.5001 - 18.5"],
    );
}

#[test]
fn the_last_place_of_a_burst_counts_if_it_is_told_as_finely() {
    let rmc = "GPRMC,120000,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,E,A";
    // A plotter's RMC holds the place of the second before.
    let fresh = "GPGGA,120000,3430.0600,N,11324.0000,E,1,12,0.60,-4,M,46.8,M,,";
    check(&[rmc, fresh, "#end"], &["23T12:00:00.000 3d 34.5010 -4 18.5"]);
    check(&[rmc, "GPGLL,3430.1,N,11324.0,E,120000,A,A", "#end"], &["23T12:00:00.000 2d 34.5000 - 18.5"]);
    check(
        &[rmc, "GPGLL,3430.0600,N,11324.0000,E,120000,A,A", "#end"],
        &["23T12:00:00.000 2d 34.5010 - 18.5"],
    );
    let void = "GPGGA,120000,3430.9000,N,11324.0000,E,0,00,99.9,-4,M,46.8,M,,";
    check(&[rmc, void, "#end"], &["23T12:00:00.000 2d 34.5000 -4 18.5"]);
}

#[test]
fn a_fix_without_a_place_is_none() {
    let (found, _) = epochs(DatePolicy::Live, &["GNRMC,120000.00,A,,,,,10.0,90.0,231126,,,A", "#end"]);
    assert_eq!((found[0].fix, found[0].position), (FixKind::None, None));
}

#[test]
fn a_last_sentence_sent_twice_makes_no_second_epoch() {
    let bodies: Vec<String> = (0..6)
        .flat_map(|s| {
            [
                format!("GNRMC,12000{s}.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
                format!("GPZDA,12000{s}.00,23,11,2026,00,00"),
            ]
        })
        .chain(["GPZDA,120005.00,23,11,2026,00,00".to_owned(), "#end".to_owned()])
        .collect();
    let script: Vec<&str> = bodies.iter().map(String::as_str).collect();
    let (found, counters) = epochs(DatePolicy::Live, &script);
    assert_eq!((found.len(), counters.late), (6, 1));
}

#[test]
fn an_error_estimate_belongs_to_its_own_moment() {
    let rmc = "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A";
    let gst = |time: &str| format!("GNGST,{time},1.2,0.9,0.8,30.0,3.0,4.0,1.5");
    for (time, expected) in [("120000.00", Some(500)), ("115959.00", None)] {
        let (found, _) = epochs(DatePolicy::Live, &[rmc, &gst(time), "#end"]);
        assert_eq!(found[0].horizontal_error_cm, expected, "{time}");
    }
}

#[test]
fn the_line_of_an_epoch_is_that_of_its_last_sentence() {
    let mut assembler = Assembler::new(DatePolicy::Live);
    let now: Timestamp = NOW.parse().unwrap();
    for (line, body) in [
        (3, "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
        (5, "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,"),
        (6, "GPTXT,01,01,01,ANTENNA OK"),
        (9, "GNRMC,120001.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A"),
    ] {
        assembler.at_line(line);
        assembler.handle_sentence(&parse(&with_checksum(body)).unwrap(), now);
    }
    assembler.finish(now);
    let lines: Vec<u64> = std::iter::from_fn(|| assembler.poll_epoch()).map(|epoch| epoch.line).collect();
    assert_eq!(lines, [5, 9]);
}

#[test]
fn a_receiver_whose_time_stands_still_has_no_fix() {
    let burst = [
        "GNRMC,120000.00,A,3430.0000,N,11324.0000,E,10.0,90.0,231126,,,A",
        "GNGGA,120000.00,3430.0000,N,11324.0000,E,1,09,1.0,110.0,M,,M,,",
        "#quiet",
    ];
    let (found, counters) = epochs(DatePolicy::Live, &burst.repeat(6));
    let fixes: Vec<FixKind> = found.iter().map(|epoch| epoch.fix).collect();
    let expected = [FixKind::D3, FixKind::D3, FixKind::D3, FixKind::None, FixKind::None, FixKind::None];
    assert_eq!((fixes.as_slice(), counters.stale), (expected.as_slice(), 3));
}
