//! Hours and local days as numbers. Asia/Shanghai is whole hours from UTC, so every local day is 24 hours.

use domain::time::{LOCAL_OFFSET_S, date_plus_days};
use domain::{LocalDate, Timestamp};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
const LOCAL_OFFSET_MS: i64 = LOCAL_OFFSET_S as i64 * 1000;

/// An hour, counted from 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hour(i64);

/// A day in Asia/Shanghai, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(i64);

impl Hour {
    /// The hour a moment lies in.
    pub fn of(time: Timestamp) -> Self {
        Self(time.millis().div_euclid(HOUR_MS))
    }

    /// The hour of a stored number.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// As stored.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The local day it lies in.
    pub fn day(self) -> Day {
        Day((self.0 * HOUR_MS + LOCAL_OFFSET_MS).div_euclid(DAY_MS))
    }
}

impl Day {
    /// The local day a moment lies in.
    pub fn of(time: Timestamp) -> Self {
        Hour::of(time).day()
    }

    /// The day of a calendar date.
    pub fn of_date(date: LocalDate) -> Self {
        Self::of(Timestamp::start_of_local_day(date))
    }

    /// The day of a stored number.
    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    /// As stored.
    pub fn number(self) -> i64 {
        self.0
    }

    /// Its first moment.
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(DAY_MS).saturating_sub(LOCAL_OFFSET_MS))
    }

    /// Its first hour; the 24th after it is the next day's.
    pub fn first_hour(self) -> Hour {
        Hour::of(self.start())
    }

    /// The first moment of the next.
    pub fn end(self) -> Timestamp {
        self.plus_days(1).start()
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// On the calendar.
    pub fn date(self) -> LocalDate {
        date_plus_days(LocalDate::default(), self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_day_is_twenty_four_hours_that_begin_at_local_midnight() {
        let midnight: Timestamp = "2026-11-20T00:00:00+08:00".parse().unwrap();
        let day = Day::of(midnight);
        assert_eq!(day.date().to_string(), "2026-11-20");
        assert_eq!(Day::of_date(day.date()), day);
        assert_eq!((day.start(), day.end()), (midnight, midnight.plus_seconds(86_400)));
        assert_eq!(day.first_hour(), Hour::of(midnight));
        assert_eq!(Day::of(midnight.plus_millis(-1)), day.plus_days(-1));
        assert_eq!(Hour::of(midnight.plus_seconds(86_399)).number(), day.first_hour().number() + 23);
        assert_eq!(Hour::of(midnight.plus_seconds(86_399)).day(), day);
    }

    #[test]
    fn moments_before_1970_have_days_too() {
        let time: Timestamp = "1969-12-31T23:59:59+08:00".parse().unwrap();
        assert_eq!(Day::of(time).number(), -1);
        assert_eq!(Day::of(time).date().to_string(), "1969-12-31");
    }
}
