//! What holds for every ledger: posted from random cases of two companies over two years, reversed and repaired at random.

use proptest::prelude::*;
use scoring::fold::Verdict;
use scoring::jsonl::{read_line, write_line};
use scoring::listing::{self, ListingChange};
use scoring::{Band, Catalogue, ConfirmedCase, Cycle, LedgerEntry, Profile, Score, fold, ledger, posting};

use crate::support::{Book, COMPANY, OTHER_COMPANY, case, label, time, trip, uscc};

const RULES: [&str; 9] = ["UW-01", "UW-05", "DP-01", "RT-01", "SE-01", "TR-02a", "TR-02c", "TR-01", "UW-03"];

/// Cases a property: `PROPTEST_CASES`, or enough for every day.
fn config() -> ProptestConfig {
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    if asked { ProptestConfig::default() } else { ProptestConfig { cases: 192, ..ProptestConfig::default() } }
}

/// One confirmed case as random numbers: rule, truck, haul, days and minutes into the turn of the year, minutes long,
/// other company, fleet.
type Act = (usize, u8, Option<u8>, i64, i64, i64, bool, u32);

#[derive(Debug, Clone)]
enum Step {
    Deduct(Act),
    Reverse(prop::sample::Index),
    Repair(prop::sample::Index),
    Adjust(i64),
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
        1 => (-300_i64..300).prop_map(Step::Adjust),
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
            Step::Adjust(amount_cp) => {
                let draft = posting::adjust(adjustment(number, *amount_cp), book.now, label("office"));
                push_new(&mut book, draft.ok());
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

fn adjustment(number: usize, amount_cp: i64) -> posting::Adjustment {
    let occurred_at = time("2026-12-31T12:00:00+08:00");
    posting::Adjustment {
        case_no: label(&format!("adjustment {number}")),
        decision_no: None,
        uscc: uscc(COMPANY),
        cycle: Cycle::of_year(2026),
        amount_cp,
        occurred_at,
        final_date: occurred_at.local_date(),
        reason: scoring::Note::default(),
        refs: Vec::new(),
    }
}

fn push_new(book: &mut Book, draft: Option<scoring::EntryDraft>) {
    if let Some(draft) = draft
        && book.entries.iter().all(|entry| entry.id != draft.id())
    {
        book.push(draft);
    }
}

/// Every company, both years, every profile.
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
    #![proptest_config(config())]

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
        shuffle(&mut shuffled, seed);
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
            let Score { score_cp, a_cp, b_cp, c_cp, c_capped_cp, r_cp, cap_relief_cp, adjust_cp, .. } = score;
            prop_assert_eq!(score_cp, 10_000 - a_cp - b_cp - c_capped_cp + r_cp - adjust_cp);
            let lines: i64 = score.lines.iter().map(|line| line.counted_cp).sum();
            prop_assert_eq!(score_cp, 10_000 - lines + cap_relief_cp - adjust_cp);
            prop_assert!(score.haul_relief_cp >= 0 && r_cp >= 0 && c_capped_cp <= c_cp);
            prop_assert_eq!(score.deductions, score.counted().count());
            for line in &score.lines {
                if let Verdict::SameIncident { counted_seq } = line.verdict {
                    prop_assert!(score.counted().any(|counted| counted.seq == counted_seq));
                }
            }
        }
    }

    /// Posted in another order: other numbers, other hashes, the same points. Times of posting are all equal here.
    #[test]
    fn the_order_of_posting_at_equal_times_does_not_matter_nor_do_caps_depend_on_it(
        (steps, seed) in (prop::collection::vec(step(), 0..60), any::<u64>()),
    ) {
        let book = book(&steps);
        let mut bodies: Vec<scoring::EntryDraft> = book.entries.iter().map(|entry| entry.body.clone()).collect();
        shuffle(&mut bodies, seed);
        let mut anew: Vec<LedgerEntry> = Vec::new();
        for body in bodies {
            let entry = ledger::append(anew.last(), body);
            anew.push(entry);
        }
        prop_assert_eq!(ledger::verify(&anew), Ok(()));
        prop_assert_eq!(numbers(&anew), numbers(&book.entries));
    }

    #[test]
    fn sixty_is_not_black_and_a_hundredth_below_is(
        (steps, score_cp) in (prop::collection::vec(step(), 0..12), prop_oneof![5_990_i64..6_010, 0_i64..10_000]),
    ) {
        let mut book = book(&steps);
        let now = fold::score(&book.entries, &uscc(COMPANY), Cycle::of_year(2026), Profile::FleetFair);
        // Adjustments bring the score exactly there; what was cut off at 100.00 is taken first.
        let raw_cp: i64 = book.entries.iter().filter(|entry| entry.uscc == now.uscc).filter_map(standing_adjustment(&book.entries)).sum();
        let amount_cp = now.score_cp + now.adjust_cp - raw_cp - score_cp;
        let draft = posting::adjust(adjustment(5000, amount_cp), book.now, label("office"));
        push_new(&mut book, draft.ok());
        let score = fold::score(&book.entries, &uscc(COMPANY), Cycle::of_year(2026), Profile::FleetFair);
        prop_assert_eq!(score.score_cp, score_cp);
        prop_assert_eq!(score.band() == Band::Black, score_cp < 6_000);
        let change = listing::next(false, &score);
        prop_assert_eq!(matches!(change, Some(ListingChange::List { .. })), score_cp < 6_000);
        prop_assert_eq!(listing::next(true, &score).is_some(), score_cp >= 6_000);
    }

    #[test]
    fn each_year_stands_by_itself_and_begins_at_local_midnight(steps in prop::collection::vec(step(), 0..40)) {
        let entries = book(&steps).entries;
        let midnight = time("2027-01-01T00:00:00+08:00");
        for entry in entries.iter().filter(|entry| entry.kind == scoring::EntryKind::Deduct) {
            prop_assert_eq!(entry.cycle.year(), if entry.occurred_at < Some(midnight) { 2026 } else { 2027 });
        }
        for company in [COMPANY, OTHER_COMPANY] {
            for year in [2026, 2027] {
                let cycle = Cycle::of_year(year);
                let own = entries.iter().filter(|entry| entry.cycle == cycle);
                let alone = fold::score(own, &uscc(company), cycle, Profile::FleetFair);
                let whole = fold::score(&entries, &uscc(company), cycle, Profile::FleetFair);
                prop_assert_eq!((alone.score_cp, alone.lines), (whole.score_cp, whole.lines));
            }
            let before = fold::score(&entries, &uscc(company), Cycle::of_year(2028), Profile::FleetFair);
            prop_assert_eq!(before.score_cp, 10_000);
        }
    }

    #[test]
    fn a_table_that_changes_within_the_year_applies_by_the_day_of_the_act_or_the_milder_by_the_day_of_posting(
        (old_cp, new_cp) in (1_i64..3_000, 1_i64..3_000),
        (change_day, act_day, wait_days) in (2_u32..28, 1_u32..28, 0_i64..60),
    ) {
        let rule = |version: &str, base_cp: i64, from: &str| crate::support::one_rule(version, base_cp, from);
        let change = format!("2026-06-{change_day:02}");
        let (first, second) = (rule("old", old_cp, "2026-01-01"), rule("new", new_cp, &change));
        let catalogue = Catalogue::from_tables([("1", first.as_str()), ("2", second.as_str())]).unwrap();
        let act = case("1", "RT-01", "豫A12345", &format!("2026-06-{act_day:02}T23:59:59+08:00"));
        let posted_at = act.occurred_at.plus_seconds(wait_days * 86_400);
        let trucks = crate::support::fleet(1);
        let draft = posting::deduction(&act, &[], &catalogue, trucks, posted_at, label("o")).unwrap();
        let changed_on: domain::LocalDate = change.parse().unwrap();
        let then = act.occurred_at.local_date() >= changed_on;
        let by_posting = posted_at.local_date() >= changed_on;
        let expected = if then { new_cp } else if by_posting { old_cp.min(new_cp) } else { old_cp };
        prop_assert_eq!(draft.base_cp, expected);
        let version = if then || by_posting && new_cp < old_cp { "new" } else { "old" };
        prop_assert_eq!(draft.table_version.as_deref(), Some(version));
        // What was posted stays as it was posted, whatever table came after.
        let entry = ledger::append(None, draft);
        let score = fold::score([&entry], &act.uscc, entry.cycle, Profile::FleetFair);
        prop_assert_eq!(score.score_cp, 10_000 - expected);
    }
}

/// The amount of an adjustment that no reversal names.
fn standing_adjustment(entries: &[LedgerEntry]) -> impl Fn(&LedgerEntry) -> Option<i64> + '_ {
    move |entry| {
        let reversed = entries
            .iter()
            .any(|other| other.kind == scoring::EntryKind::Reverse && other.refs.contains(&entry.id));
        (entry.kind == scoring::EntryKind::Adjust && !reversed).then_some(entry.amount_cp)
    }
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
}
