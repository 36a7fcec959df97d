//! PK-01, parked outside a yard (停车场外乱停乱放).
//!
//! Contract: one violation per night: "ignition off ≥ 4 h without a break between 22:00 and 05:00 outside every site
//! (holes in the reports at the same place do not break it)"; its part inside 22:00–05:00.
//!
//! Why: trucks belong into their yards at night; along streets they stand in the way and are loaded unseen. Four hours are
//! longer than any wait for a site to open or for a driver to rest.
//!
//! Example: ignition off at a roadside from 21:10 till 06:20, the terminal asleep from 23:00 on. One violation from 22:00
//! to 05:00.
//!
//! The place is where the ignition was first read off; a fix farther than `parked_drift_m` from it is another place. A
//! parked receiver drifts, so whether that is outside every site is asked of the mean of its fixes too, and a truck
//! within a position's uncertainty of a site is not accused. A reading that is missing tells nothing. Nor does a night without
//! a single fix: a truck that drove under the roof of its yard was last seen on the road before it.

use domain::{Position, Timestamp};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::View;
use crate::judge::watch::Here;

const HOUR_MILLIS: f64 = 3_600_000.0;
const DAY_MILLIS: i64 = 86_400_000;

/// A truck's rest, followed over all reports.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct Parking {
    last_fix: Option<Position>,
    parked: Option<Parked>,
}

/// Ignition off in one place outside every site.
#[derive(Debug, Clone)]
struct Parked {
    since: Timestamp,
    last: Timestamp,
    /// The end of the night that is under way or next.
    night_ends: Timestamp,
    place: Position,
    /// Sums of the fixes there, in 1e-7 degree.
    lat_e7: i64,
    lon_e7: i64,
    fixes: i64,
    /// A fix was read while it was parked.
    is_seen: bool,
}

impl Parking {
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, out: &mut Vec<Finding>) {
        let sample = &here.moment.sample;
        let (now, limits) = (sample.time, here.limits());
        let position = sample.placed.map(|placed| placed.position);
        let outside = sample.places.sites.is_empty();
        if let Some(parked) = &mut self.parked {
            let moved = position.is_some_and(|at| parked.place.distance_m(at) > limits.parked_drift_m);
            match sample.signals.ignition {
                Some(false) if outside && !moved => {
                    parked.is_seen |= position.is_some();
                    parked.stands_at(now, position, here.view, out);
                    self.last_fix = position.or(self.last_fix);
                    return;
                }
                None if outside && !moved => return,
                Some(true) if outside && !moved && position.is_some() => {
                    parked.starts_at(now, here.view, out)
                }
                _ => {}
            }
            out.extend(self.parked.take().and_then(|parked| parked.night(parked.last, here.view)));
        }
        self.last_fix = position.or(self.last_fix);
        if let (Some(false), true, Some(place)) = (sample.signals.ignition, outside, self.last_fix) {
            let mut parked = Parked {
                since: now,
                last: now,
                night_ends: night_end_after(now, limits),
                place,
                lat_e7: 0,
                lon_e7: 0,
                fixes: 0,
                is_seen: position.is_some(),
            };
            parked.stands_at(now, Some(place), here.view, out);
            self.parked = Some(parked);
        }
    }

    pub(in crate::judge) fn finish(self, view: &View, out: &mut Vec<Finding>) {
        out.extend(self.parked.and_then(|parked| parked.night(parked.last, view)));
    }
}

impl Parked {
    /// Still off, in the same place. A night that ends meanwhile is judged.
    fn stands_at(&mut self, now: Timestamp, position: Option<Position>, view: &View, out: &mut Vec<Finding>) {
        while now >= self.night_ends {
            out.extend(self.night(self.night_ends, view));
            self.since = self.night_ends;
            self.night_ends = self.night_ends.plus_millis(DAY_MILLIS);
        }
        self.last = now;
        if let Some(at) = position {
            self.lat_e7 += i64::from(at.lat_e7());
            self.lon_e7 += i64::from(at.lon_e7());
            self.fixes += 1;
        }
    }

    /// The ignition is on. After a hole at the same place it was off till then, for it would have been told.
    fn starts_at(&mut self, now: Timestamp, view: &View, out: &mut Vec<Finding>) {
        if now.millis_since(self.last) >= millis(view.thresholds.unseen_s) {
            self.stands_at(now, None, view, out);
        }
    }

    /// The finding on the night under way, if it was parked in it for long enough up to `until`.
    fn night(&self, until: Timestamp, view: &View) -> Option<Finding> {
        let limits = &view.thresholds;
        let start = self.since.max(self.night_ends.plus_millis(-night_millis(limits)));
        let end = until.min(self.night_ends);
        let place = self.mean();
        let long = end.millis_since(start) >= millis(limits.parked_s);
        let at_a_site = || view.nearest_site(place, limits.position_uncertainty_m).is_some();
        (long && self.is_seen && !at_a_site()).then(|| Finding {
            rule: "PK-01",
            carrier: None,
            permit: None,
            trip: None,
            start,
            end,
            position: place,
            facts: facts([
                ("parked_since", self.since.to_string().into()),
                ("seconds", tenth(end.seconds_since(start))),
            ]),
        })
    }

    fn mean(&self) -> Position {
        let mean = |sum: i64| i32::try_from(sum / self.fixes.max(1)).unwrap_or_default();
        Position::from_e7(mean(self.lat_e7), mean(self.lon_e7)).unwrap_or(self.place)
    }
}

fn night_millis(limits: &Thresholds) -> i64 {
    hours(limits.night_to_h - limits.night_from_h).rem_euclid(DAY_MILLIS)
}

/// The first end of a night after a moment.
fn night_end_after(time: Timestamp, limits: &Thresholds) -> Timestamp {
    let today = Timestamp::start_of_local_day(time.local_date()).plus_millis(hours(limits.night_to_h));
    if time < today { today } else { today.plus_millis(DAY_MILLIS) }
}

fn hours(hours: f64) -> i64 {
    (hours * HOUR_MILLIS).round() as i64
}
