//! The sums of every company's year from columns: the fold itself. [`crate::fold`] adds the account line by line, a batch
//! takes the sums alone; both run through here.
//!
//! A row that happened on no haul, or alone on its haul, is added up as it is met. Only hauls with several standing
//! deductions are gathered and weighed, company by company.

mod bits;
mod shared_haul;
mod sums;
#[cfg(test)]
mod tests;

use domain::Timestamp;

use crate::columns::{Columns, Move, NO_ROW, NO_TRIP};
use crate::incident::{INCIDENT_GAP_MS, weigh};
use crate::posting::amount_cp;
use crate::profile::{Dilution, Terms, Versions, Year};
use crate::rule::Class;
use bits::Bits;
use shared_haul::SharedHaul;

pub use sums::Sums;

/// What became of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Outcome {
    /// No deduction of the acts the score is about.
    #[default]
    Aside,
    /// A reversal names it.
    Reversed,
    /// It counts.
    Counted {
        /// What it takes by itself.
        amount_cp: i64,
        /// What repairs give back of that.
        repaired_cp: i64,
        /// What it takes in the end, its share of what the haul cap cuts deducted.
        counted_cp: i64,
    },
    /// It belongs to the same incident as a row that counts.
    SameIncident {
        /// What it would take by itself.
        amount_cp: i64,
        /// What repairs would give back of that.
        repaired_cp: i64,
        /// The row that counts.
        counted_row: usize,
    },
}

/// The sums of all companies and years.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    years: usize,
    sums: Vec<Sums>,
}

impl Tally {
    /// The sums of a company, by its number, in a year, by its number; a rolling year is the only one.
    pub fn of(&self, company: usize, year: usize) -> &Sums {
        &self.sums[company * self.years + year]
    }

    /// How many years each company has.
    pub fn years(&self) -> usize {
        self.years
    }
}

/// Folds the columns, each year by the version of the profile in force in it. `as_of` is the moment a rolling year is
/// looked at from; a calendar year takes no notice of it.
pub fn tally(columns: &Columns, versions: &Versions, as_of: Timestamp) -> Tally {
    by_versions(columns, versions, as_of, None)
}

/// As [`tally`], and what became of every row.
pub fn tally_with_outcomes(
    columns: &Columns,
    versions: &Versions,
    as_of: Timestamp,
) -> (Tally, Vec<Outcome>) {
    let mut outcomes = vec![Outcome::Aside; columns.len()];
    let tally = by_versions(columns, versions, as_of, Some(&mut outcomes));
    (tally, outcomes)
}

/// One pass where all years have one version, else one a version, each keeping its own years.
fn by_versions(
    columns: &Columns,
    versions: &Versions,
    as_of: Timestamp,
    mut outcomes: Option<&mut Vec<Outcome>>,
) -> Tally {
    let of_year: Vec<&Terms> = match versions.year() {
        Year::Rolling => vec![versions.on(as_of.local_date())],
        Year::Calendar => columns.cycles.iter().map(|cycle| versions.of_score(*cycle, as_of)).collect(),
    };
    let first = of_year.first().copied().unwrap_or(versions.newest());
    let mut tally = Fold::new(columns, first, as_of).run(outcomes.as_deref_mut());
    let mut done = vec![first];
    for terms in &of_year {
        if done.iter().any(|other| std::ptr::eq(*other, *terms)) {
            continue;
        }
        done.push(terms);
        let is_own = |year: usize| std::ptr::eq(of_year[year], *terms);
        let mut own_outcomes = outcomes.as_ref().map(|all| vec![Outcome::Aside; all.len()]);
        let own = Fold::new(columns, terms, as_of).run(own_outcomes.as_mut());
        for (place, sums) in own.sums.into_iter().enumerate().filter(|(place, _)| is_own(place % tally.years))
        {
            tally.sums[place] = sums;
        }
        if let (Some(all), Some(own)) = (outcomes.as_deref_mut(), own_outcomes) {
            for (at, outcome) in
                own.into_iter().enumerate().filter(|(at, _)| is_own(columns.cycle[*at].into()))
            {
                all[at] = outcome;
            }
        }
    }
    tally
}

/// Most rows of a haul that are compared pair by pair.
const APART_ROWS_MAX: usize = 8;

const REVERSED: u8 = 1;
const REPAIRED: u8 = 2;

/// What a deduction takes.
#[derive(Clone, Copy)]
struct Amounts {
    gross_cp: i64,
    net_cp: i64,
}

struct Fold<'a> {
    columns: &'a Columns,
    terms: &'a Terms,
    years: usize,
    /// For a rolling year, from which moment on a row weighs how much, the youngest first, and the moment it ends with.
    weights: Vec<(i64, u32)>,
    as_of_ms: i64,
    /// 1 for a class under the cap, 0 for the others.
    capped: [i64; 3],
    /// Bits by row; empty while nothing was reversed or repaired.
    marks: Vec<u8>,
    credits: Vec<(u32, i64)>,
}

impl<'a> Fold<'a> {
    fn new(columns: &'a Columns, terms: &'a Terms, as_of: Timestamp) -> Self {
        let years = match terms.cycle {
            Year::Calendar => columns.cycles.len(),
            Year::Rolling => 1,
        };
        let mut fold = Self {
            columns,
            terms,
            years,
            weights: terms.weights_from(as_of),
            as_of_ms: as_of.millis(),
            capped: [0, 0, i64::from(terms.class_c_cap_cp.is_some())],
            marks: vec![0; columns.len()],
            credits: Vec::new(),
        };
        fold.mark();
        fold
    }

    /// Notes what is reversed, and what standing repairs give back.
    fn mark(&mut self) {
        let Columns { moves, target, amount_cp, .. } = self.columns;
        let mut repairs: Vec<usize> = Vec::new();
        for (at, (moves, target)) in moves.iter().zip(target).enumerate() {
            match moves {
                Move::Reverse => {
                    if let Some(mark) = row_index(*target).and_then(|row| self.marks.get_mut(row)) {
                        *mark |= REVERSED;
                    }
                }
                Move::Repair if *target != NO_ROW => repairs.push(at),
                Move::Deduct | Move::Repair | Move::Adjust | Move::Nothing => {}
            }
        }
        for at in repairs {
            if self.marks[at] & REVERSED != 0 {
                continue;
            }
            if let Some(mark) = row_index(target[at]).and_then(|row| self.marks.get_mut(row)) {
                *mark |= REPAIRED;
                self.credits.push((target[at], amount_cp[at]));
            }
        }
        self.credits.sort_unstable();
    }

    /// What repairs give back of a row.
    fn credit_cp(&self, at: usize) -> i64 {
        let row = number(at);
        let first = self.credits.partition_point(|credit| credit.0 < row);
        let own = self.credits[first..].iter().take_while(|credit| credit.0 == row);
        own.fold(0, |sum, credit| sum.saturating_add(credit.1))
    }

    fn run(&self, mut outcomes: Option<&mut Vec<Outcome>>) -> Tally {
        let columns = self.columns;
        let mut sums = vec![Sums::default(); columns.companies.len() * self.years];
        let crowded = self.crowded();
        let mut shared: Vec<(u32, u32, u32)> = Vec::new();
        for at in 0..columns.len() {
            let group = self.group(at);
            sums[group].is_seen = true;
            match columns.moves[at] {
                Move::Deduct if self.marks[at] & REVERSED != 0 => {
                    note(&mut outcomes, at, Outcome::Reversed);
                }
                Move::Deduct => {
                    let Some(weight) = self.weight(at) else { continue };
                    let trip = columns.trip[at];
                    if crowded.holds(trip) {
                        shared.push((number(group), trip, number(at)));
                        continue;
                    }
                    let Amounts { gross_cp, net_cp } = self.amounts(at, weight);
                    let is_free = self.is_within(at, weight, gross_cp) || trip == NO_TRIP;
                    let limit_cp = if is_free { i64::MAX } else { self.limit_cp(at, weight) };
                    let counted_cp = net_cp.min(limit_cp);
                    let class = columns.class[at];
                    sums[group].count(class, gross_cp.min(limit_cp), counted_cp, &self.capped);
                    let repaired_cp = gross_cp - net_cp;
                    note(
                        &mut outcomes,
                        at,
                        Outcome::Counted { amount_cp: gross_cp, repaired_cp, counted_cp },
                    );
                }
                Move::Adjust if self.marks[at] & REVERSED == 0 => {
                    let Some(weight) = self.weight(at) else { continue };
                    let adjust_cp = share_half_up(columns.amount_cp[at], weight, 1000);
                    sums[group].adjust_cp = sums[group].adjust_cp.saturating_add(adjust_cp);
                }
                Move::Adjust | Move::Reverse | Move::Repair | Move::Nothing => {}
            }
        }
        shared.sort_unstable();
        for company in shared.chunk_by(|a, b| a.0 == b.0) {
            self.settle(company, &mut sums, &mut outcomes);
        }
        Tally { years: self.years, sums }
    }

    /// Hauls with more than one standing deduction; one bit a haul. What happened on none goes through the same bits, because
    /// a branch that goes either way at random costs more, and is taken out in the end.
    fn crowded(&self) -> Bits {
        let trips = usize::try_from(self.columns.trips).unwrap_or(usize::MAX).saturating_add(1);
        let (mut once, mut twice) = (Bits::new(trips), Bits::new(trips));
        let rows = self.columns.moves.iter().zip(&self.columns.trip).zip(&self.marks);
        for ((moves, trip), mark) in rows {
            if *moves == Move::Deduct && mark & REVERSED == 0 {
                let was_set = once.set(*trip, 1);
                twice.set(*trip, was_set);
            }
        }
        twice.clear(NO_TRIP);
        twice
    }

    /// Weighs the hauls of one company's year.
    fn settle(&self, rows: &[(u32, u32, u32)], sums: &mut [Sums], outcomes: &mut Option<&mut Vec<Outcome>>) {
        let Some(group) = rows.first().and_then(|row| row_index(row.0)) else { return };
        let cap_cp = self.terms.class_c_cap_cp.unwrap_or(i64::MAX);
        let (mut settled, mut competing) = (Vec::new(), Vec::new());
        let mut settled_capped_cp: i64 = 0;
        let mut left: Vec<&[(u32, u32, u32)]> = Vec::new();
        for haul in rows.chunk_by(|a, b| a.1 == b.1) {
            if !self.settle_plain(haul, false, &mut sums[group], outcomes) {
                left.push(haul);
            }
        }
        for haul in left {
            let is_cap_reached = sums[group].capped_cp >= cap_cp;
            if self.settle_plain(haul, is_cap_reached, &mut sums[group], outcomes) {
                continue;
            }
            let haul = SharedHaul::of(self, haul, cap_cp);
            match haul.ways.settled() {
                Some(way) => {
                    settled_capped_cp = settled_capped_cp.saturating_add(haul.ways.capped_cp(way));
                    settled.push((haul, way));
                }
                None => competing.push(haul),
            }
        }
        let capped_cp = sums[group].capped_cp.saturating_add(settled_capped_cp);
        let ways = weigh(&competing.iter().map(|haul| &haul.ways).collect::<Vec<_>>(), capped_cp, cap_cp);
        for (haul, way) in settled.into_iter().chain(competing.into_iter().zip(ways)) {
            haul.count(self, way, &mut sums[group], outcomes);
        }
    }

    /// Adds up a haul without the search where nothing is to be weighed and nothing to be cut: all rows apart in time; or two
    /// rows of one incident of which one plainly takes more. Says whether it did; `is_cap_reached` when class C takes
    /// nothing more whatever is chosen.
    fn settle_plain(
        &self,
        haul: &[(u32, u32, u32)],
        is_cap_reached: bool,
        sums: &mut Sums,
        outcomes: &mut Option<&mut Vec<Outcome>>,
    ) -> bool {
        let columns = self.columns;
        let rows = || haul.iter().filter_map(|row| row_index(row.2));
        let is_near = |a: usize, b: usize| {
            columns.start_ms[a] <= columns.end_ms[b].saturating_add(INCIDENT_GAP_MS)
                && columns.start_ms[b] <= columns.end_ms[a].saturating_add(INCIDENT_GAP_MS)
        };
        let names_an_act = rows().any(|at| columns.target[at] != NO_ROW);
        let touches = |a: usize, b: usize| {
            a != b && (is_near(a, b) || names_an_act && columns.act(a) == columns.act(b))
        };
        let amounts = |at: usize| self.amounts(at, self.weight(at).unwrap_or(0));
        let is_within =
            |gross_cp: i64| rows().any(|at| self.is_within(at, self.weight(at).unwrap_or(0), gross_cp));
        let mut count = |at: usize| {
            let (Amounts { gross_cp, net_cp }, class) = (amounts(at), columns.class[at]);
            sums.count(class, gross_cp, net_cp, &self.capped);
            let repaired_cp = gross_cp - net_cp;
            let counted = Outcome::Counted { amount_cp: gross_cp, repaired_cp, counted_cp: net_cp };
            note(outcomes, at, counted);
        };
        if haul.len() <= APART_ROWS_MAX && !rows().any(|a| rows().any(|b| touches(a, b))) {
            let whole_cp = rows().fold(0_i64, |sum, at| sum.saturating_add(amounts(at).gross_cp));
            let is_plain = is_within(whole_cp);
            rows().filter(|_| is_plain).for_each(count);
            return is_plain;
        }
        let &[(_, _, first), (_, _, second)] = haul else { return false };
        let (Some(first), Some(second)) = (row_index(first), row_index(second)) else { return false };
        match self.heavier(first, second, is_cap_reached) {
            Some(chosen) if is_within(amounts(chosen).gross_cp) => {
                count(chosen);
                let other = if chosen == first { second } else { first };
                let Amounts { gross_cp, net_cp } = amounts(other);
                let repaired_cp = gross_cp - net_cp;
                let same = Outcome::SameIncident { amount_cp: gross_cp, repaired_cp, counted_row: chosen };
                note(outcomes, other, same);
                true
            }
            _ => false,
        }
    }

    /// Which of two rows of one incident counts, where that is plain; what is equal goes to the search, which knows the
    /// order of ties.
    fn heavier(&self, first: usize, second: usize, is_cap_reached: bool) -> Option<usize> {
        let is_capped = |at: usize| self.is_capped(self.columns.class[at]);
        let net_cp = |at: usize| self.amounts(at, self.weight(at).unwrap_or(0)).net_cp;
        let cap_cp = self.terms.class_c_cap_cp.unwrap_or(i64::MAX);
        let (a_cp, b_cp) = (net_cp(first), net_cp(second));
        match (is_capped(first), is_capped(second)) {
            (false, true) => (is_cap_reached && a_cp > 0).then_some(first),
            (true, false) => (is_cap_reached && b_cp > 0).then_some(second),
            (true, true) if a_cp >= cap_cp && b_cp >= cap_cp => None,
            _ if a_cp > b_cp => Some(first),
            _ if b_cp > a_cp => Some(second),
            _ => None,
        }
    }

    fn group(&self, at: usize) -> usize {
        let company = row_index(self.columns.company[at]).unwrap_or(0);
        match self.terms.cycle {
            Year::Calendar => company * self.years + usize::from(self.columns.cycle[at]),
            Year::Rolling => company,
        }
    }

    fn is_capped(&self, class: Class) -> bool {
        class == Class::C && self.terms.class_c_cap_cp.is_some()
    }

    /// The weight of a row, `None` when it is none of the acts the score is about.
    fn weight(&self, at: usize) -> Option<u32> {
        if self.terms.cycle == Year::Calendar {
            return Some(1000);
        }
        let start_ms = self.columns.start_ms[at];
        if start_ms > self.as_of_ms {
            return None;
        }
        self.weights.iter().find(|(from_ms, _)| start_ms >= *from_ms).map(|(_, permille)| *permille)
    }

    #[inline]
    fn amounts(&self, at: usize, weight: u32) -> Amounts {
        let posted_cp = self.columns.amount_cp[at];
        if weight == 1000 && self.marks[at] & REPAIRED == 0 && self.terms.dilution == Dilution::Posted {
            return Amounts { gross_cp: posted_cp, net_cp: posted_cp };
        }
        self.amounts_in_full(at, weight, posted_cp)
    }

    #[cold]
    fn amounts_in_full(&self, at: usize, weight: u32, posted_cp: i64) -> Amounts {
        let columns = self.columns;
        let whole_cp = match self.terms.dilution {
            Dilution::Posted => posted_cp,
            Dilution::Whole => amount_cp(columns.base_cp[at], columns.esc_permille[at], 1, 1),
        };
        let gross_cp = if weight == 1000 { whole_cp } else { share_half_up(whole_cp, weight, 1000) };
        if self.marks[at] & REPAIRED == 0 {
            return Amounts { gross_cp, net_cp: gross_cp };
        }
        let credit_cp = self.credit_cp(at);
        let credit_cp = if credit_cp >= posted_cp {
            gross_cp
        } else if gross_cp == posted_cp {
            credit_cp
        } else {
            // A credit is written in posted centi-points; it takes the same share of what counts here, half up.
            fraction_half_up(gross_cp, credit_cp, posted_cp.max(1)).min(gross_cp)
        };
        Amounts { gross_cp, net_cp: gross_cp - credit_cp }
    }

    /// Whether the limit of a haul diluted like this row leaves `gross_cp` whole; found without a division, because nearly
    /// every row is far below. `floor(x / y) ≥ a` is `x ≥ a × y`. May say no where [`Fold::limit_cp`] says yes.
    #[inline]
    fn is_within(&self, at: usize, weight: u32, gross_cp: i64) -> bool {
        let Some(cap_cp) = self.terms.haul_cap_cp else { return true };
        let (k_num, k_den) = self.columns.k[at];
        let (Ok(gross_cp), Ok(cap_cp)) = (u64::try_from(gross_cp), u64::try_from(cap_cp)) else {
            return false;
        };
        if weight != 1000 || k_den == 0 || self.terms.dilution == Dilution::Whole {
            return false;
        }
        let (k_num, k_den) = (u64::from(k_num), u64::from(k_den));
        match (cap_cp.checked_mul(2 * k_num), gross_cp.checked_mul(2 * k_den)) {
            (Some(limit), Some(gross)) => limit.saturating_add(k_den) >= gross,
            _ => false,
        }
    }

    /// The most a haul takes that is diluted like this row.
    fn limit_cp(&self, at: usize, weight: u32) -> i64 {
        let Some(cap_cp) = self.terms.haul_cap_cp else { return i64::MAX };
        let (k_num, k_den) = self.columns.k[at];
        let limit_cp = if k_num == k_den || self.terms.dilution == Dilution::Whole {
            cap_cp
        } else {
            amount_cp(cap_cp, 1000, k_num, k_den)
        };
        if weight == 1000 { limit_cp } else { share_half_up(limit_cp, weight, 1000) }
    }
}

fn note(outcomes: &mut Option<&mut Vec<Outcome>>, at: usize, outcome: Outcome) {
    if let Some(outcomes) = outcomes {
        outcomes[at] = outcome;
    }
}

/// `amount × permille ÷ whole`, half away from zero.
fn share_half_up(amount_cp: i64, permille: u32, whole: i64) -> i64 {
    fraction_half_up(amount_cp, i64::from(permille), whole)
}

fn fraction_half_up(amount_cp: i64, part: i64, whole: i64) -> i64 {
    let (product, whole) = (i128::from(amount_cp) * i128::from(part), i128::from(whole));
    let rounded = (2 * product.abs() + whole) / (2 * whole) * product.signum();
    i64::try_from(rounded).unwrap_or(amount_cp)
}

fn row_index(number: u32) -> Option<usize> {
    usize::try_from(number).ok()
}

/// A row or group as 32 bits; columns hold no more.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(NO_ROW)
}
