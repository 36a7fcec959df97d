//! Which permit a haul is judged by: of the carrier's permits that name the source and are in force at departure, the one
//! with the fewest failed terms, on a tie the lowest number.
//!
//! The terms known here are that the truck is on the permit and that its volume was not used up before the stretch judged
//! (`used_m3`). Volume hauled within the stretch is counted in [`super::volume`] and is not a term yet.

use domain::{Permit, PermitNumber, PermitStatus, Plate, SiteId, Timestamp, Uscc};

use super::view::View;

/// A term of a permit that a haul failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailedTerm {
    TruckNotOnPermit,
    VolumeUsedUp,
}

/// The permit chosen and the terms it fails, or why each permit that names the source is not in force.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PermitChoice {
    Chosen { permit: PermitNumber, failed: Vec<FailedTerm> },
    None { not_in_force: Vec<(PermitNumber, &'static str)> },
}

/// Chooses for a haul from `source` at `departed`. A truck without a carrier has no permit.
pub(super) fn choose(
    view: &View,
    carrier: Option<&Uscc>,
    plate: &Plate,
    source: &SiteId,
    departed: Timestamp,
) -> PermitChoice {
    let mut best: Option<(&Permit, Vec<FailedTerm>)> = None;
    let mut not_in_force = Vec::new();
    let permits = carrier.into_iter().flat_map(|uscc| view.permits_of(uscc));
    for permit in permits.filter(|permit| permit.legs_from(source).next().is_some()) {
        if !permit.is_in_force_at(departed) {
            not_in_force.push((permit.number.clone(), why_not_in_force(permit, departed)));
            continue;
        }
        let failed = failed_terms(permit, plate);
        // Permits come by number, so on a tie the first stays.
        if best.as_ref().is_none_or(|(_, least)| failed.len() < least.len()) {
            best = Some((permit, failed));
        }
    }
    match best {
        Some((permit, failed)) => PermitChoice::Chosen { permit: permit.number.clone(), failed },
        None => PermitChoice::None { not_in_force },
    }
}

fn failed_terms(permit: &Permit, plate: &Plate) -> Vec<FailedTerm> {
    let mut failed = Vec::new();
    if !permit.trucks.contains(plate) {
        failed.push(FailedTerm::TruckNotOnPermit);
    }
    if permit.used_l >= permit.volume_l {
        failed.push(FailedTerm::VolumeUsedUp);
    }
    failed
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
