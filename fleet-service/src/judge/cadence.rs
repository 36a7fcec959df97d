//! How regularly a terminal reports, and how often it fails to: what a silence of some minutes proves depends on it.
//!
//! A terminal that reports once a minute over a network that loses one report in five is unheard of for five minutes every
//! day or so, with nobody having touched it. The usual interval is the median of the last ones under way (parked terminals
//! report seldom); where reports came twice that apart, or more, those between were lost.
//!
//! Example: once a minute, 12 of the last 60 reports lost. Four missing in a row happen by chance once in 600 times, nine
//! once in two million.

use std::collections::VecDeque;

use domain::Timestamp;

use super::thresholds::{Thresholds, millis};

/// Intervals remembered; fewer than the least prove nothing of a terminal.
const INTERVALS_MAX: usize = 64;
const INTERVALS_LEAST: usize = 12;
/// From so many intervals on there was one more: changes of state are told between, so few are whole.
const NEXT_FROM: f64 = 1.5;

/// The last intervals between reports under way, silences left out.
#[derive(Debug, Clone, Default)]
pub(super) struct Cadence {
    /// The last report, if the truck drove.
    last: Option<Timestamp>,
    /// Tenths of a second.
    intervals: VecDeque<u16>,
}

/// What is known of a terminal's losses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Losses {
    /// The usual time between two reports, s.
    pub(super) usual_s: f64,
    /// The share of reports that never came.
    pub(super) share: f64,
}

impl Cadence {
    /// Takes a report of the terminal, in order of time.
    pub(super) fn hear(&mut self, time: Timestamp, is_moving: bool, limits: &Thresholds) {
        if let Some(last) = std::mem::replace(&mut self.last, is_moving.then_some(time)).filter(|_| is_moving)
        {
            let tenths = time.millis_since(last) / 100;
            if (1..millis(limits.offline_s) / 100).contains(&tenths) {
                if self.intervals.len() == INTERVALS_MAX {
                    self.intervals.pop_front();
                }
                self.intervals.push_back(u16::try_from(tenths).unwrap_or(u16::MAX));
            }
        }
    }

    /// What the last intervals say; none lost where there are too few.
    pub(super) fn losses(&self) -> Losses {
        let mut sorted: Vec<u16> = self.intervals.iter().copied().collect();
        sorted.sort_unstable();
        let Some(usual) = sorted.get(sorted.len() / 2).map(|tenths| f64::from(*tenths)) else {
            return Losses { usual_s: 0.0, share: 0.0 };
        };
        let lost_of = |tenths: &u16| {
            let times = f64::from(*tenths) / usual;
            if times >= NEXT_FROM { times.round() - 1.0 } else { 0.0 }
        };
        let lost: f64 = sorted.iter().map(lost_of).sum();
        let known = sorted.len() >= INTERVALS_LEAST;
        let share = if known { lost / (lost + sorted.len() as f64) } else { 0.0 };
        Losses { usual_s: usual / 10.0, share }
    }
}

impl Losses {
    /// The chance that every report due in a silence was lost on the way.
    pub(super) fn chance_of(self, silence_s: f64) -> f64 {
        let missing = (silence_s / self.usual_s.max(0.1)).round() - 1.0;
        if self.share > 0.0 { self.share.powf(missing.max(0.0)) } else { 0.0 }
    }

    /// How long a silence is explained by losses, s: the longest whose chance is `chance` or more.
    pub(super) fn explained_s(self, chance: f64) -> f64 {
        if self.share > 0.0 { chance.ln() / self.share.ln() * self.usual_s } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report every `every_s`, of which every `nth` is lost.
    fn of(every_s: i64, nth: Option<i64>, count: i64) -> Losses {
        let limits = Thresholds::default();
        let mut cadence = Cadence::default();
        (1..=count)
            .filter(|n| nth.is_none_or(|nth| n % nth != 0))
            .for_each(|n| cadence.hear(Timestamp::from_seconds(n * every_s), true, &limits));
        cadence.losses()
    }

    #[test]
    fn a_terminal_that_loses_nothing_explains_nothing() {
        let losses = of(60, None, 100);
        assert_eq!((losses.usual_s, losses.share), (60.0, 0.0));
        assert_eq!((losses.chance_of(300.0), losses.explained_s(1e-5)), (0.0, 0.0));
        // Nor does one that was heard of a few times only.
        assert_eq!(of(60, Some(3), 9).share, 0.0);
        assert_eq!(Cadence::default().losses().chance_of(600.0), 0.0);
    }

    #[test]
    fn one_in_five_lost_once_a_minute_explains_some_minutes_and_once_in_ten_seconds_does_not() {
        let sparse = of(60, Some(5), 300);
        assert!((0.19..0.21).contains(&sparse.share), "{sparse:?}");
        assert!(sparse.chance_of(300.0) > 1e-3 && sparse.chance_of(720.0) < 1e-7, "{sparse:?}");
        let dense = of(10, Some(5), 300);
        assert!(dense.chance_of(300.0) < 1e-15, "{dense:?}");
        assert!((400.0..460.0).contains(&sparse.explained_s(1e-5)), "{}", sparse.explained_s(1e-5));
    }
}
