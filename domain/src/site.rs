//! Places trucks go to: sources of waste, sinks, yards.

use crate::geometry::Area;
use crate::signal::words;
use crate::time::LocalDate;
use crate::uscc::Uscc;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

crate::text::register_key!(
    /// A site's key.
    SiteId, "site id"
);

words!(
    /// What a site is for.
    SiteKind, "site kind", "source, disposal, recycling, backfill, yard, service", {
        /// A construction site waste leaves from (工地).
        Source = "source",
        /// A disposal site (消纳场).
        Disposal = "disposal",
        /// A recycling plant.
        Recycling = "recycling",
        /// A site that takes waste as fill.
        Backfill = "backfill",
        /// A company's yard (停车场).
        Yard = "yard",
        /// Repair, fuel, weighbridge.
        Service = "service",
    }
);

impl SiteKind {
    /// Whether waste may be unloaded there: disposal, recycling, backfill.
    pub fn is_sink(self) -> bool {
        matches!(self, Self::Disposal | Self::Recycling | Self::Backfill)
    }
}

/// One feature of `sites.geojson`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The key.
    pub id: SiteId,
    /// Name on signs and permits.
    pub name: String,
    /// What it is for.
    pub kind: SiteKind,
    /// Its ground.
    pub area: Area,
    /// Whether trucks must be washed before they leave.
    pub wash_required: bool,
    /// First day it is open.
    pub open_from: Option<LocalDate>,
    /// Last day it is open.
    pub open_to: Option<LocalDate>,
    /// The company a yard belongs to.
    pub carrier: Option<Uscc>,
}

crate::text::register_key!(
    /// A township or street (乡镇、街道) whose waste is balanced.
    District, "district"
);

/// What the balance of waste is reckoned from: beside a site's outline, all of it optional.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SiteTerms {
    /// The area the site belongs to.
    pub district: Option<District>,
    /// What a sink may take in all, litres.
    pub capacity_l: Option<u64>,
    /// What a sink had taken before the first haul on record, litres.
    pub filled_before_l: u64,
}
