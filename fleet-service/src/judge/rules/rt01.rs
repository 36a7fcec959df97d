//! RT-01, off route (未按规定路线行驶).
//!
//! Contract: one violation per excursion: "UW-01 and UW-02 do not hold, every leg from that source has a route, and the
//! truck was farther than half width + 15 m from all of them for ≥ 60 s and ≥ 200 m driven, outside every site"; from the
//! first to the last fix over.
//!
//! Why: the route is a term of the approval, chosen around schools and narrow streets. The margin, the minute and the
//! 200 m keep receiver noise, a wide junction and a wrong turn corrected at once from being an accusation.
//!
//! Example: half width 50 m; for four minutes the truck is 70 to 480 m from the line. One violation; `farthest_m` 480.
//! A red light met meanwhile does not split it: stretches less than 180 s apart, by the fixes between that are not over
//! (`stretch`), are one.
//!
//! A run of fixes over must itself last and drive long enough; runs that do and are near in time are joined. Across a
//! hole in the positions in which the truck moved, nobody knows where it was, so the run ends there.
//!
//! A receiver that says its position is worse than the margin allows for proves less: among the fixes over, those over by
//! more than their own uncertainty must last and drive long enough too. That is what a burst of echoes between high
//! houses lacks, even when it lasts for minutes.

use std::sync::Arc;

use domain::{Position, RouteId, SiteId, Timestamp};
use serde_json::Value;

use crate::geo::{Corridor, CorridorSide};
use crate::judge::draft::Begun;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::odometer::Odometer;
use crate::judge::sample::Placed;
use crate::judge::stretch::Break;
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::View;

/// The ways a permit allows from one source.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Routes(Vec<(RouteId, Arc<Corridor>)>);

/// A truck's distance from the routes of a permit, followed over one haul.
#[derive(Debug, Clone, Default)]
pub(in crate::judge) struct OffRoute {
    /// On which side of the only route's edge the truck is, while it cannot have crossed it: most fixes of a haul that
    /// keeps its route are measured no further.
    side: CorridorSide,
    run: Option<Run>,
    /// Excursions, the last of which may still be joined by a run.
    excursions: Vec<Excursion>,
    /// The fixes since the last of them that are not over.
    since: Break,
}

/// Fixes over, in a row.
#[derive(Debug, Clone)]
struct Run {
    first: (Timestamp, Position),
    last: (Timestamp, Position),
    odometer: Odometer,
    /// From the first to the last fix over by more than its uncertainty.
    sure: Option<Sure>,
    farthest: Farthest,
}

#[derive(Debug, Clone)]
struct Sure {
    first: Timestamp,
    last: Timestamp,
    odometer: Odometer,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Farthest {
    distance_m: f64,
    over_m: f64,
    /// Place among the routes.
    route: usize,
}

/// Runs that last and drive long enough, joined.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::judge) struct Excursion {
    first: (Timestamp, Position),
    last: Timestamp,
    driven_m: f64,
    farthest: Farthest,
    nearest_route: RouteId,
    /// What the half width may be exceeded by.
    margin_m: f64,
}

impl Routes {
    /// The routes of a permit's legs from a source; `None` when a leg may go any way.
    pub(in crate::judge) fn of(view: &View, permit: &domain::Permit, source: &SiteId) -> Option<Self> {
        let mut corridors: Vec<(RouteId, Arc<Corridor>)> = Vec::new();
        for leg in permit.legs_from(source) {
            let id = leg.route.as_ref()?;
            if corridors.iter().all(|(known, _)| known != id) {
                corridors.push((id.clone(), view.corridor(id)?));
            }
        }
        (!corridors.is_empty()).then_some(Self(corridors))
    }

    /// The route a position is the least over, with how far it is, if it is over all of them by more than `margin_m`.
    fn over(&self, at: Position, side: &mut CorridorSide, margin_m: f64) -> Option<Farthest> {
        if let [(_, corridor)] = self.0.as_slice() {
            let limit_m = corridor.half_width_m() + margin_m;
            if !side.is_beyond(at, limit_m, || corridor.distance_m(at)) {
                return None;
            }
        }
        self.nearest(at).filter(|nearest| nearest.over_m > margin_m)
    }

    fn nearest(&self, at: Position) -> Option<Farthest> {
        let measured = self.0.iter().enumerate().map(|(route, (_, corridor))| {
            let distance_m = corridor.distance_m(at);
            Farthest { distance_m, over_m: distance_m - corridor.half_width_m(), route }
        });
        measured.min_by(|a, b| a.over_m.total_cmp(&b.over_m))
    }
}

impl OffRoute {
    /// Follows a fix.
    pub(in crate::judge) fn follow(
        &mut self,
        routes: &Routes,
        time: Timestamp,
        placed: Placed,
        outside_sites: bool,
        limits: &Thresholds,
    ) {
        let at = placed.position;
        let over = outside_sites.then(|| routes.over(at, &mut self.side, limits.route_margin_m)).flatten();
        let unseen = self.run.as_ref().is_some_and(|run| {
            time.millis_since(run.last.0) >= millis(limits.unseen_s)
                && run.last.1.distance_m(at) >= limits.unseen_m
        });
        if over.is_none() || unseen {
            self.end_run(routes, limits);
        }
        if over.is_none() && !self.excursions.is_empty() {
            self.since.note(time);
        }
        if let Some(farthest) = over {
            let run = self.run.get_or_insert_with(|| Run::starting(time, at, farthest));
            run.extend(time, placed, farthest, limits);
        }
    }

    /// Ends the haul: what there is, oldest first.
    pub(in crate::judge) fn finish(mut self, routes: &Routes, limits: &Thresholds) -> Vec<Excursion> {
        self.end_run(routes, limits);
        self.excursions
    }

    /// Makes the run an excursion, or joins it to the one before.
    fn end_run(&mut self, routes: &Routes, limits: &Thresholds) {
        let Some(run) = self.run.take().filter(|run| run.proves_enough(limits)) else {
            return;
        };
        let since = std::mem::take(&mut self.since);
        match self.excursions.last_mut() {
            Some(excursion) if since.joins(excursion.last, run.first.0, limits) => {
                excursion.last = run.last.0;
                excursion.driven_m += run.odometer.driven_m();
                if run.farthest.over_m > excursion.farthest.over_m {
                    excursion.farthest = run.farthest;
                    excursion.nearest_route = routes.0[run.farthest.route].0.clone();
                }
            }
            _ => self.excursions.push(Excursion {
                first: run.first,
                last: run.last.0,
                driven_m: run.odometer.driven_m(),
                farthest: run.farthest,
                nearest_route: routes.0[run.farthest.route].0.clone(),
                margin_m: limits.route_margin_m,
            }),
        }
    }
}

impl Run {
    fn starting(time: Timestamp, at: Position, farthest: Farthest) -> Self {
        Self {
            first: (time, at),
            last: (time, at),
            odometer: Odometer::starting_at(at),
            sure: None,
            farthest,
        }
    }

    fn extend(&mut self, time: Timestamp, placed: Placed, farthest: Farthest, limits: &Thresholds) {
        let at = placed.position;
        self.last = (time, at);
        self.odometer.advance(at, limits.odometer_step_m);
        if farthest.over_m > self.farthest.over_m {
            self.farthest = farthest;
        }
        if farthest.over_m > limits.route_margin_m.max(placed.uncertainty_m) {
            let begins = || Sure { first: time, last: time, odometer: Odometer::starting_at(at) };
            let sure = self.sure.get_or_insert_with(begins);
            sure.last = time;
            sure.odometer.advance(at, limits.odometer_step_m);
        }
    }

    fn proves_enough(&self, limits: &Thresholds) -> bool {
        let enough = |first: Timestamp, last: Timestamp, odometer: &Odometer| {
            last.millis_since(first) >= millis(limits.off_route_s)
                && odometer.driven_m() >= limits.off_route_m
        };
        enough(self.first.0, self.last.0, &self.odometer)
            && self.sure.as_ref().is_some_and(|sure| enough(sure.first, sure.last, &sure.odometer))
    }
}

impl Excursion {
    pub(in crate::judge) fn finding(&self, begun: &Begun) -> Finding {
        let half_width_m = self.farthest.distance_m - self.farthest.over_m;
        Finding {
            rule: "RT-01",
            carrier: begun.carrier.clone(),
            permit: None,
            trip: Some(begun.haul),
            start: self.first.0,
            end: self.last,
            position: self.first.1,
            facts: facts([
                ("allowed_m", tenth(half_width_m + self.margin_m)),
                ("driven_m", tenth(self.driven_m)),
                ("farthest_m", tenth(self.farthest.distance_m)),
                ("nearest_route", Value::from(self.nearest_route.as_str())),
                ("seconds", tenth(self.last.seconds_since(self.first.0))),
            ]),
        }
    }
}
