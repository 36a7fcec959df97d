//! The stretch of time a ranking is about: a calendar month or an ISO week, in Asia/Shanghai.

use std::str::FromStr;

use chrono::{Datelike, Months, Weekday};
use domain::{LocalDate, Timestamp};

/// A month, `2026-11`, or a week from Monday to Sunday, `2026-W47`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    first: LocalDate,
    /// First day after it.
    after: LocalDate,
    is_week: bool,
}

/// A text is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no period: a month is written as 2026-11, a week as 2026-W47")]
pub struct PeriodError(String);

impl Period {
    /// The month a day is in.
    pub fn month_of(day: LocalDate) -> Option<Self> {
        let first = day.with_day(1)?;
        Some(Self { first, after: first.checked_add_months(Months::new(1))?, is_week: false })
    }

    /// First day.
    pub fn first_day(self) -> LocalDate {
        self.first
    }

    /// Last day.
    pub fn last_day(self) -> LocalDate {
        self.after.pred_opt().unwrap_or(self.after)
    }

    /// First moment.
    pub fn start(self) -> Timestamp {
        Timestamp::start_of_local_day(self.first)
    }

    /// First moment after it.
    pub fn end(self) -> Timestamp {
        Timestamp::start_of_local_day(self.after)
    }

    /// First moment of the year it ends in.
    pub fn year_start(self) -> Timestamp {
        let last = self.last_day();
        Timestamp::start_of_local_day(LocalDate::from_ymd_opt(last.year(), 1, 1).unwrap_or(last))
    }

    /// The moment so many months before the end of its last day.
    pub fn months_before_end(self, months: u32) -> Timestamp {
        let first = self.after.checked_sub_months(Months::new(months)).unwrap_or(LocalDate::MIN);
        Timestamp::start_of_local_day(first)
    }

    /// Every day, in order.
    pub fn days(self) -> impl Iterator<Item = LocalDate> {
        self.first.iter_days().take_while(move |day| *day < self.after)
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let refused = || PeriodError(text.chars().take(20).collect());
        let number = |text: &str, digits: usize| {
            let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten().ok_or_else(refused)
        };
        let (year, rest) = text.split_once('-').ok_or_else(refused)?;
        let year = i32::try_from(number(year, 4)?).map_err(|_source| refused())?;
        let found = match rest.strip_prefix('W') {
            Some(week) => {
                let first = LocalDate::from_isoywd_opt(year, number(week, 2)?, Weekday::Mon);
                first.and_then(|first| {
                    let after = first.checked_add_days(chrono::Days::new(7))?;
                    Some(Self { first, after, is_week: true })
                })
            }
            None => LocalDate::from_ymd_opt(year, number(rest, 2)?, 1).and_then(Self::month_of),
        };
        found.ok_or_else(refused)
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_week {
            let week = self.first.iso_week();
            write!(f, "{:04}-W{:02}", week.year(), week.week())
        } else {
            write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_weeks_have_their_days() {
        for (text, first, last, days) in [
            ("2026-11", "2026-11-01", "2026-11-30", 30),
            ("2028-02", "2028-02-01", "2028-02-29", 29),
            ("2026-W47", "2026-11-16", "2026-11-22", 7),
            ("2026-W53", "2026-12-28", "2027-01-03", 7),
            ("2027-W01", "2027-01-04", "2027-01-10", 7),
        ] {
            let period: Period = text.parse().unwrap();
            assert_eq!(
                (period.first_day().to_string(), period.last_day().to_string()),
                (first.into(), last.into())
            );
            assert_eq!(period.days().count(), days, "{text}");
            assert_eq!(period.to_string(), text);
            let year = &last[..4];
            assert_eq!(period.year_start().to_string(), format!("{year}-01-01T00:00:00+08:00"));
        }
        let november: Period = "2026-11".parse().unwrap();
        assert_eq!(november.months_before_end(24).to_string(), "2024-12-01T00:00:00+08:00");
        let week: Period = "2026-W53".parse().unwrap();
        assert_eq!(week.months_before_end(1).to_string(), "2026-12-04T00:00:00+08:00");
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "2026-W00",
            "2026-W54",
            "2027-W53",
            "2026-1",
            "26-11",
            "2026-11-01",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
