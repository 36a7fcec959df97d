//! A load under way: what it does by each permit it may be judged by, until it ends and becomes a draft.

use std::sync::Arc;

use domain::{Position, SiteId, Timestamp};

use super::draft::{Begun, HaulDraft, HaulEnd, Readings, Trial};
use super::odometer::Odometer;
use super::rules::rt01::OffRoute;
use super::rules::rt02::Hours;
use super::rules::wb01::LoadMissing;
use super::sample::Placed;
use super::stops::Stops;
use super::thresholds::{Thresholds, millis};

#[derive(Debug, Clone)]
pub(super) struct OpenHaul {
    pub(super) begun: Arc<Begun>,
    /// One for each candidate.
    follows: Vec<Follow>,
    odometer: Odometer,
    pub(super) readings: Readings,
    stops: Stops,
    last: LastSeen,
    /// Positions were missing long enough for an unloading nobody saw.
    gap_seen: bool,
    /// What the haul had done when the truck first stood in a sink long enough to be empty unseen.
    till_hidden: Option<Box<TillHidden>>,
}

/// A haul up to where it may have ended unseen.
#[derive(Debug, Clone)]
struct TillHidden {
    at: Timestamp,
    follows: Vec<Follow>,
    odometer: Odometer,
}

/// What the haul does by one candidate.
#[derive(Debug, Clone, Default)]
struct Follow {
    off_route: OffRoute,
    hours: Hours,
}

/// The last position of the haul.
#[derive(Debug, Clone, Copy)]
struct LastSeen {
    time: Timestamp,
    position: Position,
    outside_sites: bool,
}

impl OpenHaul {
    pub(super) fn starting(begun: Begun) -> Self {
        let last = LastSeen {
            time: begun.departed,
            position: begun.position,
            outside_sites: begun.source.is_none(),
        };
        Self {
            follows: begun.candidates.iter().map(|_| Follow::default()).collect(),
            odometer: Odometer::starting_at(begun.position),
            readings: Readings { load: begun.load_read, lift: false },
            stops: Stops::default(),
            last,
            gap_seen: false,
            till_hidden: None,
            begun: Arc::new(begun),
        }
    }

    /// Follows a position.
    pub(super) fn follow(
        &mut self,
        time: Timestamp,
        placed: Placed,
        outside_sites: bool,
        limits: &Thresholds,
    ) {
        self.odometer.advance(placed.position, limits.odometer_step_m);
        self.gap_seen |= self.unseen_until(time, limits);
        for (follow, candidate) in self.follows.iter_mut().zip(&self.begun.candidates) {
            if let Some(routes) = &candidate.routes {
                follow.off_route.follow(routes, time, placed, outside_sites, limits);
            }
            if let Some(windows) =
                candidate.hours.as_ref().filter(|_| outside_sites && self.last.outside_sites)
            {
                let from = (self.last.time, self.last.position);
                follow.hours.follow(windows, from, (time, placed.position), limits);
            }
        }
        if !self.readings.load && !self.readings.lift {
            let slow = placed.speed.map(|speed| speed.kmh() <= limits.standing_kmh);
            self.stops.follow(time, placed.position, slow, outside_sites, limits);
        }
        self.last = LastSeen { time, position: placed.position, outside_sites };
    }

    /// The truck has stood in a sink, and its lift was not heard of for long enough to be raised and lowered meanwhile.
    pub(super) fn may_be_empty(&mut self, at: Timestamp) {
        if self.till_hidden.is_none() {
            let (follows, odometer) = (self.follows.clone(), self.odometer.clone());
            self.till_hidden = Some(Box::new(TillHidden { at, follows, odometer }));
        }
    }

    /// The haul as it stands when its load turns out to have left it by `until`, unseen, and the moment it ended: where it
    /// may have been unloaded, nothing after that is the haul's doing.
    pub(super) fn unseen_by(mut self, until: Timestamp) -> (Self, Timestamp) {
        match self.till_hidden.take().map(|hidden| *hidden) {
            Some(TillHidden { at, follows, odometer }) => (Self { follows, odometer, ..self }, at),
            None => (self, until),
        }
    }

    fn unseen_until(&self, time: Timestamp, limits: &Thresholds) -> bool {
        time.millis_since(self.last.time) >= millis(limits.missing_gap_s)
    }

    /// What WB-01 says if the load was still on the truck at `until` by all that was seen, the next position being of
    /// `seen_again`.
    pub(super) fn missing(
        &self,
        until: Timestamp,
        seen_again: Timestamp,
        loaded_again_at: Option<SiteId>,
        limits: &Thresholds,
    ) -> Option<LoadMissing> {
        let unsensed = !self.readings.load && !self.readings.lift;
        let excused = self.gap_seen || self.till_hidden.is_some();
        (!excused && !self.unseen_until(seen_again, limits)).then(|| LoadMissing {
            until,
            loaded_again_at,
            likely: self.stops.longest().filter(|_| unsensed),
        })
    }

    /// The draft of the haul, ended so. `limits` are those in force at departure.
    pub(super) fn into_draft(
        self,
        end: HaulEnd,
        missing: Option<LoadMissing>,
        limits: &Thresholds,
    ) -> HaulDraft {
        let trial = |(follow, candidate): (Follow, &super::permit_choice::Candidate)| {
            let excursions = candidate.routes.as_ref().map(|routes| follow.off_route.finish(routes, limits));
            Trial { excursions: excursions.unwrap_or_default(), outside_hours: follow.hours.found(limits) }
        };
        HaulDraft {
            trials: self.follows.into_iter().zip(&self.begun.candidates).map(trial).collect(),
            end,
            distance_m: self.odometer.driven_m(),
            readings: self.readings,
            missing,
            begun: self.begun,
        }
    }
}
