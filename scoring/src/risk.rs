//! Whom to look at first: a risk index for triage. **It is no score, lists nobody and moves no point**; it is shown to
//! authorities alone and named apart.
//!
//! Per 100 encounters, the base points of a company's acts of the last 24 months, recent ones weighed more (3, 2, 1 up to
//! 6, 12, 24 months, as the American SMS does), shrunk towards the city's mean as if by 200 trips of ordinary conduct, and
//! placed among companies of like size. A gate check without finding is an encounter that went well (as the British OCRS
//! counts clear encounters). Sizes have no cliffs: the place is interpolated between the strata around a fleet's size.
//! With few trips or events nothing is shown rather than a guess. Integers throughout.

use domain::{LocalDate, Uscc};
use serde::Serialize;

use crate::words::words;

/// Months an act counts, and its weight up to each: 3 for 6 months, 2 to 12, 1 to 24.
pub const WEIGHT_BY_MONTHS: [(u32, u64); 3] = [(6, 3), (12, 2), (24, 1)];
/// Encounters of ordinary conduct that every company is credited with.
pub const SHRINK_TRIPS: u64 = 200;
/// Fewest trips with which an index is shown.
pub const TRIPS_MIN: u64 = 100;
/// Fewest events with which an index is shown.
pub const EVENTS_MIN: usize = 3;
/// Most clean gate checks that count, per trip: a haul passes a gate twice.
pub const CLEAN_CHECKS_A_TRIP_MAX: u64 = 2;
/// Middles of the strata of fleet size (up to 10, 30, 100, above), in trucks: at a middle a company is compared with that
/// stratum alone, between two middles with both.
pub const STRATUM_MIDDLES: [u32; 4] = [5, 20, 65, 150];
/// Largest fleet of each stratum but the last.
pub const STRATUM_LIMITS: [u32; 3] = [10, 30, 100];
/// Fewest companies a stratum needs for a comparison; smaller ones borrow all companies.
pub const STRATUM_COMPANIES_MIN: usize = 5;

/// One confirmed act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RiskEvent {
    /// Its day.
    pub day: LocalDate,
    /// Base points of its rule, centi-points.
    pub base_cp: i64,
}

/// What is known of a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskInput {
    /// The company.
    pub uscc: Uscc,
    /// Its trucks.
    pub trucks: u32,
    /// Hauls in the last 24 months.
    pub trips: u64,
    /// Gate checks of those months without a finding.
    pub clean_checks: u64,
    /// Acts that stand, of any age; older ones weigh nothing.
    pub events: Vec<RiskEvent>,
}

words!(
    /// Why no index is shown.
    Thin {
        /// Fewer than [`TRIPS_MIN`] trips.
        Trips = "few_trips",
        /// Fewer than [`EVENTS_MIN`] events.
        Events = "few_events",
    }
);

/// A company's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RiskRow {
    /// The company.
    pub uscc: Uscc,
    /// Weighted points per 100 encounters, shrunk, centi-points, half up; `None` when data are thin.
    pub rate_cp: Option<u64>,
    /// Share of like companies that stand better, ties half, in ten-thousandths: 10000 is the worst.
    pub percentile_e4: Option<u32>,
    /// Why neither is shown.
    pub thin: Option<Thin>,
}

/// A fraction of weighted centi-points over encounters, compared exactly.
#[derive(Debug, Clone, Copy)]
struct Rate {
    points: u128,
    encounters: u128,
}

impl Rate {
    fn is_below(self, other: Self) -> bool {
        self.points * other.encounters < other.points * self.encounters
    }
}

/// The index of every company as of a day, in the order given. Companies with thin data are neither placed nor compared
/// with, but count in the city's mean.
pub fn index(companies: &[RiskInput], today: LocalDate) -> Vec<RiskRow> {
    let weighted: Vec<u128> = companies.iter().map(|company| weighted_cp(company, today)).collect();
    let encounters: Vec<u128> = companies.iter().map(encounters).collect();
    let mean = Rate { points: weighted.iter().sum(), encounters: encounters.iter().sum::<u128>().max(1) };
    let shrunk = |at: usize| {
        // (x + m·μ) / (E + m) with μ = X / Y, both multiplied by Y so that no fraction is rounded.
        let m = u128::from(SHRINK_TRIPS);
        Rate {
            points: weighted[at] * mean.encounters + m * mean.points,
            encounters: (encounters[at] + m) * mean.encounters,
        }
    };
    let thin: Vec<Option<Thin>> = companies.iter().map(|company| thin(company, today)).collect();
    let placed: Vec<(u32, Rate)> = (0..companies.len())
        .filter(|&at| thin[at].is_none())
        .map(|at| (companies[at].trucks, shrunk(at)))
        .collect();
    let row = |at: usize| {
        let rate = shrunk(at);
        let shown = thin[at].is_none();
        let rate_cp = (200 * rate.points + rate.encounters) / (2 * rate.encounters);
        RiskRow {
            uscc: companies[at].uscc.clone(),
            rate_cp: shown.then(|| u64::try_from(rate_cp).unwrap_or(u64::MAX)),
            percentile_e4: shown.then(|| percentile_e4(companies[at].trucks, rate, &placed)),
            thin: thin[at],
        }
    };
    (0..companies.len()).map(row).collect()
}

fn weighted_cp(company: &RiskInput, today: LocalDate) -> u128 {
    let points = |event: &RiskEvent| {
        u128::from(event.base_cp.max(0).unsigned_abs()) * u128::from(weight(event.day, today))
    };
    company.events.iter().map(points).sum()
}

/// The weight of an act of `day`: 0 when it is older than all or lies ahead.
fn weight(day: LocalDate, today: LocalDate) -> u64 {
    let within =
        |months: u32| day.checked_add_months(chrono::Months::new(months)).is_none_or(|last| today < last);
    if day > today {
        return 0;
    }
    WEIGHT_BY_MONTHS.into_iter().find(|(months, _)| within(*months)).map_or(0, |(_, weight)| weight)
}

fn encounters(company: &RiskInput) -> u128 {
    let clean = company.clean_checks.min(company.trips.saturating_mul(CLEAN_CHECKS_A_TRIP_MAX));
    u128::from(company.trips) + u128::from(clean)
}

fn thin(company: &RiskInput, today: LocalDate) -> Option<Thin> {
    let events = company.events.iter().filter(|event| weight(event.day, today) > 0).count();
    if company.trips < TRIPS_MIN {
        Some(Thin::Trips)
    } else if events < EVENTS_MIN {
        Some(Thin::Events)
    } else {
        None
    }
}

/// The place of a rate among the strata around a fleet's size.
fn percentile_e4(trucks: u32, rate: Rate, placed: &[(u32, Rate)]) -> u32 {
    let last = STRATUM_MIDDLES.len() - 1;
    let above = STRATUM_MIDDLES.partition_point(|middle| *middle <= trucks);
    let of = |stratum: usize| u64::from(in_stratum_e4(stratum, rate, placed));
    let mixed = match above {
        0 => of(0),
        above if above > last => of(last),
        above => {
            let (low, high) = (STRATUM_MIDDLES[above - 1], STRATUM_MIDDLES[above]);
            let (towards_high, span) = (u64::from(trucks - low), u64::from(high - low));
            (of(above - 1) * (span - towards_high) + of(above) * towards_high) / span
        }
    };
    u32::try_from(mixed).unwrap_or(u32::MAX)
}

fn stratum(trucks: u32) -> usize {
    STRATUM_LIMITS.partition_point(|limit| *limit < trucks)
}

/// Share of a stratum's companies below a rate, ties half; of all companies when the stratum has too few.
fn in_stratum_e4(number: usize, rate: Rate, placed: &[(u32, Rate)]) -> u32 {
    let own: Vec<Rate> =
        placed.iter().filter(|(trucks, _)| stratum(*trucks) == number).map(|(_, rate)| *rate).collect();
    let peers =
        if own.len() < STRATUM_COMPANIES_MIN { placed.iter().map(|(_, rate)| *rate).collect() } else { own };
    let halves: usize =
        peers.iter().map(|peer| usize::from(peer.is_below(rate)) + usize::from(!rate.is_below(*peer))).sum();
    let share = (halves * 10_000).checked_div(2 * peers.len()).unwrap_or(0);
    u32::try_from(share).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
