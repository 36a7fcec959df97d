//! A truck's own score: 100.00 less its points, neither diluted by fleet size nor capped. It follows the truck, whoever
//! owns it (thresholds 80, 70, 60 after Zhengzhou city management 2018).
//!
//! Of one incident one deduction counts, as for the company; here the one that takes most from the truck. A repair gives
//! back the same share as it does to the company.

use std::collections::{BTreeMap, BTreeSet};

use domain::{HaulId, Plate};

use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::fold::FULL_SCORE_CP;
use crate::incident::{Candidate, Haul, Span, act_of};
use crate::ledger::{EntryKind, LedgerEntry};
use crate::posting::amount_cp;
use crate::profile::{Profile, VehicleLimits};
use crate::words::words;

words!(
    /// Where a truck stands.
    VehicleBand {
        /// 80.00 and above.
        Normal = "normal",
        /// 信用警示, 70.00 to below 80.00: a warning slip to driver and company.
        Warning = "warning",
        /// 重点监管, 60.00 to below 70.00: the legal representative is interviewed.
        Interview = "interview",
        /// Below 60.00: cancelling the truck's permission is proposed.
        Exit = "exit",
    }
);

impl VehicleBand {
    /// The band of a score under the limits of a profile.
    pub fn under(score_cp: i64, limits: &VehicleLimits) -> Self {
        match score_cp {
            score if score >= limits.normal => Self::Normal,
            score if score >= limits.warning => Self::Warning,
            score if score >= limits.interview => Self::Interview,
            _ => Self::Exit,
        }
    }

    /// The word people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Normal => "正常",
            Self::Warning => "信用警示",
            Self::Interview => "约谈重点监管",
            Self::Exit => "拟取消清运资格",
        }
    }
}

/// A truck's score in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleScore {
    /// The truck.
    pub plate: Plate,
    /// The year.
    pub cycle: Cycle,
    /// Centi-points; may be negative.
    pub score_cp: i64,
    /// Where it stands.
    pub band: VehicleBand,
    /// How many deductions count.
    pub deductions: usize,
}

/// The score of every truck that has a deduction in `cycle`, by plate. Give the whole ledger: a truck that changed its
/// company keeps its points.
pub fn vehicle_scores<'a>(
    entries: impl IntoIterator<Item = &'a LedgerEntry>,
    cycle: Cycle,
) -> BTreeMap<Plate, VehicleScore> {
    let entries: Vec<&LedgerEntry> = entries.into_iter().collect();
    let reversed: BTreeSet<EntryId> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Reverse)
        .flat_map(|entry| entry.refs.iter().copied())
        .collect();
    let mut credits: BTreeMap<EntryId, i64> = BTreeMap::new();
    let standing = |kind| {
        let reversed = &reversed;
        entries.iter().filter(move |entry| entry.kind == kind && !reversed.contains(&entry.id))
    };
    for repair in standing(EntryKind::Repair) {
        if let Some(deduction) = repair.refs.first() {
            let credit = credits.entry(*deduction).or_default();
            *credit = credit.saturating_add(repair.amount_cp);
        }
    }
    let mut trucks: BTreeMap<&Plate, BTreeMap<EntryId, &LedgerEntry>> = BTreeMap::new();
    for entry in standing(EntryKind::Deduct).filter(|entry| entry.cycle == cycle) {
        if let Some(plate) = &entry.plate {
            trucks.entry(plate).or_default().insert(entry.id, entry);
        }
    }
    let score = |(plate, own): (&Plate, BTreeMap<EntryId, &LedgerEntry>)| {
        (plate.clone(), truck(plate, cycle, own.values().copied(), &credits))
    };
    trucks.into_iter().map(score).collect()
}

fn truck<'a>(
    plate: &Plate,
    cycle: Cycle,
    deductions: impl Iterator<Item = &'a LedgerEntry>,
    credits: &BTreeMap<EntryId, i64>,
) -> VehicleScore {
    let mut hauls: BTreeMap<Option<HaulId>, Vec<Candidate>> = BTreeMap::new();
    for entry in deductions {
        let span = Span::of(entry);
        let candidate = Candidate {
            start_ms: span.start.millis(),
            end_ms: span.end.millis(),
            amount_cp: net_cp(entry, credits.get(&entry.id).copied().unwrap_or(0)),
            capped: false,
            act: Some(act_of(entry)),
        };
        hauls.entry(span.trip).or_default().push(candidate);
    }
    let (mut taken_cp, mut counted): (i64, usize) = (0, 0);
    for (trip, mut candidates) in hauls {
        candidates.sort_by_key(|candidate| (candidate.start_ms, candidate.end_ms, candidate.amount_cp));
        // What happened on no haul is never the same incident.
        let counts = if trip.is_none() {
            vec![true; candidates.len()]
        } else {
            Haul::of(&candidates, i64::MAX, i64::MAX).counts(0, &candidates)
        };
        for (candidate, _) in candidates.iter().zip(&counts).filter(|(_, counts)| **counts) {
            taken_cp = taken_cp.saturating_add(candidate.amount_cp);
            counted += 1;
        }
    }
    let score_cp = FULL_SCORE_CP.saturating_sub(taken_cp);
    let terms = Profile::FleetFair.terms_of(cycle, cycle.last_moment());
    let band = VehicleBand::under(score_cp, &terms.vehicle_bands);
    VehicleScore { plate: plate.clone(), cycle, score_cp, band, deductions: counted }
}

/// What an entry takes from the truck, the repaired share given back, half up.
fn net_cp(entry: &LedgerEntry, credit_cp: i64) -> i64 {
    let gross_cp = amount_cp(entry.vehicle_cp, entry.esc_permille, 1, 1);
    let whole = i128::from(entry.amount_cp.max(1));
    let credit = i128::from(credit_cp.clamp(0, entry.amount_cp.max(0)));
    let given = if credit_cp > 0 && credit_cp >= entry.amount_cp {
        i128::from(gross_cp)
    } else {
        (2 * i128::from(gross_cp) * credit + whole) / (2 * whole)
    };
    gross_cp - i64::try_from(given).unwrap_or(gross_cp).min(gross_cp)
}
