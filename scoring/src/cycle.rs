//! The scoring cycle: a calendar year, 1 January to 31 December in Asia/Shanghai (郑政办〔2018〕92号).

use chrono::Datelike;
use domain::{LocalDate, Timestamp};
use serde::{Deserialize, Serialize};

/// A calendar year, as 2026. Serialised as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cycle(i32);

impl Cycle {
    /// The cycle of a year.
    pub fn of_year(year: i32) -> Self {
        Self(year)
    }

    /// The cycle an act belongs to: the local year in which it occurred, whenever it is decided.
    pub fn of(occurred_at: Timestamp) -> Self {
        Self(occurred_at.local_date().year())
    }

    /// Its first day.
    pub fn first_day(self) -> LocalDate {
        LocalDate::from_ymd_opt(self.0, 1, 1).unwrap_or(LocalDate::MIN)
    }

    /// Its last millisecond, local.
    pub fn last_moment(self) -> Timestamp {
        let next = LocalDate::from_ymd_opt(self.0.saturating_add(1), 1, 1);
        next.map_or_else(
            || Timestamp::from_millis(i64::MAX),
            |day| Timestamp::start_of_local_day(day).plus_millis(-1),
        )
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.0
    }
}

impl std::fmt::Display for Cycle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_year_turns_at_local_midnight() {
        for (time, year) in [
            ("2026-12-31T15:59:59Z", 2026),
            ("2026-12-31T16:00:00Z", 2027),
            ("2026-12-31T23:59:59+08:00", 2026),
            ("2027-01-01T00:00:00+08:00", 2027),
        ] {
            assert_eq!(Cycle::of(time.parse().unwrap()).year(), year, "{time}");
        }
    }
}
