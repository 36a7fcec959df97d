//! Which permit a haul is judged by: of the carrier's permits that name the source and are in force at departure, the one
//! with the fewest failed terms, on a tie the lowest number.
//!
//! The terms that count are those of UW-02: the truck is on the permit, and its volume is not used up by `used_m3` and the
//! hauls that departed earlier. They are known at departure, so the choice does not turn as the haul goes on. Route, hours
//! and sink are judged by the permit chosen.
//!
//! `used_m3` is what was hauled before the stretch judged. Registers are versions: the number counts that stands in the
//! version in force at the departure, and every haul of the stretch counts on top of it, whatever version it departed
//! under.

use domain::truck::WASTE_KG_PER_M3;
use domain::{HaulWindows, Permit, PermitNumber, PermitStatus, Plate, SiteId, Timestamp, Uscc};

use super::rules::rt01::Routes;
use super::view::View;

/// A term of a permit that a haul failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailedTerm {
    TruckNotOnPermit,
    VolumeUsedUp,
}

impl FailedTerm {
    /// The word in `facts.failed`.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::TruckNotOnPermit => "truck_not_on_permit",
            Self::VolumeUsedUp => "volume_used_up",
        }
    }
}

/// A permit that may be the one judged by, as it stood at departure.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) permit: PermitNumber,
    pub(super) truck_listed: bool,
    pub(super) used_before_l: u64,
    pub(super) approved_l: u64,
    pub(super) valid_from: Timestamp,
    pub(super) valid_until: Timestamp,
    /// Legs from the source: place in the permit and sink.
    pub(super) legs: Vec<(u32, SiteId)>,
    /// Hours of hauling; `None` is always.
    pub(super) hours: Option<HaulWindows>,
    /// The ways allowed; `None` is any.
    pub(super) routes: Option<Routes>,
}

/// Equal when the permits say the same; the ways they allow show in what a haul did by them.
impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        let terms = |c: &Self| (c.truck_listed, c.used_before_l, c.approved_l, c.valid_from, c.valid_until);
        self.permit == other.permit
            && terms(self) == terms(other)
            && self.legs == other.legs
            && self.hours == other.hours
    }
}

impl Candidate {
    fn of(view: &View, permit: &Permit, plate: &Plate, source: &SiteId) -> Self {
        let from_source = |(index, leg): (usize, &domain::Leg)| {
            (leg.source == *source).then(|| (u32::try_from(index).unwrap_or(u32::MAX), leg.sink.clone()))
        };
        Self {
            permit: permit.number.clone(),
            truck_listed: permit.trucks.contains(plate),
            used_before_l: permit.used_l,
            approved_l: permit.volume_l,
            valid_from: permit.valid_from,
            valid_until: permit.valid_until,
            legs: permit.legs.iter().enumerate().filter_map(from_source).collect(),
            hours: (!permit.windows.0.is_empty()).then(|| permit.windows.clone()),
            routes: Routes::of(view, permit, source),
        }
    }

    /// Whether a leg from the source names a sink, and which.
    pub(super) fn leg_to(&self, sink: &SiteId) -> Option<u32> {
        self.legs.iter().find(|(_, named)| named == sink).map(|(index, _)| *index)
    }

    /// The terms of UW-02 that fail when `hauled_kg` were hauled by it since the stretch judged began; `None` leaves the
    /// volume unjudged.
    pub(super) fn failed_terms(&self, hauled_kg: Option<u64>) -> Vec<FailedTerm> {
        let mut failed = Vec::new();
        if !self.truck_listed {
            failed.push(FailedTerm::TruckNotOnPermit);
        }
        if hauled_kg.is_some_and(|kg| self.is_used_up(kg)) {
            failed.push(FailedTerm::VolumeUsedUp);
        }
        failed
    }

    /// Compared in kilograms, so that no haul's volume is rounded.
    fn is_used_up(&self, hauled_kg: u64) -> bool {
        let kg_e3 = |litres: u64| u128::from(litres) * u128::from(WASTE_KG_PER_M3);
        kg_e3(self.used_before_l) + u128::from(hauled_kg) * 1000 >= kg_e3(self.approved_l)
    }
}

/// The permits of a carrier that name a source and are in force, by number; and those that name it and are not, with why.
/// A truck without a carrier has none.
pub(super) fn candidates(
    view: &View,
    carrier: Option<&Uscc>,
    plate: &Plate,
    source: &SiteId,
    departed: Timestamp,
) -> (Vec<Candidate>, Vec<(PermitNumber, &'static str)>) {
    let (mut in_force, mut not_in_force) = (Vec::new(), Vec::new());
    for permit in carrier.into_iter().flat_map(|uscc| view.permits_from(uscc, source)) {
        if permit.is_in_force_at(departed) {
            in_force.push(Candidate::of(view, permit, plate, source));
        } else {
            not_in_force.push((permit.number.clone(), why_not_in_force(permit, departed)));
        }
    }
    (in_force, not_in_force)
}

fn why_not_in_force(permit: &Permit, at: Timestamp) -> &'static str {
    if at < permit.valid_from {
        "not_yet_valid"
    } else if at >= permit.valid_until {
        "expired"
    } else {
        match permit.status_at(at) {
            PermitStatus::Suspended => "suspended",
            PermitStatus::Revoked => "revoked",
            PermitStatus::Valid => "valid",
        }
    }
}
