//! One simulated year of one company: which truck breaks which rule when.
//!
//! A day of a truck is clean or not, by an even draw of an integer against the rates; a day may hold several acts, so
//! that the mean is exactly the stated rate. Acts fall on one of the day's hauls; two on the same haul meet by chance, and
//! a stated share comes with a companion, a second rule broken in the same moment (a route left, a window missed).

use domain::{HaulId, RuleCode, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::rates::Rates;

/// Days a truck works in the simulated year, spread evenly over it.
pub const WORKING_DAYS: u64 = 300;
/// Hauls of a truck in a working day.
pub const HAULS_A_DAY: u64 = 6;
const DAYS_OF_YEAR: u64 = 365;
const FIRST_HAUL_MINUTE: u64 = 6 * 60;
const HAUL_EVERY_MINUTES: u64 = 150;
const HAUL_MINUTES: u64 = 110;
const ACT_MINUTES_MAX: u64 = 10;
const MICRO: u64 = 1_000_000;

/// Chance from a seed: ChaCha8 (`rand_chacha`), one stream a simulated company-year. The draw from a range is written
/// here, so that no other library's change of method changes a published table.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream numbered `stream` under `seed`, from its start.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// An even draw of 0 to below `count` (off by less than `count` in 2^64); 0 for an empty range.
    pub fn below(&mut self, count: u64) -> u64 {
        let product = u128::from(self.0.next_u64()) * u128::from(count);
        u64::try_from(product >> 64).unwrap_or(0)
    }
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Which.
    pub rule: RuleCode,
    /// The truck, from 0.
    pub truck: u32,
    /// The haul.
    pub haul: HaulId,
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
}

/// What a company does in a year.
#[derive(Debug, Clone, Copy)]
pub struct Conduct<'a> {
    /// How often a truck of ordinary behaviour breaks which rule.
    pub rates: &'a Rates,
    /// How many trucks there are.
    pub trucks: u32,
    /// How many times as often as `rates` say its trucks break rules.
    pub times: u32,
    /// Of a hundred acts, how many come with a companion.
    pub companions_percent: u8,
    /// First moment of the year.
    pub year_start: Timestamp,
}

/// The acts of a company in a year, in order of time.
pub fn year(conduct: &Conduct, dice: &mut Dice) -> Vec<Act> {
    let rows = conduct.rates.rows();
    let sums: Vec<u64> = rows
        .iter()
        .scan(0_u64, |sum, rate| {
            *sum += rate.micro;
            Some(*sum)
        })
        .collect();
    let total = sums.last().copied().unwrap_or(0);
    let times = u64::from(conduct.times);
    // Chance p / (1 + p) of one more act leaves p acts a day in the mean.
    let (hits, all) = (total * times, WORKING_DAYS * MICRO + total * times);
    let rule_at = |point: u64| rows[sums.partition_point(|sum| *sum <= point)].rule.clone();
    let mut acts = Vec::new();
    for truck in 0..conduct.trucks {
        for day in 0..WORKING_DAYS {
            loop {
                let point = dice.below(all);
                if point >= hits {
                    break;
                }
                let first = act(conduct, rule_at(point / times.max(1)), truck, day, dice);
                if dice.below(100) < u64::from(conduct.companions_percent) {
                    let rule = rule_at(dice.below(total));
                    if rule != first.rule {
                        acts.push(Act { rule, ..first.clone() });
                    }
                }
                acts.push(first);
            }
        }
    }
    acts.sort_by(|a, b| (a.start, a.truck, &a.rule).cmp(&(b.start, b.truck, &b.rule)));
    acts
}

fn act(conduct: &Conduct, rule: RuleCode, truck: u32, day: u64, dice: &mut Dice) -> Act {
    let haul = dice.below(HAULS_A_DAY);
    let minute = FIRST_HAUL_MINUTE + haul * HAUL_EVERY_MINUTES + dice.below(HAUL_MINUTES);
    let length = dice.below(ACT_MINUTES_MAX + 1);
    let minutes = |count: u64| i64::try_from(count).unwrap_or(0) * 60;
    let start =
        conduct.year_start.plus_seconds(minutes(day * DAYS_OF_YEAR / WORKING_DAYS * 24 * 60 + minute));
    let [day, haul] = [day, haul].map(u64::to_be_bytes);
    let haul = HaulId::of_facts(&[&truck.to_be_bytes(), &day, &haul]);
    Act { rule, truck, haul, start, end: start.plus_seconds(minutes(length)) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::rates::ASSUMED;
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::cycle::Cycle;

    fn acts(trucks: u32, times: u32, companions_percent: u8, seed: u64) -> Vec<Act> {
        let year_start: Timestamp = "2026-01-01T00:00:00+08:00".parse().unwrap();
        let rates = Rates::read(ASSUMED, &Catalogue::embedded().unwrap(), year_start).unwrap();
        let conduct = Conduct { rates: &rates, trucks, times, companions_percent, year_start };
        year(&conduct, &mut Dice::new(seed, 1))
    }

    #[test]
    fn a_seed_gives_one_year_and_another_seed_another() {
        assert_eq!(acts(20, 2, 10, 7), acts(20, 2, 10, 7));
        assert_ne!(acts(20, 2, 10, 7), acts(20, 2, 10, 8));
    }

    #[test]
    fn every_act_lies_in_the_year_in_order_of_time() {
        let acts = acts(200, 3, 20, 1);
        assert!(acts.is_sorted_by_key(|act| act.start));
        for act in &acts {
            assert!(act.start <= act.end && act.truck < 200);
            assert_eq!((Cycle::of(act.start).year(), Cycle::of(act.end).year()), (2026, 2026), "{act:?}");
        }
    }

    #[test]
    fn rates_come_out_as_stated() {
        // 4,000 truck-years at twice 0.35 acts: 2,800 expected, and the root of that is 53.
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        for act in acts(4_000, 2, 0, 3) {
            *counts.entry(act.rule.to_string()).or_default() += 1;
        }
        for (rule, expected) in [("RT-01", 2_800_i64), ("TR-02a", 3_200), ("UW-01", 32), ("DP-03", 720)] {
            let off = (counts[rule] - expected).unsigned_abs();
            assert!(
                off * off <= 25 * expected.unsigned_abs(),
                "{rule}: {} for {expected}, seed 3",
                counts[rule]
            );
        }
    }

    #[test]
    fn companions_share_haul_and_moment_with_the_act_they_accompany() {
        let acts = acts(1_000, 1, 30, 5);
        let together =
            acts.windows(2).filter(|two| two[0].haul == two[1].haul && two[0].start == two[1].start);
        let share = together.count() * 100 / acts.len();
        assert!((14..=27).contains(&share), "{share} of a hundred acts");
    }
}
