//! Which days are worked in China, and where a count of days ends.
//!
//! The State Council announces each year which days are holidays and which weekend days are worked in exchange; those
//! notices are data (`calendar/prc.toml`), with their numbers as source. A year that is not announced yet follows a rule:
//! weekends and statutory holidays are off, a statutory holiday on a weekend is made up on the next working day
//! (全国年节及纪念日放假办法 Art. 6), and nothing is worked in exchange; its days are **provisional** and dates that rest on
//! them must be shown as such. Where not even the holidays by the moon are known, those of the sun alone are off.
//!
//! ```
//! let calendar = scoring::Calendar::embedded()?;
//! let day = |text: &str| text.parse::<domain::LocalDate>();
//! // 13 February 2026 is a Friday before the Spring Festival; Saturday the 14th is worked, the 15th to the 23rd are off.
//! assert_eq!(calendar.working_days_after(day("2026-02-13")?, 2), day("2026-02-24")?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Weekday};
use domain::LocalDate;
use domain::time::date_plus_days;
use serde::Deserialize;

/// The calendar this program carries.
pub const EMBEDDED: &str = include_str!("../calendar/prc.toml");

/// Most working days that are counted; a longer count ends here.
pub const WORKING_DAYS_MAX: u32 = 3_650;

/// Days of the sun that are off in every year: New Year, Labour Day, National Day, as (month, day).
const SOLAR_STATUTORY: [(u32, u32); 6] = [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)];

/// What a day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Day {
    /// Monday to Friday, worked.
    Working,
    /// A weekend day worked in exchange for a holiday.
    MadeUp,
    /// Saturday or Sunday.
    Weekend,
    /// A holiday, whatever the day of the week.
    Holiday,
}

impl Day {
    /// Whether it counts as a working day.
    pub fn is_worked(self) -> bool {
        matches!(self, Self::Working | Self::MadeUp)
    }
}

/// Why a calendar is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// Not of the form.
    #[error("the calendar of working days cannot be read")]
    Form(#[source] Box<toml::de::Error>),
    /// A year stands twice.
    #[error("the calendar has the year {0} twice: keep one")]
    Twice(i32),
    /// A day lies outside its year or its stretch ends before it begins.
    #[error("the calendar's year {year}: {date} does not belong there")]
    Misplaced {
        /// The year.
        year: i32,
        /// The day.
        date: LocalDate,
    },
    /// A day is off and worked, or a working day is declared worked in exchange.
    #[error("the calendar's year {year}: {date} cannot be worked in exchange: it is no free weekend day")]
    NoExchange {
        /// The year.
        year: i32,
        /// The day.
        date: LocalDate,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    year: Vec<YearRow>,
    #[serde(default)]
    provisional: Vec<ProvisionalRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearRow {
    year: i32,
    source: String,
    off: Vec<Stretch>,
    work: Vec<LocalDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stretch {
    #[expect(dead_code, reason = "the name is for people who read the file")]
    name: String,
    from: LocalDate,
    to: LocalDate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProvisionalRow {
    year: i32,
    source: String,
    statutory: Vec<LocalDate>,
}

/// Working days and holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i32, Year>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Year {
    source: String,
    announced: bool,
    off: BTreeSet<LocalDate>,
    work: BTreeSet<LocalDate>,
}

impl Calendar {
    /// The calendar this program carries.
    pub fn embedded() -> Result<Self, CalendarError> {
        Self::from_toml(EMBEDDED)
    }

    /// Reads a calendar and checks it whole.
    pub fn from_toml(text: &str) -> Result<Self, CalendarError> {
        let tables: Tables = toml::from_str(text).map_err(|e| CalendarError::Form(Box::new(e)))?;
        let mut years = BTreeMap::new();
        for row in tables.year {
            let year = row.year;
            let read = announced(row)?;
            if years.insert(year, read).is_some() {
                return Err(CalendarError::Twice(year));
            }
        }
        for ProvisionalRow { year, source, statutory } in tables.provisional {
            if let Some(&date) = statutory.iter().find(|date| date.year() != year) {
                return Err(CalendarError::Misplaced { year, date });
            }
            if years.insert(year, provisional(source, statutory)).is_some() {
                return Err(CalendarError::Twice(year));
            }
        }
        Ok(Self { years })
    }

    /// What a day is.
    pub fn day(&self, date: LocalDate) -> Day {
        let weekend = is_weekend(date);
        let (off, made_up) = match self.years.get(&date.year()) {
            Some(year) => (year.off.contains(&date), year.work.contains(&date)),
            None => (solar(date.year()).off.contains(&date), false),
        };
        match (off, made_up, weekend) {
            (true, ..) => Day::Holiday,
            (_, true, _) => Day::MadeUp,
            (.., true) => Day::Weekend,
            _ => Day::Working,
        }
    }

    /// Whether a day is worked.
    pub fn is_working_day(&self, date: LocalDate) -> bool {
        self.day(date).is_worked()
    }

    /// Whether what is said of a day rests on a rule because its year is not announced.
    pub fn is_provisional(&self, date: LocalDate) -> bool {
        self.years.get(&date.year()).is_none_or(|year| !year.announced)
    }

    /// Where a year's days come from, when the calendar has the year.
    pub fn source(&self, year: i32) -> Option<&str> {
        self.years.get(&year).map(|year| year.source.as_str())
    }

    /// The `days`th working day after `date`, which itself is not counted (民事诉讼法 Art. 85: the day on which a period begins
    /// is not counted in). 0 gives `date` itself. At most [`WORKING_DAYS_MAX`] are counted.
    pub fn working_days_after(&self, date: LocalDate, days: u32) -> LocalDate {
        let mut at = date;
        let mut left = days.min(WORKING_DAYS_MAX);
        while left > 0 {
            let next = date_plus_days(at, 1);
            if next == at {
                break;
            }
            at = next;
            left -= u32::from(self.is_working_day(at));
        }
        at
    }

    /// `date` itself when it is worked, else the first working day after it: where a period ends whose last day is off
    /// (民事诉讼法 Art. 85).
    pub fn working_day_from(&self, date: LocalDate) -> LocalDate {
        if self.is_working_day(date) { date } else { self.working_days_after(date, 1) }
    }

    /// How many working days lie after `from`, up to and including `to`; 0 when `to` is not later.
    pub fn working_days_between(&self, from: LocalDate, to: LocalDate) -> u32 {
        let mut count = 0;
        let mut at = from;
        while at < to && count < WORKING_DAYS_MAX {
            at = date_plus_days(at, 1);
            count += u32::from(self.is_working_day(at));
        }
        count
    }
}

fn is_weekend(date: LocalDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

fn announced(row: YearRow) -> Result<Year, CalendarError> {
    let year = row.year;
    let mut off = BTreeSet::new();
    for Stretch { from, to, .. } in row.off {
        for date in [from, to] {
            if date.year() != year || to < from {
                return Err(CalendarError::Misplaced { year, date });
            }
        }
        off.extend(from.iter_days().take_while(|date| *date <= to));
    }
    for &date in &row.work {
        if date.year() != year {
            return Err(CalendarError::Misplaced { year, date });
        }
        if off.contains(&date) || !is_weekend(date) {
            return Err(CalendarError::NoExchange { year, date });
        }
    }
    Ok(Year { source: row.source, announced: true, off, work: row.work.into_iter().collect() })
}

/// The rule for a year without a notice: statutory days are off, and each that falls on a weekend frees the next day that
/// is neither weekend nor off already.
fn provisional(source: String, statutory: Vec<LocalDate>) -> Year {
    let mut off: BTreeSet<LocalDate> = statutory.into_iter().collect();
    let on_weekends: Vec<LocalDate> = off.iter().copied().filter(|date| is_weekend(*date)).collect();
    for date in on_weekends {
        let free = date.iter_days().skip(1).find(|day| !is_weekend(*day) && !off.contains(day));
        off.extend(free);
    }
    Year { source, announced: false, off, work: BTreeSet::new() }
}

fn solar(year: i32) -> Year {
    let days = SOLAR_STATUTORY.iter().filter_map(|&(month, day)| LocalDate::from_ymd_opt(year, month, day));
    provisional(String::new(), days.collect())
}
