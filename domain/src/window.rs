//! Weekly hours in which hauling is allowed, or a zone is in force. Local time, Asia/Shanghai.

use chrono::{Datelike, Weekday};
use serde::{Deserialize, Serialize};

use crate::time::{LocalDate, Timestamp};

/// One window: on these days, from this time to that. Runs past midnight when it ends at or before its start, and
/// belongs to the day it starts on; equal ends mean the whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HaulWindow {
    /// Monday first.
    days: [bool; 7],
    from_minute: u16,
    to_minute: u16,
}

/// Why a window cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowError {
    /// A day that is none of mon to sun.
    #[error("{0:?} is no day: mon, tue, wed, thu, fri, sat, sun are known")]
    Day(String),
    /// A time that is not HH:MM.
    #[error("{0:?} is no time of day: HH:MM is expected, 24:00 only as an end")]
    Time(String),
    /// A window without days never holds.
    #[error("days is empty: the window would never hold")]
    NoDays,
}

/// Minutes of a day.
pub const MINUTES_A_DAY: u16 = 24 * 60;
const DAY_NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl HaulWindow {
    /// Reads `days` (`mon` … `sun`) and two times `HH:MM`.
    pub fn parse<S: AsRef<str>>(days: &[S], from: &str, to: &str) -> Result<Self, WindowError> {
        let mut set = [false; 7];
        for day in days {
            let day = day.as_ref();
            let index =
                DAY_NAMES.iter().position(|name| *name == day).ok_or_else(|| WindowError::Day(day.into()))?;
            set[index] = true;
        }
        if !set.contains(&true) {
            return Err(WindowError::NoDays);
        }
        let from_minute = minute_of_day(from).filter(|m| *m < MINUTES_A_DAY);
        Ok(Self {
            days: set,
            from_minute: from_minute.ok_or_else(|| WindowError::Time(from.into()))?,
            to_minute: minute_of_day(to).ok_or_else(|| WindowError::Time(to.into()))?,
        })
    }

    /// Whether the window holds at a moment. The start is inside, the end is not.
    pub fn holds_at(&self, time: Timestamp) -> bool {
        let second = time.local_second_of_day();
        let (from_s, to_s) = (u32::from(self.from_minute) * 60, u32::from(self.to_minute) * 60);
        let today = self.starts_on(time.local_weekday());
        let yesterday = self.starts_on(time.local_weekday().pred());
        if self.from_minute < self.to_minute {
            today && (from_s..to_s).contains(&second)
        } else {
            (today && second >= from_s) || (yesterday && second < to_s)
        }
    }

    /// The stretches of a local day in which the window holds, in minutes since midnight, ends excluded: none, one, or the
    /// end of the night before and the beginning of the next.
    pub fn minutes_on(&self, date: LocalDate) -> Vec<(u16, u16)> {
        let (today, yesterday) = (self.starts_on(date.weekday()), self.starts_on(date.weekday().pred()));
        if self.from_minute < self.to_minute {
            return if today { vec![(self.from_minute, self.to_minute)] } else { Vec::new() };
        }
        let early = (yesterday && self.to_minute > 0).then_some((0, self.to_minute));
        let late = today.then_some((self.from_minute, MINUTES_A_DAY));
        early.into_iter().chain(late).collect()
    }

    fn starts_on(&self, day: Weekday) -> bool {
        self.days[day.num_days_from_monday() as usize]
    }

    /// The days by name, Monday first.
    pub fn day_names(&self) -> Vec<&'static str> {
        DAY_NAMES.iter().zip(self.days).filter_map(|(name, on)| on.then_some(*name)).collect()
    }

    /// Start and end as `HH:MM`.
    pub fn hours(&self) -> (String, String) {
        let text = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
        (text(self.from_minute), text(self.to_minute))
    }
}

fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let two_digits =
        |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<u16>().ok());
    let (hour, minute) = (two_digits(hour)??, two_digits(minute)??);
    let whole = hour * 60 + minute;
    (minute < 60 && whole <= MINUTES_A_DAY).then_some(whole)
}

/// A set of windows; an empty set holds always.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HaulWindows(pub Vec<HaulWindow>);

impl HaulWindows {
    /// Whether any window holds at a moment, or there is none at all.
    pub fn hold_at(&self, time: Timestamp) -> bool {
        self.0.is_empty() || self.0.iter().any(|w| w.holds_at(time))
    }

    /// Whether any window holds at a moment, and a later moment until which that stays so: the windows' next start or end,
    /// at most the end of the local day.
    pub fn hold_until(&self, time: Timestamp) -> (bool, Timestamp) {
        let midnight = Timestamp::start_of_local_day(time.local_date());
        let second = i64::from(time.local_second_of_day());
        let edges = self.0.iter().flat_map(|w| [w.from_minute, w.to_minute]).chain([MINUTES_A_DAY]);
        let next = edges.map(|minute| i64::from(minute) * 60).filter(|edge| *edge > second).min();
        (self.hold_at(time), midnight.plus_seconds(next.unwrap_or(second)))
    }

    /// The stretches of a local day in which any window holds, in minutes since midnight, ends excluded, in order and
    /// joined where they meet. Without windows it is the whole day.
    pub fn minutes_on(&self, date: LocalDate) -> Vec<(u16, u16)> {
        if self.0.is_empty() {
            return vec![(0, MINUTES_A_DAY)];
        }
        let mut parts: Vec<(u16, u16)> = self.0.iter().flat_map(|w| w.minutes_on(date)).collect();
        parts.sort_unstable();
        let mut joined: Vec<(u16, u16)> = Vec::with_capacity(parts.len());
        for (from, to) in parts {
            match joined.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => joined.push((from, to)),
            }
        }
        joined
    }
}

/// The weekday of a local date, for those who build windows.
pub fn weekday_name(date: crate::time::LocalDate) -> &'static str {
    DAY_NAMES[date.weekday().num_days_from_monday() as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 is a Monday.
    #[track_caller]
    fn check(days: &[&str], from: &str, to: &str, at: &str, expected: bool) {
        let window = HaulWindow::parse(days, from, to).unwrap();
        assert_eq!(window.holds_at(at.parse().unwrap()), expected, "{days:?} {from}-{to} at {at}");
    }

    #[test]
    fn a_night_window_belongs_to_the_day_it_starts_on() {
        check(&["mon"], "22:00", "05:00", "2026-11-23T22:00:00+08:00", true);
        check(&["mon"], "22:00", "05:00", "2026-11-24T04:59:59+08:00", true);
        check(&["mon"], "22:00", "05:00", "2026-11-24T05:00:00+08:00", false);
        check(&["mon"], "22:00", "05:00", "2026-11-23T04:00:00+08:00", false);
    }

    #[test]
    fn equal_ends_are_the_whole_day_and_24_00_may_end_it() {
        check(&["tue"], "00:00", "00:00", "2026-11-24T23:59:59+08:00", true);
        check(&["tue"], "00:00", "00:00", "2026-11-25T00:00:00+08:00", false);
        check(&["tue"], "08:00", "24:00", "2026-11-24T23:59:59+08:00", true);
    }

    #[test]
    fn unreadable_windows_are_refused() {
        for (days, from, to) in [
            (vec!["monday"], "08:00", "09:00"),
            (vec![], "08:00", "09:00"),
            (vec!["mon"], "24:00", "09:00"),
            (vec!["mon"], "8:00", "09:00"),
            (vec!["mon"], "08:00", "25:00"),
            (vec!["mon"], "08:60", "09:00"),
        ] {
            assert!(HaulWindow::parse(&days, from, to).is_err(), "{days:?} {from} {to}");
        }
    }

    #[test]
    fn the_minutes_of_a_day_are_those_in_which_the_windows_hold() {
        let window = |days: &[&str], from, to| HaulWindow::parse(days, from, to).unwrap();
        let windows = HaulWindows(vec![
            window(&["mon", "tue"], "22:00", "05:00"),
            window(&["tue"], "04:30", "06:00"),
            window(&["wed"], "09:00", "09:00"),
            window(&["sat"], "08:00", "24:00"),
        ]);
        assert_eq!(
            windows.minutes_on(LocalDate::from_ymd_opt(2026, 11, 24).unwrap()),
            [(0, 360), (1320, 1440)]
        );
        for day in 0..8 {
            let start = Timestamp::start_of_local_day(LocalDate::from_ymd_opt(2026, 11, 20 + day).unwrap());
            let parts = windows.minutes_on(start.local_date());
            for minute in 0..MINUTES_A_DAY {
                let listed = parts.iter().any(|(from, to)| (*from..*to).contains(&minute));
                let at = start.plus_seconds(i64::from(minute) * 60);
                assert_eq!(listed, windows.hold_at(at), "{at}");
            }
        }
        assert_eq!(HaulWindows::default().minutes_on(LocalDate::default()), [(0, MINUTES_A_DAY)]);
    }

    #[test]
    fn what_holds_stays_so_until_the_moment_told() {
        let window = |days: &[&str], from, to| HaulWindow::parse(days, from, to).unwrap();
        let windows =
            HaulWindows(vec![window(&["mon", "tue"], "22:00", "05:00"), window(&["tue"], "04:30", "06:00")]);
        let start: Timestamp = "2026-11-23T00:00:00+08:00".parse().unwrap();
        for minute in 0..3 * 24 * 60 {
            let at = start.plus_seconds(minute * 60 + 7);
            let (holds, until) = windows.hold_until(at);
            assert!(until > at, "{at} {until}");
            assert_eq!(
                (holds, holds),
                (windows.hold_at(at), windows.hold_at(until.plus_millis(-1))),
                "{at} {until}"
            );
        }
        assert_eq!(windows.hold_until(start).1, start.plus_seconds(4 * 3600 + 1800));
    }

    #[test]
    fn no_window_means_always() {
        assert!(HaulWindows::default().hold_at(Timestamp::from_millis(0)));
    }
}
