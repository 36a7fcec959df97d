//! Weekly and monthly rankings of companies and of areas (乡镇、街道), with exposure and data quality beside the rank.
//!
//! Companies stand by their score at the end of the period, the highest first; areas by the base points of what was
//! decided in the period about hauls from their sources, per 100 such hauls, the lowest first. Only entries posted before
//! the end of the period are looked at, so the ranking of a period that is over never changes. Equal values share a rank;
//! who has too little to rate is listed apart, without one.

pub mod period;
pub mod sheets;

use std::collections::BTreeMap;

use domain::{HaulId, LocalDate, Timestamp, Uscc};
use serde::Serialize;

use crate::band::Band;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::fold;
use crate::ledger::LedgerEntry;
use crate::profile::Profile;
use crate::rating::TooThin;
use crate::risk::RiskRow;
use crate::words::words;
use period::Period;

/// Fewest hauls from an area's sources in the period with which it is ranked.
pub const AREA_HAULS_MIN: u64 = 20;

words!(
    /// What is ranked.
    By {
        /// Companies.
        Company = "company",
        /// Townships and streets.
        Area = "area",
    }
);

/// How much was done in the period, and how well it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Exposure {
    /// Trucks: registered with a company, or hauling from an area.
    pub trucks: u64,
    /// Of these, those driven by battery or fuel cell.
    pub clean_trucks: u64,
    /// Hauls.
    pub hauls: u64,
    /// Distance driven loaded, metres.
    pub metres: u64,
    /// Days on which a truck could have been online: trucks × days so far.
    pub truck_days: u64,
    /// Of these, days on which it reported.
    pub online_truck_days: u64,
    /// Tickets, void ones and drafts left out.
    pub tickets: u64,
    /// Of these, those whose load was seen to arrive.
    pub paired_tickets: u64,
}

/// A share in ten-thousandths, rounded down; `None` of nothing.
fn share_e4(part: u64, whole: u64) -> Option<u32> {
    let share = (u128::from(part.min(whole)) * 10_000).checked_div(u128::from(whole))?;
    u32::try_from(share).ok()
}

impl Exposure {
    /// Share of clean-energy trucks, in ten-thousandths.
    pub fn clean_e4(&self) -> Option<u32> {
        share_e4(self.clean_trucks, self.trucks)
    }

    /// Share of truck-days on which the truck reported, in ten-thousandths.
    pub fn online_e4(&self) -> Option<u32> {
        share_e4(self.online_truck_days, self.truck_days)
    }

    /// Share of tickets whose load was seen to arrive, in ten-thousandths.
    pub fn paired_e4(&self) -> Option<u32> {
        share_e4(self.paired_tickets, self.tickets)
    }
}

/// One company or area, before it has a rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// USCC of a company, name of an area.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is ranked by: the score of a company, points per 100 hauls of an area; centi-points.
    pub value_cp: i64,
    /// The band of a company.
    pub band: Option<Band>,
    /// What counts of entries posted in the period, centi-points: diluted for a company, base points for an area.
    pub period_cp: i64,
    /// How many of these entries count.
    pub deductions: u64,
    /// Exposure and data quality.
    pub exposure: Exposure,
    /// Why it is not rated.
    pub thin: Option<TooThin>,
    /// For authorities only: where it stands in triage.
    pub risk: Option<RiskRow>,
}

/// A line of a ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RankedRow {
    /// 1 for the best; equal values share a rank, and the next is counted on. `None` when not rated.
    pub rank: Option<u32>,
    /// USCC of a company, name of an area.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The score of a company, points per 100 hauls of an area; `None` when not rated.
    pub value_cp: Option<i64>,
    /// The band of a company that is rated.
    pub band: Option<Band>,
    /// What counts of entries posted in the period.
    pub period_cp: i64,
    /// How many of these entries count.
    pub deductions: u64,
    /// How much was done.
    #[serde(flatten)]
    pub exposure: Exposure,
    /// Share of clean-energy trucks, in ten-thousandths.
    pub clean_e4: Option<u32>,
    /// Share of truck-days online, in ten-thousandths.
    pub online_e4: Option<u32>,
    /// Share of paired tickets, in ten-thousandths.
    pub paired_e4: Option<u32>,
    /// Why it is not rated.
    pub not_rated: Option<TooThin>,
    /// Triage index, no part of score or rank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskRow>,
}

/// A ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ranking {
    /// What is ranked.
    pub by: By,
    /// The period, as `2026-11` or `2026-W47`.
    pub period: String,
    /// Its first day.
    pub first_day: LocalDate,
    /// Its last day.
    pub last_day: LocalDate,
    /// Whether the period is over, so that this ranking is final.
    pub is_over: bool,
    /// When it was drawn up.
    pub as_of: Timestamp,
    /// By rank, then key.
    pub ranked: Vec<RankedRow>,
    /// By key.
    pub not_rated: Vec<RankedRow>,
}

impl Ranking {
    /// Ranks `standings`; their order does not matter.
    pub fn of(by: By, period: Period, mut standings: Vec<Standing>, as_of: Timestamp) -> Self {
        let best_first = |standing: &Standing| match by {
            By::Company => -i128::from(standing.value_cp),
            By::Area => i128::from(standing.value_cp),
        };
        standings.sort_by(|a, b| (best_first(a), &a.key).cmp(&(best_first(b), &b.key)));
        let (mut ranked, mut not_rated): (Vec<RankedRow>, Vec<RankedRow>) = (Vec::new(), Vec::new());
        for standing in standings {
            if standing.thin.is_some() {
                not_rated.push(row(standing, None));
                continue;
            }
            let place = u32::try_from(ranked.len() + 1).unwrap_or(u32::MAX);
            let shared = ranked.last().filter(|last| last.value_cp == Some(standing.value_cp));
            let rank = shared.and_then(|last| last.rank).unwrap_or(place);
            ranked.push(row(standing, Some(rank)));
        }
        not_rated.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            by,
            period: period.to_string(),
            first_day: period.first_day(),
            last_day: period.last_day(),
            is_over: period.end() <= as_of,
            as_of,
            ranked,
            not_rated,
        }
    }
}

fn row(standing: Standing, rank: Option<u32>) -> RankedRow {
    let Standing { key, name, value_cp, band, period_cp, deductions, exposure, thin, risk } = standing;
    let is_rated = thin.is_none();
    RankedRow {
        rank,
        key,
        name,
        value_cp: is_rated.then_some(value_cp),
        band: band.filter(|_| is_rated),
        period_cp,
        deductions,
        clean_e4: exposure.clean_e4(),
        online_e4: exposure.online_e4(),
        paired_e4: exposure.paired_e4(),
        exposure,
        not_rated: thin,
        risk,
    }
}

/// Base points per 100 hauls, centi-points, half up; 0 without hauls.
pub fn per_100_hauls_cp(base_cp: i64, hauls: u64) -> i64 {
    let hauls = i128::from(hauls);
    let doubled = (200 * i128::from(base_cp) + hauls).checked_div(2 * hauls).unwrap_or(0);
    i64::try_from(doubled).unwrap_or(i64::MAX)
}

/// A deduction that counts at the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedAct {
    /// The haul it happened on.
    pub trip: Option<HaulId>,
    /// Its day.
    pub day: LocalDate,
    /// Base points of its rule, centi-points.
    pub base_cp: i64,
    /// What it takes from the company's score.
    pub counted_cp: i64,
    /// Whether it was posted in the period.
    pub is_new: bool,
}

/// What the ledger says of a company at the end of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodScore {
    /// The score of the year the period ends in, centi-points.
    pub score_cp: i64,
    /// Where it stands.
    pub band: Band,
    /// Every deduction that counts, of that year and the two before (what risk looks at).
    pub acts: Vec<CountedAct>,
}

impl PeriodScore {
    /// A company's state at the end of `period` under `profile`, from its entries posted before then.
    pub fn of<'a>(
        entries: impl IntoIterator<Item = &'a LedgerEntry>,
        uscc: &Uscc,
        period: Period,
        profile: Profile,
    ) -> Self {
        let known = |entry: &&LedgerEntry| entry.uscc == *uscc && entry.posted_at < period.end();
        let own: Vec<&LedgerEntry> = entries.into_iter().filter(known).collect();
        let posted: BTreeMap<EntryId, Timestamp> =
            own.iter().map(|entry| (entry.id, entry.posted_at)).collect();
        let last = period.end().plus_millis(-1);
        let year = Cycle::of(last).year();
        let score = fold::score_as_of(own.iter().copied(), uscc, last, profile);
        let mut acts = Vec::new();
        for cycle in (year - 2..=year).map(Cycle::of_year) {
            let of_year = fold::score(own.iter().copied(), uscc, cycle, Profile::FleetFair);
            acts.extend(of_year.counted().map(|line| CountedAct {
                trip: line.trip,
                day: line.occurred_at.local_date(),
                base_cp: line.base_cp,
                counted_cp: line.counted_cp,
                is_new: posted.get(&line.id).is_some_and(|posted_at| *posted_at >= period.start()),
            }));
        }
        Self { score_cp: score.score_cp, band: score.band(), acts }
    }

    /// The acts posted in the period.
    pub fn new_acts(&self) -> impl Iterator<Item = &CountedAct> {
        self.acts.iter().filter(|act| act.is_new)
    }
}

#[cfg(test)]
mod tests;
