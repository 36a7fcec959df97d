//! What an experiment found: one cell a fleet size, behaviour and formula, as text (Chinese and English), CSV or JSON, and
//! whether equal behaviour came out equal.

use std::num::NonZeroU32;

use serde::{Serialize, Serializer};

use crate::band::INTERVIEW_FROM_CP;
use crate::points_text;
use crate::profile::Profile;

/// Medians of equal behaviour may differ from their middle by this much, centi-points.
pub const SPREAD_MAX_CP: i64 = 300;
/// Fleets the comparison of medians covers.
pub const SPREAD_FLEETS: std::ops::RangeInclusive<u32> = 3..=100;
/// Least chance, in ten-thousandths, that a company of ordinary behaviour stands above one of twice its violations.
pub const AUC_MIN_E4: u32 = 9_500;
/// Fleets from which that chance is asked for.
pub const AUC_FLEET_MIN: u32 = 10;
/// Header of the table as CSV. Shares are in ten-thousandths.
pub const CSV_HEADER: &str = "fleet,behaviour,profile,runs,median,sd,below_60_e4,auc_e4";

/// The companies of one size, behaviour and formula.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Trucks.
    pub fleet: NonZeroU32,
    /// How many times the ordinary rates.
    pub behaviour: NonZeroU32,
    /// The formula.
    #[serde(serialize_with = "word")]
    pub profile: Profile,
    /// How many companies.
    pub runs: usize,
    /// Median score, centi-points; of an even number the mean of the two middle ones, half up.
    pub median_cp: i64,
    /// Standard deviation, centi-points, rounded down.
    pub sd_cp: i64,
    /// Share below 60.00, in ten-thousandths, half up.
    pub below_60_e4: u32,
    /// Chance that a company of the first behaviour stands above one of this (a tie counts half), in ten-thousandths,
    /// rounded down. 5000 for the first behaviour itself.
    pub auc_e4: u32,
}

fn word<S: Serializer>(profile: &Profile, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(profile.word())
}

/// Every cell, by fleet, behaviour and profile as the experiment lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The cells.
    pub cells: Vec<Cell>,
}

/// Whether equal behaviour came out equal, and twice the violations apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Fairness {
    /// Largest distance of a median from the middle of them all, centi-points, rounded up. First behaviour, fleets of
    /// [`SPREAD_FLEETS`].
    pub spread_cp: i64,
    /// Least [`Cell::auc_e4`] of the second behaviour at [`AUC_FLEET_MIN`] trucks and more.
    pub auc_e4: u32,
}

impl Fairness {
    /// Whether both hold.
    pub fn is_met(&self) -> bool {
        self.spread_cp <= SPREAD_MAX_CP && self.auc_e4 >= AUC_MIN_E4
    }
}

impl Cell {
    /// Sums up the `scores` of a cell; `ordinary` are those of the first behaviour. Empty lists give zeros.
    pub(super) fn of(
        fleet: NonZeroU32,
        behaviour: NonZeroU32,
        profile: Profile,
        scores: &[i64],
        ordinary: &[i64],
    ) -> Self {
        let below = scores.iter().filter(|score| **score < INTERVIEW_FROM_CP).count();
        let below_60_e4 = (below * 20_000 + scores.len()).checked_div(2 * scores.len()).unwrap_or(0);
        Self {
            fleet,
            behaviour,
            profile,
            runs: scores.len(),
            median_cp: median(scores),
            sd_cp: deviation(scores),
            below_60_e4: u32::try_from(below_60_e4).unwrap_or(u32::MAX),
            auc_e4: chance_above(ordinary, scores),
        }
    }

    fn csv(&self) -> String {
        let Self { fleet, behaviour, profile, runs, below_60_e4, auc_e4, .. } = self;
        let (median, sd) = (points_text(self.median_cp), points_text(self.sd_cp));
        format!("{fleet},{behaviour},{profile},{runs},{median},{sd},{below_60_e4},{auc_e4}")
    }
}

impl Table {
    /// The table as CSV, with its header.
    pub fn csv(&self) -> String {
        let rows = self.cells.iter().map(|cell| cell.csv() + "\n");
        std::iter::once(format!("{CSV_HEADER}\n")).chain(rows).collect()
    }

    /// The table for people, Markdown with Chinese and English headings.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| 车辆 trucks | 行为 behaviour | 方案 profile | 中位数 median | 标准差 sd | 低于60 P(<60) | 区分度 AUC |\n|--:|--:|---|--:|--:|--:|--:|\n",
        );
        for cell in &self.cells {
            let (median, sd) = (points_text(cell.median_cp), points_text(cell.sd_cp));
            let (below, auc) = (share_text(cell.below_60_e4), share_text(cell.auc_e4));
            let Cell { fleet, behaviour, profile, .. } = cell;
            text += &format!("| {fleet} | ×{behaviour} | {profile} | {median} | {sd} | {below} | {auc} |\n");
        }
        text
    }

    /// The comparison under one formula; `None` when the table lacks what it compares.
    pub fn fairness(&self, profile: Profile) -> Option<Fairness> {
        let of_profile = || self.cells.iter().filter(|cell| cell.profile == profile);
        let mut behaviours: Vec<NonZeroU32> = of_profile().map(|cell| cell.behaviour).collect();
        behaviours.dedup();
        let (first, second) = (*behaviours.first()?, *behaviours.get(1)?);
        let equal = |cell: &&Cell| cell.behaviour == first && SPREAD_FLEETS.contains(&cell.fleet.get());
        let medians: Vec<i64> = of_profile().filter(equal).map(|cell| cell.median_cp).collect();
        let (lowest, highest) = (medians.iter().min()?, medians.iter().max()?);
        let worse = |cell: &&Cell| cell.behaviour == second && cell.fleet.get() >= AUC_FLEET_MIN;
        let auc_e4 = of_profile().filter(worse).map(|cell| cell.auc_e4).min()?;
        Some(Fairness { spread_cp: (highest - lowest + 1) / 2, auc_e4 })
    }
}

/// A share of ten thousand: `9512` is `0.9512`.
pub fn share_text(e4: u32) -> String {
    format!("{}.{:04}", e4 / 10_000, e4 % 10_000)
}

fn median(scores: &[i64]) -> i64 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable();
    let middle = sorted.len() / 2;
    match (sorted.len().checked_sub(1), sorted.len() % 2) {
        (None, _) => 0,
        (_, 1) => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle] + 1).div_euclid(2),
    }
}

fn deviation(scores: &[i64]) -> i64 {
    let count = i128::try_from(scores.len()).unwrap_or(i128::MAX);
    let sum: i128 = scores.iter().map(|score| i128::from(*score)).sum();
    let squares: i128 = scores.iter().map(|score| i128::from(*score).pow(2)).sum();
    let variance = (squares * count - sum.pow(2)).checked_div(count.pow(2)).unwrap_or(0);
    i64::try_from(variance.max(0).isqrt()).unwrap_or(i64::MAX)
}

fn chance_above(ordinary: &[i64], scores: &[i64]) -> u32 {
    let mut sorted = ordinary.to_vec();
    sorted.sort_unstable();
    let halves = |score: &i64| {
        let (below, to_here) =
            (sorted.partition_point(|other| other < score), sorted.partition_point(|other| other <= score));
        2 * (sorted.len() - to_here) + (to_here - below)
    };
    let won: usize = scores.iter().map(halves).sum();
    let all = 2 * sorted.len() * scores.len();
    u32::try_from((won * 10_000).checked_div(all).unwrap_or(0)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_of_a_cell_are_what_they_say() {
        for (scores, median_cp, sd_cp, below_60_e4) in [
            (&[][..], 0, 0, 0),
            (&[6_000], 6_000, 0, 0),
            (&[5_999], 5_999, 0, 10_000),
            (&[5_999, 6_000], 6_000, 0, 5_000),
            (&[-1, -2], -1, 0, 10_000),
            (&[0, 10_000, 10_000], 10_000, 4_714, 3_333),
        ] {
            let two = NonZeroU32::MIN;
            let cell = Cell::of(two, two, Profile::FleetFair, scores, scores);
            assert_eq!(
                (cell.median_cp, cell.sd_cp, cell.below_60_e4),
                (median_cp, sd_cp, below_60_e4),
                "{scores:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_chance_is_that_of_all_pairs(
            ordinary in prop::collection::vec(-20_i64..20, 1..30),
            scores in prop::collection::vec(-20_i64..20, 1..30),
        ) {
            let pairs = ordinary.iter().flat_map(|one| scores.iter().map(move |other| one.cmp(other)));
            let won: usize = pairs.map(|order| usize::from(order.is_ge()) + usize::from(order.is_gt())).sum();
            let expected = won * 10_000 / (2 * ordinary.len() * scores.len());
            prop_assert_eq!(usize::try_from(chance_above(&ordinary, &scores)).unwrap(), expected);
        }
    }

    fn cell(fleet: u32, behaviour: u32, median_cp: i64, auc_e4: u32) -> Cell {
        let [fleet, behaviour] = [fleet, behaviour].map(|number| NonZeroU32::new(number).unwrap());
        let profile = Profile::FleetFair;
        Cell { fleet, behaviour, profile, runs: 1, median_cp, sd_cp: 0, below_60_e4: 0, auc_e4 }
    }

    #[test]
    fn fairness_is_met_up_to_its_limits_and_not_beyond() {
        for (small, large, auc_e4, spread_cp, is_met) in [
            (7_500, 6_900, 9_500, 300, true),
            (7_501, 6_900, 9_500, 301, false),
            (7_500, 7_500, 9_499, 0, false),
        ] {
            // What is compared elsewhere, a fleet of 2 and a small fleet's AUC, does not count.
            let cells = vec![
                cell(2, 1, 0, 5_000),
                cell(3, 1, small, 5_000),
                cell(3, 2, 5_000, 7_000),
                cell(100, 1, large, 5_000),
                cell(100, 2, 5_000, auc_e4),
            ];
            let fairness = Table { cells }.fairness(Profile::FleetFair).unwrap();
            assert_eq!(fairness, Fairness { spread_cp, auc_e4 });
            assert_eq!(fairness.is_met(), is_met);
        }
        assert_eq!(Table { cells: vec![cell(3, 1, 0, 0)] }.fairness(Profile::FleetFair), None);
        assert_eq!(Table { cells: vec![cell(3, 1, 0, 0)] }.fairness(Profile::Zz92Plain), None);
    }

    #[test]
    fn the_table_is_written_for_programs_and_for_people() {
        let table = Table { cells: vec![cell(10, 2, 4_750, 9_512)] };
        assert_eq!(table.csv(), format!("{CSV_HEADER}\n10,2,fleet_fair,1,47.50,0.00,0,9512\n"));
        assert!(table.text().ends_with("| 10 | ×2 | fleet_fair | 47.50 | 0.00 | 0.0000 | 0.9512 |\n"));
    }
}
