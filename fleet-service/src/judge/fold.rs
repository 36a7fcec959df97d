//! One truck's fold: reports in order of event time go through despiking, presence and load into hauls and rules.
//!
//! Nothing here knows that reports may come late: the history around it takes the state back and steps again.

use std::sync::Arc;

use domain::{FixKind, Position, Timestamp};

use super::despike::Despike;
use super::facts::Finding;
use super::haul::{HaulFold, Step, emit};
use super::load::LoadState;
use super::outcome::Outcome;
use super::presence::Presence;
use super::sample::{Body, Entry, FixEntry, Moment, Placed, Sample, Signals};
use super::sighting::{Aside, Sighting};
use super::stand::Stand;
use super::thresholds::Thresholds;
use super::view::{Places, View};
use super::watch::{Forgotten, Watch};
use super::whereabouts::Whereabouts;

/// Why an entry of a truck's history takes no part, decided by the whole of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Counts,
    FarFromMedian,
    /// Of a serial that does not feed the rules: TR-04 alone reads it.
    OtherSerial,
}

/// What a truck's fold counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FoldCounts {
    pub(super) far_from_median: u64,
    pub(super) other_serial: u64,
    pub(super) impossible_jump: u64,
    pub(super) unknown_plate: u64,
    pub(super) unknown_reader: u64,
    pub(super) unknown_tag: u64,
    pub(super) forgotten: Forgotten,
}

/// Everything the fold remembers between two reports. Cloned for checkpoints.
#[derive(Debug, Clone, Default)]
pub(super) struct FoldState {
    whereabouts: Whereabouts,
    despike: Despike,
    stand: Stand,
    presence: Presence,
    load: LoadState,
    haul: HaulFold,
    aside: Aside,
    watch: Watch,
    newest: Option<Timestamp>,
    counts: FoldCounts,
}

/// Room used within one step, kept to spare allocations.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    numbers: Vec<u32>,
    possible: Vec<Sample>,
    placed: Vec<Sample>,
    moments: Vec<Moment>,
    findings: Vec<Finding>,
}

impl FoldState {
    /// Takes the next entry; what is decided for good goes into `out`.
    pub(super) fn step(
        &mut self,
        entry: &Entry,
        standing: Standing,
        step: Step<'_>,
        scratch: &mut Scratch,
        out: &mut Vec<Outcome>,
    ) {
        let view = step.views.at(entry.time);
        match standing {
            Standing::FarFromMedian => self.counts.far_from_median += 1,
            Standing::OtherSerial => {
                self.counts.other_serial += 1;
                self.set_other_aside(entry);
                self.see_sightings(None, step, scratch, out);
            }
            Standing::Counts => {
                self.newest = self.newest.max(Some(entry.time));
                if !view.knows_truck(step.plate) {
                    self.counts.unknown_plate += 1;
                }
                self.take(entry, view, step, scratch, out);
            }
        }
    }

    fn take(
        &mut self,
        entry: &Entry,
        view: &Arc<View>,
        step: Step<'_>,
        scratch: &mut Scratch,
        out: &mut Vec<Outcome>,
    ) {
        match &entry.body {
            Body::Fix(fix) => {
                self.watch.hear(entry.time, &view.thresholds);
                let places = |at| self.whereabouts.places(view, at, &mut scratch.numbers);
                let sample = sample(entry.time, fix, view, places);
                self.aside.fixes += 1;
                self.despike.push(sample, &view.thresholds, &mut scratch.possible);
                self.flow(step, scratch, out);
            }
            Body::AtReader { reader, tag, .. } => match view.gates.reader(reader) {
                None => self.counts.unknown_reader += 1,
                // Registers that came later may give the tag to another truck.
                Some(_) if view.truck_of_tag(tag) != Some(step.plate) => self.counts.unknown_tag += 1,
                Some(gate) => self.aside.push(entry.time, Sighting::AtGate(Arc::clone(gate))),
            },
            Body::AtTruck { tag, .. } => {
                self.watch.hear(entry.time, &view.thresholds);
                match view.gates.beacon(tag) {
                    // A driver's card, say.
                    None => self.counts.unknown_tag += 1,
                    Some(gate) => self.aside.push(entry.time, Sighting::AtGate(Arc::clone(gate))),
                }
            }
            // No rule judged here reads a ticket.
            Body::Weigh { .. } => {}
        }
        self.see_sightings(None, step, scratch, out);
    }

    fn set_other_aside(&mut self, entry: &Entry) {
        if let Body::Fix(fix) = &entry.body
            && fix.fix != FixKind::None
            && let Some(serial) = entry.source()
        {
            let serial = Arc::clone(serial);
            let speed_kmh = fix.speed.map(domain::Speed::kmh);
            let other = Sighting::OtherSerial { serial, position: fix.position, speed_kmh };
            self.aside.push(entry.time, other);
        }
    }

    /// What stands if no further report comes: everything undecided is decided for the truck.
    pub(super) fn finish(mut self, step: Step<'_>, scratch: &mut Scratch, out: &mut Vec<Outcome>) {
        let Some(newest) = self.newest else {
            return;
        };
        self.despike.finish(&mut scratch.possible);
        self.flow(step, scratch, out);
        self.presence.finish(&mut scratch.placed);
        self.settle_load(step, scratch);
        self.load.finish(&step.views.at(newest).thresholds, &mut scratch.moments);
        self.judge_moments(step, scratch, out);
        while let Some((time, sighting)) = self.aside.pop_last() {
            self.watch.see_sighting(time, &sighting, step, &mut scratch.findings);
        }
        self.watch.finish(newest, step, &mut scratch.findings);
        put_out(scratch, step, out);
        self.haul.finish(newest, step, out);
    }

    pub(super) fn counts(&self) -> FoldCounts {
        let forgotten = self.watch.forgotten();
        FoldCounts { impossible_jump: self.despike.set_aside, forgotten, ..self.counts }
    }

    fn flow(&mut self, step: Step<'_>, scratch: &mut Scratch, out: &mut Vec<Outcome>) {
        for mut sample in scratch.possible.drain(..) {
            let view = step.views.at(sample.time);
            self.stand.weigh(&mut sample, &view.thresholds);
            self.presence.push(sample, view, &mut scratch.placed);
        }
        self.settle_load(step, scratch);
        self.judge_moments(step, scratch, out);
    }

    fn settle_load(&mut self, step: Step<'_>, scratch: &mut Scratch) {
        for sample in scratch.placed.drain(..) {
            let limits = &step.views.at(sample.time).thresholds;
            self.load.push(sample, limits, &mut scratch.moments);
        }
    }

    fn judge_moments(&mut self, step: Step<'_>, scratch: &mut Scratch, out: &mut Vec<Outcome>) {
        let mut moments = std::mem::take(&mut scratch.moments);
        for moment in moments.drain(..) {
            self.see_sightings(Some(moment.sample.time), step, scratch, out);
            self.aside.moments += 1;
            self.haul.step(&moment, step, out);
            self.watch.see_moment(&moment, self.haul.under_way(), step, &mut scratch.findings);
            if let Some(begun) = self.haul.take_begun() {
                self.watch.see_departure(&begun, step, &mut scratch.findings);
            }
            put_out(scratch, step, out);
        }
        scratch.moments = moments;
    }

    /// Shows the rules the sightings that come before a moment, or that wait for no fix any more.
    fn see_sightings(
        &mut self,
        before: Option<Timestamp>,
        step: Step<'_>,
        scratch: &mut Scratch,
        out: &mut Vec<Outcome>,
    ) {
        while let Some((time, sighting)) = self.aside.pop(before, self.despike.set_aside) {
            self.watch.see_sighting(time, &sighting, step, &mut scratch.findings);
            put_out(scratch, step, out);
        }
    }
}

fn put_out(scratch: &mut Scratch, step: Step<'_>, out: &mut Vec<Outcome>) {
    for finding in scratch.findings.drain(..) {
        emit(finding, step, out);
    }
}

fn sample(time: Timestamp, fix: &FixEntry, view: &View, places: impl FnOnce(Position) -> Places) -> Sample {
    let limits = &view.thresholds;
    let placed = (fix.fix != FixKind::None).then(|| Placed {
        position: fix.position,
        speed: fix.speed,
        uncertainty_m: uncertainty_m(fix, limits),
    });
    let places = placed.map_or_else(Places::default, |p| places(p.position));
    let signals = Signals { ignition: fix.ignition, lid: fix.lid, antenna: fix.antenna, power: fix.power };
    Sample { time, placed, places, load: fix.load, lift: fix.lift, signals }
}

/// How far off a fix may be, by what the receiver says of it.
fn uncertainty_m(fix: &FixEntry, limits: &Thresholds) -> f64 {
    let few = fix.satellites.is_some_and(|count| f64::from(count) <= limits.few_satellites);
    let poor = fix.fix == FixKind::D2 || few;
    fix.hdop
        .map_or(0.0, |hdop| hdop.ratio() * limits.uncertainty_per_hdop_m)
        .max(if poor { limits.few_satellites_uncertainty_m } else { 0.0 })
        .max(limits.position_uncertainty_m)
}
