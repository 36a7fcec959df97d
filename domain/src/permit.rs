//! Permits (核准文件 / 准运证): who may haul from where to where, how, when and how much.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::plate::Plate;
use crate::route::RouteId;
use crate::signal::words;
use crate::site::SiteId;
use crate::time::Timestamp;
use crate::uscc::Uscc;
use crate::window::HaulWindows;
use crate::zone::ZoneId;

crate::text::register_key!(
    /// A permit's number.
    PermitNumber, "permit number"
);

words!(
    /// A permit's standing from a moment on.
    PermitStatus, "permit status", "valid, suspended, revoked", {
        /// In force.
        Valid = "valid",
        /// Not in force for now.
        Suspended = "suspended",
        /// Taken back.
        Revoked = "revoked",
    }
);

/// One approved haul: from a source to a sink, along a route or any way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Where waste is loaded.
    pub source: SiteId,
    /// Where it is unloaded.
    pub sink: SiteId,
    /// The way; `None` is any.
    pub route: Option<RouteId>,
}

/// One entry of `permits.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// The key.
    pub number: PermitNumber,
    /// The company it is given to.
    pub carrier: Uscc,
    /// The trucks on it.
    pub trucks: BTreeSet<Plate>,
    /// The hauls approved.
    pub legs: Vec<Leg>,
    /// Class of waste.
    pub waste_class: String,
    /// Volume approved, litres.
    pub volume_l: u64,
    /// Volume hauled before the stretch judged, litres.
    pub used_l: u64,
    /// First moment of validity.
    pub valid_from: Timestamp,
    /// First moment after it.
    pub valid_until: Timestamp,
    /// Hours of hauling; empty is always.
    pub windows: HaulWindows,
    /// Standing from each moment on, ascending in time. Before the first entry the permit is valid.
    pub status: Vec<(Timestamp, PermitStatus)>,
    /// No-go zones its trucks may pass.
    pub zone_passes: BTreeSet<ZoneId>,
}

impl Permit {
    /// Whether the permit is in force at a moment, by date and by status.
    pub fn is_in_force_at(&self, time: Timestamp) -> bool {
        self.valid_from <= time && time < self.valid_until && self.status_at(time) == PermitStatus::Valid
    }

    /// Its standing at a moment, whatever the dates say.
    pub fn status_at(&self, time: Timestamp) -> PermitStatus {
        self.status
            .iter()
            .take_while(|(from, _)| *from <= time)
            .last()
            .map_or(PermitStatus::Valid, |(_, s)| *s)
    }

    /// The legs that begin at a source.
    pub fn legs_from<'a>(&'a self, source: &'a SiteId) -> impl Iterator<Item = &'a Leg> {
        self.legs.iter().filter(move |leg| leg.source == *source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_suspended_at_noon_splits_the_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let permit = Permit {
            number: "XM-1".parse().unwrap(),
            carrier: "91350100M000100Y43".parse().unwrap(),
            trucks: BTreeSet::new(),
            legs: vec![],
            waste_class: "工程渣土".into(),
            volume_l: 1,
            used_l: 0,
            valid_from: at("2026-11-01T00:00:00+08:00"),
            valid_until: at("2026-12-01T00:00:00+08:00"),
            windows: HaulWindows::default(),
            status: vec![
                (at("2026-11-23T12:00:00+08:00"), PermitStatus::Suspended),
                (at("2026-11-24T00:00:00+08:00"), PermitStatus::Valid),
            ],
            zone_passes: BTreeSet::new(),
        };
        for (time, expected) in [
            ("2026-10-31T23:59:59+08:00", false),
            ("2026-11-23T11:59:59+08:00", true),
            ("2026-11-23T12:00:00+08:00", false),
            ("2026-11-24T00:00:00+08:00", true),
            ("2026-12-01T00:00:00+08:00", false),
        ] {
            assert_eq!(permit.is_in_force_at(at(time)), expected, "{time}");
        }
    }
}
