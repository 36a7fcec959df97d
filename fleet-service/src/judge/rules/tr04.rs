//! TR-04, one plate in two places (假牌套牌).
//!
//! Contract: one violation per conflict: "fixes of two serials, or a fix and a tag reading at a site, ≥ 1 km apart, need
//! \> 150 km/h between them; both sides ≥ 2 reports within 5 min; breaks ≤ 5 min do not end it; not raised from a frozen
//! position"; from the first to the last contradicting report. Concrete mixers too.
//!
//! Why: a truck cannot be in two places. Either a second truck carries the plate or the tag, or a device reports for a
//! truck it is not on. Two reports of each side keep a stray reading and a single glitch out of it.
//!
//! Example: the truck's terminal reports from the ring road, and from 08:10:02 to 08:10:14 a gate 9 km away reads its tag.
//! One violation over the reports that contradict each other.
//!
//! A conflict begins with the report that contradicts an earlier one: the earlier one alone contradicts nothing, and may be
//! minutes old. A fix of another serial that cannot be reached from the one before waits for the next: when that is back
//! where it could be, what waited was a glitch, as for the truck's own fixes (`despike`). So is a first one.
//!
//! A report is set against the newest of the other side. A tag read while the position stands still to the last digit is
//! the frozen receiver's doing (TM-02): it counts only when that position moves within `frozen_s`. A fix that claims a
//! speed at the very position of the one before it proves no place at all.

use std::sync::Arc;

use domain::{Position, TerminalId, Timestamp};
use serde_json::Value;

use crate::judge::despike::possible;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::gates::Gate;
use crate::judge::sighting::Sighting;
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::unmoved::Unmoved;
use crate::judge::watch::Here;

/// Most other serials of one plate followed at once; the longest unheard is forgotten beyond that.
const OTHERS_MAX: usize = 8;

/// Most contradictions kept while it is unknown whether the position is frozen.
const PENDING_MAX: usize = 2_048;

/// Two reports are set against each other as if at least this far apart: times are cut to whole seconds by many devices.
const LEAST_SPAN_S: f64 = 1.0;

/// Where a plate is said to be, by several tellers.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct TwoPlaces {
    own: Option<(Timestamp, Position)>,
    unmoved: Option<Unmoved>,
    others: Vec<Other>,
    /// Other serials, and contradictions, forgotten because too many were kept.
    pub(in crate::judge) forgotten: u64,
    /// Contradictions of the position the truck has not moved from yet.
    pending: Vec<Contradiction>,
    conflict: Option<Conflict>,
}

#[derive(Debug, Clone)]
enum Teller {
    Gate(Arc<Gate>),
    Serial(Arc<TerminalId>),
}

#[derive(Debug, Clone)]
struct Other {
    teller: Teller,
    time: Timestamp,
    position: Position,
    unmoved: Option<Unmoved>,
    /// A fix of a serial that cannot be reached from the one before it, until the next says which is true.
    unsure: Option<(Timestamp, Position)>,
    /// A fix that the one before or after it agrees with is known.
    is_sure: bool,
    /// The truck's own newest fix when the one that is unsure came.
    own_then: Option<(Timestamp, Position)>,
}

#[derive(Debug, Clone)]
struct Contradiction {
    own: Timestamp,
    position: Position,
    other: Timestamp,
    teller: Teller,
    apart_m: f64,
    needed_kmh: f64,
}

/// Contradictions less than `conflict_s` apart.
#[derive(Debug, Clone)]
struct Conflict {
    first: Timestamp,
    last: Timestamp,
    /// The first one, and the farthest apart.
    begun: Contradiction,
    apart_m: f64,
    needed_kmh: f64,
    own: Reports,
    other: Reports,
    /// Both sides had two reports within `conflict_s`.
    holds: bool,
}

/// Reports of one side that contradict: how many, and the newest two.
#[derive(Debug, Clone, Default)]
struct Reports {
    count: u32,
    newest: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl TwoPlaces {
    /// A fix of the serial that feeds the rules.
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let Some(placed) = here.moment.sample.placed else {
            return;
        };
        let (time, limits) = (here.time(), here.limits());
        let speed_kmh = placed.speed.map(domain::Speed::kmh);
        if Unmoved::follow(&mut self.unmoved, time, placed.position, speed_kmh, limits).is_some() {
            self.settle(limits, out);
        }
        self.own = Some((time, placed.position));
        if self.others.is_empty() && self.pending.is_empty() && self.conflict.is_none() {
            return;
        }
        self.others.retain(|other| time.millis_since(other.time) <= millis(limits.conflict_s));
        let others = std::mem::take(&mut self.others);
        for other in others.iter().filter(|other| other.is_sure) {
            self.compare_with(self.own, other, limits);
        }
        self.others = others;
        self.advance(time, limits, out);
    }

    /// A tag read at a gate, or a fix of another serial.
    pub(in crate::judge) fn see(
        &mut self,
        time: Timestamp,
        sighting: &Sighting,
        limits: &Thresholds,
        out: &mut Vec<Finding>,
    ) {
        let (teller, position, speed_kmh) = match sighting {
            Sighting::AtGate(gate) => (Teller::Gate(Arc::clone(gate)), gate.position, None),
            Sighting::OtherSerial { serial, position, speed_kmh } => {
                (Teller::Serial(Arc::clone(serial)), *position, *speed_kmh)
            }
        };
        let known = self.others.iter().position(|other| other.teller.is_as(&teller));
        let mut other = match known {
            Some(at) => Other { teller, ..self.others.swap_remove(at) },
            None => Other { own_then: self.own, ..Other::new(teller, time, position) },
        };
        if matches!(other.teller, Teller::Serial(_)) {
            Unmoved::follow(&mut other.unmoved, time, position, speed_kmh, limits);
            if let Some(before) = other.take_fix((time, position), known.is_some(), limits) {
                self.compare_with(before.own_then, &before, limits);
            }
            if other.unsure.is_some_and(|unsure| unsure.0 == time) {
                other.own_then = self.own;
            }
        } else {
            (other.time, other.position, other.is_sure) = (time, position, true);
        }
        if other.is_sure && other.unsure.is_none() {
            self.compare_with(self.own, &other, limits);
        }
        if self.others.len() == OTHERS_MAX {
            let oldest = (0..OTHERS_MAX).min_by_key(|at| self.others[*at].time);
            oldest.map(|at| self.others.swap_remove(at));
            self.forgotten += 1;
        }
        self.others.push(other);
        self.advance(time, limits, out);
    }

    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        self.settle(limits, out);
        self.close(out);
    }

    /// Sets a fix of the truck's own against the newest report of another teller.
    fn compare_with(&mut self, own: Option<(Timestamp, Position)>, other: &Other, limits: &Thresholds) {
        let Some((time, position)) = own else { return };
        let apart_ms = other.time.millis_since(time).abs();
        if apart_ms > millis(limits.conflict_s) {
            return;
        }
        if self.pending.len() == PENDING_MAX {
            self.forgotten += 1;
            return;
        }
        let unreal = |run: &Option<Unmoved>| run.as_ref().is_some_and(Unmoved::claims_speed_unmoved);
        if unreal(&self.unmoved) || unreal(&other.unmoved) {
            return;
        }
        let apart_m = position.distance_m(other.position);
        let needed_kmh = apart_m / (apart_ms as f64 / 1000.0).max(LEAST_SPAN_S) * 3.6;
        if apart_m >= limits.conflict_m && needed_kmh > limits.conflict_kmh {
            self.pending.push(Contradiction {
                own: time,
                position,
                other: other.time,
                teller: other.teller.clone(),
                apart_m,
                needed_kmh,
            });
        }
    }

    /// Takes up what waits as soon as it is known whether the position is frozen, and ends a conflict that is over.
    fn advance(&mut self, now: Timestamp, limits: &Thresholds, out: &mut Vec<Finding>) {
        if self.unmoved.as_ref().is_some_and(|run| run.is_long(limits)) {
            self.settle(limits, out);
        }
        let over = |conflict: &Conflict| now.millis_since(conflict.last) > millis(limits.conflict_s);
        if self.pending.is_empty() && self.conflict.as_ref().is_some_and(over) {
            self.close(out);
        }
    }

    /// Takes up what waits.
    fn settle(&mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        let frozen = self.unmoved.as_ref().is_some_and(|run| run.is_long(limits));
        for found in std::mem::take(&mut self.pending) {
            // The run that is over has made way already: what is pending is of the run before, which was not long.
            let of_run = self.unmoved.as_ref().is_some_and(|run| run.position == found.position);
            if frozen && of_run && matches!(found.teller, Teller::Gate(_)) {
                continue;
            }
            let begins = found.own.max(found.other);
            let apart = |conflict: &Conflict| begins.millis_since(conflict.last) > millis(limits.conflict_s);
            if self.conflict.as_ref().is_some_and(apart) {
                self.close(out);
            }
            match &mut self.conflict {
                Some(conflict) => conflict.take(&found, limits),
                None => self.conflict = Some(Conflict::of(found, limits)),
            }
        }
    }

    fn close(&mut self, out: &mut Vec<Finding>) {
        out.extend(self.conflict.take().filter(|conflict| conflict.holds).map(Conflict::finding));
    }
}

impl Teller {
    /// Gates stand where they stand: of them the newest reading counts, whichever it is.
    fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Gate(_), Self::Gate(_)) => true,
            (Self::Serial(a), Self::Serial(b)) => a == b,
            _ => false,
        }
    }
}

impl Other {
    fn new(teller: Teller, time: Timestamp, position: Position) -> Self {
        Self { teller, time, position, unmoved: None, unsure: None, is_sure: false, own_then: None }
    }

    /// Takes a fix of a serial. Returns the one before it when only now it is known to be true.
    fn take_fix(&mut self, fix: (Timestamp, Position), is_known: bool, limits: &Thresholds) -> Option<Self> {
        let reaches = |from: (Timestamp, Position)| possible(from, fix, limits);
        let last = (self.time, self.position);
        if !is_known {
            return None;
        }
        if reaches(last) {
            let first = (!self.is_sure).then(|| Self { is_sure: true, ..self.clone() });
            self.unsure = None;
            (self.time, self.position, self.is_sure) = (fix.0, fix.1, true);
            return first;
        }
        match self.unsure.filter(|unsure| reaches(*unsure)) {
            Some((time, position)) => {
                let before = Self { time, position, unsure: None, is_sure: true, ..self.clone() };
                (self.time, self.position, self.is_sure, self.unsure) = (fix.0, fix.1, true, None);
                Some(before)
            }
            None => {
                self.unsure = Some(fix);
                None
            }
        }
    }
}

impl Conflict {
    fn of(begun: Contradiction, limits: &Thresholds) -> Self {
        let mut conflict = Self {
            first: begun.own.max(begun.other),
            last: begun.own.max(begun.other),
            apart_m: begun.apart_m,
            needed_kmh: begun.needed_kmh,
            own: Reports::default(),
            other: Reports::default(),
            holds: false,
            begun: begun.clone(),
        };
        conflict.take(&begun, limits);
        conflict
    }

    fn take(&mut self, found: &Contradiction, limits: &Thresholds) {
        self.first = self.first.min(found.own.max(found.other));
        self.last = self.last.max(found.own).max(found.other);
        self.apart_m = self.apart_m.max(found.apart_m);
        self.needed_kmh = self.needed_kmh.max(found.needed_kmh);
        self.own.count_at(found.own);
        self.other.count_at(found.other);
        if let (Some(a), Some(b)) = (self.own.newest_two(), self.other.newest_two()) {
            let span_ms = a.1.max(b.1).millis_since(a.0.min(b.0));
            self.holds |= span_ms <= millis(limits.conflict_s);
        }
    }

    fn finding(self) -> Finding {
        let (kind, name, site) = match &self.begun.teller {
            Teller::Gate(gate) => ("tag_reading", Value::from(gate.name.as_str()), gate.site.as_str().into()),
            Teller::Serial(serial) => ("serial", serial.as_str().into(), Value::Null),
        };
        Finding {
            rule: "TR-04",
            carrier: None,
            permit: None,
            trip: None,
            start: self.first,
            end: self.last,
            position: self.begun.position,
            facts: facts([
                ("apart_m", tenth(self.apart_m)),
                ("needed_kmh", tenth(self.needed_kmh)),
                ("other", name),
                ("other_kind", kind.into()),
                ("other_reports", self.other.count.into()),
                ("other_site", site),
                ("own_reports", self.own.count.into()),
                ("seconds", tenth(self.last.seconds_since(self.first))),
            ]),
        }
    }
}

impl Reports {
    fn count_at(&mut self, time: Timestamp) {
        if self.newest.is_none_or(|newest| newest < time) {
            self.before = self.newest.replace(time);
            self.count += 1;
        }
    }

    fn newest_two(&self) -> Option<(Timestamp, Timestamp)> {
        Some((self.before?, self.newest?))
    }
}
