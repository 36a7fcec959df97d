//! What a case costs.

use domain::Plate;
use scoring::posting::{self, PostingError};
use scoring::{Catalogue, Circumstance, EntryKind, points_text};

use crate::support::{Book, case, fleet, label, one_rule, time, trip};

const DAY: &str = "2026-06-15T12:00:00+08:00";
const TRUCK: &str = "豫A12345";

/// Posts the earlier acts, then the case; compares base, escalation, dilution and amount. Each row:
/// rule, trucks, earlier acts as `who-days` or `who-days:rule` (`own` truck or `other` truck; `-` for none), expected.
#[track_caller]
fn check(table: &str) {
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty() && !row.starts_with('#')) {
        let columns: Vec<&str> = row.split_whitespace().collect();
        let [rule, trucks, earlier, base, escalation, dilution, amount] = columns[..] else {
            panic!("seven columns expected: {row}");
        };
        let mut book = Book::new();
        for (number, act) in earlier.split(',').filter(|act| *act != "-").enumerate() {
            let (who, rest) = act.split_once('-').unwrap();
            let (days, act_rule) = rest.split_once(':').unwrap_or((rest, rule));
            let plate = if who == "own" { TRUCK } else { "豫A99999" };
            let mut before = case(&format!("before {number}"), act_rule, plate, DAY);
            before.occurred_at = time(DAY).plus_seconds(-days.parse::<i64>().unwrap() * 86_400);
            before.occurred_until = before.occurred_at;
            book.deduct(&before, 1).unwrap();
        }
        let entry = book.deduct(&case("the case", rule, TRUCK, DAY), trucks.parse().unwrap()).unwrap();
        let seen = [
            points_text(entry.base_cp),
            entry.esc_permille.to_string(),
            format!("{}/{}", entry.k_num, entry.k_den),
            points_text(entry.amount_cp),
        ];
        assert_eq!(seen, [base, escalation, dilution, amount], "{row}");
    }
}

#[test]
fn points_follow_rule_repetition_and_fleet_size() {
    check(
        "
        # rule  trucks  earlier acts         base   esc   k      amount
        # class A is whole up to 10 trucks
        UW-01   1       -                    20.00  1000  1/1    20.00
        UW-01   10      -                    20.00  1000  1/1    20.00
        UW-01   11      -                    20.00  1000  10/11  18.18
        UW-01   30      -                    20.00  1000  10/30  6.67
        # classes B and C up to 3; half a centi-point is rounded up
        RT-01   3       -                    3.00   1000  1/1    3.00
        RT-01   4       -                    3.00   1000  3/4    2.25
        RT-01   30      -                    3.00   1000  3/30   0.30
        TR-02a  8       -                    1.00   1000  3/8    0.38
        TR-02a  400     -                    1.00   1000  3/400  0.01
        TR-02a  700     -                    1.00   1000  3/700  0.00
        # same rule, same truck, within 30 days
        RT-01   3       own-5                3.00   1500  1/1    4.50
        RT-01   3       own-30               3.00   1500  1/1    4.50
        RT-01   3       own-31               3.00   1000  1/1    3.00
        RT-01   3       own-5,own-9          3.00   2000  1/1    6.00
        RT-01   3       own-5,own-9,own-20   3.00   2000  1/1    6.00
        RT-01   100     own-5                3.00   1500  3/100  0.14
        RT-01   3       other-5              3.00   1000  1/1    3.00
        RT-01   3       own-5:RT-02          3.00   1000  1/1    3.00
        # grades of one rule repeat each other
        TR-02c  3       own-5:TR-02a         9.00   1500  1/1    13.50
        # class A: same company, whole cycle, whatever truck
        UW-01   3       other-100            20.00  1500  1/1    30.00
        UW-01   3       other-100,own-120    20.00  2000  1/1    40.00
        UW-01   3       other-160            20.00  1500  1/1    30.00
        UW-01   3       other-5:DP-01        20.00  1000  1/1    20.00
        # own rules on repetition: a reminder first, or none at all
        UW-03   1       -                    1.00   0     1/1    0.00
        UW-03   1       other-100            1.00   1000  1/1    1.00
        UW-03   1       own-5                1.00   1500  1/1    1.50
        TR-09   1       own-5                10.00  1000  1/1    10.00
        ",
    );
}

#[test]
fn an_act_of_last_year_is_no_repetition_of_class_a_in_this_cycle() {
    let mut book = Book::new();
    book.deduct(&case("1", "UW-01", "豫A99999", "2026-12-31T23:00:00+08:00"), 1).unwrap();
    let entry = book.deduct(&case("2", "UW-01", TRUCK, "2027-01-01T01:00:00+08:00"), 1).unwrap();
    assert_eq!((entry.esc_permille, entry.cycle.year()), (1000, 2027));
}

#[test]
fn an_act_of_last_year_is_a_repetition_when_the_same_truck_did_it_within_30_days() {
    let mut book = Book::new();
    book.deduct(&case("1", "UW-01", TRUCK, "2026-12-31T23:00:00+08:00"), 1).unwrap();
    let entry = book.deduct(&case("2", "UW-01", TRUCK, "2027-01-01T01:00:00+08:00"), 1).unwrap();
    assert_eq!(entry.esc_permille, 1500);
}

#[test]
fn a_reversed_act_and_an_act_of_the_same_incident_are_no_repetition() {
    let mut book = Book::new();
    let first = book.deduct(&case("1", "RT-01", TRUCK, "2026-06-10T12:00:00+08:00"), 1).unwrap();
    book.reverse(&first).unwrap();
    let mut second = case("2", "RT-01", TRUCK, DAY);
    second.trip = Some(trip(1));
    assert_eq!(book.deduct(&second, 1).unwrap().esc_permille, 1000);
    let mut third = second.clone();
    third.case_no = label("3");
    third.occurred_at = second.occurred_at.plus_seconds(600);
    third.occurred_until = third.occurred_at;
    assert_eq!(book.deduct(&third, 1).unwrap().esc_permille, 1000);
    let mut fourth = second.clone();
    fourth.case_no = label("4");
    fourth.occurred_at = third.occurred_at.plus_seconds(3600);
    fourth.occurred_until = fourth.occurred_at;
    assert_eq!(book.deduct(&fourth, 1).unwrap().esc_permille, 2000);
}

#[test]
fn a_case_is_posted_once_and_keeps_its_id() {
    let mut book = Book::new();
    let once = book.deduct(&case("城管7号", "UW-01", TRUCK, DAY), 1).unwrap();
    let twice = book.deduct(&case("城管7号", "UW-01", TRUCK, DAY), 1);
    assert_eq!(twice, Err(PostingError::Posted { case_no: label("城管7号"), seq: 1 }));
    let mut elsewhere = Book::new();
    elsewhere.deduct(&case("other", "TR-01", TRUCK, DAY), 5).unwrap();
    assert_eq!(elsewhere.deduct(&case("城管7号", "DP-01", TRUCK, DAY), 9).unwrap().id, once.id);
}

#[test]
fn an_act_without_a_rule_or_ending_before_it_begins_is_refused() {
    let mut book = Book::new();
    for rule in ["XX-01", "TR-02"] {
        let refused = book.deduct(&case("1", rule, TRUCK, DAY), 1);
        assert!(matches!(refused, Err(PostingError::Rule { .. })), "{rule}: {refused:?}");
    }
    let mut backwards = case("1", "UW-01", TRUCK, DAY);
    backwards.occurred_until = backwards.occurred_at.plus_seconds(-1);
    assert!(matches!(book.deduct(&backwards, 1), Err(PostingError::Backwards { .. })));
    assert!(book.entries.is_empty());
}

#[track_caller]
fn check_version(tables: &[String], act: &str, posted: &str, expected: Option<(&str, i64)>) {
    let named = tables.iter().enumerate().map(|(at, text)| (["first", "second"][at], text.as_str()));
    let catalogue = Catalogue::from_tables(named).unwrap();
    let case = case("1", "RT-01", TRUCK, act);
    let draft = posting::deduction(&case, &[], &catalogue, fleet(1), time(posted), label("officer"));
    let seen = draft.ok().map(|draft| (draft.table_version.unwrap(), draft.amount_cp));
    assert_eq!(seen, expected.map(|(version, amount)| (version.to_owned(), amount)), "{act} posted {posted}");
}

#[test]
fn the_law_of_the_time_of_the_act_applies_unless_the_new_one_is_milder() {
    let (may, july) = ("2026-05-01T12:00:00+08:00", "2026-07-01T00:00:00+08:00");
    let harsher = [one_rule("old", 300, "2026-01-01"), one_rule("new", 500, "2026-07-01")];
    check_version(&harsher, may, may, Some(("old", 300)));
    check_version(&harsher, may, july, Some(("old", 300)));
    check_version(&harsher, july, july, Some(("new", 500)));
    let milder = [one_rule("old", 300, "2026-01-01"), one_rule("new", 200, "2026-07-01")];
    check_version(&milder, may, may, Some(("old", 300)));
    check_version(&milder, may, july, Some(("new", 200)));
    let repealed =
        [one_rule("old", 300, "2026-01-01").replace("source", "valid_to = \"2026-06-30\"\nsource")];
    check_version(&repealed, may, may, Some(("old", 300)));
    check_version(&repealed, may, july, None);
    check_version(&repealed, july, july, None);
}

#[test]
fn a_cure_gives_back_by_severity_and_only_after_its_time() {
    let mut book = Book::new();
    let minor = book.deduct(&case("minor", "TR-02a", TRUCK, DAY), 1).unwrap();
    let general = book.deduct(&case("general", "RT-01", TRUCK, DAY), 1).unwrap();
    let serious = book.deduct(&case("serious", "UW-01", TRUCK, DAY), 1).unwrap();
    book.now = time("2026-09-14T12:00:00+08:00");
    assert_eq!(book.repair(&minor).unwrap().amount_cp, 100);
    assert!(matches!(book.repair(&general), Err(PostingError::TooEarly { .. })));
    book.now = time("2026-09-15T12:00:00+08:00");
    assert_eq!(book.repair(&general).unwrap().amount_cp, 150);
    book.now = time("2027-06-14T12:00:00+08:00");
    assert!(matches!(book.repair(&serious), Err(PostingError::TooEarly { .. })));
    book.now = time("2027-06-15T12:00:00+08:00");
    let repaired = book.repair(&serious).unwrap();
    assert_eq!((repaired.amount_cp, repaired.cycle.year()), (2000, 2026));
    assert_eq!(book.score().score_cp, 10_000 - 150);
}

#[test]
fn a_cure_does_not_count_when_the_same_rule_was_broken_meanwhile() {
    let mut book = Book::new();
    let first = book.deduct(&case("1", "RT-01", TRUCK, DAY), 1).unwrap();
    let again = book.deduct(&case("2", "RT-01", "豫A99999", "2026-08-01T12:00:00+08:00"), 1).unwrap();
    assert!(matches!(book.repair(&first), Err(PostingError::NotClean { again: 2, .. })));
    book.reverse(&again).unwrap();
    assert!(book.repair(&first).is_ok());
}

#[test]
fn only_deductions_are_repaired_and_only_deductions_and_repairs_reversed() {
    let mut book = Book::new();
    let entry = book.deduct(&case("1", "TR-02a", TRUCK, DAY), 1).unwrap();
    let repair = book.repair(&entry).unwrap();
    let undone = book.reverse(&repair).unwrap();
    assert_eq!(book.score().score_cp, 9_900);
    let reversal = book.reverse(&entry).unwrap();
    assert_eq!(book.score().score_cp, 10_000);
    assert_ne!(undone.id, reversal.id);
    for other in [&undone, &reversal] {
        assert!(matches!(book.reverse(other), Err(PostingError::Kind { kind: EntryKind::Reverse, .. })));
        assert!(matches!(book.repair(other), Err(PostingError::Kind { .. })));
    }
    assert!(matches!(book.repair(&repair), Err(PostingError::Kind { kind: EntryKind::Repair, .. })));
    scoring::ledger::verify(&book.entries).unwrap();
}

#[test]
fn publicity_ends_by_severity() {
    let mut book = Book::new();
    for (rule, end) in [("TR-02a", "2026-09-15"), ("RT-01", "2027-06-15"), ("UW-01", "2029-06-15")] {
        let entry = book.deduct(&case(rule, rule, TRUCK, DAY), 1).unwrap();
        assert_eq!(entry.publicity_end.unwrap().to_string(), end, "{rule}");
        assert_eq!(entry.plate, Some(TRUCK.parse::<Plate>().unwrap()));
    }
}

#[track_caller]
fn check_circumstances(rule: &str, circumstances: &[Circumstance], expected: Option<(i64, i64)>) {
    let mut case = case("1", rule, TRUCK, DAY);
    case.circumstances = circumstances.to_vec();
    let mut book = Book::new();
    let seen = match book.deduct(&case, 1) {
        Ok(entry) => Some((entry.base_cp, entry.vehicle_cp)),
        Err(PostingError::Circumstance { .. }) => None,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(seen, expected, "{rule} {circumstances:?}");
}

#[test]
fn circumstances_have_points_of_their_own_and_the_truck_loses_ten_times_as_much_to_city_management() {
    use Circumstance::{CleanedAtOnce, Expressway};
    check_circumstances("DP-03", &[], Some((500, 3000)));
    check_circumstances("DP-03", &[CleanedAtOnce], Some((250, 2500)));
    check_circumstances("TR-02a", &[Expressway], Some((600, 600)));
    check_circumstances("TR-02b", &[Expressway], Some((1200, 1200)));
    check_circumstances("TR-01", &[Expressway], None);
    check_circumstances("DP-03", &[CleanedAtOnce, Expressway], None);
    check_circumstances("PK-01", &[], Some((100, 1000)));
}

#[test]
fn some_rules_count_once_a_day_or_inspection() {
    let later = "2026-06-15T20:00:00+08:00";
    let mut book = Book::new();
    let first = book.deduct(&case("1", "TM-01", TRUCK, DAY), 1).unwrap();
    let again = book.deduct(&case("2", "TM-01", TRUCK, later), 1);
    assert!(matches!(again, Err(PostingError::OncePer { seq: 1, .. })), "{again:?}");
    book.deduct(&case("3", "TM-01", "豫A99999", later), 1).unwrap();
    book.deduct(&case("4", "TM-01", TRUCK, "2026-06-16T00:00:00+08:00"), 1).unwrap();
    book.reverse(&first).unwrap();
    book.deduct(&case("5", "TM-01", TRUCK, later), 1).unwrap();
    // An inspection is of the company, whichever truck stood there.
    book.deduct(&case("6", "MG-01", TRUCK, DAY), 1).unwrap();
    let again = book.deduct(&case("7", "MG-01", "豫A99999", later), 1);
    assert!(matches!(again, Err(PostingError::OncePer { .. })), "{again:?}");
}

#[test]
fn hit_and_run_is_added_to_the_accident_and_of_two_joint_rules_the_higher_counts() {
    let on_haul = |case_no: &str, rule: &str| {
        let mut case = case(case_no, rule, TRUCK, DAY);
        case.trip = Some(trip(1));
        case
    };
    let mut book = Book::new();
    book.deduct(&on_haul("1", "TR-08b"), 1).unwrap();
    book.deduct(&on_haul("2", "TR-09"), 1).unwrap();
    assert_eq!(book.score().score_cp, 10_000 - 1_000 - 1_000);
    let mut book = Book::new();
    book.deduct(&on_haul("1", "UW-01"), 1).unwrap();
    book.deduct(&on_haul("2", "UW-05"), 1).unwrap();
    assert_eq!(book.score().score_cp, 10_000 - 2_000);
}

#[test]
fn haulage_without_approval_and_its_unregistered_source_are_one_act_of_the_haul() {
    let of_haul = |number: &str, rule: &str, at: &str, haul: u8| {
        let mut case = case(number, rule, TRUCK, at);
        case.trip = Some(trip(haul));
        case
    };
    let morning = "2026-06-15T08:00:00+08:00";
    let noon = "2026-06-15T12:00:00+08:00";
    let mut book = Book::new();
    let second_rule = book.deduct(&of_haul("a", "UW-05", morning, 1), 1).unwrap();
    let first_rule = book.deduct(&of_haul("b", "UW-01", noon, 1), 1).unwrap();
    assert_eq!((second_rule.refs.len(), first_rule.refs.as_slice()), (0, &[second_rule.id][..]));
    assert_eq!(points_text(book.score().score_cp), "80.00");
    // The same act seen once more is neither a second deduction nor a repetition.
    let again = book.deduct(&of_haul("c", "UW-01", "2026-06-15T15:00:00+08:00", 1), 1).unwrap();
    assert_eq!((again.refs.as_slice(), again.esc_permille), (&[second_rule.id][..], 1000));
    assert_eq!(points_text(book.score().score_cp), "80.00");
    // What is reversed leaves the others one act.
    book.reverse(&second_rule).unwrap();
    assert_eq!(points_text(book.score().score_cp), "80.00");
    book.reverse(&first_rule).unwrap();
    book.reverse(&again).unwrap();
    assert_eq!(points_text(book.score().score_cp), "100.00");
    // Another haul is another act, and another rule on the haul is another incident.
    let other = book.deduct(&of_haul("d", "UW-05", noon, 2), 1).unwrap();
    assert!(other.refs.is_empty());
    book.deduct(&of_haul("e", "RT-01", "2026-06-15T10:00:00+08:00", 2), 1).unwrap();
    assert_eq!(points_text(book.score().score_cp), "87.00");
}

#[test]
fn circumstances_stand_in_the_entry_and_in_the_explanation() {
    let mut book = Book::new();
    let mut cleaned = case("cleaned", "DP-03", TRUCK, DAY);
    cleaned.circumstances = vec![Circumstance::CleanedAtOnce];
    let entry = book.deduct(&cleaned, 1).unwrap();
    assert_eq!(posting::circumstances_of(&entry.note), [Circumstance::CleanedAtOnce]);
    let said = scoring::explain::explain(&book.score(), &book.catalogue);
    assert!(
        said[1].zh.contains("情节：当场清理") && said[1].en.contains("found: cleaned at once"),
        "{said:?}"
    );
}
