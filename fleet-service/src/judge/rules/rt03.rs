//! RT-03, no-go area or hour (闯禁行).
//!
//! Contract: one violation per stay "in a no_go zone in its window, ≥ 30 s and ≥ 2 fixes, empty or loaded, and no permit
//! valid then that lists the truck has the zone in `zone_passes`"; from the first to the last fix in. Stays less than
//! 180 s apart in the same zone are one. Concrete mixers too.
//!
//! Why: no-go areas keep heavy trucks away from schools and narrow streets at the hours people are about, whatever the
//! truck carries. Half a minute and two fixes keep a corner that is cut, and a stray fix, out of it.
//!
//! Example: zone in force 07:00 to 09:00; a truck without a pass is in it from 08:58:10 to 09:04:00. One violation, from
//! 08:58:10 to the last fix before 09:00.
//!
//! A position is off by some metres, so a stay counts only if one of its fixes is farther inside than its uncertainty: a
//! truck on the road along the border is not accused.
//!
//! The window and the pass are asked for at every fix, so a pass that ends halfway ends what it covers. Between two fixes
//! in the zone nobody knows the truck stayed when they are both long and far apart (`unseen_s`, `unseen_m`): the stay
//! ends there.

use std::sync::Arc;

use domain::{HaulId, Plate, Position, Timestamp, ZoneId};

use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::stretch::{Joined, Stretch};
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::watch::Here;

/// Stays in no-go zones, followed over all fixes. Almost always empty.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct NoGo {
    open: Vec<Stay>,
    joined: Vec<Joined<Stay>>,
}

#[derive(Debug, Clone)]
struct Stay {
    zone: Arc<ZoneId>,
    first: Timestamp,
    position: Position,
    trip: Option<HaulId>,
    last: (Timestamp, Position),
    fixes: u32,
    /// A fix was inside by more than its uncertainty.
    is_sure: bool,
}

impl NoGo {
    pub(in crate::judge) fn follow(&mut self, here: &Here<'_>, plate: &Plate, out: &mut Vec<Finding>) {
        let sample = &here.moment.sample;
        let zones = &sample.places.no_go;
        if zones.is_empty() && self.open.is_empty() && self.joined.is_empty() {
            return;
        }
        let Some(placed) = sample.placed else { return };
        let (now, limits) = (sample.time, here.limits());
        let forbidden = |zone: &ZoneId| {
            let registry = &here.view.registry;
            let in_force = registry.zones.get(zone).is_some_and(|zone| zone.windows.hold_at(now));
            in_force && !here.view.passes.allow(registry, plate, zone, now)
        };
        let at = (now, placed.position);
        let is_sure = |zone: &ZoneId| here.view.deep_inside_zone(zone, placed.position, placed.uncertainty_m);
        for stay in std::mem::take(&mut self.open) {
            let stays = zones.contains(&stay.zone) && forbidden(&stay.zone) && seen(stay.last, at, limits);
            if stays {
                let is_sure = stay.is_sure || is_sure(&stay.zone);
                self.open.push(Stay { last: at, fixes: stay.fixes + 1, is_sure, ..stay });
            } else {
                self.end(stay, limits, out);
            }
        }
        for zone in zones.iter().filter(|zone| forbidden(zone)) {
            if self.open.iter().all(|stay| stay.zone != *zone) {
                let zone = Arc::clone(zone);
                let (position, trip) = (placed.position, here.trip);
                let is_sure = is_sure(&zone);
                self.open.push(Stay { zone, first: now, position, trip, last: at, fixes: 1, is_sure });
            }
        }
        for joined in &mut self.joined {
            let next = self.open.iter().find(|stay| joined.of_place(|before| before.same_place(stay)));
            if next.is_none() {
                joined.part(now);
            }
            out.extend(joined.pass(next.map_or(now, |stay| stay.first), limits).map(Stay::finding));
        }
        self.joined.retain(|joined| !joined.is_empty());
    }

    pub(in crate::judge) fn finish(mut self, limits: &Thresholds, out: &mut Vec<Finding>) {
        for stay in std::mem::take(&mut self.open) {
            self.end(stay, limits, out);
        }
        out.extend(self.joined.into_iter().filter_map(Joined::finish).map(Stay::finding));
    }

    fn end(&mut self, stay: Stay, limits: &Thresholds, out: &mut Vec<Finding>) {
        let long = stay.last.0.millis_since(stay.first) >= millis(limits.no_go_s);
        if !long || !stay.is_sure || f64::from(stay.fixes) < limits.no_go_fixes {
            return;
        }
        let same = self.joined.iter_mut().find(|joined| joined.of_place(|before| before.same_place(&stay)));
        match same {
            Some(joined) => out.extend(joined.add(stay, limits).map(Stay::finding)),
            None => {
                let mut joined = Joined::default();
                out.extend(joined.add(stay, limits).map(Stay::finding));
                self.joined.push(joined);
            }
        }
    }
}

fn seen(last: (Timestamp, Position), now: (Timestamp, Position), limits: &Thresholds) -> bool {
    now.0.millis_since(last.0) < millis(limits.unseen_s) || last.1.distance_m(now.1) < limits.unseen_m
}

impl Stay {
    fn finding(self) -> Finding {
        Finding {
            rule: "RT-03",
            carrier: None,
            permit: None,
            trip: self.trip,
            start: self.first,
            end: self.last.0,
            position: self.position,
            facts: facts([
                ("fixes", self.fixes.into()),
                ("seconds", tenth(self.last.0.seconds_since(self.first))),
                ("zone", self.zone.as_str().into()),
            ]),
        }
    }
}

impl Stretch for Stay {
    fn start(&self) -> Timestamp {
        self.first
    }

    fn end(&self) -> Timestamp {
        self.last.0
    }

    fn same_place(&self, later: &Self) -> bool {
        self.zone == later.zone
    }

    fn join(&mut self, later: Self) {
        self.last = later.last;
        self.fixes += later.fixes;
    }
}
