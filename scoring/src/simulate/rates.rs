//! How often a truck breaks which rule: the stated assumption a simulation starts from.
//!
//! A table of two columns, `rule,per_truck_year`, as CSV; `#` begins a remark. Rates are read exactly, as millionths of
//! an act per truck and year, because everything in this crate is an integer.

use std::collections::BTreeSet;

use domain::{RuleCode, Timestamp};

use crate::catalogue::Catalogue;
use crate::rule::Class;

/// The rates this program carries: assumed, with the class sums of [`ASSUMED_CLASS_MICRO`].
pub const ASSUMED: &str = include_str!("assumed-rates.csv");
/// Acts per truck and year assumed for classes A, B and C, in millionths: 0.021, 1.25, 1.48.
pub const ASSUMED_CLASS_MICRO: [(Class, u64); 3] =
    [(Class::A, 21_000), (Class::B, 1_250_000), (Class::C, 1_480_000)];
/// Most acts per truck and year under one rule, in millionths: one a day.
pub const RATE_MICRO_MAX: u64 = 365_000_000;
/// Longest table of rates, in lines.
pub const LINES_MAX: usize = 1_000;
/// Places after the point a rate may have.
const PLACES: usize = 6;
const HEADER: &str = "rule,per_truck_year";

/// One rule and how often it is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The rule, with its grade.
    pub rule: RuleCode,
    /// Its class at the time of the simulated year.
    pub class: Class,
    /// Acts per truck and year, in millionths.
    pub micro: u64,
}

/// All rates of a simulation, none of them 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates(Vec<Rate>);

/// Why a table of rates is refused. All but the first say at which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RatesError {
    /// Nothing to draw from.
    #[error("no rule has a rate above 0")]
    Empty,
    /// More lines than [`LINES_MAX`].
    #[error("more than {LINES_MAX} lines")]
    TooLong,
    /// The first line that is no remark is not the header.
    #[error("line {line}: {text:?} stands where the header `{HEADER}` belongs")]
    Header {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
    },
    /// Not a rule and a rate.
    #[error("line {line}: {text:?} is not a rule and a rate, as `RT-01,0.35`: {problem}")]
    Row {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A class that is to be scaled has no rule.
    #[error("class {class} has no rule whose rate could be scaled")]
    NoRule {
        /// The class.
        class: Class,
    },
}

impl Rates {
    /// Reads a table; every rule must be one of `catalogue` on the day of `at`, grade included.
    pub fn read(text: &str, catalogue: &Catalogue, at: Timestamp) -> Result<Self, RatesError> {
        let (mut rates, mut seen, mut has_header) = (Vec::new(), BTreeSet::new(), false);
        for (index, text) in text.lines().enumerate() {
            if index >= LINES_MAX {
                return Err(RatesError::TooLong);
            }
            let (line, text) = (index + 1, text.trim().trim_start_matches('\u{feff}'));
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if !has_header {
                if text != HEADER {
                    return Err(RatesError::Header { line, text: shortened(text) });
                }
                has_header = true;
                continue;
            }
            let refuse = |problem: String| RatesError::Row { line, text: shortened(text), problem };
            let rate = row(text, catalogue, at).map_err(refuse)?;
            if !seen.insert(rate.rule.clone()) {
                return Err(refuse(format!("rule {} stands in the table already", rate.rule)));
            }
            if rate.micro > 0 {
                rates.push(rate);
            }
        }
        if rates.is_empty() { Err(RatesError::Empty) } else { Ok(Self(rates)) }
    }

    /// Brings the sum of a class to `micro`, every rule of it in proportion; the rounding goes to the class's last rule.
    /// A sum of 0 leaves the class out.
    pub fn scale(&mut self, class: Class, micro: u64) -> Result<(), RatesError> {
        let sum = u128::from(self.class_micro(class));
        let mut left = micro;
        let mut of_class = self.0.iter_mut().filter(|rate| rate.class == class).peekable();
        if of_class.peek().is_none() {
            return if micro == 0 { Ok(()) } else { Err(RatesError::NoRule { class }) };
        }
        while let Some(rate) = of_class.next() {
            let share = u128::from(rate.micro) * u128::from(micro) / sum.max(1);
            let share = u64::try_from(share).unwrap_or(left).min(left);
            rate.micro = if of_class.peek().is_none() { left } else { share };
            left -= rate.micro;
        }
        self.0.retain(|rate| rate.micro > 0);
        if self.0.is_empty() { Err(RatesError::Empty) } else { Ok(()) }
    }

    /// Acts per truck and year in a class, in millionths.
    pub fn class_micro(&self, class: Class) -> u64 {
        self.0.iter().filter(|rate| rate.class == class).map(|rate| rate.micro).sum()
    }

    /// Every rate, in the order of the table.
    pub fn rows(&self) -> &[Rate] {
        &self.0
    }
}

fn row(text: &str, catalogue: &Catalogue, at: Timestamp) -> Result<Rate, String> {
    let (rule, rate) = text.split_once(',').ok_or("there is no comma")?;
    let rule: RuleCode = rule.trim().parse().map_err(|error| format!("{error}"))?;
    let Some(known) = catalogue.rule_at(&rule, at) else {
        return Err(format!("the catalogue has no rule {rule} on {}", at.local_date()));
    };
    let micro = parse_micro(rate.trim())?;
    Ok(Rate { class: known.class, rule, micro })
}

/// A rate per truck and year as written, `0.021`, in millionths.
pub fn parse_micro(text: &str) -> Result<u64, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > PLACES {
        return Err(format!("{text:?} is not a number with at most {PLACES} places"));
    }
    let too_large = || format!("{text} acts a year are more than one a day");
    let micro: u64 = format!("{whole}{part:0<PLACES$}").parse().map_err(|_source| too_large())?;
    if micro > RATE_MICRO_MAX { Err(too_large()) } else { Ok(micro) }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-07-01T00:00:00+08:00".parse().unwrap()
    }

    fn read(text: &str) -> Result<Rates, RatesError> {
        Rates::read(text, &Catalogue::embedded().unwrap(), at())
    }

    #[test]
    fn the_carried_rates_sum_to_what_is_stated() {
        let rates = read(ASSUMED).unwrap();
        for (class, micro) in ASSUMED_CLASS_MICRO {
            assert_eq!(rates.class_micro(class), micro, "class {class}");
        }
    }

    #[test]
    fn a_rate_is_read_exactly_or_refused() {
        for (text, micro) in
            [("0", 0), ("1", 1_000_000), ("0.021", 21_000), ("0.000001", 1), ("365", RATE_MICRO_MAX)]
        {
            assert_eq!(parse_micro(text), Ok(micro), "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "1e3", "0.0000001", "365.1", "99999999999999999999", "一"] {
            assert!(parse_micro(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_bad_table_is_refused_at_its_line() {
        for (text, expected) in [
            ("", "no rule has a rate above 0"),
            ("rule,per_truck_year\nRT-01,0\n", "no rule has a rate above 0"),
            ("# remark\nRT-01,1\n", "line 2"),
            ("rule,per_truck_year\nRT-01\n", "line 2: \"RT-01\""),
            ("rule,per_truck_year\n\nZZ-99,1\n", "line 3"),
            ("rule,per_truck_year\nTR-02,1\n", "no rule TR-02 on 2026-07-01"),
            ("rule,per_truck_year\nRT-01,1\nRT-01,2\n", "stands in the table already"),
            ("rule,per_truck_year\nRT-01,one\n", "is not a number"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
        assert_eq!(read(&"#\n".repeat(LINES_MAX + 1)), Err(RatesError::TooLong));
    }

    #[test]
    fn a_class_is_scaled_in_proportion_and_to_the_last_millionth() {
        let mut rates = read("rule,per_truck_year\nRT-01,1\nRT-02,2\nTR-01,3\n").unwrap();
        rates.scale(Class::B, 1_000_000).unwrap();
        let micro: Vec<u64> = rates.rows().iter().map(|rate| rate.micro).collect();
        assert_eq!(micro, [333_333, 666_667, 3_000_000]);
        assert_eq!(rates.scale(Class::A, 5), Err(RatesError::NoRule { class: Class::A }));
        rates.scale(Class::B, 0).unwrap();
        assert_eq!(rates.rows().len(), 1);
    }
}
