//! Hauls: where a load began, where it went. One step over a moment whose place and load are settled.
//!
//! A haul begins when a truck leaves a source loaded, or turns from empty to loaded outside every site; it ends when it is
//! unloaded, when its load has been gone unseen too long, or when a truck without load readings leaves a source again.
//! A passage of a site that leaves the load unchanged begins and ends nothing.

use std::sync::Arc;

use domain::{HaulId, Lift, Plate, Position, SiteKind, Timestamp, Truck, TruckKind};

use super::body::{Beginning, BodyTrack, Spot};
pub(super) use super::draft::Begun;
use super::draft::{HaulDraft, HaulEnd};
use super::facts::Finding;
use super::outcome::Outcome;
use super::permit_choice::candidates;
use super::rules::dp01::NEAREST_SITE_RADIUS_M;
use super::rules::wb01::LoadMissing;
use super::sample::Moment;
use super::thresholds::{Thresholds, millis};
use super::under_way::OpenHaul;
use super::unloading::Tipping;
use super::view::{SiteMark, View, Views};

/// What a step may ask about besides the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) plate: &'a Plate,
    pub(super) views: &'a Views,
}

/// A moment, with what hauls make of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Now<'a> {
    pub(super) moment: &'a Moment,
    pub(super) time: Timestamp,
    /// Where the truck is or last was.
    pub(super) position: Position,
    /// The load it is held to have; `None` also when the sensor went dead and the load left without it.
    pub(super) loaded: Option<bool>,
}

/// A stay in a site.
#[derive(Debug, Clone)]
struct Visit {
    site: Arc<SiteMark>,
    entered: Timestamp,
    /// The load with which it came; `None` when unknown, or when the reports begin inside.
    load_before: Option<bool>,
    /// Whether it was empty at some moment inside.
    was_empty: bool,
    last_inside: (Timestamp, Position),
    /// First and last fix inside by more than its uncertainty, looked at while the load is unknown.
    deep: Option<(Timestamp, Timestamp)>,
    lift_was_read: bool,
    /// When the lift was last read, if the truck stood then.
    stood_flat: Option<Timestamp>,
    /// Whether it stood for so long without the lift being read that it may have tipped.
    may_have_tipped: bool,
}

/// The moment before.
#[derive(Debug, Clone)]
pub(super) struct Before {
    pub(super) position: Position,
    pub(super) sites: Vec<Arc<SiteMark>>,
    pub(super) loaded: Option<bool>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct HaulFold {
    visits: Vec<Visit>,
    pub(super) before: Option<Before>,
    /// When and where the load was last read as loaded.
    pub(super) last_loaded: Option<(Timestamp, Position)>,
    /// When the load was last read at all.
    pub(super) load_read_at: Option<Timestamp>,
    /// The load left the truck while its sensor was dead; so it is unknown until it is read again.
    pub(super) load_unread: bool,
    pub(super) haul: Option<OpenHaul>,
    /// The haul given up as lost whose load may still be on the truck.
    pub(super) lost: Option<HaulId>,
    pub(super) body: BodyTrack,
    pub(super) tipping: Option<Tipping>,
    /// The haul that began with the last step, until it is taken.
    begun: Option<Arc<Begun>>,
}

impl HaulFold {
    /// The haul that began with the last step. Its departure lies before that step's moment.
    pub(super) fn take_begun(&mut self) -> Option<Arc<Begun>> {
        self.begun.take()
    }

    /// The haul under way.
    pub(super) fn under_way(&self) -> Option<HaulId> {
        self.haul.as_ref().map(|haul| haul.begun.haul)
    }

    /// Takes a moment; what is decided goes into `out`.
    pub(super) fn step(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Outcome>) {
        let sample = &moment.sample;
        let view = step.views.at(sample.time);
        let placed = sample.placed.map(|p| p.position);
        let Some(position) = placed.or(self.before.as_ref().map(|b| b.position)) else {
            return;
        };
        let reading = sample.load.is_loaded();
        self.load_unread &= reading.is_none();
        let loaded = moment.loaded.filter(|_| !self.load_unread);
        let now = Now { moment, time: sample.time, position, loaded };
        if let Some(haul) = &mut self.haul {
            haul.readings.note(sample.load, sample.lift);
        }
        self.body.follow(moment, position, &view.thresholds);
        self.finish_tipping(moment, step, out);
        self.give_up_old_load(now.time, step, out);
        self.notice_unloading(now, step, out);
        self.notice_departures(now, step, out);
        self.notice_presence(now, view);
        self.notice_loading_outside(now, step);
        if let (Some(haul), Some(placed)) = (&mut self.haul, sample.placed) {
            haul.follow(now.time, placed, sample.places.sites.is_empty(), &view.thresholds);
        }
        if loaded == Some(true) && reading == Some(true) {
            self.last_loaded = Some((now.time, position));
        }
        if reading.is_some() {
            self.load_read_at = Some(now.time);
        }
        self.remember(now);
    }

    fn remember(&mut self, now: Now<'_>) {
        // The unloading of this moment may have shown that the load is unknown.
        let loaded = now.loaded.filter(|_| !self.load_unread);
        let sites = &now.moment.sample.places.sites;
        match &mut self.before {
            Some(before) => {
                (before.position, before.loaded) = (now.position, loaded);
                before.sites.clone_from(sites);
            }
            None => self.before = Some(Before { position: now.position, sites: sites.clone(), loaded }),
        }
    }

    /// Ends the stream: an open haul stands as it is with the truck's newest report.
    pub(super) fn finish(mut self, newest: Timestamp, step: Step<'_>, out: &mut Vec<Outcome>) {
        self.emit_tipping(step, out);
        self.give_up_old_load(newest, step, out);
        self.end_haul(HaulEnd::Open(newest), None, step, out);
    }

    /// A load that was on the truck for too long is lost: no unloading was seen.
    fn give_up_old_load(&mut self, now: Timestamp, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(haul) = &self.haul else {
            return;
        };
        let limits = &step.views.at(now).thresholds;
        let latest = haul.begun.departed.plus_millis(millis(limits.loaded_max_s));
        if now > latest {
            let missing = haul.missing(latest, now, None, limits);
            self.lost = Some(haul.begun.haul);
            self.lose_haul(latest, missing, step, out);
        }
    }

    fn notice_departures(&mut self, now: Now<'_>, step: Step<'_>, out: &mut Vec<Outcome>) {
        let sites = &now.moment.sample.places.sites;
        while let Some(left) = self.visits.iter().position(|visit| !sites.contains(&visit.site)) {
            let visit = self.visits.remove(left);
            if visit.site.kind == SiteKind::Source {
                self.depart(&visit, now, step, out);
            }
        }
    }

    fn depart(&mut self, visit: &Visit, now: Now<'_>, step: Step<'_>, out: &mut Vec<Outcome>) {
        let limits = &step.views.at(visit.last_inside.0).thresholds;
        match now.loaded {
            Some(true) if self.haul.is_none() => {
                let passage = visit.load_before == Some(true) && !visit.was_empty;
                if !passage {
                    self.begin(Some(&visit.site), visit.last_inside, true, step);
                }
            }
            None if visit.loaded_by_stay(limits) => {
                if let Some(haul) = &self.haul {
                    if visit.entered <= haul.begun.departed {
                        // Sources overlap, and this stay is the one it was loaded in already.
                        return;
                    }
                    let at = visit.last_inside.0;
                    let missing = haul.missing(at, at, Some(visit.site.id.clone()), limits);
                    self.lose_haul(at, missing, step, out);
                }
                self.begin(Some(&visit.site), visit.last_inside, false, step);
            }
            _ => {}
        }
    }

    fn notice_presence(&mut self, now: Now<'_>, view: &View) {
        let sample = &now.moment.sample;
        let load_before = self.before.as_ref().and_then(|before| before.loaded);
        for site in &sample.places.sites {
            if self.visits.iter().all(|visit| visit.site != *site) {
                self.visits.push(Visit {
                    site: Arc::clone(site),
                    entered: now.time,
                    load_before,
                    was_empty: false,
                    last_inside: (now.time, now.position),
                    deep: None,
                    lift_was_read: false,
                    stood_flat: None,
                    may_have_tipped: false,
                });
            }
        }
        let limits = &view.thresholds;
        for visit in &mut self.visits {
            visit.was_empty |= now.loaded == Some(false);
            if sample.lift != Lift::Unknown {
                visit.lift_was_read = true;
                let stands = self.body.stands_at(now.time);
                let unread = |since: Timestamp| now.time.millis_since(since) >= millis(limits.unseen_lift_s);
                visit.may_have_tipped |= stands && visit.stood_flat.is_some_and(unread);
                visit.stood_flat = stands.then_some(now.time);
            }
            let Some(placed) = sample.placed else { continue };
            visit.last_inside = (now.time, placed.position);
            if now.loaded.is_none()
                && visit.site.kind == SiteKind::Source
                && view.deep_inside(&visit.site, placed.position, placed.uncertainty_m)
            {
                let first = visit.deep.map_or(now.time, |(first, _)| first);
                visit.deep = Some((first, now.time));
            }
        }
        let hides = |visit: &Visit| {
            let stayed = now.time.millis_since(visit.entered) >= millis(limits.unloading_dwell_s);
            visit.site.kind.is_sink() && visit.may_have_tipped && stayed
        };
        if let Some(haul) = self.haul.as_mut().filter(|_| now.loaded.is_none())
            && self.visits.iter().any(hides)
        {
            haul.may_be_empty(now.time);
        }
    }

    fn notice_loading_outside(&mut self, now: Now<'_>, step: Step<'_>) {
        // A load that turned between the last fix in a site and the first outside was taken on in that site.
        let turned = self.before.as_ref().is_some_and(|b| b.loaded == Some(false) && b.sites.is_empty());
        let sample = &now.moment.sample;
        if !turned || now.loaded != Some(true) || !sample.places.sites.is_empty() || self.haul.is_some() {
            return;
        }
        let view = step.views.at(now.time);
        // Where it has stood since before says more than one weak fix that came with the reading.
        let here = Spot::of(now.moment, now.position, &view.thresholds);
        let stop = self.body.stop().filter(|_| here.uncertainty_m >= view.thresholds.weak_fix_m);
        let spot = stop.map_or(&here, |stop| &stop.spot);
        match view.nearest_site(spot.position, spot.uncertainty_m) {
            Some((site, _)) if site.kind != SiteKind::Source => {}
            nearest => {
                let departed = (now.time, spot.position);
                self.begin(nearest.as_ref().map(|(site, _)| site), departed, true, step);
            }
        }
    }

    fn begin(
        &mut self,
        source: Option<&Arc<SiteMark>>,
        (departed, position): (Timestamp, Position),
        load_read: bool,
        step: Step<'_>,
    ) {
        let view = step.views.at(departed);
        let truck = view.registry.trucks.get(step.plate);
        if truck.is_some_and(hauls_no_waste) {
            return;
        }
        let carrier = truck.map(|truck| truck.carrier.clone());
        let (candidates, not_in_force) = source.map_or_else(Default::default, |site| {
            candidates(view, carrier.as_ref(), step.plate, &site.id, departed)
        });
        let nearest = source.is_none().then(|| view.nearest_site(position, NEAREST_SITE_RADIUS_M)).flatten();
        let haul = OpenHaul::starting(Begun {
            haul: HaulId::of_facts(&[step.plate.as_str().as_bytes(), &departed.millis().to_be_bytes()]),
            plate: step.plate.clone(),
            source: source.map(Arc::clone),
            departed,
            position,
            carrier,
            load_read,
            load_kg: truck.and_then(|truck| truck.rated_load_kg).map_or(0, u64::from),
            registers_since: step.views.in_force_since(departed),
            nearest_site: nearest.map(|(site, distance_m)| (site.id.clone(), distance_m)),
            candidates,
            not_in_force,
        });
        self.lost = None;
        self.begun = Some(Arc::clone(&haul.begun));
        self.haul = Some(haul);
    }

    /// Ends a haul of which no unloading was seen till `until`.
    fn lose_haul(
        &mut self,
        until: Timestamp,
        missing: Option<LoadMissing>,
        step: Step<'_>,
        out: &mut Vec<Outcome>,
    ) {
        let Some((haul, at)) = self.haul.take().map(|haul| haul.unseen_by(until)) else {
            return;
        };
        self.haul = Some(haul);
        self.end_haul(HaulEnd::Lost(at), missing, step, out);
    }

    /// Ends the haul, if there is one, and puts out its draft.
    pub(super) fn end_haul(
        &mut self,
        end: HaulEnd,
        missing: Option<LoadMissing>,
        step: Step<'_>,
        out: &mut Vec<Outcome>,
    ) {
        out.extend(self.take_draft(end, missing, step).map(|draft| Outcome::Haul(Box::new(draft))));
    }

    pub(super) fn take_draft(
        &mut self,
        end: HaulEnd,
        missing: Option<LoadMissing>,
        step: Step<'_>,
    ) -> Option<HaulDraft> {
        let haul = self.haul.take()?;
        let limits = &step.views.at(haul.begun.departed).thresholds;
        Some(haul.into_draft(end, missing, limits))
    }

    /// The sink a truck without load and lift readings has been in long enough to be empty: since it stands there, or else
    /// since it came in.
    pub(super) fn emptied_by_stay(&self, now: Now<'_>, limits: &Thresholds) -> Option<Beginning> {
        let long = |visit: &&Visit| {
            now.time.millis_since(visit.entered) >= millis(limits.unloading_dwell_s) && !visit.lift_was_read
        };
        let visit = self.visits.iter().filter(|v| v.site.kind.is_sink()).find(long)?;
        let stop = self.body.stop().filter(|stop| stop.time >= visit.entered);
        let (time, position) =
            stop.map_or((visit.entered, visit.last_inside.1), |stop| (stop.time, stop.spot.position));
        let sites = vec![Arc::clone(&visit.site)];
        Some(Beginning { time, spot: Spot::at(position, limits.position_uncertainty_m, sites) })
    }
}

impl Visit {
    fn loaded_by_stay(&self, limits: &Thresholds) -> bool {
        self.deep.is_some_and(|(first, last)| last.millis_since(first) >= millis(limits.loading_s))
    }
}

pub(super) fn hauls_no_waste(truck: &Truck) -> bool {
    truck.kind == TruckKind::Mixer
}

pub(super) fn emit(finding: Finding, step: Step<'_>, out: &mut Vec<Outcome>) {
    out.extend(finding.into_violation(step.plate).map(Outcome::Violation));
}
