//! Working days and the clocks of due process, against a calendar with holidays and make-up days.

use domain::LocalDate;
use proptest::prelude::*;
use scoring::Calendar;
use scoring::calendar::{CalendarError, Day, EMBEDDED};
use scoring::due::{self, Step};

fn date(text: &str) -> LocalDate {
    text.parse().unwrap()
}

fn calendar() -> Calendar {
    Calendar::embedded().unwrap()
}

#[test]
fn holidays_and_make_up_days_are_what_the_notices_say() {
    let calendar = calendar();
    for (day, expected) in [
        ("2024-02-09", Day::Working), // the eve is no holiday of this notice
        ("2024-02-18", Day::MadeUp),  // a Sunday
        ("2024-06-09", Day::Weekend), // the Sunday before Dragon Boat Monday
        ("2024-06-10", Day::Holiday),
        ("2025-01-26", Day::MadeUp),
        ("2025-10-08", Day::Holiday), // eight days: Mid-Autumn within
        ("2025-10-09", Day::Working),
        ("2026-01-03", Day::Holiday), // a Saturday
        ("2026-01-04", Day::MadeUp),
        ("2026-02-14", Day::MadeUp),
        ("2026-02-15", Day::Holiday),
        ("2026-02-23", Day::Holiday),
        ("2026-02-24", Day::Working),
        ("2026-02-28", Day::MadeUp),
        ("2026-09-20", Day::MadeUp),
        ("2026-09-28", Day::Working),
        ("2026-10-08", Day::Working),
        ("2026-10-10", Day::MadeUp),
        ("2026-10-11", Day::Weekend),
    ] {
        assert_eq!(calendar.day(date(day)), expected, "{day}");
    }
    assert!(calendar.source(2026).unwrap().contains("国办发明电〔2025〕7号"));
}

#[test]
fn a_year_not_announced_follows_the_rule_and_says_so() {
    let calendar = calendar();
    for (day, expected) in [
        ("2027-02-05", Day::Holiday), // the eve, a Friday
        ("2027-02-08", Day::Holiday),
        ("2027-02-09", Day::Holiday), // for Saturday the 6th
        ("2027-02-10", Day::Holiday), // for Sunday the 7th
        ("2027-02-11", Day::Working),
        ("2027-05-03", Day::Holiday),
        ("2027-05-04", Day::Holiday),
        ("2027-05-05", Day::Working),
        ("2027-02-13", Day::Weekend), // nothing is worked in exchange
        ("2030-10-01", Day::Holiday), // beyond the data: days of the sun alone
        ("2030-02-04", Day::Working),
    ] {
        assert_eq!(calendar.day(date(day)), expected, "{day}");
        assert!(calendar.is_provisional(date(day)), "{day}");
    }
    assert!(!calendar.is_provisional(date("2026-12-31")));
    assert!(due::due(Step::HandleObjection, date("2026-12-30"), &calendar).provisional);
}

/// Step, the day it begins, its last day, why.
#[rustfmt::skip]
const CLOCKS: &[(Step, &str, &str, &str)] = &[
    (Step::HandleObjection, "2026-02-13", "2026-02-25", "Sat 14 worked, 15 to 23 off"),
    (Step::HandleObjection, "2026-09-18", "2026-09-22", "Sun 20 worked: 20, 21, 22"),
    (Step::HandleObjection, "2026-11-24", "2026-11-27", "an ordinary week"),
    (Step::HandleObjectionWithSource, "2026-09-29", "2026-10-14", "30, 8, 9, Sat 10 worked, 12, 13, 14"),
    (Step::SourceAnswers, "2026-09-30", "2026-10-10", "8, 9, Sat 10 worked"),
    (Step::WithdrawRevoked, "2026-02-14", "2026-02-24", "the whole Spring Festival between"),
    (Step::Repair, "2026-02-27", "2026-02-28", "Saturday 28 is worked"),
    (Step::Repair, "2026-09-30", "2026-10-08", "National Day between"),
    (Step::WithdrawPublicity, "2026-04-30", "2026-05-08", "1 to 5 off; 6, 7, 8"),
    (Step::WithdrawPublicity, "2026-05-07", "2026-05-11", "8, Sat 9 worked, Mon 11"),
    (Step::ApplyReconsideration, "2025-12-04", "2026-02-02", "60 days, a Monday"),
    (Step::ApplyReconsideration, "2025-12-18", "2026-02-24", "the 60th is 16 February: rolled past the festival"),
    (Step::ApplyReconsideration, "2025-12-16", "2026-02-14", "the 60th is a Saturday that is worked"),
    (Step::ReviewTraffic, "2026-12-30", "2027-01-07", "31; 1 January off; 4 to 7"),
    (Step::HandleTrafficObjection, "2026-06-18", "2026-06-26", "19 off and the weekend"),
    (Step::EraseTraffic, "2026-09-24", "2026-09-30", "25 to 27 off"),
    (Step::HandOver, "2026-01-01", "2026-01-06", "Sun 4 worked, 5, 6"),
    (Step::AnswerHandOver, "2026-02-13", "2026-03-02", "14; 24 to 28; 2 March"),
    (Step::Decide, "2026-07-03", "2026-10-08", "the 90th is 1 October"),
    (Step::Decide, "2026-01-04", "2026-04-07", "the 90th is 4 April, Qingming"),
    (Step::TimeBar, "2024-02-29", "2026-02-28", "two years on"),
];

#[test]
fn every_clock_ends_on_the_right_day() {
    let calendar = calendar();
    for &(step, began, last_day, why) in CLOCKS {
        let due = due::due(step, date(began), &calendar);
        assert_eq!(due.last_day, date(last_day), "{step} from {began}: {why}");
        let last = domain::Timestamp::start_of_local_day(due.last_day).plus_seconds(86_399);
        assert!(!due.is_over(last), "{step}: the last day belongs to it whole");
        assert!(due.is_over(last.plus_seconds(1)), "{step}");
        assert_eq!(due.ends_at(), last.plus_seconds(1), "{step}");
    }
    let tested: std::collections::BTreeSet<Step> = CLOCKS.iter().map(|row| row.0).collect();
    let all: Vec<&Step> = Step::ALL.iter().filter(|step| !tested.contains(step)).collect();
    assert_eq!(all, [&Step::ObjectToNotice], "every clock of fixed length is in the table above");
}

#[test]
fn ten_working_days_of_notice_over_a_holiday() {
    let calendar = calendar();
    for (served, last_day) in [
        ("2026-02-06", "2026-02-27"), // 9 to 14, then 24 to 27
        ("2026-09-21", "2026-10-12"), // 22 to 24, 28 to 30, 8, 9, Sat 10 worked, 12
        ("2026-11-02", "2026-11-16"),
    ] {
        let due = due::due_in(10, due::Unit::WorkingDays, date(served), &calendar);
        assert_eq!(due.last_day, date(last_day), "{served}");
        assert_eq!(calendar.working_days_between(date(served), due.last_day), 10, "{served}");
    }
}

#[test]
fn a_wrong_calendar_is_refused() {
    let year = |off: &str, work: &str| {
        format!("[[year]]\nyear = 2030\nsource = \"x\"\noff = [{off}]\nwork = [{work}]\n")
    };
    let off = "{ name = \"x\", from = \"2030-01-01\", to = \"2030-01-02\" }";
    assert!(Calendar::from_toml(&year(off, "\"2030-01-05\"")).is_ok());
    for (text, what) in [
        (year("{ name = \"x\", from = \"2030-01-02\", to = \"2030-01-01\" }", ""), "Misplaced"),
        (year("{ name = \"x\", from = \"2029-12-31\", to = \"2030-01-01\" }", ""), "Misplaced"),
        (year(off, "\"2030-01-04\""), "NoExchange"),
        (year(off, "\"2031-01-04\""), "Misplaced"),
        (format!("{}{}", year(off, ""), year(off, "")), "Twice"),
        ("surprise = 1\nyear = []".to_owned(), "Form"),
    ] {
        let error: CalendarError = Calendar::from_toml(&text).unwrap_err();
        assert!(format!("{error:?}").starts_with(what), "{text}: {error:?}");
    }
}

/// The calendar read again in the plainest way: text against text, one day after the other.
fn naive_is_worked(tables: &toml::Table, date: LocalDate) -> bool {
    let day = date.format("%Y-%m-%d").to_string();
    let name = date.format("%a").to_string();
    let weekend = name == "Sat" || name == "Sun";
    for year in tables["year"].as_array().unwrap() {
        for off in year["off"].as_array().unwrap() {
            if off["from"].as_str().unwrap() <= day.as_str() && day.as_str() <= off["to"].as_str().unwrap() {
                return false;
            }
        }
        if year["work"].as_array().unwrap().iter().any(|work| work.as_str() == Some(&day)) {
            return true;
        }
    }
    !weekend
}

static CALENDAR: std::sync::LazyLock<Calendar> = std::sync::LazyLock::new(calendar);
static TABLES: std::sync::LazyLock<toml::Table> = std::sync::LazyLock::new(|| EMBEDDED.parse().unwrap());

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn counting_agrees_with_a_day_by_day_reading(offset in 0i64..1_000, days in 0u32..80) {
        let calendar = &*CALENDAR;
        let tables = &*TABLES;
        let began = domain::time::date_plus_days(date("2024-01-01"), offset);
        let mut at = began;
        let mut counted = 0;
        while counted < days {
            at = at.succ_opt().unwrap();
            counted += u32::from(naive_is_worked(tables, at));
        }
        prop_assume!(at < date("2027-01-01"));
        prop_assert_eq!(calendar.working_days_after(began, days), at);
        prop_assert_eq!(calendar.working_days_between(began, at), days);
    }

    #[test]
    fn a_later_beginning_never_ends_earlier(offset in 0i64..1_400, days in 0u32..40) {
        let calendar = &*CALENDAR;
        let began = domain::time::date_plus_days(date("2024-01-01"), offset);
        let next = began.succ_opt().unwrap();
        for step in Step::ALL {
            prop_assert!(due::due(*step, began, calendar).last_day <= due::due(*step, next, calendar).last_day);
        }
        prop_assert!(calendar.working_days_after(began, days) <= calendar.working_days_after(next, days));
    }
}
