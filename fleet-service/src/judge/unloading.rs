//! When and where a load left the truck.
//!
//! With load readings it is the turn to empty. Without, a body raised long enough at standing speed; without lift
//! readings too, a long enough stay in a sink. The place is where the lift began; without a lift, where the load read
//! empty, or the site the truck had just been in when the readings straddle its border.

use std::sync::Arc;

use domain::{HaulState, Lift, Position, SiteId, Timestamp};

use super::body::{Beginning, LiftRun};
use super::haul::{End, HaulFold, Step, emit, hauls_no_waste};
use super::outcome::Outcome;
use super::rules::dp01::{Dumping, NEAREST_SITE_RADIUS_M};
use super::sample::Moment;
use super::thresholds::millis;
use super::view::{SiteMark, View};

/// A dumping whose body may still be up.
#[derive(Debug, Clone)]
pub(super) struct Tipping {
    dumping: Dumping,
    empty: Timestamp,
}

/// An unloading and where it was.
struct Unloading {
    began: Beginning,
    /// When it is known to be unloaded.
    empty: Timestamp,
    raised: Option<Timestamp>,
    read_empty: bool,
    sites: Vec<Arc<SiteMark>>,
}

impl HaulFold {
    /// Looks for an unloading at a moment and ends the haul by it.
    pub(super) fn notice_unloading(
        &mut self,
        moment: &Moment,
        position: Position,
        step: Step<'_>,
        out: &mut Vec<Outcome>,
    ) {
        let view = step.views.at(moment.sample.time);
        let was_loaded = self.before.as_ref().and_then(|before| before.loaded);
        let unloading = match (was_loaded, moment.loaded) {
            (Some(true), Some(false)) if self.turned_unseen(moment, position, view) => {
                let end = End { state: HaulState::Lost, sink: None, unloaded: None, at: moment.sample.time };
                self.end_haul(end, step, out);
                self.lost = None;
                return;
            }
            (Some(true), Some(false)) => self.read_empty(moment, position, view),
            (_, None) if self.haul.is_some() => {
                let Some(unloading) = self.emptied_without_reading(moment, view) else { return };
                unloading
            }
            _ => return,
        };
        self.unload(unloading, step, out);
    }

    /// The turn from loaded to empty fell into a hole in which the truck moved on, and no lift was read in it.
    fn turned_unseen(&self, moment: &Moment, position: Position, view: &View) -> bool {
        let limits = &view.thresholds;
        let now = moment.sample.time;
        self.last_loaded.is_some_and(|(time, place)| {
            let lift = self.body.lift_of_unloading(now, limits);
            now.millis_since(time) >= millis(limits.unseen_s)
                && place.distance_m(position) >= limits.unseen_m
                && lift.is_none_or(|run| run.last_raised < time)
        })
    }

    fn read_empty(&self, moment: &Moment, position: Position, view: &View) -> Unloading {
        let sample = &moment.sample;
        let here = Beginning { time: sample.time, position, sites: sample.places.sites.clone() };
        let lift = self.body.lift_of_unloading(sample.time, &view.thresholds);
        let raised = lift.map(|run| run.began.time);
        let (began, sites) = if let Some(LiftRun { began, .. }) = lift {
            (began.clone(), began.sites.clone())
        } else {
            let just_left = || self.before.as_ref().map(|b| b.sites.clone()).unwrap_or_default();
            let sites = if here.sites.is_empty() { just_left() } else { here.sites.clone() };
            // A queue that crept here from elsewhere is no stop at this place.
            let near =
                |stop: &&Beginning| stop.position.distance_m(position) <= view.thresholds.dumping_distance_m;
            (self.body.stop().filter(near).cloned().unwrap_or(here), sites)
        };
        Unloading { began, empty: sample.time, raised, read_empty: true, sites }
    }

    fn emptied_without_reading(&self, moment: &Moment, view: &View) -> Option<Unloading> {
        let limits = &view.thresholds;
        if let Some(run) = self.body.tipped_long_enough(moment, limits) {
            return Some(Unloading {
                sites: run.began.sites.clone(),
                began: run.began.clone(),
                empty: moment.sample.time,
                raised: Some(run.began.time),
                read_empty: false,
            });
        }
        if moment.sample.lift != Lift::Unknown {
            return None;
        }
        let began = self.emptied_by_stay(moment, limits)?;
        Some(Unloading {
            sites: began.sites.clone(),
            began,
            empty: moment.sample.time,
            raised: None,
            read_empty: false,
        })
    }

    fn unload(&mut self, unloading: Unloading, step: Step<'_>, out: &mut Vec<Outcome>) {
        let view = step.views.at(unloading.began.time);
        let raised_now = self.body.lift_of_unloading(unloading.empty, &view.thresholds);
        let up = raised_now.is_some_and(|run| run.last_raised == unloading.empty);
        let nearest = view.nearest_site(unloading.began.position, NEAREST_SITE_RADIUS_M);
        let near =
            nearest.as_ref().filter(|(_, distance_m)| *distance_m <= view.thresholds.dumping_distance_m);
        let mut sites = unloading.sites.clone();
        if sites.is_empty() {
            sites.extend(near.map(|(site, _)| Arc::clone(site)));
        }
        let (state, sink) = self.destination(&sites, view);
        let (trip, permit) = match &self.haul {
            Some(haul) => (Some(haul.id), haul.permit.clone()),
            None => self.lost.take().map_or((None, None), |(id, permit)| (Some(id), permit)),
        };
        let end = End { state, sink, unloaded: Some(unloading.empty), at: unloading.empty };
        self.end_haul(end, step, out);
        let truck = view.registry.trucks.get(step.plate);
        if sites.is_empty() && !truck.is_some_and(hauls_no_waste) {
            self.emit_tipping(step, out);
            self.tipping = Some(Tipping {
                dumping: Dumping {
                    carrier: truck.map(|truck| truck.carrier.clone()),
                    permit,
                    trip,
                    start: unloading.began.time,
                    position: unloading.began.position,
                    end: unloading.empty,
                    raised: unloading.raised,
                    read_empty: unloading.read_empty,
                    nearest_site: nearest.map(|(site, distance_m)| (site.id.clone(), distance_m)),
                },
                empty: unloading.empty,
            });
            if !up {
                self.emit_tipping(step, out);
            }
        }
        if !up {
            self.body.forget_lift();
        }
    }

    /// The site that counts among those the truck was in, a sink of the permit before any other sink, and what that makes
    /// of the haul.
    fn destination(&self, sites: &[Arc<SiteMark>], view: &View) -> (HaulState, Option<SiteId>) {
        let haul = self.haul.as_ref();
        let named: Option<Vec<&SiteId>> = haul.and_then(|haul| {
            let permit = view.registry.permits.get(haul.permit.as_ref()?)?;
            Some(permit.legs_from(haul.source.as_ref()?).map(|leg| &leg.sink).collect())
        });
        let of_permit = |site: &&Arc<SiteMark>| {
            site.kind.is_sink() && named.as_ref().is_none_or(|sinks| sinks.contains(&&site.id))
        };
        if let Some(site) = sites.iter().find(of_permit) {
            return (HaulState::Delivered, Some(site.id.clone()));
        }
        let other = sites.iter().find(|site| site.kind.is_sink()).or_else(|| sites.first());
        match other {
            Some(site) => (HaulState::Diverted, Some(site.id.clone())),
            None => (HaulState::Dumped, None),
        }
    }

    /// Lengthens a dumping while its body is up; puts it out when it is down or when nobody waits any longer.
    pub(super) fn finish_tipping(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(tipping) = &mut self.tipping else {
            return;
        };
        let now = moment.sample.time;
        let longest = millis(step.views.at(now).thresholds.lift_down_s);
        let waits = now.millis_since(tipping.empty) <= longest;
        if waits && moment.sample.lift != Lift::Unknown {
            tipping.dumping.end = now;
        }
        if !waits || moment.sample.lift != Lift::Raised {
            self.emit_tipping(step, out);
            self.body.forget_lift();
        }
    }

    pub(super) fn emit_tipping(&mut self, step: Step<'_>, out: &mut Vec<Outcome>) {
        if let Some(tipping) = self.tipping.take() {
            emit(tipping.dumping.finding(), step, out);
        }
    }
}
