//! A company's place among the rated, and how its score moved. Pure.

use std::collections::BTreeMap;

use domain::{Plate, Registers, Timestamp, Uscc};
use scoring::ledger::LedgerEntry;
use scoring::rating::{DataBasis, Rating};
use scoring::{Cycle, Profile, fold};
use serde::Serialize;
use utoipa::ToSchema;

use super::ranking::registered_days;

/// What places are found from.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Every version of the registers.
    pub registers: &'a Registers,
    /// The whole ledger.
    pub ledger: &'a [LedgerEntry],
    /// Hauls of each truck in the year so far.
    pub hauls_of_year: &'a BTreeMap<Plate, u64>,
    /// The present.
    pub now: Timestamp,
}

/// Where a company stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whether it is rated.
    pub rating: Rating,
    /// Its hauls in the year.
    pub trips: u64,
    /// Its rank, when it is.
    pub rank: Option<u32>,
    /// How many are.
    pub rated_companies: u32,
}

/// A score at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ScoreAt {
    /// The moment.
    #[schema(value_type = String)]
    pub at: Timestamp,
    /// The score of the year by what was posted until then, in hundredths.
    pub score_centi: i64,
}

/// The place of one company among those in the newest registers.
pub fn place(facts: &Facts, uscc: &Uscc) -> Place {
    let cycle = Cycle::of(facts.now);
    let registry = facts.registers.newest();
    let mut entries: BTreeMap<&Uscc, Vec<&LedgerEntry>> = BTreeMap::new();
    for entry in facts.ledger {
        entries.entry(&entry.uscc).or_default().push(entry);
    }
    let mut trips: BTreeMap<&Uscc, u64> = BTreeMap::new();
    for (plate, hauls) in facts.hauls_of_year {
        if let Some(truck) = registry.trucks.get(plate) {
            *trips.entry(&truck.carrier).or_default() += hauls;
        }
    }
    let rating = |company: &Uscc| {
        let own = entries.get(company).map_or(&[][..], Vec::as_slice);
        let score = fold::score(own.iter().copied(), company, cycle, Profile::FleetFair);
        let basis = DataBasis {
            registered_days: registered_days(facts.registers, company, facts.now),
            trips: u32::try_from(trips.get(company).copied().unwrap_or(0)).unwrap_or(u32::MAX),
            quality: Default::default(),
        };
        Rating::of(&score, &basis)
    };
    let scores: Vec<i64> = registry
        .carriers
        .keys()
        .filter_map(|company| match rating(company) {
            Rating::Rated { score_cp } => Some(score_cp),
            Rating::NotRated { .. } => None,
        })
        .collect();
    let rating = rating(uscc);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let rank = match rating {
        Rating::Rated { score_cp } => {
            Some(count(scores.iter().filter(|other| **other > score_cp).count() + 1))
        }
        Rating::NotRated { .. } => None,
    };
    Place { rating, trips: trips.get(uscc).copied().unwrap_or(0), rank, rated_companies: count(scores.len()) }
}

/// A company's score of the year the last moment is in, as each moment's ledger gave it.
pub fn trend(ledger: &[LedgerEntry], uscc: &Uscc, moments: &[Timestamp]) -> Vec<ScoreAt> {
    let Some(last) = moments.last() else { return Vec::new() };
    let cycle = Cycle::of(*last);
    let own: Vec<&LedgerEntry> = ledger.iter().filter(|entry| entry.uscc == *uscc).collect();
    let score = |at: &Timestamp| {
        let until = own.iter().copied().filter(|entry| entry.posted_at < *at);
        ScoreAt { at: *at, score_centi: fold::score(until, uscc, cycle, Profile::FleetFair).score_cp }
    };
    moments.iter().map(score).collect()
}
