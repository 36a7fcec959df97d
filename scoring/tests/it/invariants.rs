//! What holds for every ledger: posted from random cases of two companies over two years, reversed and repaired at random.

use proptest::prelude::*;
use scoring::fold::Verdict;
use scoring::jsonl::{read_line, write_line};
use scoring::{ConfirmedCase, Cycle, LedgerEntry, Profile, Score, fold, ledger};

use crate::support::{Book, COMPANY, OTHER_COMPANY, case, label, time, trip, uscc};

const RULES: [&str; 9] = ["UW-01", "UW-05", "DP-01", "RT-01", "SE-01", "TR-02a", "TR-02c", "MG-01", "UW-03"];

/// One confirmed case as random numbers: rule, truck, haul, days and minutes into the turn of the year, minutes long,
/// other company, fleet.
type Act = (usize, u8, Option<u8>, i64, i64, i64, bool, u32);

#[derive(Debug, Clone)]
enum Step {
    Deduct(Act),
    Reverse(prop::sample::Index),
    Repair(prop::sample::Index),
}

fn act() -> impl Strategy<Value = Act> {
    let haul = prop::option::weighted(0.8, 0_u8..3);
    (0..RULES.len(), 0_u8..3, haul, 0_i64..3, 0_i64..90, 0_i64..25, prop::bool::weighted(0.15), 1_u32..40)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => act().prop_map(Step::Deduct),
        1 => any::<prop::sample::Index>().prop_map(Step::Reverse),
        2 => any::<prop::sample::Index>().prop_map(Step::Repair),
    ]
}

fn confirmed(number: usize, act: &Act) -> ConfirmedCase {
    let (rule, truck, haul, days, minutes, length, other, _) = *act;
    let plate = format!("豫A1000{truck}");
    let mut case = case(&format!("case {number}"), RULES[rule], &plate, "2026-12-30T23:00:00+08:00");
    case.trip = haul.map(trip);
    case.occurred_at = case.occurred_at.plus_seconds(days * 86_400 + minutes * 60);
    case.occurred_until = case.occurred_at.plus_seconds(length * 60);
    if other {
        case.uscc = uscc(OTHER_COMPANY);
    }
    case
}

/// Plays steps into a ledger. Steps that posting refuses (a second reversal of a case, nothing to reverse) are left out.
fn book(steps: &[Step]) -> Book {
    let mut book = Book::new();
    book.now = time("2028-01-10T09:00:00+08:00");
    for (number, step) in steps.iter().enumerate() {
        let any_entry =
            |at: &prop::sample::Index| (!book.entries.is_empty()).then(|| at.get(&book.entries).clone());
        match step {
            Step::Deduct(act) => {
                book.deduct(&confirmed(number, act), act.7).unwrap();
            }
            Step::Reverse(at) => {
                if let Some(entry) = any_entry(at) {
                    let draft = scoring::posting::reversal(
                        &entry,
                        scoring::Note::default(),
                        None,
                        book.now,
                        label("officer"),
                    );
                    push_new(&mut book, draft.ok());
                }
            }
            Step::Repair(at) => {
                if let Some(entry) = any_entry(at) {
                    // Waiting times have their own tests; here every severity is repaired, again and again.
                    let draft = scoring::posting::repair(
                        &entry,
                        &[],
                        scoring::Note::default(),
                        book.now,
                        label("officer"),
                    );
                    push_new(&mut book, draft.ok());
                }
            }
        }
    }
    book
}

fn push_new(book: &mut Book, draft: Option<scoring::EntryDraft>) {
    if let Some(draft) = draft
        && book.entries.iter().all(|entry| entry.id != draft.id())
    {
        book.push(draft);
    }
}

/// Every company, both years, both profiles.
fn scores(entries: &[LedgerEntry]) -> Vec<Score> {
    let mut scores = Vec::new();
    for company in [COMPANY, OTHER_COMPANY] {
        for year in [2026, 2027] {
            for profile in Profile::ALL {
                scores.push(fold::score(entries, &uscc(company), Cycle::of_year(year), *profile));
            }
        }
    }
    scores
}

fn numbers(entries: &[LedgerEntry]) -> Vec<i64> {
    scores(entries).iter().map(|score| score.score_cp).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn a_ledger_read_back_gives_the_same_scores(steps in prop::collection::vec(step(), 0..40)) {
        let book = book(&steps);
        let read: Vec<LedgerEntry> =
            book.entries.iter().map(|entry| read_line(&write_line(entry).unwrap()).unwrap()).collect();
        prop_assert_eq!(ledger::verify(&read), Ok(()));
        prop_assert_eq!(scores(&read), scores(&book.entries));
    }

    #[test]
    fn the_order_of_entries_does_not_matter(
        (steps, seed) in (prop::collection::vec(step(), 0..40), any::<u64>()),
    ) {
        let book = book(&steps);
        let mut shuffled = book.entries.clone();
        let mut state = seed | 1;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let doubled: Vec<LedgerEntry> = shuffled.iter().chain(&book.entries).cloned().collect();
        prop_assert_eq!(scores(&shuffled), scores(&book.entries));
        prop_assert_eq!(scores(&doubled), scores(&book.entries));
    }

    #[test]
    fn a_further_deduction_never_raises_a_score(
        (steps, act) in (prop::collection::vec(step(), 0..40), act()),
    ) {
        let mut book = book(&steps);
        let before = numbers(&book.entries);
        book.deduct(&confirmed(1000, &act), act.7).unwrap();
        for (before, after) in before.iter().zip(numbers(&book.entries)) {
            prop_assert!(after <= *before, "{} rose to {}", before, after);
        }
    }

    #[test]
    fn a_reversal_restores_the_scores_exactly(
        (steps, act) in (prop::collection::vec(step(), 0..40), act()),
    ) {
        let mut book = book(&steps);
        let before = numbers(&book.entries);
        let entry = book.deduct(&confirmed(1000, &act), act.7).unwrap();
        let repair = scoring::posting::repair(&entry, &[], scoring::Note::default(), book.now, label("o"));
        push_new(&mut book, repair.ok());
        book.reverse(&entry).unwrap();
        prop_assert_eq!(before, numbers(&book.entries));
    }

    #[test]
    fn a_repair_never_lowers_a_score_and_none_passes_one_hundred(
        (steps, at) in (prop::collection::vec(step(), 1..40), any::<prop::sample::Index>()),
    ) {
        let mut book = book(&steps);
        prop_assume!(!book.entries.is_empty());
        let before = numbers(&book.entries);
        let entry = at.get(&book.entries).clone();
        let repair = scoring::posting::repair(&entry, &[], scoring::Note::default(), book.now, label("o"));
        push_new(&mut book, repair.ok());
        for (before, after) in before.iter().zip(numbers(&book.entries)) {
            prop_assert!(*before <= after && after <= 10_000);
        }
    }

    #[test]
    fn the_sums_and_the_lines_both_make_up_the_score(steps in prop::collection::vec(step(), 0..40)) {
        for score in scores(&book(&steps).entries) {
            let Score { score_cp, a_cp, b_cp, c_cp, c_capped_cp, r_cp, cap_relief_cp, .. } = score;
            prop_assert_eq!(score_cp, 10_000 - a_cp - b_cp - c_capped_cp + r_cp);
            let lines: i64 = score.lines.iter().map(|line| line.counted_cp).sum();
            prop_assert_eq!(score_cp, 10_000 - lines + cap_relief_cp);
            prop_assert!(r_cp >= 0 && c_capped_cp <= c_cp);
            prop_assert_eq!(score.deductions, score.counted().count());
            for line in &score.lines {
                if let Verdict::SameIncident { counted_seq } = line.verdict {
                    prop_assert!(score.counted().any(|counted| counted.seq == counted_seq));
                }
            }
        }
    }
}
