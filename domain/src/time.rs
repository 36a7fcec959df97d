//! Moments and local dates. A moment is a count of milliseconds; the local reading is always Asia/Shanghai.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, SecondsFormat, TimeDelta, Timelike, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, in milliseconds since 1970-01-01 00:00 UTC. Written as RFC 3339 with the offset `+08:00`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(i64);

/// A calendar day in Asia/Shanghai.
pub type LocalDate = NaiveDate;

/// Offset of Asia/Shanghai: 8 h, without summer time since 1991, which is before every report this project takes.
pub const LOCAL_OFFSET_S: i32 = 8 * 3600;

/// 0001-01-01 and 9999-12-31 in milliseconds: outside, no calendar date can be written.
const MILLIS_MIN: i64 = -62_135_596_800_000;
const MILLIS_MAX: i64 = 253_402_300_799_999;

/// Why a text is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time: RFC 3339 with an offset is expected, as 2026-11-23T14:03:22+08:00")]
pub struct TimestampError {
    text: String,
}

impl Timestamp {
    /// The moment `millis` milliseconds after the epoch, held inside the years 1 to 9999.
    #[inline]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(MILLIS_MIN, MILLIS_MAX))
    }

    /// The moment `seconds` seconds after the epoch.
    #[inline]
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    #[inline]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    #[inline]
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This moment moved by `seconds`.
    #[must_use]
    #[inline]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// This moment moved by `millis`.
    #[must_use]
    #[inline]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    #[inline]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Seconds from `earlier` to this moment.
    #[inline]
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.millis_since(earlier) as f64 / 1000.0
    }

    /// The local calendar day.
    pub fn local_date(self) -> LocalDate {
        self.local().date_naive()
    }

    /// The local day of the week.
    pub fn local_weekday(self) -> Weekday {
        self.local().weekday()
    }

    /// Seconds since local midnight, 0 to 86,399.
    pub fn local_second_of_day(self) -> u32 {
        self.local().num_seconds_from_midnight()
    }

    /// Local midnight at the start of `date`.
    pub fn start_of_local_day(date: LocalDate) -> Self {
        let midnight = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
        Self::from_millis(midnight - i64::from(LOCAL_OFFSET_S) * 1000)
    }

    /// Reads an RFC 3339 time with offset; fractions below a millisecond are cut.
    pub fn parse_rfc3339(text: &str) -> Result<Self, TimestampError> {
        let error = || TimestampError { text: text.chars().take(40).collect() };
        let time = DateTime::parse_from_rfc3339(text.trim()).map_err(|_source| error())?;
        let millis = time.timestamp_millis();
        if (MILLIS_MIN..=MILLIS_MAX).contains(&millis) { Ok(Self(millis)) } else { Err(error()) }
    }

    /// The moment as a calendar time in Asia/Shanghai.
    pub fn local(self) -> DateTime<FixedOffset> {
        let utc = DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH);
        match FixedOffset::east_opt(LOCAL_OFFSET_S) {
            Some(offset) => utc.with_timezone(&offset),
            None => utc.fixed_offset(),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = if self.0 % 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        f.write_str(&self.local().to_rfc3339_opts(form, false))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        Self::parse_rfc3339(text)
    }
}

/// As RFC 3339 text for people, as a plain integer in compact forms.
impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if s.is_human_readable() { s.collect_str(self) } else { s.serialize_i64(self.0) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        if d.is_human_readable() {
            String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
        } else {
            i64::deserialize(d).map(Self::from_millis)
        }
    }
}

/// The local date `days` days after `date`, held at the calendar's ends.
pub fn date_plus_days(date: LocalDate, days: i64) -> LocalDate {
    let end = if days < 0 { LocalDate::MIN } else { LocalDate::MAX };
    TimeDelta::try_days(days).and_then(|delta| date.checked_add_signed(delta)).unwrap_or(end)
}

/// The first day of a day's month.
pub fn first_of_month(date: LocalDate) -> LocalDate {
    date.with_day(1).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_midnight_belongs_to_the_new_day() {
        let time: Timestamp = "2026-11-22T16:00:00Z".parse().unwrap();
        assert_eq!(time.local_date(), LocalDate::from_ymd_opt(2026, 11, 23).unwrap());
        assert_eq!(time.local_second_of_day(), 0);
        assert_eq!(Timestamp::start_of_local_day(time.local_date()), time);
        assert_eq!(time.to_string(), "2026-11-23T00:00:00+08:00");
    }

    #[test]
    fn a_time_without_offset_is_refused() {
        for text in ["2026-11-23T00:00:00", "2026-11-23", "", "yesterday"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn extreme_counts_are_held_inside_the_calendar() {
        for millis in [i64::MIN, i64::MAX] {
            let time = Timestamp::from_millis(millis);
            assert!(!time.to_string().is_empty());
            let _ = (time.local_date(), time.plus_seconds(i64::MAX));
        }
    }
}
