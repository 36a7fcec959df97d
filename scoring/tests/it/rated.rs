//! Trucks, rolling years, adjustments, caps of a haul, hard triggers.

use scoring::posting::{self, Adjustment};
use scoring::triggers::{Trigger, proposals};
use scoring::vehicle::{VehicleBand, vehicle_scores};
use scoring::{Catalogue, Cycle, Profile, fold};

use crate::support::{Book, COMPANY, OTHER_COMPANY, case, label, time, trip, uscc};

const TRUCK: &str = "豫A12345";

fn adjust(book: &mut Book, number: &str, amount_cp: i64) -> scoring::LedgerEntry {
    let adjustment = Adjustment {
        case_no: label(number),
        decision_no: None,
        uscc: uscc(COMPANY),
        cycle: Cycle::of_year(2026),
        amount_cp,
        occurred_at: book.now,
        final_date: book.now.local_date(),
        reason: "balance taken over".parse().unwrap(),
        refs: Vec::new(),
    };
    let draft = posting::adjust(adjustment, book.now, label("office")).unwrap();
    book.push(draft)
}

#[test]
fn an_adjustment_takes_or_gives_but_never_above_one_hundred() {
    let mut book = Book::new();
    book.deduct(&case("1", "TR-08a", TRUCK, "2026-03-01T12:00:00+08:00"), 1).unwrap();
    adjust(&mut book, "更正1", 250);
    let score = book.score();
    assert_eq!((score.score_cp, score.adjust_cp), (9_250, 250));
    let given = adjust(&mut book, "更正2", -900);
    let score = book.score();
    assert_eq!((score.score_cp, score.adjust_cp), (10_000, -500));
    book.reverse(&given).unwrap();
    assert_eq!(book.score().score_cp, 9_250);
    scoring::ledger::verify(&book.entries).unwrap();
}

#[test]
fn an_adjustment_of_nothing_is_refused() {
    let adjustment = Adjustment {
        case_no: label("x"),
        decision_no: None,
        uscc: uscc(COMPANY),
        cycle: Cycle::of_year(2026),
        amount_cp: 0,
        occurred_at: time("2026-03-01T12:00:00+08:00"),
        final_date: "2026-03-01".parse().unwrap(),
        reason: scoring::Note::default(),
        refs: Vec::new(),
    };
    let refused = posting::adjust(adjustment, time("2026-03-01T12:00:00+08:00"), label("office"));
    assert!(refused.is_err());
}

#[test]
fn one_haul_takes_at_most_thirty_points_before_dilution() {
    for (trucks, expected) in [(1, 10_000 - 3_000), (20, 10_000 - 1_500)] {
        let mut book = Book::new();
        for (number, rule) in ["UW-01", "DP-01", "WB-02"].iter().enumerate() {
            let mut case =
                case(&number.to_string(), rule, TRUCK, &format!("2026-03-01T1{number}:00:00+08:00"));
            case.trip = Some(trip(1));
            book.deduct(&case, trucks).unwrap();
        }
        let score = book.score();
        assert_eq!((score.score_cp, score.deductions), (expected, 3));
        assert!(score.haul_relief_cp > 0);
        let counted: Vec<i64> = score.lines.iter().map(|line| line.counted_cp).collect();
        assert_eq!(counted.iter().sum::<i64>(), 10_000 - expected, "{counted:?}");
        // Without a haul nothing binds them together.
        assert!(book.score_under(Profile::Zz92Plain).score_cp <= 4_000);
    }
}

#[test]
fn a_rolling_year_forgets_by_halves() {
    let mut book = Book::new();
    book.deduct(&case("1", "UW-01", TRUCK, "2026-11-01T12:00:00+08:00"), 1).unwrap();
    for (as_of, expected) in [
        ("2026-11-01T11:59:59+08:00", 10_000),
        ("2026-11-01T12:00:00+08:00", 8_000),
        ("2027-04-30T23:00:00+08:00", 8_000),
        ("2027-05-01T00:00:00+08:00", 9_000),
        ("2027-10-31T23:00:00+08:00", 9_000),
        ("2027-11-01T00:00:00+08:00", 10_000),
    ] {
        let score = fold::score_as_of(&book.entries, &uscc(COMPANY), time(as_of), Profile::Rolling12);
        assert_eq!(score.score_cp, expected, "{as_of}");
        let calendar = fold::score_as_of(&book.entries, &uscc(COMPANY), time(as_of), Profile::FleetFair);
        assert_eq!(calendar.score_cp, if as_of.starts_with("2026") { 8_000 } else { 10_000 });
    }
}

#[test]
fn a_truck_has_a_score_of_its_own_that_no_fleet_dilutes() {
    let mut book = Book::new();
    book.deduct(&case("1", "PK-01", TRUCK, "2026-03-01T12:00:00+08:00"), 100).unwrap();
    book.deduct(&case("2", "PK-01", TRUCK, "2026-03-02T12:00:00+08:00"), 100).unwrap();
    let red = book.deduct(&case("3", "TR-01", TRUCK, "2026-03-03T12:00:00+08:00"), 100).unwrap();
    book.deduct(&case("4", "PK-01", "豫A99999", "2026-03-02T12:00:00+08:00"), 100).unwrap();
    let mut moved = case("5", "TR-01", TRUCK, "2026-07-03T12:00:00+08:00");
    moved.uscc = uscc(OTHER_COMPANY);
    book.deduct(&moved, 100).unwrap();
    let seen = |book: &Book| -> Vec<(String, i64, VehicleBand, usize)> {
        let scores = vehicle_scores(&book.entries, Cycle::of_year(2026));
        scores.values().map(|one| (one.plate.to_string(), one.score_cp, one.band, one.deductions)).collect()
    };
    // 10.00, then 10.00 × 1.5, then 6.00 twice, once under another company.
    let own = (TRUCK.to_owned(), 10_000 - 1_000 - 1_500 - 600 - 600, VehicleBand::Interview, 4);
    let other = ("豫A99999".to_owned(), 9_000, VehicleBand::Normal, 1);
    assert_eq!(seen(&book), [own.clone(), other.clone()]);
    book.reverse(&red).unwrap();
    assert_eq!(seen(&book)[0].1, own.1 + 600);
    let repaired = book.entries[4].clone();
    book.now = time("2027-12-01T09:00:00+08:00");
    book.repair(&repaired).unwrap();
    assert_eq!(seen(&book)[0].1, own.1 + 600 + 300);
    assert!(vehicle_scores(&book.entries, Cycle::of_year(2025)).is_empty());
}

/// Posts rules on days of 2026, each under a decision of its own, and compares what is proposed at the end of the year.
#[track_caller]
fn check_proposed(acts: &[(&str, &str)], expected: &[Trigger]) {
    let mut book = Book::new();
    for (number, (rule, day)) in acts.iter().enumerate() {
        let mut case = case(&number.to_string(), rule, TRUCK, &format!("{day}T12:00:00+08:00"));
        case.decision_no = Some(label(&format!("罚{number}号")));
        book.deduct(&case, 10).unwrap();
    }
    let as_of = time("2026-12-31T12:00:00+08:00");
    let found = proposals(&book.entries, &uscc(COMPANY), &Catalogue::embedded().unwrap(), as_of);
    let triggers: Vec<Trigger> = found.iter().map(|proposal| proposal.trigger).collect();
    assert_eq!(triggers, expected, "{acts:?}");
}

#[test]
fn grave_repetition_many_penalties_accidents_and_false_plates_are_proposed() {
    check_proposed(&[], &[]);
    let three = [("UW-01", "2026-01-05"), ("SE-01", "2026-05-05"), ("MG-02", "2026-12-05")];
    check_proposed(&three, &[Trigger::Repeated]);
    check_proposed(&three[..2], &[]);
    let five = ["01", "02", "03", "04", "05"].map(|month| ["2026-", month, "-05"].concat());
    let penalties: Vec<(&str, &str)> = five.iter().map(|day| ("RT-01", day.as_str())).collect();
    check_proposed(&penalties, &[Trigger::Penalties]);
    check_proposed(&penalties[1..], &[]);
    // Minor ones are no penalties of the general procedure.
    let minor: Vec<(&str, &str)> = five.iter().map(|day| ("RT-03", day.as_str())).collect();
    check_proposed(&minor, &[]);
    check_proposed(&[("TR-08c", "2026-02-01"), ("TR-08d", "2026-03-01")], &[Trigger::Accidents]);
    check_proposed(&[("TR-08c", "2026-02-01"), ("TR-08b", "2026-03-01")], &[]);
    check_proposed(&[("TR-04", "2026-02-01")], &[Trigger::AtOnce]);
}

#[test]
fn a_reversed_penalty_or_one_not_final_yet_proposes_nothing() {
    let mut book = Book::new();
    let entry = book.deduct(&case("1", "TR-04", TRUCK, "2026-02-01T12:00:00+08:00"), 1).unwrap();
    let seen = |book: &Book, as_of: &str| {
        proposals(&book.entries, &uscc(COMPANY), &Catalogue::embedded().unwrap(), time(as_of)).len()
    };
    assert_eq!(seen(&book, "2026-01-31T12:00:00+08:00"), 0);
    assert_eq!(seen(&book, "2026-02-01T12:00:00+08:00"), 1);
    book.reverse(&entry).unwrap();
    assert_eq!(seen(&book, "2026-02-01T12:00:00+08:00"), 0);
}
