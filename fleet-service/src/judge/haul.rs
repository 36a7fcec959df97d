//! Hauls: where a load began, where it went. One step over a moment whose place and load are settled.
//!
//! A haul begins when a truck leaves a source loaded, or turns from empty to loaded outside every site; it ends when it is
//! unloaded, when its load has been gone unseen too long, or when a truck without load readings leaves a source again.
//! A passage of a site that leaves the load unchanged begins and ends nothing.

use std::sync::Arc;

use domain::{
    Haul, HaulId, HaulState, Lift, PermitNumber, Plate, Position, SiteId, SiteKind, Timestamp, Truck,
    TruckKind, Uscc,
};

use super::body::{Beginning, BodyTrack};
use super::facts::Finding;
use super::odometer::Odometer;
use super::outcome::Outcome;
use super::permit_choice::{FailedTerm, PermitChoice, choose};
use super::rules::rt01::OffRoute;
use super::rules::uw01::WithoutApproval;
use super::sample::Moment;
use super::thresholds::{Thresholds, millis};
use super::unloading::Tipping;
use super::view::{SiteMark, View, Views};

/// What a step may ask about besides the moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) plate: &'a Plate,
    pub(super) views: &'a Views,
}

/// A haul that begins, told to the rules that judge a departure: its last fix inside the source, or where the load was
/// taken on outside every site.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) haul: HaulId,
    pub(super) source: Option<Arc<SiteMark>>,
    pub(super) departed: Timestamp,
    pub(super) position: Position,
    pub(super) carrier: Option<Uscc>,
    /// Whether a load reading says the truck was loaded; otherwise its stay does.
    pub(super) load_read: bool,
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
}

/// A load under way.
#[derive(Debug, Clone)]
pub(super) struct OpenHaul {
    pub(super) id: HaulId,
    pub(super) source: Option<SiteId>,
    departed: Timestamp,
    position: Position,
    pub(super) carrier: Option<Uscc>,
    pub(super) permit: Option<PermitNumber>,
    /// Set when UW-01 holds: the permits that name the source and why none is in force.
    without_approval: Option<Vec<(PermitNumber, &'static str)>>,
    load_read: bool,
    off_route: Option<OffRoute>,
    odometer: Odometer,
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
    pub(super) haul: Option<OpenHaul>,
    /// The haul given up as lost whose load may still be on the truck.
    pub(super) lost: Option<(HaulId, Option<PermitNumber>)>,
    pub(super) body: BodyTrack,
    pub(super) tipping: Option<Tipping>,
    /// The haul that began with the last step, until it is taken.
    begun: Option<Begun>,
}

/// How a haul ends.
pub(super) struct End {
    pub(super) state: HaulState,
    pub(super) sink: Option<SiteId>,
    /// When it was unloaded, if that was seen.
    pub(super) unloaded: Option<Timestamp>,
    /// The last moment of the haul.
    pub(super) at: Timestamp,
}

impl HaulFold {
    /// The haul that began with the last step. Its departure lies before that step's moment.
    pub(super) fn take_begun(&mut self) -> Option<Begun> {
        self.begun.take()
    }

    /// The haul under way.
    pub(super) fn under_way(&self) -> Option<HaulId> {
        self.haul.as_ref().map(|haul| haul.id)
    }

    /// Takes a moment; what is decided goes into `out`.
    pub(super) fn step(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Outcome>) {
        let view = step.views.at(moment.sample.time);
        let placed = moment.sample.placed.map(|p| p.position);
        let Some(position) = placed.or(self.before.as_ref().map(|b| b.position)) else {
            return;
        };
        self.body.follow(moment, position, &view.thresholds);
        self.finish_tipping(moment, step, out);
        self.give_up_old_load(moment.sample.time, view, step, out);
        self.notice_unloading(moment, position, step, out);
        self.notice_departures(moment, step, out);
        self.notice_presence(moment, position, view);
        self.notice_loading_outside(moment, position, step);
        self.follow_route(moment, view, step, out);
        if moment.loaded == Some(true) && moment.sample.load.is_loaded() == Some(true) {
            self.last_loaded = Some((moment.sample.time, position));
        }
        self.before =
            Some(Before { position, sites: moment.sample.places.sites.clone(), loaded: moment.loaded });
    }

    /// Ends the stream: an open haul stands as it is with the truck's newest report.
    pub(super) fn finish(mut self, newest: Timestamp, step: Step<'_>, out: &mut Vec<Outcome>) {
        self.emit_tipping(step, out);
        self.give_up_old_load(newest, step.views.at(newest), step, out);
        if self.haul.is_some() {
            let end = End { state: HaulState::Open, sink: None, unloaded: None, at: newest };
            self.end_haul(end, step, out);
        }
    }

    /// A load that was on the truck for too long is lost: no unloading was seen.
    fn give_up_old_load(&mut self, now: Timestamp, view: &View, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(haul) = &self.haul else {
            return;
        };
        let latest = haul.departed.plus_millis(millis(view.thresholds.loaded_max_s));
        if now > latest {
            let lost = (haul.id, haul.permit.clone());
            self.end_haul(End { state: HaulState::Lost, sink: None, unloaded: None, at: latest }, step, out);
            self.lost = Some(lost);
        }
    }

    fn notice_departures(&mut self, moment: &Moment, step: Step<'_>, out: &mut Vec<Outcome>) {
        let sites = &moment.sample.places.sites;
        let (left, inside) = std::mem::take(&mut self.visits)
            .into_iter()
            .partition::<Vec<Visit>, _>(|visit| !sites.contains(&visit.site));
        self.visits = inside;
        for visit in left.into_iter().filter(|visit| visit.site.kind == SiteKind::Source) {
            let view = step.views.at(visit.last_inside.0);
            match moment.loaded {
                Some(true) if self.haul.is_none() => {
                    let passage = visit.load_before == Some(true) && !visit.was_empty;
                    if !passage {
                        self.begin(Some(&visit.site), visit.last_inside, true, step);
                    }
                }
                None if visit.loaded_by_stay(&view.thresholds) => {
                    if self.haul.is_some() {
                        let at = visit.last_inside.0;
                        self.end_haul(
                            End { state: HaulState::Lost, sink: None, unloaded: None, at },
                            step,
                            out,
                        );
                    }
                    self.begin(Some(&visit.site), visit.last_inside, false, step);
                }
                _ => {}
            }
        }
    }

    fn notice_presence(&mut self, moment: &Moment, position: Position, view: &View) {
        let sample = &moment.sample;
        let load_before = self.before.as_ref().and_then(|before| before.loaded);
        for site in &sample.places.sites {
            if self.visits.iter().all(|visit| visit.site != *site) {
                self.visits.push(Visit {
                    site: Arc::clone(site),
                    entered: sample.time,
                    load_before,
                    was_empty: false,
                    last_inside: (sample.time, position),
                    deep: None,
                    lift_was_read: false,
                });
            }
        }
        for visit in &mut self.visits {
            visit.was_empty |= moment.loaded == Some(false);
            visit.lift_was_read |= sample.lift != Lift::Unknown;
            let Some(placed) = sample.placed else { continue };
            visit.last_inside = (sample.time, placed.position);
            if moment.loaded.is_none()
                && visit.site.kind == SiteKind::Source
                && view.deep_inside(&visit.site, placed.position, placed.uncertainty_m)
            {
                let first = visit.deep.map_or(sample.time, |(first, _)| first);
                visit.deep = Some((first, sample.time));
            }
        }
    }

    fn notice_loading_outside(&mut self, moment: &Moment, position: Position, step: Step<'_>) {
        // A load that turned between the last fix in a site and the first outside was taken on in that site.
        let turned = self.before.as_ref().is_some_and(|b| b.loaded == Some(false) && b.sites.is_empty());
        if turned
            && moment.loaded == Some(true)
            && moment.sample.places.sites.is_empty()
            && self.haul.is_none()
        {
            self.begin(None, (moment.sample.time, position), true, step);
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
        let millis = departed.millis().to_be_bytes();
        let mut haul = OpenHaul {
            id: HaulId::of_facts(&[step.plate.as_str().as_bytes(), &millis]),
            source: source.map(|site| site.id.clone()),
            departed,
            position,
            permit: None,
            without_approval: None,
            load_read,
            off_route: None,
            odometer: Odometer::starting_at(position),
            carrier,
        };
        if let Some(site) = source {
            match choose(view, haul.carrier.as_ref(), step.plate, &site.id, departed) {
                PermitChoice::Chosen { permit, failed } => {
                    if no_term_of_uw02(&failed) {
                        haul.off_route = OffRoute::of(view, &permit, &site.id);
                    }
                    haul.permit = Some(permit);
                }
                PermitChoice::None { not_in_force } => haul.without_approval = Some(not_in_force),
            }
        }
        self.lost = None;
        self.begun = Some(Begun {
            haul: haul.id,
            source: source.map(Arc::clone),
            departed,
            position,
            carrier: haul.carrier.clone(),
            load_read,
        });
        self.haul = Some(haul);
    }

    fn follow_route(&mut self, moment: &Moment, view: &View, step: Step<'_>, out: &mut Vec<Outcome>) {
        let (Some(haul), Some(placed)) = (&mut self.haul, moment.sample.placed) else {
            return;
        };
        let limits = &view.thresholds;
        haul.odometer.advance(placed.position, limits.odometer_step_m);
        let outside = moment.sample.places.sites.is_empty();
        let closed = haul
            .off_route
            .as_mut()
            .and_then(|route| route.follow(moment.sample.time, placed.position, outside, limits));
        if let Some(excursion) = closed {
            let finding = excursion.finding(haul.id, haul.carrier.as_ref(), haul.permit.as_ref(), limits);
            emit(finding, step, out);
        }
    }

    /// Ends the haul and puts out everything that hung on it.
    pub(super) fn end_haul(&mut self, end: End, step: Step<'_>, out: &mut Vec<Outcome>) {
        let Some(haul) = self.haul.take() else {
            return;
        };
        let view = step.views.at(haul.departed);
        let leg = haul.permit.as_ref().and_then(|number| {
            let (source, sink) = (haul.source.as_ref()?, end.sink.as_ref()?);
            let legs = &view.registry.permits.get(number)?.legs;
            legs.iter().position(|leg| leg.source == *source && leg.sink == *sink)
        });
        out.push(Outcome::Haul(Haul {
            id: haul.id,
            plate: step.plate.clone(),
            source: haul.source.clone(),
            departed: haul.departed,
            sink: end.sink,
            unloaded: end.unloaded,
            permit: haul.permit.clone(),
            leg: leg.and_then(|leg| u32::try_from(leg).ok()),
            distance_km: haul.odometer.driven_m().round() / 1000.0,
            state: end.state,
        }));
        if let (Some(not_in_force), Some(source)) = (&haul.without_approval, &haul.source) {
            let rule = WithoutApproval {
                haul: haul.id,
                carrier: haul.carrier.as_ref(),
                source,
                departed: haul.departed,
                position: haul.position,
                not_in_force,
                load_read: haul.load_read,
            };
            emit(rule.finding(end.at), step, out);
        }
        for excursion in haul.off_route.into_iter().flat_map(|route| route.finish(&view.thresholds)) {
            let finding =
                excursion.finding(haul.id, haul.carrier.as_ref(), haul.permit.as_ref(), &view.thresholds);
            emit(finding, step, out);
        }
    }

    /// The sink a truck without load and lift readings has stood in long enough to be empty.
    pub(super) fn emptied_by_stay(&self, moment: &Moment, limits: &Thresholds) -> Option<Beginning> {
        let now = moment.sample.time;
        let long = |visit: &&Visit| {
            now.millis_since(visit.entered) >= millis(limits.unloading_dwell_s) && !visit.lift_was_read
        };
        let visit = self.visits.iter().filter(|v| v.site.kind.is_sink()).find(long)?;
        Some(Beginning {
            time: visit.entered,
            position: visit.last_inside.1,
            sites: vec![Arc::clone(&visit.site)],
        })
    }
}

impl Visit {
    fn loaded_by_stay(&self, limits: &Thresholds) -> bool {
        self.deep.is_some_and(|(first, last)| last.millis_since(first) >= millis(limits.loading_s))
    }
}

/// UW-02 judges a haul by these terms, and RT-01 is not judged where UW-02 holds.
fn no_term_of_uw02(failed: &[FailedTerm]) -> bool {
    failed.is_empty()
}

pub(super) fn hauls_no_waste(truck: &Truck) -> bool {
    truck.kind == TruckKind::Mixer
}

pub(super) fn emit(finding: Finding, step: Step<'_>, out: &mut Vec<Outcome>) {
    out.extend(finding.into_violation(step.plate).map(Outcome::Violation));
}
