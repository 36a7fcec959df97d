//! When and where a load left the truck.
//!
//! With load readings it is the turn to empty. Without, a body raised long enough at standing speed; without lift
//! readings too, a long enough stay in a sink. The place is where the lift began; without a lift, where the load read
//! empty, or the site the truck had just been in when the readings straddle its border.

use std::sync::Arc;

use domain::{HaulId, Lift, Timestamp, Uscc};

use super::body::{Beginning, LiftRun, Spot};
use super::draft::{HaulDraft, HaulEnd, Readings, Unloading};
use super::haul::{HaulFold, Now, Step, emit, hauls_no_waste};
use super::outcome::Outcome;
use super::rules::dp01;
use super::rules::dp01::NEAREST_SITE_RADIUS_M;
use super::sample::Moment;
use super::thresholds::{Thresholds, millis};
use super::view::{SiteMark, View};

/// An unloading whose body may still be up, or whose truck still stands there: every further fix tells better where.
#[derive(Debug, Clone)]
pub(super) struct Tipping {
    unloading: Unloading,
    what: Unloaded,
    is_down: bool,
    /// Where it is held to be by the fixes since it was noticed.
    spot: Option<Spot>,
}

/// What was unloaded.
#[derive(Debug, Clone)]
enum Unloaded {
    /// A haul: judged with its permit.
    Haul(Box<HaulDraft>),
    /// A load whose haul was not seen to begin, or was given up as lost.
    Stray { carrier: Option<Uscc>, trip: Option<HaulId> },
}

/// An unloading as it is noticed.
struct Noticed {
    began: Beginning,
    raised: Option<Timestamp>,
    read_empty: bool,
    sites: Vec<Arc<SiteMark>>,
}

impl HaulFold {
    /// Looks for an unloading at a moment and ends the haul by it.
    pub(super) fn notice_unloading(&mut self, now: Now<'_>, step: Step<'_>, out: &mut Vec<Outcome>) {
        let view = step.views.at(now.time);
        let was_loaded = self.before.as_ref().and_then(|before| before.loaded);
        let noticed = match (was_loaded, now.loaded) {
            (Some(true), Some(false)) if self.turned_unseen(now, view) => {
                self.end_haul(HaulEnd::Lost(now.time), None, step, out);
                self.lost = None;
                return;
            }
            (Some(true), Some(false)) => Some(self.read_empty(now, view)),
            (_, None | Some(true)) if self.haul.is_some() => self.emptied_without_reading(now, view),
            _ => None,
        };
        if let Some(noticed) = noticed {
            self.load_unread = !noticed.read_empty && now.moment.loaded.is_some();
            self.unload(noticed, now.time, step, out);
        }
    }

    /// The turn from loaded to empty fell into a hole in which the truck moved on, and no lift was read in it.
    fn turned_unseen(&self, now: Now<'_>, view: &View) -> bool {
        let limits = &view.thresholds;
        self.last_loaded.is_some_and(|(time, place)| {
            let lift = self.body.lift_of_unloading(now.time, limits);
            now.time.millis_since(time) >= millis(limits.unseen_s)
                && place.distance_m(now.position) >= limits.unseen_m
                && lift.is_none_or(|run| run.last_raised < time)
        })
    }

    fn read_empty(&self, now: Now<'_>, view: &View) -> Noticed {
        let here = Beginning { time: now.time, spot: Spot::of(now.moment, now.position, &view.thresholds) };
        let lift = self.body.lift_of_unloading(now.time, &view.thresholds);
        let raised = lift.map(|run| run.began.time);
        let (began, sites) = if let Some(LiftRun { began, .. }) = lift {
            (began.clone(), began.spot.sites.clone())
        } else {
            let just_left = || self.before.as_ref().map(|b| b.sites.clone()).unwrap_or_default();
            let here_sites = &here.spot.sites;
            let sites = if here_sites.is_empty() { just_left() } else { here_sites.clone() };
            // A queue that crept here from elsewhere is no stop at this place.
            let near = |stop: &&Beginning| {
                stop.spot.position.distance_m(now.position) <= view.thresholds.dumping_distance_m
            };
            (self.body.stop().filter(near).cloned().unwrap_or(here), sites)
        };
        Noticed { began, raised, read_empty: true, sites }
    }

    /// An unloading that the body or a stay in a sink tells, the load being unknown.
    fn emptied_without_reading(&self, now: Now<'_>, view: &View) -> Option<Noticed> {
        let limits = &view.thresholds;
        if let Some(run) = self.body.tipped_long_enough(now.moment, limits) {
            return self.load_is_unknown(now, run.began.time, limits).then(|| Noticed {
                sites: run.began.spot.sites.clone(),
                began: run.began.clone(),
                raised: Some(run.began.time),
                read_empty: false,
            });
        }
        if now.moment.sample.lift != Lift::Unknown {
            return None;
        }
        let began = self.emptied_by_stay(now, limits)?;
        self.load_is_unknown(now, began.time, limits).then(|| Noticed {
            sites: began.spot.sites.clone(),
            began,
            raised: None,
            read_empty: false,
        })
    }

    /// Whether nothing is known of the load: never read, or its sensor was dead for long when the unloading began.
    /// `unknown` keeps the last value, but a sensor that died on the way cannot read the body empty again.
    fn load_is_unknown(&self, now: Now<'_>, began: Timestamp, limits: &Thresholds) -> bool {
        let dead = |read: Timestamp| began.millis_since(read) >= millis(limits.unseen_s);
        let reads_now = now.moment.sample.load.is_loaded().is_some();
        now.loaded.is_none() || (!reads_now && self.load_read_at.is_some_and(dead))
    }

    fn unload(&mut self, noticed: Noticed, empty: Timestamp, step: Step<'_>, out: &mut Vec<Outcome>) {
        let view = step.views.at(noticed.began.time);
        let lift_now = self.body.lift_of_unloading(empty, &view.thresholds);
        let is_down = lift_now.is_none_or(|run| run.last_raised != empty);
        let mut unloading = unloading(noticed, empty, view);
        if let Some(haul) = &self.haul {
            // A truck that is loaded where it stands and tips there again has two unloadings, not one that began twice.
            unloading.began = unloading.began.max(haul.begun.departed);
        }
        self.emit_tipping(step, out);
        let truck = view.registry.trucks.get(step.plate);
        let draft = self.take_draft(HaulEnd::Lost(empty), None, step);
        let what = match draft {
            Some(draft) => Some(Unloaded::Haul(Box::new(draft))),
            None => (unloading.is_dumping() && !truck.is_some_and(hauls_no_waste)).then(|| Unloaded::Stray {
                carrier: truck.map(|truck| truck.carrier.clone()),
                trip: self.lost.take(),
            }),
        };
        self.lost = None;
        self.tipping = what.map(|what| Tipping { unloading, what, is_down, spot: None });
        self.emit_when_over(empty, step, out);
    }

    /// Lengthens an unloading while its body is up; puts it out when the truck has left the place or when nobody waits any
    /// longer.
    pub(super) fn finish_tipping(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(tipping) = &mut self.tipping else {
            return;
        };
        let now = moment.sample.time;
        let Tipping { unloading, is_down, spot, .. } = tipping;
        if !*is_down && waits(unloading, now, step) && moment.sample.lift != Lift::Unknown {
            unloading.end = now;
        }
        *is_down |= moment.sample.lift != Lift::Raised;
        if let Some(seen) = unloading.raised.and_then(|raised| self.body.spot_of_lift(raised)) {
            *spot = Some(seen.clone());
        }
        self.emit_when_over(now, step, out);
    }

    fn emit_when_over(&mut self, now: Timestamp, step: Step<'_>, out: &mut Vec<Outcome>) {
        let stands = |raised| self.body.spot_of_lift(raised).is_some();
        let is_over = self.tipping.as_ref().is_none_or(|Tipping { unloading, is_down, .. }| {
            !waits(unloading, now, step) || (*is_down && !unloading.raised.is_some_and(stands))
        });
        if is_over {
            self.emit_tipping(step, out);
            self.body.forget_lift();
        }
    }

    pub(super) fn emit_tipping(&mut self, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(Tipping { mut unloading, what, spot, .. }) = self.tipping.take() else {
            return;
        };
        if let Some(spot) = spot {
            let (view, sites) = (step.views.at(unloading.began), spot.sites.clone());
            place(&mut unloading, &spot, sites, view);
        }
        match what {
            Unloaded::Haul(draft) => {
                out.push(Outcome::Haul(Box::new(HaulDraft { end: HaulEnd::Unloaded(unloading), ..*draft })));
            }
            Unloaded::Stray { carrier, trip } if unloading.is_dumping() => {
                let mut finding = dp01::finding(&unloading, carrier.as_ref(), trip);
                let read = Readings { load: unloading.read_empty, lift: unloading.raised.is_some() };
                finding.facts.insert("grade".to_owned(), read.grade().into());
                emit(finding, step, out);
            }
            Unloaded::Stray { .. } => {}
        }
    }
}

/// Whether an unloading still waits for its body to come down, or for its truck to leave.
fn waits(unloading: &Unloading, now: Timestamp, step: Step<'_>) -> bool {
    now.millis_since(unloading.empty) <= millis(step.views.at(now).thresholds.lift_down_s)
}

fn unloading(noticed: Noticed, empty: Timestamp, view: &View) -> Unloading {
    let Noticed { began, raised, read_empty, sites } = noticed;
    let mut unloading = Unloading {
        began: began.time,
        position: began.spot.position,
        empty,
        end: empty,
        raised,
        read_empty,
        sites: Vec::new(),
        in_site: false,
        nearest_site: None,
    };
    place(&mut unloading, &began.spot, sites, view);
    unloading
}

/// Gives an unloading the place it counts for: the sites it was in, or the one it was next to.
fn place(unloading: &mut Unloading, spot: &Spot, mut sites: Vec<Arc<SiteMark>>, view: &View) {
    let mut in_site = !sites.is_empty();
    // Where it was in a site nobody asks for the nearest.
    let nearest = (!in_site).then(|| view.nearest_site(spot.position, NEAREST_SITE_RADIUS_M)).flatten();
    let limits = &view.thresholds;
    // A position worse than they usually are proves so much less.
    let worse_m = (spot.uncertainty_m - limits.position_uncertainty_m).max(0.0);
    let near = nearest.as_ref().filter(|(_, distance_m)| *distance_m <= limits.dumping_distance_m + worse_m);
    if let Some((site, distance_m)) = near {
        sites.push(Arc::clone(site));
        in_site = *distance_m <= limits.position_uncertainty_m;
    }
    unloading.position = spot.position;
    unloading.sites = sites;
    unloading.in_site = in_site;
    unloading.nearest_site = nearest.map(|(site, distance_m)| (site.id.clone(), distance_m));
}
