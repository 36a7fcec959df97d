//! The rules that follow a truck's stream of reports, side by side: each a small state machine in a file of its own.

use domain::{HaulId, Lift, Load, Position, Timestamp, TruckKind};

use super::facts::{Finding, Grade};
use super::haul::{Begun, Step};
use super::rules::pk01::Parking;
use super::rules::rt03::NoGo;
use super::rules::se01::Unsealed;
use super::rules::se02::Washes;
use super::rules::tm01::Silence;
use super::rules::tm02::Tampering;
use super::rules::tr02::Speeding;
use super::rules::tr04::TwoPlaces;
use super::sample::Moment;
use super::sighting::Sighting;
use super::thresholds::{Thresholds, millis};
use super::view::View;

/// Every stream rule's state.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    last_fix: Option<(Timestamp, Position)>,
    sensors: Sensors,
    no_go: NoGo,
    parking: Parking,
    silence: Silence,
    speeding: Speeding,
    tampering: Tampering,
    two_places: TwoPlaces,
    unsealed: Unsealed,
    washes: Washes,
}

/// A moment with what several rules ask of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) moment: &'a Moment,
    pub(super) view: &'a View,
    /// By Doppler, or displacement over time where none is given.
    pub(super) speed_kmh: Option<f64>,
    /// The haul under way.
    pub(super) trip: Option<HaulId>,
}

impl Here<'_> {
    pub(super) fn time(&self) -> Timestamp {
        self.moment.sample.time
    }

    pub(super) fn limits(&self) -> &Thresholds {
        &self.view.thresholds
    }
}

/// Drops of bounded memories, by rule: SE-02, TM-01, TM-02, TR-04.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) wash_runs: u64,
    pub(super) silences: u64,
    pub(super) episodes: u64,
    pub(super) contradictions: u64,
}

/// When body sensors were last read.
#[derive(Debug, Clone, Copy, Default)]
struct Sensors {
    load: Option<Timestamp>,
    lift: Option<Timestamp>,
}

impl Watch {
    /// A report of the terminal that feeds the rules, before anything is known of it but its time.
    pub(super) fn hear(&mut self, time: Timestamp, limits: &Thresholds) {
        self.silence.hear(time, limits);
    }

    /// A fix whose place and load are settled.
    pub(super) fn see_moment(
        &mut self,
        moment: &Moment,
        trip: Option<HaulId>,
        step: Step<'_>,
        out: &mut Vec<Finding>,
    ) {
        let view = step.views.at(moment.sample.time);
        let here = Here { moment, view, speed_kmh: self.speed_kmh(moment), trip };
        self.sensors.read(moment);
        self.speeding.follow(&moment.sample, view, out);
        self.unsealed.follow(&here, out);
        self.no_go.follow(&here, step.plate, out);
        self.silence.follow(&here, out);
        self.tampering.follow(&here, out);
        self.two_places.follow(&here, out);
        self.parking.follow(&here, out);
        self.washes.follow(moment, here.limits(), out);
        if let Some(placed) = moment.sample.placed {
            self.last_fix = Some((moment.sample.time, placed.position));
        }
        self.sensors.complete(moment.sample.time, step, out);
    }

    /// Something else that places the truck, in order with the moments.
    pub(super) fn see_sighting(
        &mut self,
        time: Timestamp,
        sighting: &Sighting,
        step: Step<'_>,
        out: &mut Vec<Finding>,
    ) {
        let limits = &step.views.at(time).thresholds;
        if let Sighting::AtGate(gate) = sighting {
            self.washes.read(time, gate, limits);
            self.tampering.read(gate, limits);
        }
        self.two_places.see(time, sighting, limits, out);
        self.sensors.complete(time, step, out);
    }

    /// A haul that began with the moment just seen.
    pub(super) fn see_departure(&mut self, begun: &Begun, step: Step<'_>, out: &mut Vec<Finding>) {
        self.washes.depart(begun, step.views.at(begun.departed), out);
        self.sensors.complete(begun.departed, step, out);
    }

    /// What rules forgot because a bounded memory was full.
    pub(super) fn forgotten(&self) -> Forgotten {
        Forgotten {
            wash_runs: self.washes.forgotten,
            silences: self.silence.forgotten,
            episodes: self.tampering.forgotten,
            contradictions: self.two_places.forgotten,
        }
    }

    /// What stands if no further report comes.
    pub(super) fn finish(self, newest: Timestamp, step: Step<'_>, out: &mut Vec<Finding>) {
        let view = step.views.at(newest);
        let limits = &view.thresholds;
        self.speeding.finish(limits, out);
        self.unsealed.finish(limits, out);
        self.no_go.finish(limits, out);
        self.silence.finish(limits, out);
        self.tampering.finish(limits, out);
        self.washes.finish(limits, out);
        self.two_places.finish(limits, out);
        self.parking.finish(view, out);
        self.sensors.complete(newest, step, out);
    }

    fn speed_kmh(&self, moment: &Moment) -> Option<f64> {
        let placed = moment.sample.placed?;
        placed.speed.map(domain::Speed::kmh).or_else(|| {
            let (time, position) = self.last_fix?;
            let span_s = moment.sample.time.seconds_since(time);
            (span_s > 0.0).then(|| position.distance_m(placed.position) / span_s * 3.6)
        })
    }
}

/// Rules that judge hauling do not apply to trucks that haul no waste.
fn applies(rule: &str, kind: TruckKind) -> bool {
    kind != TruckKind::Mixer || !rule.starts_with("SE-")
}

impl Sensors {
    fn read(&mut self, moment: &Moment) {
        if moment.sample.load != Load::Unknown {
            self.load = Some(moment.sample.time);
        }
        if moment.sample.lift != Lift::Unknown {
            self.lift = Some(moment.sample.time);
        }
    }

    /// Gives findings what is the same for every rule: the carrier at their start, and what the verdict rests on.
    fn complete(self, now: Timestamp, step: Step<'_>, out: &mut Vec<Finding>) {
        if out.is_empty() {
            return;
        }
        out.retain_mut(|finding| {
            let view = step.views.at(finding.start);
            let truck = view.registry.trucks.get(step.plate);
            finding.carrier = truck.map(|truck| truck.carrier.clone());
            finding.facts.insert("grade".to_owned(), self.grade(now, &view.thresholds).into());
            truck.is_none_or(|truck| applies(finding.rule, truck.kind))
        });
    }

    fn grade(self, now: Timestamp, limits: &Thresholds) -> Grade {
        let lately = |read: Option<Timestamp>| {
            read.is_some_and(|read| now.millis_since(read) <= millis(limits.sensor_memory_s))
        };
        Grade::of(lately(self.load), lately(self.lift))
    }
}
