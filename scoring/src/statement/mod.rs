//! A company's score line by line, to be checked by the company itself: every point with its case, decision, rule and
//! version, base, repetition, dilution, date and end of publicity; the score with and without each line; what each truck
//! costs; how far the next band is.
//!
//! [`Statement::of`] computes it, always by the fold: incidents and caps interact, so "without this line" is the score of
//! the ledger with that line reversed, never a subtraction. [`sheets`] and [`html`] write it; as JSON it is its own members.

pub mod html;
pub mod sheets;
mod without;

use std::collections::BTreeMap;

use domain::{HaulId, LocalDate, Plate, RuleCode, Timestamp, Uscc};
use serde::Serialize;

use crate::band::Band;
use crate::catalogue::Catalogue;
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::fold::{self, Line, Score, Verdict};
use crate::label::Label;
use crate::ledger::LedgerEntry;
use crate::profile::{BandLimits, Profile};
use crate::rating::{DataBasis, Rating};
use crate::rule::{Circumstance, Class, Severity};
use crate::vehicle::{self, VehicleBand, VehicleScore};

/// A company's score with everything it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Unified social credit code.
    pub uscc: Uscc,
    /// Registered name.
    pub name: String,
    /// The year.
    pub cycle: Cycle,
    /// The formula.
    pub profile: Profile,
    /// When it was drawn up.
    pub as_of: Timestamp,
    /// Number of the company's newest entry it rests on; 0 when there is none.
    pub newest_seq: u64,
    /// The score, centi-points.
    pub score_cp: i64,
    /// Where it stands.
    pub band: Band,
    /// The same in Chinese.
    pub band_zh: &'static str,
    /// Whether there is enough to rate the company by; absent when what was seen of it is not known.
    pub rating: Option<Rating>,
    /// How much was seen of it, and how good the data are.
    pub basis: Option<DataBasis>,
    /// The band above, and the points missing to it; `None` at the top.
    pub next_above: Option<Step>,
    /// The band below, and the points left before it; `None` at the bottom.
    pub next_below: Option<Step>,
    /// Σ of class A, centi-points, before repairs.
    pub a_cp: i64,
    /// Σ of class B.
    pub b_cp: i64,
    /// Σ of class C before its cap.
    pub c_cp: i64,
    /// Σ of class C as it counts.
    pub c_capped_cp: i64,
    /// What repairs give back.
    pub r_cp: i64,
    /// What the cap on one haul leaves out of the lines.
    pub haul_relief_cp: i64,
    /// What adjustments take, or give when negative.
    pub adjust_cp: i64,
    /// Every deduction of the year, by time of the act.
    pub lines: Vec<StatementLine>,
    /// Every truck with a deduction, the costliest first.
    pub trucks: Vec<TruckLine>,
}

/// How far another band is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The band.
    pub band: Band,
    /// Upwards the points missing to stand in it, downwards the points that, lost, put the company in it; centi-points,
    /// above 0.
    pub points_cp: i64,
}

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It counts.
    Counted,
    /// It belongs to the same incident as another entry, which counts.
    SameIncident,
    /// It was reversed.
    Reversed,
}

impl Fate {
    /// The word people read in Chinese.
    pub fn name_zh(self) -> &'static str {
        match self {
            Self::Counted => "计分",
            Self::SameIncident => "同一事件不重复计分",
            Self::Reversed => "已撤销",
        }
    }

    /// The word people read in English.
    pub fn name_en(self) -> &'static str {
        match self {
            Self::Counted => "counts",
            Self::SameIncident => "same incident, not counted twice",
            Self::Reversed => "reversed",
        }
    }
}

/// One deduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementLine {
    /// Its entry.
    pub seq: u64,
    /// Its id.
    pub id: EntryId,
    /// Its case.
    pub case_no: Option<Label>,
    /// Its decision.
    pub decision_no: Option<Label>,
    /// Day on which the decision became final.
    pub final_date: Option<LocalDate>,
    /// Its rule.
    pub rule: Option<RuleCode>,
    /// The rule's Chinese name at the time of the act; empty when the catalogue does not know it.
    pub rule_zh: String,
    /// Its English name.
    pub rule_en: String,
    /// Legal basis, one regulation an item.
    pub legal_basis: Vec<String>,
    /// The catalogue table the points come from.
    pub table_version: Option<String>,
    /// How it enters the score.
    pub class: Class,
    /// How grave the record is.
    pub severity: Option<Severity>,
    /// The truck.
    pub plate: Option<Plate>,
    /// The haul.
    pub trip: Option<HaulId>,
    /// When the act began.
    pub occurred_at: Timestamp,
    /// Last day the record may be shown in public.
    pub publicity_end: Option<LocalDate>,
    /// Points of the rule, centi-points.
    pub base_cp: i64,
    /// Repetition, in thousandths.
    pub esc_permille: u32,
    /// Active trucks frozen in the entry.
    pub fleet_n: u32,
    /// Dilution by fleet size, numerator.
    pub k_num: u32,
    /// Its denominator.
    pub k_den: u32,
    /// Circumstances that made the base another than the rule's own.
    pub circumstances: Vec<Circumstance>,
    /// What it takes by itself: base × repetition × dilution.
    pub amount_cp: i64,
    /// What repairs give back of it.
    pub repaired_cp: i64,
    /// What it takes from the score, before the cap of class C.
    pub counted_cp: i64,
    /// What became of it.
    pub fate: Fate,
    /// The entry that counts in its place, or the one that reversed it.
    pub fate_seq: Option<u64>,
    /// The score with this line standing, centi-points.
    pub with_cp: i64,
    /// The score with this line reversed.
    pub without_cp: i64,
    /// The band that score would stand in.
    pub band_without: Band,
}

/// What one truck costs the company, and its own score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TruckLine {
    /// The truck; `None` gathers entries without one.
    pub plate: Option<Plate>,
    /// Deductions that count.
    pub deductions: usize,
    /// What they take from the company's score before the cap of class C, centi-points.
    pub counted_cp: i64,
    /// When the last of them happened.
    pub last_at: Timestamp,
    /// The truck's own score, neither diluted nor capped, centi-points.
    pub score_cp: Option<i64>,
    /// Where that stands.
    pub band: Option<VehicleBand>,
}

/// Who the statement is for, and of when.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Unified social credit code.
    pub uscc: Uscc,
    /// Registered name.
    pub name: String,
    /// The year.
    pub cycle: Cycle,
    /// The formula.
    pub profile: Profile,
    /// When it is drawn up.
    pub as_of: Timestamp,
    /// How much was seen of the company; `None` when that is not known.
    pub basis: Option<DataBasis>,
}

impl Statement {
    /// The statement of a company over a ledger; entries of other companies are passed over, but for the own score of a
    /// truck that came from one. A rolling profile looks from `as_of`, or from the end of a year that is over.
    pub fn of(heading: Heading, ledger: &[LedgerEntry], catalogue: &Catalogue) -> Self {
        let own: Vec<&LedgerEntry> = ledger.iter().filter(|entry| entry.uscc == heading.uscc).collect();
        let Heading { uscc, name, cycle, profile, as_of, basis } = heading;
        let seen_from = if Cycle::of(as_of) == cycle { as_of } else { cycle.last_moment() };
        let score = fold::score_as_of(own.iter().copied(), &uscc, seen_from, profile);
        let vehicles = vehicle::vehicle_scores(ledger, cycle);
        let bands = &score.terms().bands;
        let lines: Vec<StatementLine> =
            score.lines.iter().map(|line| statement_line(line, &score, &own, catalogue)).collect();
        Self {
            name,
            as_of,
            newest_seq: score.newest_seq,
            score_cp: score.score_cp,
            band: score.band(),
            band_zh: score.band().name_zh(),
            rating: basis.map(|basis| Rating::of(&score, &basis)),
            basis,
            next_above: next_above(score.score_cp, bands),
            next_below: next_below(score.score_cp, bands),
            a_cp: score.a_cp,
            b_cp: score.b_cp,
            c_cp: score.c_cp,
            c_capped_cp: score.c_capped_cp,
            r_cp: score.r_cp,
            haul_relief_cp: score.haul_relief_cp,
            adjust_cp: score.adjust_cp,
            trucks: trucks(&lines, &vehicles),
            lines,
            uscc,
            cycle,
            profile,
        }
    }
}

fn statement_line(line: &Line, score: &Score, own: &[&LedgerEntry], catalogue: &Catalogue) -> StatementLine {
    let rule = line.rule.as_ref().and_then(|code| catalogue.rule_at(code, line.occurred_at));
    let (fate, fate_seq) = match line.verdict {
        Verdict::Counted => (Fate::Counted, None),
        Verdict::SameIncident { counted_seq } => (Fate::SameIncident, Some(counted_seq)),
        Verdict::Reversed { by_seq } => (Fate::Reversed, Some(by_seq)),
    };
    let (with_cp, without_cp) = match fate {
        Fate::Reversed => (without::standing_again(own, line.id, score), score.score_cp),
        _ => (score.score_cp, without::reversed(own, line.id, score)),
    };
    StatementLine {
        seq: line.seq,
        id: line.id,
        case_no: line.case_no.clone(),
        decision_no: line.decision_no.clone(),
        final_date: own.iter().find(|entry| entry.id == line.id).and_then(|entry| entry.final_date),
        rule: line.rule.clone(),
        rule_zh: rule.map_or_else(String::new, |rule| rule.name_zh.clone()),
        rule_en: rule.map_or_else(String::new, |rule| rule.name_en.clone()),
        legal_basis: rule.map_or_else(Vec::new, |rule| rule.legal_basis.clone()),
        table_version: line.table_version.clone(),
        class: line.class,
        severity: line.severity,
        plate: line.plate.clone(),
        trip: line.trip,
        occurred_at: line.occurred_at,
        publicity_end: line.publicity_end,
        base_cp: line.base_cp,
        esc_permille: line.esc_permille,
        fleet_n: line.fleet_n,
        k_num: line.k.0,
        k_den: line.k.1,
        circumstances: line.circumstances.clone(),
        amount_cp: line.amount_cp,
        repaired_cp: line.repaired_cp,
        counted_cp: line.counted_cp,
        fate,
        fate_seq,
        with_cp,
        without_cp,
        band_without: Band::under(without_cp, &score.terms().bands),
    }
}

/// The lower limit of each band but the lowest, the highest first.
fn lower_limits(bands: &BandLimits) -> [i64; 4] {
    [bands.red_candidate, bands.normal, bands.warning, bands.interview]
}

fn next_above(score_cp: i64, bands: &BandLimits) -> Option<Step> {
    let limit = lower_limits(bands).into_iter().rev().find(|limit| score_cp < *limit)?;
    Some(Step { band: Band::under(limit, bands), points_cp: limit.saturating_sub(score_cp) })
}

fn next_below(score_cp: i64, bands: &BandLimits) -> Option<Step> {
    let limit = lower_limits(bands).into_iter().find(|limit| score_cp >= *limit)?;
    // At the limit itself a company still stands above: one hundredth more is what puts it below.
    Some(Step { band: Band::under(limit - 1, bands), points_cp: score_cp - limit + 1 })
}

fn trucks(lines: &[StatementLine], vehicles: &BTreeMap<Plate, VehicleScore>) -> Vec<TruckLine> {
    let mut trucks: BTreeMap<Option<&Plate>, TruckLine> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.fate == Fate::Counted) {
        let fresh = || {
            let own = line.plate.as_ref().and_then(|plate| vehicles.get(plate));
            TruckLine {
                plate: line.plate.clone(),
                deductions: 0,
                counted_cp: 0,
                last_at: line.occurred_at,
                score_cp: own.map(|own| own.score_cp),
                band: own.map(|own| own.band),
            }
        };
        let truck = trucks.entry(line.plate.as_ref()).or_insert_with(fresh);
        truck.deductions += 1;
        truck.counted_cp = truck.counted_cp.saturating_add(line.counted_cp);
        truck.last_at = truck.last_at.max(line.occurred_at);
    }
    let mut trucks: Vec<TruckLine> = trucks.into_values().collect();
    trucks.sort_by(|a, b| b.counted_cp.cmp(&a.counted_cp).then_with(|| a.plate.cmp(&b.plate)));
    trucks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_bands_are_strict_at_every_limit() {
        let bands = &Profile::FleetFair.versions().newest().bands;
        for (score_cp, above, below) in [
            (10_000, None, Some((Band::Normal, 501))),
            (9_500, None, Some((Band::Normal, 1))),
            (9_499, Some((Band::RedCandidate, 1)), Some((Band::Warning, 1_500))),
            (6_000, Some((Band::Warning, 1_000)), Some((Band::Black, 1))),
            (5_999, Some((Band::Interview, 1)), None),
            (-180, Some((Band::Interview, 6_180)), None),
        ] {
            let plain = |step: Option<Step>| step.map(|step| (step.band, step.points_cp));
            assert_eq!(
                (plain(next_above(score_cp, bands)), plain(next_below(score_cp, bands))),
                (above, below),
                "{score_cp}"
            );
            if let Some(step) = next_above(score_cp, bands) {
                assert_eq!(Band::of(score_cp + step.points_cp), step.band);
                assert_ne!(Band::of(score_cp + step.points_cp - 1), step.band);
            }
            if let Some(step) = next_below(score_cp, bands) {
                assert_eq!(Band::of(score_cp - step.points_cp), step.band);
                assert_ne!(Band::of(score_cp - step.points_cp + 1), step.band);
            }
        }
    }
}
