//! The rules that follow a truck's stream of reports, side by side: each a small state machine in a file of its own.

use domain::{Lift, Load, Timestamp};

use super::facts::{Finding, Grade};
use super::haul::{Begun, Step};
use super::rules::tr02::Speeding;
use super::sample::Moment;
use super::sighting::Sighting;
use super::thresholds::{Thresholds, millis};

/// Every stream rule's state.
#[derive(Debug, Clone, Default)]
pub(super) struct Watch {
    sensors: Sensors,
    speeding: Speeding,
}

/// When body sensors were last read.
#[derive(Debug, Clone, Copy, Default)]
struct Sensors {
    load: Option<Timestamp>,
    lift: Option<Timestamp>,
}

impl Watch {
    /// A report of the terminal that feeds the rules, before anything is known of it but its time.
    pub(super) fn hear(&mut self, _time: Timestamp, _limits: &Thresholds) {}

    /// A fix whose place and load are settled.
    pub(super) fn see_moment(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Finding>) {
        let view = step.views.at(moment.sample.time);
        self.sensors.read(moment);
        self.speeding.follow(&moment.sample, view, out);
        self.complete(moment.sample.time, step, out);
    }

    /// Something else that places the truck, in order with the moments.
    pub(super) fn see_sighting(
        &mut self,
        time: Timestamp,
        _sighting: &Sighting,
        step: Step<'_>,
        out: &mut Vec<Finding>,
    ) {
        self.complete(time, step, out);
    }

    /// A haul that began with the moment just seen.
    pub(super) fn see_departure(&mut self, begun: &Begun, step: Step<'_>, out: &mut Vec<Finding>) {
        self.complete(begun.departed, step, out);
    }

    /// What stands if no further report comes.
    pub(super) fn finish(self, newest: Timestamp, step: Step<'_>, out: &mut Vec<Finding>) {
        let limits = &step.views.at(newest).thresholds;
        let sensors = self.sensors;
        self.speeding.finish(limits, out);
        complete(sensors, newest, step, out);
    }

    fn complete(&self, now: Timestamp, step: Step<'_>, out: &mut [Finding]) {
        complete(self.sensors, now, step, out);
    }
}

/// Gives findings what is the same for every rule: the carrier at their start, and what the verdict rests on.
fn complete(sensors: Sensors, now: Timestamp, step: Step<'_>, out: &mut [Finding]) {
    for finding in out {
        let view = step.views.at(finding.start);
        finding.carrier = view.registry.trucks.get(step.plate).map(|truck| truck.carrier.clone());
        finding.facts.insert("grade".to_owned(), sensors.grade(now, &view.thresholds).into());
    }
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

    fn grade(self, now: Timestamp, limits: &Thresholds) -> Grade {
        let lately = |read: Option<Timestamp>| {
            read.is_some_and(|read| now.millis_since(read) <= millis(limits.sensor_memory_s))
        };
        Grade::of(lately(self.load), lately(self.lift))
    }
}
