//! Versions of a profile over several years.

use super::*;
use crate::columns::Row;
use crate::cycle::Cycle;

/// Two deductions of class C on one haul each year, undiluted.
fn two_years() -> Columns {
    let mut columns = Columns {
        companies: vec!["91410183MA40000010".parse().unwrap()],
        cycles: vec![Cycle::of_year(2026), Cycle::of_year(2027)],
        ..Columns::default()
    };
    for number in 0..4_u32 {
        let start_ms = i64::from(number) * 86_400_000;
        columns.push(Row {
            company: 0,
            cycle: u16::try_from(number / 2).unwrap(),
            moves: Move::Deduct,
            class: Class::C,
            base_cp: 3_000,
            esc_permille: 1_000,
            k_num: 1,
            k_den: 1,
            amount_cp: 3_000,
            trip: 0,
            start_ms,
            end_ms: start_ms,
            id: number.into(),
            target: NO_ROW,
        });
    }
    columns
}

#[test]
fn each_year_is_folded_by_its_own_version() {
    let text = include_str!("../../profiles/fleet_fair.toml");
    let next = text.replace("2026-01", "2027-01").replace("class_c_cap_cp = 3500", "class_c_cap_cp = 1000");
    let versions = Versions::parse(&[text, &next]).unwrap();
    let columns = two_years();
    let (tally, outcomes) = tally_with_outcomes(&columns, &versions, Timestamp::default());
    let score = |year: usize| {
        let cycle = columns.cycles[year];
        tally.of(0, year).score_cp(versions.of_score(cycle, cycle.last_moment()))
    };
    assert_eq!((score(0), score(1)), (6_500, 9_000));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Counted { .. })));
}
