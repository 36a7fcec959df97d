//! Which dates of a receiver are believed, and which moment a time of day is.
//!
//! The week number of GPS has 10 bits: old firmware falls back by 1,024 weeks when its own window ends, a decoder that
//! guesses the era wrongly jumps ahead by as much, and a receiver without a fix says 1980 or 2000. A date from before this
//! program was written, or from 1,024 weeks later on, is wrong on a truck; it is mended when whole eras explain it, and
//! refused otherwise. A recording's dates are old and right: see [`DatePolicy::AsRecorded`].

use chrono::NaiveTime;
use domain::time::{LocalDate, Timestamp};

use crate::fields::{DAY_MS, calendar_date};

/// No fix on a truck can be from before this day (year, month, day): the program did not exist.
const WRITTEN_ON: (u32, u32, u32) = (2026, 11, 1);

/// No recording is from before the year selective availability ended; receivers without time say 1980 to 2000-01-01.
const RECORDED_SINCE: (u32, u32, u32) = (2000, 1, 2);

/// How long the 10-bit week number runs.
const ROLLOVER_DAYS: i64 = 1024 * 7;

/// By how many eras a date may be off: a receiver of the first era, 1980, is two behind.
const ERAS_OFF: [i64; 4] = [1, -1, 2, -2];

/// How near the agent's clock a mended date must come.
const MENDED_WITHIN_S: i64 = 86_400;

/// Which dates are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DatePolicy {
    /// Dates of a receiver at work: old ones are mended or refused.
    #[default]
    Live,
    /// Dates of a recording: taken as they are.
    AsRecorded,
}

/// What became of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// Believed.
    Trusted(Timestamp),
    /// Moved by 1,024 weeks, or twice as many, either way.
    Mended(Timestamp),
    /// Not believed.
    Refused,
}

impl DatePolicy {
    /// Judges the date `date` UTC with the time of day `time_ms` against the agent's clock.
    pub fn judge(self, date: LocalDate, time_ms: u32, now: Timestamp) -> Dated {
        let stated = moment(date, time_ms);
        let (year, month, day) = match self {
            Self::Live => WRITTEN_ON,
            Self::AsRecorded => RECORDED_SINCE,
        };
        let earliest = calendar_date(year, month, day).unwrap_or_default();
        if self == Self::AsRecorded {
            return if date >= earliest { Dated::Trusted(stated) } else { Dated::Refused };
        }
        let near = |at: Timestamp| at.millis_since(now).abs() <= MENDED_WITHIN_S * 1000;
        let age_days = (date - earliest).num_days();
        if (0..ROLLOVER_DAYS).contains(&age_days) && near(stated) {
            return Dated::Trusted(stated);
        }
        let moved = ERAS_OFF.map(|eras| stated.plus_seconds(eras * ROLLOVER_DAYS * i64::from(DAY_MS / 1000)));
        match moved.into_iter().find(|at| near(*at) && *at >= moment(earliest, 0)) {
            Some(at) => Dated::Mended(at),
            // The agent's own clock may be far off: a possible date that nothing disproves stands.
            None if (0..ROLLOVER_DAYS).contains(&age_days) => Dated::Trusted(stated),
            None => Dated::Refused,
        }
    }
}

/// The moment of a time of day on a day, both UTC.
fn moment(date: LocalDate, time_ms: u32) -> Timestamp {
    let midnight = date.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
    Timestamp::from_millis(midnight + i64::from(time_ms))
}

/// The moment nearest to `anchor` with this time of day UTC: at most 12 hours away, so midnight is crossed either way.
pub fn nearest(anchor: Timestamp, time_ms: u32) -> Timestamp {
    let anchor_ms = anchor.millis().rem_euclid(i64::from(DAY_MS));
    anchor.plus_millis(time_step_ms(anchor_ms as u32, time_ms))
}

/// Milliseconds from one time of day to another the short way round: -12 h to below 12 h.
pub fn time_step_ms(from_ms: u32, to_ms: u32) -> i64 {
    let half = i64::from(DAY_MS / 2);
    (i64::from(to_ms) - i64::from(from_ms) + half).rem_euclid(i64::from(DAY_MS)) - half
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON_MS: u32 = 12 * 3_600_000;

    #[track_caller]
    fn check(policy: DatePolicy, date: &str, now: &str, expected: Dated) {
        let day = LocalDate::parse_from_str(date, "%Y-%m-%d").unwrap();
        assert_eq!(policy.judge(day, NOON_MS, now.parse().unwrap()), expected, "{date} at {now}");
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn todays_date_is_trusted_whatever_the_agents_clock_says() {
        let today = Dated::Trusted(at("2026-11-23T12:00:00Z"));
        check(DatePolicy::Live, "2026-11-23", "2026-11-23T12:00:00Z", today);
        check(DatePolicy::Live, "2026-11-23", "1970-01-01T00:00:00Z", today);
    }

    #[test]
    fn a_date_of_1024_weeks_ago_is_mended() {
        let mended = Dated::Mended(at("2026-11-23T12:00:00Z"));
        check(DatePolicy::Live, "2007-04-09", "2026-11-23T13:00:00Z", mended);
        check(DatePolicy::Live, "2007-04-09", "2026-11-25T12:00:01Z", Dated::Refused);
    }

    #[test]
    fn a_date_of_other_eras_is_mended_either_way() {
        let mended = Dated::Mended(at("2026-11-23T12:00:00Z"));
        check(DatePolicy::Live, "1987-08-24", "2026-11-23T13:00:00Z", mended);
        check(DatePolicy::Live, "2046-07-09", "2026-11-23T13:00:00Z", mended);
        check(DatePolicy::Live, "2066-02-22", "2026-11-23T13:00:00Z", mended);
        // What the agent's clock cannot confirm is refused outside the era this program was written in.
        check(DatePolicy::Live, "2046-07-09", "1970-01-01T00:00:00Z", Dated::Refused);
        check(DatePolicy::Live, "2046-07-09", "2026-11-25T12:00:01Z", Dated::Refused);
    }

    #[test]
    fn a_date_nothing_explains_is_refused() {
        check(DatePolicy::Live, "1980-01-06", "2026-11-23T13:00:00Z", Dated::Refused);
        check(DatePolicy::Live, "2009-04-01", "2026-11-23T13:00:00Z", Dated::Refused);
    }

    #[test]
    fn a_recording_keeps_its_dates_but_not_those_of_a_receiver_without_time() {
        let then = Dated::Trusted(at("2009-04-01T12:00:00Z"));
        check(DatePolicy::AsRecorded, "2009-04-01", "2026-11-23T13:00:00Z", then);
        check(DatePolicy::AsRecorded, "1980-01-06", "2026-11-23T13:00:00Z", Dated::Refused);
        check(DatePolicy::AsRecorded, "2000-01-01", "2026-11-23T13:00:00Z", Dated::Refused);
    }

    #[test]
    fn a_time_of_day_without_date_is_the_nearest_one() {
        let before = at("2026-11-23T23:59:59Z");
        assert_eq!(nearest(before, 0), at("2026-11-24T00:00:00Z"));
        assert_eq!(nearest(at("2026-11-24T00:00:00Z"), 86_399_000), before);
    }
}
