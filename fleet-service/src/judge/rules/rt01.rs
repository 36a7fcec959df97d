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
//! A red light met meanwhile does not split it: stretches less than 180 s apart are one.
//!
//! A run of fixes over must itself last and drive long enough; runs that do and are near in time are joined. Across a
//! hole in the positions in which the truck moved, nobody knows where it was, so the run ends there.

use std::sync::Arc;

use domain::{HaulId, PermitNumber, Position, RouteId, SiteId, Timestamp, Uscc};
use serde_json::Value;

use crate::geo::Corridor;
use crate::judge::facts::{Finding, facts, tenth};
use crate::judge::odometer::Odometer;
use crate::judge::thresholds::{Thresholds, millis};
use crate::judge::view::View;

/// A truck's distance from the routes of its permit, followed over one haul.
#[derive(Debug, Clone)]
pub(in crate::judge) struct OffRoute {
    corridors: Vec<(RouteId, Arc<Corridor>)>,
    run: Option<Run>,
    excursion: Option<Excursion>,
}

/// Fixes over, in a row.
#[derive(Debug, Clone)]
struct Run {
    first: (Timestamp, Position),
    last: (Timestamp, Position),
    odometer: Odometer,
    farthest: Farthest,
}

#[derive(Debug, Clone)]
struct Farthest {
    distance_m: f64,
    over_m: f64,
    route: RouteId,
}

/// Runs that last and drive long enough, joined.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Excursion {
    first: (Timestamp, Position),
    last: Timestamp,
    driven_m: f64,
    farthest: Farthest,
}

impl OffRoute {
    /// The routes of a permit's legs from a source; `None` when a leg may go any way.
    pub(in crate::judge) fn of(view: &View, permit: &PermitNumber, source: &SiteId) -> Option<Self> {
        let permit = view.registry.permits.get(permit)?;
        let mut corridors: Vec<(RouteId, Arc<Corridor>)> = Vec::new();
        for leg in permit.legs_from(source) {
            let id = leg.route.as_ref()?;
            if corridors.iter().all(|(known, _)| known != id) {
                corridors.push((id.clone(), view.corridor(id)?));
            }
        }
        (!corridors.is_empty()).then_some(Self { corridors, run: None, excursion: None })
    }

    /// Follows a fix. Returns an excursion that nothing can lengthen any more.
    pub(in crate::judge) fn follow(
        &mut self,
        time: Timestamp,
        at: Position,
        outside_sites: bool,
        limits: &Thresholds,
    ) -> Option<Excursion> {
        let nearest = outside_sites.then(|| self.nearest(at)).flatten();
        let over = nearest.filter(|nearest| nearest.over_m > limits.route_margin_m);
        let unseen = self.run.as_ref().is_some_and(|run| {
            time.millis_since(run.last.0) >= millis(limits.unseen_s)
                && run.last.1.distance_m(at) >= limits.unseen_m
        });
        let mut closed = None;
        if over.is_none() || unseen {
            closed = self.end_run(limits);
        }
        if let Some(farthest) = over {
            match &mut self.run {
                Some(run) => run.extend(time, at, farthest, limits),
                None => self.run = Some(Run::starting(time, at, farthest)),
            }
            return closed;
        }
        let past_joining = |e: &Excursion| time.millis_since(e.last) >= millis(limits.stretch_gap_s);
        if closed.is_none() && self.excursion.as_ref().is_some_and(past_joining) {
            closed = self.excursion.take();
        }
        closed
    }

    /// Ends the haul: what is left, oldest first.
    pub(in crate::judge) fn finish(mut self, limits: &Thresholds) -> Vec<Excursion> {
        let closed = self.end_run(limits);
        closed.into_iter().chain(self.excursion).collect()
    }

    /// Joins the run to the excursion before it, or takes that excursion's place and returns it.
    fn end_run(&mut self, limits: &Thresholds) -> Option<Excursion> {
        let run = self.run.take()?;
        let lasted = run.last.0.millis_since(run.first.0) >= millis(limits.off_route_s);
        if !lasted || run.odometer.driven_m() < limits.off_route_m {
            return None;
        }
        match &mut self.excursion {
            Some(excursion) if run.first.0.millis_since(excursion.last) < millis(limits.stretch_gap_s) => {
                excursion.last = run.last.0;
                excursion.driven_m += run.odometer.driven_m();
                if run.farthest.over_m > excursion.farthest.over_m {
                    excursion.farthest = run.farthest;
                }
                None
            }
            before => before.replace(Excursion {
                first: run.first,
                last: run.last.0,
                driven_m: run.odometer.driven_m(),
                farthest: run.farthest,
            }),
        }
    }

    /// The route a position is the least over, with how far it is.
    fn nearest(&self, at: Position) -> Option<Farthest> {
        let measured = self.corridors.iter().map(|(route, corridor)| {
            let distance_m = corridor.distance_m(at);
            (distance_m - corridor.half_width_m(), distance_m, route)
        });
        let (over_m, distance_m, route) = measured.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Farthest { distance_m, over_m, route: route.clone() })
    }
}

impl Run {
    fn starting(time: Timestamp, at: Position, farthest: Farthest) -> Self {
        Self { first: (time, at), last: (time, at), odometer: Odometer::starting_at(at), farthest }
    }

    fn extend(&mut self, time: Timestamp, at: Position, farthest: Farthest, limits: &Thresholds) {
        self.last = (time, at);
        self.odometer.advance(at, limits.odometer_step_m);
        if farthest.over_m > self.farthest.over_m {
            self.farthest = farthest;
        }
    }
}

impl Excursion {
    pub(in crate::judge) fn finding(
        self,
        haul: HaulId,
        carrier: Option<&Uscc>,
        permit: Option<&PermitNumber>,
        limits: &Thresholds,
    ) -> Finding {
        let half_width_m = self.farthest.distance_m - self.farthest.over_m;
        Finding {
            rule: "RT-01",
            carrier: carrier.cloned(),
            permit: permit.cloned(),
            trip: Some(haul),
            start: self.first.0,
            end: self.last,
            position: self.first.1,
            facts: facts([
                ("allowed_m", tenth(half_width_m + limits.route_margin_m)),
                ("driven_m", tenth(self.driven_m)),
                ("farthest_m", tenth(self.farthest.distance_m)),
                ("nearest_route", Value::from(self.farthest.route.as_str())),
                ("seconds", tenth(self.last.seconds_since(self.first.0))),
            ]),
        }
    }
}
