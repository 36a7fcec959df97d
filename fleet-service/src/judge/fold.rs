//! One truck's fold: reports in order of event time go through despiking, presence and load into hauls and rules.
//!
//! Nothing here knows that reports may come late: the history around it takes the state back and steps again.

use std::sync::Arc;

use domain::report::Content;
use domain::{FixKind, Report, TerminalId, Timestamp};

use super::despike::Despike;
use super::haul::{HaulFold, Step, emit};
use super::load::LoadState;
use super::outcome::Outcome;
use super::presence::Presence;
use super::rules::tr02::{Speeding, Stretch};
use super::sample::{Body, Entry, FixEntry, Moment, Placed, Sample};
use super::view::{Places, View};

/// Why an entry of a truck's history takes no part, decided by the whole of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Counts,
    FarFromMedian,
    OtherSerial,
}

/// What a truck's fold counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct FoldCounts {
    pub(super) far_from_median: u64,
    pub(super) other_serial: u64,
    pub(super) impossible_jump: u64,
    pub(super) unknown_plate: u64,
}

/// Everything the fold remembers between two reports. Cloned for checkpoints.
#[derive(Debug, Clone, Default)]
pub(super) struct FoldState {
    despike: Despike,
    presence: Presence,
    load: LoadState,
    haul: HaulFold,
    speeding: Speeding,
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
    stretches: Vec<Stretch>,
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
            Standing::OtherSerial => self.counts.other_serial += 1,
            Standing::Counts => {
                self.newest = self.newest.max(Some(entry.time));
                if !view.registry.trucks.contains_key(step.plate) {
                    self.counts.unknown_plate += 1;
                }
                if let Body::Fix(fix) = &entry.body {
                    let sample = sample(entry.time, fix, view, &mut scratch.numbers);
                    self.despike.push(sample, &view.thresholds, &mut scratch.possible);
                    self.flow(step, scratch, out);
                }
            }
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
        self.load.finish(&mut scratch.moments);
        self.judge_moments(step, scratch, out);
        let limits = &step.views.at(newest).thresholds;
        self.speeding.finish(limits, &mut scratch.stretches);
        emit_stretches(&mut scratch.stretches, step, out);
        self.haul.finish(newest, step, out);
    }

    pub(super) fn counts(&self) -> FoldCounts {
        FoldCounts { impossible_jump: self.despike.set_aside, ..self.counts }
    }

    fn flow(&mut self, step: Step<'_>, scratch: &mut Scratch, out: &mut Vec<Outcome>) {
        for sample in scratch.possible.drain(..) {
            let limits = &step.views.at(sample.time).thresholds;
            self.presence.push(sample, limits, &mut scratch.placed);
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
        for moment in scratch.moments.drain(..) {
            let view = step.views.at(moment.sample.time);
            self.speeding.follow(&moment.sample, view, &mut scratch.stretches);
            emit_stretches(&mut scratch.stretches, step, out);
            self.haul.step(&moment, step, out);
        }
    }
}

fn emit_stretches(stretches: &mut Vec<Stretch>, step: Step<'_>, out: &mut Vec<Outcome>) {
    for stretch in stretches.drain(..) {
        let view = step.views.at(stretch.start());
        let carrier = view.registry.trucks.get(step.plate).map(|truck| &truck.carrier);
        emit(stretch.finding(carrier, &view.thresholds), step, out);
    }
}

fn sample(time: Timestamp, fix: &FixEntry, view: &View, numbers: &mut Vec<u32>) -> Sample {
    let limits = &view.thresholds;
    let placed = (fix.fix != FixKind::None).then(|| Placed {
        position: fix.position,
        speed: fix.speed,
        uncertainty_m: fix
            .hdop
            .map_or(0.0, |hdop| hdop.ratio() * limits.uncertainty_per_hdop_m)
            .max(limits.position_uncertainty_m),
    });
    let places = placed.map_or_else(Places::default, |p| view.places_at(p.position, numbers));
    Sample { time, placed, places, load: fix.load, lift: fix.lift }
}

/// A report as a truck's history keeps it. `share` gives a serial's one copy.
pub(super) fn entry_of(report: &Report, share: impl FnOnce(&TerminalId) -> Arc<TerminalId>) -> Entry {
    let body = match &report.content {
        Content::Fix(fix) => Body::Fix(FixEntry::of(fix, fix.source.as_ref().map(share))),
        Content::AtReader(_) | Content::AtTruck(_) | Content::Weigh(_) => Body::Other(report.id()),
    };
    Entry { time: report.time, body }
}
