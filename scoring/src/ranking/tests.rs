use std::num::NonZeroU32;

use super::*;
use crate::sheet::csv;
use crate::{Catalogue, ConfirmedCase, ledger, posting};

fn standing(key: &str, value_cp: i64, thin: Option<TooThin>) -> Standing {
    Standing {
        key: key.to_owned(),
        name: format!("={key}"),
        value_cp,
        band: Some(Band::of(value_cp)),
        period_cp: 0,
        deductions: 0,
        exposure: Exposure::default(),
        thin,
        risk: None,
    }
}

fn november() -> Period {
    "2026-11".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[track_caller]
fn check(by: By, standings: Vec<Standing>, ranked: &[(u32, &str)], not_rated: &[&str]) {
    let as_of = at("2026-12-01T00:00:00+08:00");
    let mut backwards = standings.clone();
    backwards.reverse();
    let ranking = Ranking::of(by, november(), standings, as_of);
    assert_eq!(Ranking::of(by, november(), backwards, as_of), ranking);
    let found: Vec<(u32, &str)> =
        ranking.ranked.iter().map(|row| (row.rank.unwrap(), row.key.as_str())).collect();
    assert_eq!(found, ranked);
    assert_eq!(ranking.not_rated.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), not_rated);
    assert!(
        ranking
            .not_rated
            .iter()
            .all(|row| row.rank.is_none() && row.value_cp.is_none() && row.band.is_none())
    );
    assert!(ranking.is_over);
}

#[test]
fn equal_values_share_a_rank_and_thin_ones_have_none() {
    let rows = || {
        vec![
            standing("b", 9_000, None),
            standing("a", 9_000, None),
            standing("c", 9_500, None),
            standing("d", 5_999, None),
            standing("z", 10_000, Some(TooThin::Trips)),
            standing("y", 0, Some(TooThin::RegisteredDays)),
        ]
    };
    check(By::Company, rows(), &[(1, "c"), (2, "a"), (2, "b"), (4, "d")], &["y", "z"]);
    check(By::Area, rows(), &[(1, "d"), (2, "a"), (2, "b"), (4, "c")], &["y", "z"]);
    check(By::Area, vec![], &[], &[]);
}

#[test]
fn shares_are_of_something_or_absent() {
    let some = Exposure {
        trucks: 3,
        clean_trucks: 2,
        truck_days: 90,
        online_truck_days: 91,
        tickets: 0,
        ..Exposure::default()
    };
    assert_eq!((some.clean_e4(), some.online_e4(), some.paired_e4()), (Some(6_666), Some(10_000), None));
    for (base_cp, hauls, expected) in
        [(0, 0, 0), (300, 0, 0), (300, 200, 150), (1, 200, 1), (1, 201, 0), (2_000, 3, 66_667)]
    {
        assert_eq!(per_100_hauls_cp(base_cp, hauls), expected, "{base_cp} of {hauls}");
    }
}

fn book(acts: &[(&str, &str, &str)]) -> (Vec<LedgerEntry>, Uscc) {
    let catalogue = Catalogue::embedded().unwrap();
    let uscc: Uscc = "91410183MA40000010".parse().unwrap();
    let mut entries: Vec<LedgerEntry> = Vec::new();
    for (number, (rule, occurred, posted)) in acts.iter().enumerate() {
        let (occurred, posted) = (at(occurred), at(posted));
        let case = ConfirmedCase {
            case_no: number.to_string().parse().unwrap(),
            rule: rule.parse().unwrap(),
            band: None,
            plate: format!("豫A1234{number}").parse().unwrap(),
            uscc: uscc.clone(),
            trip: None,
            occurred_at: occurred,
            occurred_until: occurred,
            final_date: posted.local_date(),
            decision_no: None,
            circumstances: Vec::new(),
        };
        let by = "officer".parse().unwrap();
        let draft = posting::deduction(&case, &entries, &catalogue, NonZeroU32::MIN, posted, by).unwrap();
        entries.push(ledger::append(entries.last(), draft));
    }
    (entries, uscc)
}

#[test]
fn a_period_that_is_over_never_changes() {
    let (mut entries, uscc) = book(&[
        ("RT-01", "2026-10-30T12:00:00+08:00", "2026-11-01T00:00:00+08:00"),
        ("RT-02", "2026-10-02T12:00:00+08:00", "2026-10-31T23:59:59+08:00"),
        ("UW-01", "2026-11-02T12:00:00+08:00", "2026-12-01T00:00:00+08:00"),
    ]);
    let of = |entries: &[LedgerEntry], period: &str| {
        PeriodScore::of(entries, &uscc, period.parse().unwrap(), Profile::FleetFair)
    };
    let november = of(&entries, "2026-11");
    // The act of November that was posted in December counts in December.
    assert_eq!(november.score_cp, 9_400);
    assert_eq!(november.new_acts().map(|act| act.counted_cp).collect::<Vec<_>>(), [300]);
    assert_eq!(of(&entries, "2026-12").score_cp, 7_400);
    assert_eq!(of(&entries, "2026-10").score_cp, 9_700);
    let first = entries[0].clone();
    let reversed_at = at("2026-12-05T00:00:00+08:00");
    let reversal =
        posting::reversal(&first, "".parse().unwrap(), None, reversed_at, "officer".parse().unwrap())
            .unwrap();
    entries.push(ledger::append(entries.last(), reversal));
    assert_eq!(of(&entries, "2026-11"), november);
    assert_eq!(of(&entries, "2026-12").score_cp, 7_700);
}

#[test]
fn a_year_that_turns_in_a_week_counts_what_was_posted_in_it() {
    let (entries, uscc) = book(&[
        ("RT-01", "2026-12-30T12:00:00+08:00", "2027-01-02T00:00:00+08:00"),
        ("RT-02", "2027-01-01T12:00:00+08:00", "2027-01-03T00:00:00+08:00"),
    ]);
    let week = PeriodScore::of(&entries, &uscc, "2026-W53".parse().unwrap(), Profile::FleetFair);
    assert_eq!((week.score_cp, week.new_acts().count()), (9_700, 2));
}

#[test]
fn the_table_names_triage_apart_and_leaves_it_out_without_one() {
    let as_of = at("2026-11-24T00:00:00+08:00");
    let plain = Ranking::of(By::Company, november(), vec![standing("a", 9_000, None)], as_of);
    assert!(!plain.is_over);
    let text = csv::write(&sheets::table(&plain));
    assert!(!text.contains("triage"), "{text}");
    assert!(text.contains("\r\n1,a,'=a,90.00,正常,0.00,0,0,0.000,0,,,,,2026-11\r\n"), "{text}");
    let uscc = "91410183MA40000010".parse().unwrap();
    let risk = Some(RiskRow { uscc, rate_cp: Some(648), percentile_e4: Some(7_500), thin: None });
    let seen = vec![Standing { risk, ..standing("a", 9_000, None) }, standing("b", 0, Some(TooThin::Trips))];
    let text = csv::write(&sheets::table(&Ranking::of(By::Company, november(), seen, as_of)));
    assert!(text.contains("period,triage_rate,triage_percentile\r\n"), "{text}");
    assert!(text.contains(",2026-11,6.48,0.7500\r\n") && text.contains("趟次不足,2026-11,,\r\n"), "{text}");
}
