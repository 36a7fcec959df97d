//! What a truck's body and wheels did lately: when it was tipped, when it stood.

use std::sync::Arc;

use domain::{Lift, Position, Timestamp};

use super::sample::{Moment, Placed, Sample};
use super::thresholds::{Thresholds, millis};
use super::view::SiteMark;

/// Of two fixes that contradict each other, one this many times surer is right.
const MUCH_SURER: f64 = 2.0;

/// When something began, and where the truck stood then.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beginning {
    pub(super) time: Timestamp,
    pub(super) spot: Spot,
}

/// Where a truck stood while something lasted, by the fixes of the whole time: one bad fix among good ones does not count.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spot {
    pub(super) position: Position,
    pub(super) uncertainty_m: f64,
    pub(super) sites: Vec<Arc<SiteMark>>,
    /// Fixes that agree with it, less those that do not.
    votes: u32,
}

impl Spot {
    /// A spot nothing contradicts yet.
    pub(super) fn at(position: Position, uncertainty_m: f64, sites: Vec<Arc<SiteMark>>) -> Self {
        Self { position, uncertainty_m, sites, votes: 1 }
    }

    /// Where the truck is at a moment; without a fix, where it last was, until there is one.
    pub(super) fn of(moment: &Moment, position: Position, limits: &Thresholds) -> Self {
        let placed = moment.sample.placed;
        let uncertainty_m = placed.map_or(limits.position_uncertainty_m, |p| p.uncertainty_m);
        let votes = u32::from(placed.is_some());
        Self { votes, ..Self::at(position, uncertainty_m, moment.sample.places.sites.clone()) }
    }

    fn agrees(&self, fix: Placed) -> bool {
        self.position.distance_m(fix.position) <= self.uncertainty_m + fix.uncertainty_m
    }

    /// Takes a further fix: of two that agree the surer one is kept, on a tie the earlier; one that most contradict is
    /// given up. A fix not half as sure as another says nothing against it.
    fn hear(&mut self, fix: Placed, sites: &[Arc<SiteMark>]) {
        let agrees = self.agrees(fix);
        let much_surer = fix.uncertainty_m * MUCH_SURER <= self.uncertainty_m;
        let much_weaker = self.uncertainty_m * MUCH_SURER <= fix.uncertainty_m;
        let is_better =
            if agrees { fix.uncertainty_m < self.uncertainty_m } else { self.votes == 0 || much_surer };
        let votes = match agrees {
            true => self.votes.saturating_add(1),
            false if much_surer => 1,
            false if much_weaker => self.votes,
            false => self.votes.saturating_sub(1),
        };
        if is_better {
            *self = Self::at(fix.position, fix.uncertainty_m, sites.to_vec());
        }
        self.votes = votes.max(u32::from(is_better));
    }
}

/// The body raised, from the first reading to the last.
#[derive(Debug, Clone)]
pub(super) struct LiftRun {
    pub(super) began: Beginning,
    pub(super) last_raised: Timestamp,
    /// Since when it is raised at `standing_kmh` or less, if it is.
    slow_since: Option<Timestamp>,
    /// Readings in a row that say it is down again.
    flat: u32,
    /// Whether the truck has driven on since.
    drove_on: bool,
}

/// The truck standing, from the first such fix to the last.
#[derive(Debug, Clone)]
struct StopRun {
    began: Beginning,
    last: Timestamp,
}

impl Beginning {
    fn agrees(&self, sample: &Sample) -> bool {
        sample.placed.is_none_or(|fix| self.spot.agrees(fix))
    }

    fn hear(&mut self, sample: &Sample) {
        if let Some(fix) = sample.placed {
            self.spot.hear(fix, &sample.places.sites);
        }
    }
}

impl LiftRun {
    /// Whether a raised reading belongs to it. A body that bounces, or a switch that does, reads flat once between.
    fn goes_on(&self, now: Timestamp, limits: &Thresholds) -> bool {
        self.flat == 0
            || (self.flat == 1 && now.millis_since(self.last_raised) <= millis(limits.lift_bounce_s))
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct BodyTrack {
    lift: Option<LiftRun>,
    stop: Option<StopRun>,
    /// The last fix that placed the truck.
    last_placed: Option<(Timestamp, Position)>,
}

impl BodyTrack {
    /// Follows a moment; `position` is where the truck is or last was.
    pub(super) fn follow(&mut self, moment: &Moment, position: Position, limits: &Thresholds) {
        let sample = &moment.sample;
        let speed_kmh = self.speed_kmh(moment);
        let slow = speed_kmh.map(|v| v <= limits.standing_kmh);
        let fast = speed_kmh.is_some_and(|v| v > limits.driving_kmh);
        let begins = || Beginning { time: sample.time, spot: Spot::of(moment, position, limits) };
        match slow {
            Some(true) => match &mut self.stop {
                Some(stop) => {
                    stop.last = sample.time;
                    // It may have crept on from there: what contradicts the place is another.
                    if stop.began.agrees(sample) {
                        stop.began.hear(sample);
                    }
                }
                None => self.stop = Some(StopRun { began: begins(), last: sample.time }),
            },
            // Kept one moment longer: the reading that tells of a stop may come with the first fix after it.
            Some(false)
                if self.stop.as_ref().is_some_and(|s| Some(s.last) != self.last_placed.map(|p| p.0)) =>
            {
                self.stop = None;
            }
            _ => {}
        }
        if let Some(run) = &mut self.lift {
            // Standing elsewhere after a while unheard of, with the body down, it has driven there.
            let heard = self
                .last_placed
                .is_some_and(|(last, _)| sample.time.millis_since(last) < millis(limits.lift_bounce_s));
            run.drove_on |= fast || !(heard || sample.lift == Lift::Raised || run.began.agrees(sample));
            if !run.drove_on && slow != Some(false) {
                run.began.hear(sample);
            }
        }
        match (sample.lift, &mut self.lift) {
            (Lift::Raised, Some(run)) if run.goes_on(sample.time, limits) => {
                run.last_raised = sample.time;
                run.flat = 0;
                run.slow_since = match slow {
                    Some(false) => None,
                    _ => run.slow_since.or(slow.map(|_| sample.time)),
                };
            }
            // At driving speed a bad road shakes the contact; nobody begins to tip.
            (Lift::Raised, _) if fast => {}
            (Lift::Raised, _) => {
                let slow_since = slow.filter(|s| *s).map(|_| sample.time);
                self.lift = Some(LiftRun {
                    began: begins(),
                    last_raised: sample.time,
                    slow_since,
                    flat: 0,
                    drove_on: false,
                });
            }
            (Lift::Flat, Some(run)) => run.flat += 1,
            _ => {}
        }
        if let Some(placed) = sample.placed {
            self.last_placed = Some((sample.time, placed.position));
        }
    }

    /// Doppler speed, or displacement over time where none is given.
    fn speed_kmh(&self, moment: &Moment) -> Option<f64> {
        let placed = moment.sample.placed?;
        placed.speed.map(domain::Speed::kmh).or_else(|| {
            let (time, position) = self.last_placed?;
            let span_s = moment.sample.time.seconds_since(time);
            (span_s > 0.0).then(|| position.distance_m(placed.position) / span_s * 3.6)
        })
    }

    /// Whether the body has been raised for `unloading_lift_s` at standing speed up to this moment, counting the reading
    /// that tells it is down again.
    pub(super) fn tipped_long_enough(&self, moment: &Moment, limits: &Thresholds) -> Option<&LiftRun> {
        let run = self.lift.as_ref()?;
        let now = moment.sample.time;
        let seen = now.millis_since(run.last_raised) < millis(limits.unseen_s);
        let ends_now = run.last_raised == now || (moment.sample.lift == Lift::Flat && seen);
        let long = run.slow_since.is_some_and(|s| now.millis_since(s) >= millis(limits.unloading_lift_s));
        (ends_now && long).then_some(run)
    }

    /// The lift an unloading read at `now` belongs to: raised still, or until shortly before.
    pub(super) fn lift_of_unloading(&self, now: Timestamp, limits: &Thresholds) -> Option<&LiftRun> {
        let near = |run: &&LiftRun| now.millis_since(run.last_raised) <= millis(limits.lift_before_empty_s);
        self.lift.as_ref().filter(near)
    }

    /// The stop the truck is in, or was in at the moment before.
    pub(super) fn stop(&self) -> Option<&Beginning> {
        self.stop.as_ref().map(|stop| &stop.began)
    }

    /// Where the truck stood with the lift that began at `raised`, as long as it stands there and no other lift began.
    pub(super) fn spot_of_lift(&self, raised: Timestamp) -> Option<&Spot> {
        let run = self.lift.as_ref().filter(|run| run.began.time == raised && !run.drove_on);
        run.map(|run| &run.began.spot)
    }

    /// Whether the truck stands at a moment it was followed to.
    pub(super) fn stands_at(&self, now: Timestamp) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.last == now)
    }

    /// Forgets a lift that was accounted for.
    pub(super) fn forget_lift(&mut self) {
        self.lift = None;
    }
}
