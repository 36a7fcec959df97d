//! A company with its score.

use std::collections::BTreeMap;

use domain::{Carrier, Registry, Timestamp, Uscc};
use scoring::ledger::LedgerEntry;
use scoring::{Catalogue, Cycle, Profile, Score};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoredListing;

/// A company as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CarrierRow {
    /// Unified social credit code.
    pub uscc: String,
    /// Registered name.
    pub name: String,
    /// `active`, `suspended` or `exited`.
    pub status: String,
    /// Trucks registered with it.
    pub trucks: u32,
    /// Score of the year in hundredths: 7350 is 73.50.
    pub score_centi: i64,
    /// `red_candidate`, `normal`, `warning`, `interview` or `black`.
    pub band: String,
    /// Since when it is on the black list.
    pub listed_since: Option<String>,
    /// How many deductions count.
    pub deductions: u32,
}

/// A company with its ledger and the sum explained.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CarrierDetail {
    /// The row.
    #[serde(flatten)]
    pub row: CarrierRow,
    /// Its ledger entries, oldest first, as stored.
    #[schema(value_type = Vec<Object>)]
    pub entries: Vec<LedgerEntry>,
    /// Every point in words.
    #[schema(value_type = Vec<Object>)]
    pub explanation: Vec<scoring::explain::Sentence>,
}

/// Trucks registered with a company.
pub fn fleet_size(registry: &Registry, uscc: &Uscc) -> u32 {
    u32::try_from(registry.trucks.values().filter(|truck| truck.carrier == *uscc).count()).unwrap_or(u32::MAX)
}

impl CarrierRow {
    /// A company's row from its score.
    pub fn of(carrier: &Carrier, trucks: u32, score: &Score, listing: Option<&StoredListing>) -> Self {
        Self {
            uscc: carrier.uscc.to_string(),
            name: carrier.name.clone(),
            status: carrier.status.to_string(),
            trucks,
            score_centi: score.score_cp,
            band: score.band().word().to_owned(),
            listed_since: listing.map(|l| l.since.to_string()),
            deductions: u32::try_from(score.deductions).unwrap_or(u32::MAX),
        }
    }
}

/// Every registered company, the lowest score first. One pass over the ledger, the trucks and the list.
pub fn rows(
    registry: &Registry,
    ledger: &[LedgerEntry],
    listings: &[StoredListing],
    now: Timestamp,
) -> Vec<CarrierRow> {
    let cycle = Cycle::of(now);
    let mut entries: BTreeMap<&Uscc, Vec<&LedgerEntry>> = BTreeMap::new();
    for entry in ledger {
        entries.entry(&entry.uscc).or_default().push(entry);
    }
    let mut trucks: BTreeMap<&Uscc, u32> = BTreeMap::new();
    for truck in registry.trucks.values() {
        *trucks.entry(&truck.carrier).or_default() += 1;
    }
    let mut rows: Vec<CarrierRow> = registry
        .carriers
        .values()
        .map(|carrier| {
            let uscc = &carrier.uscc;
            let own = entries.get(uscc).map_or(&[][..], Vec::as_slice);
            let score = scoring::fold::score(own.iter().copied(), uscc, cycle, Profile::FleetFair);
            let listing = listings.iter().find(|l| l.uscc == *uscc);
            CarrierRow::of(carrier, trucks.get(uscc).copied().unwrap_or(0), &score, listing)
        })
        .collect();
    rows.sort_by(|a, b| (a.score_centi, &a.uscc).cmp(&(b.score_centi, &b.uscc)));
    rows
}

/// One company with everything its score is made of.
pub fn detail(
    carrier: &Carrier,
    registry: &Registry,
    entries: Vec<LedgerEntry>,
    listing: Option<&StoredListing>,
    catalogue: &Catalogue,
    now: Timestamp,
) -> CarrierDetail {
    let score = scoring::fold::score(&entries, &carrier.uscc, Cycle::of(now), Profile::FleetFair);
    let row = CarrierRow::of(carrier, fleet_size(registry, &carrier.uscc), &score, listing);
    CarrierDetail { row, explanation: scoring::explain::explain(&score, catalogue), entries }
}
