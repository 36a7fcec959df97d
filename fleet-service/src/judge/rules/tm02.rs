//! TM-02, terminal tampered with (破坏、屏蔽、篡改终端).
//!
//! Contract: one violation per episode: "antenna open/short or power lost while the truck moved ≥ 500 m (last fix before to
//! first after); or a frozen position (≥ 5 min to the last digit at speed > 10 km/h or with gate readings > 1 km away)";
//! from the first to the last bad report.
//!
//! Why: an antenna pulled, a plug drawn, a receiver fed with a recorded place: each hides a haul. A loose contact for a
//! second, a truck without current in its yard overnight and a receiver that holds its place while the truck stands do not.
//!
//! Example: `antenna: open` from 08:10:00 to 08:21:00; the last fix before is 6 km from the first after. One violation over
//! these eleven minutes.
//!
//! One bad report alone says nothing (`tampered_reports`): a glitch at speed would otherwise be an accusation whenever
//! the sampling is sparse. While no fix has come after an episode, the newest one within it stands for it.

use std::sync::Arc;

use domain::{Antenna, Position, Power, Timestamp};
use serde_json::Value;

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::gates::Gate;
use crate::judge::stretch::{Joined, Stretch};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::unmoved::{Span, Unmoved};
use crate::judge::watch::Here;

/// Most episodes that wait for a fix after them; the oldest are forgotten beyond that.
const WAITING_MAX: usize = 16;

/// Signs of tampering, followed over all reports.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Tampering {
    last_fix: Option<Position>,
    /// Episodes of bad signals that wait for the first fix after them, the last perhaps under way.
    bad: Vec<BadSignals>,
    frozen: Option<Unmoved>,
    far: FarReadings,
    /// Episodes forgotten because too many waited.
    pub(in crate::judge) forgotten: u64,
    joined: Joined<Episode>,
}

#[derive(Debug, Clone)]
struct BadSignals {
    span: Span,
    reports: u32,
    signs: Signs,
    /// The last fix before, or the first there is.
    from: Option<Position>,
    /// The newest fix within.
    within: Option<Position>,
}

/// Readings of gates far from a position that does not move.
#[derive(Debug, Clone, Default)]
struct FarReadings {
    /// Followed by a fix that still has not moved.
    count: u32,
    since_last_fix: u32,
    gate: Option<Arc<Gate>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Signs {
    antenna_open: bool,
    antenna_short: bool,
    power_lost: bool,
    frozen_at_speed: bool,
    gate_elsewhere: bool,
}

#[derive(Debug, Clone)]
struct Episode {
    span: Span,
    position: Position,
    signs: Signs,
    moved_m: Option<f64>,
    gate: Option<Arc<Gate>>,
}

impl Tampering {
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let sample = &here.moment.sample;
        let (now, limits) = (sample.time, here.limits());
        let position = sample.placed.map(|placed| placed.position);
        let signs = Signs::of(sample.signals.antenna, sample.signals.power);
        if signs.any() {
            self.note_bad(now, position, signs, limits);
        } else if let Some(after) = position {
            for bad in std::mem::take(&mut self.bad) {
                self.add(bad.episode(Some(after), limits), limits, out);
            }
        }
        if let Some(placed) = sample.placed {
            self.follow_position(now, placed.position, placed.speed.map(domain::Speed::kmh), limits, out);
            self.last_fix = Some(placed.position);
        }
        if !self.joined.is_empty() {
            let next = self.bad.first().map_or(now, |bad| bad.span.first);
            let next = self.frozen.as_ref().map_or(next, |run| run.whole.first.min(next));
            out.extend(self.joined.pass(next, limits).map(Episode::finding));
        }
    }

    /// A reading of the truck's tag, or of a beacon by the truck.
    pub(in crate::judge) fn read(&mut self, gate: &Arc<Gate>, limits: &Thresholds) {
        let far = |run: &Unmoved| run.position.distance_m(gate.position) > limits.frozen_reading_m;
        if self.frozen.as_ref().is_some_and(far) {
            self.far.since_last_fix += 1;
            self.far.gate = Some(Arc::clone(gate));
        }
    }

    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        for bad in std::mem::take(&mut self.bad) {
            self.add(bad.episode(None, limits), limits, out);
        }
        if let Some(run) = self.frozen.take() {
            self.end_frozen(&run, limits, out);
        }
        out.extend(self.joined.finish().map(Episode::finding));
    }

    fn note_bad(&mut self, now: Timestamp, position: Option<Position>, signs: Signs, limits: &Thresholds) {
        let near = |bad: &&mut BadSignals| now.millis_since(bad.span.last) < millis(limits.stretch_gap_s);
        if let Some(bad) = self.bad.last_mut().filter(near) {
            bad.span.last = now;
            bad.reports += 1;
            bad.signs.add(signs);
            bad.from = bad.from.or(position);
            bad.within = position.or(bad.within);
            return;
        }
        if self.bad.len() == WAITING_MAX {
            self.bad.remove(0);
            self.forgotten += 1;
        }
        self.bad.push(BadSignals {
            span: Span { first: now, last: now },
            reports: 1,
            signs,
            from: self.last_fix.or(position),
            within: position,
        });
    }

    fn follow_position(
        &mut self,
        now: Timestamp,
        position: Position,
        speed_kmh: Option<f64>,
        limits: &Thresholds,
        out: &mut Vec<Finding>,
    ) {
        if let Some(run) = Unmoved::follow(&mut self.frozen, now, position, speed_kmh, limits) {
            self.end_frozen(&run, limits, out);
        } else {
            self.far.count += std::mem::take(&mut self.far.since_last_fix);
        }
    }

    fn end_frozen(&mut self, run: &Unmoved, limits: &Thresholds, out: &mut Vec<Finding>) {
        let far = std::mem::take(&mut self.far);
        let gates = run.is_long(limits) && f64::from(far.count) >= limits.frozen_readings;
        let fast = run.frozen_at_speed(limits);
        let span = if gates { Some(run.whole) } else { fast };
        let signs = Signs { frozen_at_speed: fast.is_some(), gate_elsewhere: gates, ..Signs::default() };
        let episode = span.map(|span| Episode {
            span,
            position: run.position,
            signs,
            moved_m: None,
            gate: far.gate.filter(|_| gates),
        });
        self.add(episode, limits, out);
    }

    fn add(&mut self, episode: Option<Episode>, limits: &Thresholds, out: &mut Vec<Finding>) {
        let apart = episode.and_then(|episode| self.joined.add(episode, limits));
        out.extend(apart.map(Episode::finding));
    }
}

impl BadSignals {
    /// What it comes to, once the first fix after it is there.
    fn episode(self, after: Option<Position>, limits: &Thresholds) -> Option<Episode> {
        let from = self.from?;
        // Two bad reports seconds apart say nothing of the way between the fixes around them.
        let drivable_m = self.span.last.seconds_since(self.span.first) * limits.offline_kmh / 3.6;
        let moved_m = from.distance_m(after.or(self.within)?).min(drivable_m);
        let holds = moved_m >= limits.tampered_m && f64::from(self.reports) >= limits.tampered_reports;
        holds.then_some(Episode {
            span: self.span,
            position: from,
            signs: self.signs,
            moved_m: Some(moved_m),
            gate: None,
        })
    }
}

impl Signs {
    fn of(antenna: Antenna, power: Power) -> Self {
        Self {
            antenna_open: antenna == Antenna::Open,
            antenna_short: antenna == Antenna::Short,
            power_lost: power == Power::Lost,
            ..Self::default()
        }
    }

    fn any(self) -> bool {
        self.antenna_open || self.antenna_short || self.power_lost
    }

    fn add(&mut self, other: Self) {
        self.antenna_open |= other.antenna_open;
        self.antenna_short |= other.antenna_short;
        self.power_lost |= other.power_lost;
        self.frozen_at_speed |= other.frozen_at_speed;
        self.gate_elsewhere |= other.gate_elsewhere;
    }

    fn words(self) -> Vec<Value> {
        let words = [
            (self.antenna_open, "antenna_open"),
            (self.antenna_short, "antenna_short"),
            (self.frozen_at_speed, "frozen_at_speed"),
            (self.gate_elsewhere, "gate_reads_elsewhere"),
            (self.power_lost, "power_lost"),
        ];
        words.into_iter().filter(|(seen, _)| *seen).map(|(_, word)| word.into()).collect()
    }
}

impl Episode {
    fn finding(self) -> Finding {
        Finding {
            rule: "TM-02",
            carrier: None,
            permit: None,
            trip: None,
            start: self.span.first,
            end: self.span.last,
            position: self.position,
            facts: facts([
                ("gate", self.gate.map_or(Value::Null, |gate| gate.name.as_str().into())),
                ("moved_m", self.moved_m.map_or(Value::Null, tenth)),
                ("seconds", tenth(self.span.last.seconds_since(self.span.first))),
                ("signs", self.signs.words().into()),
            ]),
        }
    }
}

impl Stretch for Episode {
    fn start(&self) -> Timestamp {
        self.span.first
    }

    fn end(&self) -> Timestamp {
        self.span.last
    }

    fn join(&mut self, later: Self) {
        // A frozen position is known when it moves on, so the later to come may have begun before.
        if later.span.first < self.span.first {
            self.span.first = later.span.first;
            self.position = later.position;
        }
        self.span.last = self.span.last.max(later.span.last);
        self.signs.add(later.signs);
        self.moved_m = self.moved_m.into_iter().chain(later.moved_m).reduce(f64::max);
        self.gate = self.gate.take().or(later.gate);
    }
}
