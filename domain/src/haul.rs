//! A haul: one load, from its source to where it went.

use crate::id::HaulId;
use crate::permit::PermitNumber;
use crate::plate::Plate;
use crate::signal::words;
use crate::site::SiteId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

words!(
    /// How a haul stands.
    HaulState, "haul state", "open, delivered, diverted, dumped, lost", {
        /// Still under way.
        Open = "open",
        /// Unloaded in a sink the permit names, or in any sink when no permit is judged.
        Delivered = "delivered",
        /// Unloaded in a place that is registered but not a sink of the permit.
        Diverted = "diverted",
        /// Unloaded outside every site.
        Dumped = "dumped",
        /// No unloading was seen.
        Lost = "lost",
    }
);

/// One line of `trips.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Haul {
    /// Its id: truck and departure.
    pub id: HaulId,
    /// The truck.
    pub plate: Plate,
    /// Where it was loaded; `None` when outside every site.
    pub source: Option<SiteId>,
    /// When it left the source loaded.
    pub departed: Timestamp,
    /// Where it was unloaded, if in a site.
    pub sink: Option<SiteId>,
    /// When it was unloaded.
    pub unloaded: Option<Timestamp>,
    /// The permit it is judged by.
    pub permit: Option<PermitNumber>,
    /// Index of the permit's leg it followed.
    pub leg: Option<u32>,
    /// Distance driven while loaded, km, to the metre.
    pub distance_km: f64,
    /// How it stands.
    pub state: HaulState,
}
