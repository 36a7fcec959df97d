use proptest::prelude::*;

use super::*;

fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn today() -> LocalDate {
    day("2026-11-24")
}

fn company(trucks: u32, trips: u64, clean_checks: u64, events: &[(&str, i64)]) -> RiskInput {
    let events = events.iter().map(|(at, base_cp)| RiskEvent { day: day(at), base_cp: *base_cp }).collect();
    RiskInput { uscc: "91410183MA40000010".parse().unwrap(), trucks, trips, clean_checks, events }
}

#[test]
fn weights_fall_at_six_twelve_and_twenty_four_months() {
    for (at, expected) in [
        ("2026-11-24", 3),
        ("2026-05-25", 3),
        ("2026-05-24", 2),
        ("2025-11-25", 2),
        ("2025-11-24", 1),
        ("2024-11-25", 1),
        ("2024-11-24", 0),
        ("2026-11-25", 0),
    ] {
        assert_eq!(weight(day(at), today()), expected, "{at}");
    }
}

#[test]
fn an_index_is_shown_from_a_hundred_trips_and_three_events_on() {
    let three = [("2026-11-01", 300); 3];
    for (trips, events, thin) in [
        (99, &three[..], Some(Thin::Trips)),
        (100, &three[..2], Some(Thin::Events)),
        (100, &three[..], None),
        (100, &[("2020-01-01", 300); 9][..], Some(Thin::Events)),
    ] {
        let row = index(&[company(5, trips, 0, events)], today()).pop().unwrap();
        assert_eq!(
            (row.thin, row.rate_cp.is_some(), row.percentile_e4.is_some()),
            (thin, thin.is_none(), thin.is_none())
        );
    }
}

#[test]
fn the_rate_is_shrunk_towards_the_citys_mean() {
    // x = 3 × 3 × 3.00 = 27.00 over 300 trips; the other brings nothing over 700: the mean is 2.70 a hundred trips.
    let rows = index(&[company(5, 300, 0, &[("2026-11-01", 300); 3]), company(5, 700, 0, &[])], today());
    // (27.00 + 200 × 0.027) / 500 = 6.48 a hundred.
    assert_eq!(rows[0].rate_cp, Some(648));
    // Clean checks are encounters: (27.00 + 200 × 27.00 / 1600) / 1100 = 2.76.
    let rows = index(&[company(5, 300, 9_999, &[("2026-11-01", 300); 3]), company(5, 700, 0, &[])], today());
    assert_eq!(rows[0].rate_cp, Some(276));
}

#[test]
fn no_company_and_no_trip_is_no_error() {
    assert_eq!(index(&[], today()), []);
    assert_eq!(index(&[company(0, 0, 0, &[])], today())[0].thin, Some(Thin::Trips));
}

fn input() -> impl Strategy<Value = RiskInput> {
    let event = (0_u64..900, 1_i64..3_000)
        .prop_map(|(days_ago, base_cp)| RiskEvent { day: today() - chrono::Days::new(days_ago), base_cp });
    let events = prop::collection::vec(event, 0..12);
    (1_u32..200, 50_u64..3_000, 0_u64..4_000, events).prop_map(|(trucks, trips, clean_checks, events)| {
        RiskInput { events, ..company(trucks, trips, clean_checks, &[]) }
    })
}

proptest! {
    #[test]
    fn one_act_more_never_lowers_and_one_clean_check_never_raises_the_own_rate(
        companies in prop::collection::vec(input(), 1..12),
        base_cp in 1_i64..3_000,
    ) {
        let rate = |companies: &[RiskInput]| index(companies, today())[0].rate_cp;
        let before = rate(&companies);
        let mut worse = companies.clone();
        worse[0].events.push(RiskEvent { day: today(), base_cp });
        let mut better = companies.clone();
        better[0].clean_checks += 1;
        if let Some(before) = before {
            prop_assert!(rate(&worse).unwrap() >= before);
            prop_assert!(rate(&better).unwrap() <= before);
        }
    }

    #[test]
    fn places_lie_within_bounds_and_do_not_depend_on_order(companies in prop::collection::vec(input(), 1..20)) {
        let rows = index(&companies, today());
        let mut backwards = companies.clone();
        backwards.reverse();
        let mut again = index(&backwards, today());
        again.reverse();
        prop_assert_eq!(&rows, &again);
        for row in &rows {
            prop_assert!(row.percentile_e4.is_none_or(|share| share <= 10_000));
            prop_assert_eq!(row.thin.is_none(), row.rate_cp.is_some());
        }
    }

    #[test]
    fn of_two_companies_of_one_size_the_worse_rate_stands_no_better(companies in prop::collection::vec(input(), 2..20)) {
        let mut companies = companies;
        for company in &mut companies {
            company.trucks = 40;
        }
        let rows = index(&companies, today());
        let shown: Vec<_> = rows.iter().filter(|row| row.thin.is_none()).collect();
        for (one, other) in shown.iter().flat_map(|one| shown.iter().map(move |other| (one, other))) {
            if one.rate_cp > other.rate_cp {
                prop_assert!(one.percentile_e4 >= other.percentile_e4);
            }
        }
    }

    #[test]
    fn one_truck_more_is_no_cliff(companies in prop::collection::vec(input(), 12..40), trucks in 1_u32..200) {
        // Where the stratum of comparison stays the same, one truck moves the place by a step between two middles.
        let rate = Rate { points: 500, encounters: 100 };
        let placed: Vec<(u32, Rate)> = companies
            .iter()
            .map(|company| (company.trucks, Rate { points: u128::from(company.trips), encounters: 300 }))
            .collect();
        let place = |trucks| i64::from(percentile_e4(trucks, rate, &placed));
        let narrowest = i64::from(STRATUM_MIDDLES[1] - STRATUM_MIDDLES[0]);
        prop_assert!((place(trucks + 1) - place(trucks)).abs() <= 10_000 / narrowest + 1);
    }
}
