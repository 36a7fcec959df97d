//! TM-01, terminal offline (定位终端离线).
//!
//! Contract: one violation per gap: "≥ 5 min without any report of the terminal (with or without fix), the last fix before
//! and the first after ≥ 500 m apart, and no late report fills it"; from the last report before to the first after.
//!
//! Why: a truck that moves unseen may haul unseen. A truck that sleeps in its place, drives through a tunnel, or catches
//! up on reports after a network outage has nothing to explain.
//!
//! Example: reports till 08:10:00, the next at 08:21:30 from 4 km farther on. One violation from 08:10:00 to 08:21:30. The
//! batch of 08:10:10 to 08:21:20 arrives at noon: the violation is withdrawn.
//!
//! A tag the truck's own reader reports is a report of the terminal too. Gaps less than 180 s apart are one. While a
//! terminal is silent nothing is known: the gap is judged when a fix after it is there.

use std::collections::VecDeque;

use domain::{Position, Timestamp};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::stretch::{Joined, Stretch};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::watch::Here;

/// Most gaps that wait for a fix after them; the oldest are forgotten beyond that.
const WAITING_MAX: usize = 64;

/// A terminal's silence, followed over all its reports.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Silence {
    heard: Option<Timestamp>,
    /// Gaps in the reports that wait for the fix before them, or after.
    waiting: VecDeque<(Timestamp, Timestamp)>,
    last_fix: Option<Position>,
    joined: Joined<Gap>,
}

#[derive(Debug, Clone)]
struct Gap {
    first: Timestamp,
    position: Position,
    last: Timestamp,
    moved_m: f64,
    silent_s: f64,
}

impl Silence {
    /// Any report of the terminal, as it comes.
    pub(in crate::judge) fn hear(&mut self, time: Timestamp, limits: &Thresholds) {
        if let Some(heard) = self.heard.filter(|heard| time.millis_since(*heard) >= millis(limits.offline_s))
        {
            if self.waiting.len() == WAITING_MAX {
                self.waiting.pop_front();
            }
            self.waiting.push_back((heard, time));
        }
        self.heard = Some(time);
    }

    /// A fix, in order, later than it was heard.
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let Some(placed) = here.moment.sample.placed else {
            return;
        };
        let (now, limits) = (here.time(), here.limits());
        while let Some((first, last)) = self.waiting.pop_front_if(|(first, _)| *first < now) {
            let Some(before) = self.last_fix else { continue };
            let moved_m = before.distance_m(placed.position);
            if moved_m >= limits.offline_m {
                let silent_s = last.seconds_since(first);
                let gap = Gap { first, position: before, last, moved_m, silent_s };
                out.extend(self.joined.add(gap, limits).map(Gap::finding));
            }
        }
        let next = self.waiting.front().map_or(now, |(first, _)| *first);
        out.extend(self.joined.pass(next, limits).map(Gap::finding));
        self.last_fix = Some(placed.position);
    }

    pub(in crate::judge) fn finish(self, out: &mut Vec<Finding>) {
        out.extend(self.joined.finish().map(Gap::finding));
    }
}

impl Gap {
    fn finding(self) -> Finding {
        Finding {
            rule: "TM-01",
            carrier: None,
            permit: None,
            trip: None,
            start: self.first,
            end: self.last,
            position: self.position,
            facts: facts([
                ("moved_m", tenth(self.moved_m)),
                ("seconds", tenth(self.last.seconds_since(self.first))),
                ("silent_s", tenth(self.silent_s)),
            ]),
        }
    }
}

impl Stretch for Gap {
    fn start(&self) -> Timestamp {
        self.first
    }

    fn end(&self) -> Timestamp {
        self.last
    }

    fn join(&mut self, later: Self) {
        self.last = later.last;
        self.moved_m = self.moved_m.max(later.moved_m);
        self.silent_s += later.silent_s;
    }
}
