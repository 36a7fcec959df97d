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
//! What is measured is the silence's own way. A truck that parks under a roof reports without a fix before its terminal goes
//! to sleep, and a receiver that wakes tells where it is a minute down the road: what could be driven at `offline_kmh`
//! between the last fix and the silence, and between the silence and the first fix, is taken off the distance. Where the
//! reports next to the silence have a fix nothing is. A fix that states itself uncertain by `weak_fix_m` (a cold start, an
//! echo) is not measured from, unless none better comes within `weak_fix_s`.
//!
//! Example: a fix at 08:00:00, reports without one under a roof till 08:20:00, silence till 09:30:00, the first fix at
//! 09:31:00 and 700 m away: 700 m in 21 minutes of reports need no silence, nothing is said.
//!
//! Three further things explain a silence. Losses: a terminal that loses many of its reports (`cadence`) loses some in a row
//! too; a silence whose chance by that is `offline_chance` or more is none, and where a parked truck was asleep, the reports
//! lost after it woke are taken off like those without a fix. A stray position: a place told once only, between fixes that
//! agree on another, was never true.
//!
//! A tag the truck's own reader reports is a report of the terminal too. Gaps less than 180 s apart are one. While a
//! terminal is silent nothing is known: the gap is judged when a fix after it is there.

use std::collections::VecDeque;

use domain::{Position, Timestamp};

use crate::judge::cadence::{Cadence, Losses};
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
    cadence: Cadence,
    /// Silences that wait for the fix before them, or after.
    waiting: VecDeque<Quiet>,
    last_fix: Option<LastFix>,
    /// The first fix after silences, until the next says whether it was there.
    unsure: Option<Unsure>,
    /// Gaps forgotten because too many waited.
    pub(in crate::judge) forgotten: u64,
    joined: Joined<Gap>,
}

/// When and where.
type Fix = (Timestamp, Position);

#[derive(Debug, Clone, Copy)]
struct LastFix {
    fix: Fix,
    is_parked: bool,
}

/// No report from the first to the last.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    first: Timestamp,
    last: Timestamp,
}

/// A fix after silences that shows a move.
#[derive(Debug, Clone)]
struct Unsure {
    after: LastFix,
    gaps: Vec<Gap>,
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
                self.forgotten += 1;
            }
            self.waiting.push_back(Quiet { first: heard, last: time });
        }
        self.heard = Some(time);
    }

    /// A fix, in order, later than it was heard.
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let (now, limits) = (here.time(), here.limits());
        let is_moving = here.speed_kmh.is_some_and(|kmh| kmh > limits.standing_kmh);
        self.cadence.hear(now, is_moving, limits);
        let Some(placed) = here.moment.sample.placed else {
            return;
        };
        let better = self.waiting.front().map(|quiet| quiet.last).max(self.last_fix.map(|last| last.fix.0));
        let recent = better.is_some_and(|time| now.millis_since(time) < millis(limits.weak_fix_s));
        if placed.uncertainty_m >= limits.weak_fix_m && recent {
            return;
        }
        let is_parked = here.moment.sample.signals.ignition == Some(false);
        let after = LastFix { fix: (now, placed.position), is_parked };
        self.make_sure(after.fix, limits, out);
        let mut gaps = Vec::new();
        while let Some(quiet) = self.waiting.pop_front_if(|quiet| quiet.first < now) {
            gaps.extend(
                self.last_fix.and_then(|before| quiet.gap(before, after.fix, self.cadence.losses(), limits)),
            );
        }
        if gaps.is_empty() {
            let next = self.waiting.front().map_or(now, |quiet| quiet.first);
            out.extend(self.joined.pass(next, limits).map(Gap::finding));
            self.last_fix = Some(after);
        } else {
            self.unsure = Some(Unsure { after, gaps });
        }
    }

    /// Takes up the fix that showed a move, unless the next one is where the one before it was.
    fn make_sure(&mut self, next: Fix, limits: &Thresholds, out: &mut Vec<Finding>) {
        let Some(unsure) = self.unsure.take() else { return };
        let is_back = |last: LastFix| last.fix.1.distance_m(next.1) < limits.offline_m;
        if !self.last_fix.is_some_and(is_back) {
            self.believe(unsure, limits, out);
        }
    }

    fn believe(&mut self, unsure: Unsure, limits: &Thresholds, out: &mut Vec<Finding>) {
        for gap in unsure.gaps {
            out.extend(self.joined.add(gap, limits).map(Gap::finding));
        }
        self.last_fix = Some(unsure.after);
    }

    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        if let Some(unsure) = self.unsure.take() {
            self.believe(unsure, limits, out);
        }
        out.extend(self.joined.finish().map(Gap::finding));
    }
}

impl Quiet {
    /// The gap it is, if the truck moved in it and losses do not explain it.
    fn gap(self, before: LastFix, after: Fix, losses: Losses, limits: &Thresholds) -> Option<Gap> {
        let Self { first, last } = self;
        let silent_s = last.seconds_since(first);
        let lost_s = if before.is_parked { losses.explained_s(limits.offline_chance) } else { 0.0 };
        let moved_m =
            moved_unseen_m(before.fix, (first, last), after, limits) - limits.offline_kmh / 3.6 * lost_s;
        let is_lost = losses.chance_of(silent_s) >= limits.offline_chance;
        (moved_m >= limits.offline_m && !is_lost).then_some(Gap {
            first,
            position: before.fix.1,
            last,
            moved_m,
            silent_s,
        })
    }
}

/// How much of the way between two fixes must have been driven in the silence between them.
pub(super) fn moved_unseen_m(
    before: Fix,
    silence: (Timestamp, Timestamp),
    after: Fix,
    limits: &Thresholds,
) -> f64 {
    let reporting_s = silence.0.seconds_since(before.0) + after.0.seconds_since(silence.1);
    before.1.distance_m(after.1) - limits.offline_kmh / 3.6 * reporting_s
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
