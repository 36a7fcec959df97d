//! One incident, one deduction (行政处罚法 29), and the most that one haul takes.
//!
//! Two entries belong to the same incident when they share a haul and their times overlap or lie at most 10 minutes
//! apart. Of two such entries only one counts. Overlap is not transitive (a first and a third entry may be clear of each
//! other and both touch a second), so "the highest of the group" is not enough: **of all ways to count no two entries of
//! one incident, the one that takes most points counts**, the caps included. For two or more entries that all touch each
//! other this is the highest. So stated, the outcome does not depend on the order of the entries, and a further entry can
//! never raise a score, which picking group by group would allow.
//!
//! Some acts last as long as the haul (hauling without approval, loading from a site nobody registered): a deduction for one
//! names in its `refs` the first deduction for that act, and **of the deductions on a haul that name the same one, and that
//! one, at most one counts**, however far apart their times are.
//!
//! One haul takes at most 30.00 points before dilution, diluted like its least diluted entry. That limit is the haul's,
//! whichever way is counted, so it too can only rise with a further entry. What it cuts off is cut from class C first,
//! which has a cap of its own.
//!
//! The maximum is computed exactly: a pass over a haul's entries by their end keeps, for every number of capped points, the
//! most uncapped points that can go with it; only hauls in which the two compete are weighed against each other.

use std::collections::{BTreeMap, BTreeSet};

use domain::{HaulId, Timestamp};

use crate::ledger::LedgerEntry;

/// Entries of one haul at most this far apart belong to one incident, milliseconds.
pub const INCIDENT_GAP_MS: i64 = 10 * 60 * 1000;

/// When and on which haul something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The haul; what happened on none is never the same incident as anything else.
    pub trip: Option<HaulId>,
    /// First moment.
    pub start: Timestamp,
    /// Last moment, not before the first.
    pub end: Timestamp,
}

impl Span {
    /// The span of an entry; one without times is a moment at its posting.
    pub fn of(entry: &LedgerEntry) -> Self {
        let start = entry.occurred_at.unwrap_or(entry.posted_at);
        Self { trip: entry.trip, start, end: entry.occurred_until.unwrap_or(start).max(start) }
    }
}

/// Whether two spans belong to the same incident.
pub fn same(a: &Span, b: &Span) -> bool {
    a.trip.is_some()
        && a.trip == b.trip
        && touch(a.start.millis(), a.end.millis(), b.start.millis(), b.end.millis())
}

fn touch(a_start_ms: i64, a_end_ms: i64, b_start_ms: i64, b_end_ms: i64) -> bool {
    a_start_ms <= b_end_ms.saturating_add(INCIDENT_GAP_MS)
        && b_start_ms <= a_end_ms.saturating_add(INCIDENT_GAP_MS)
}

/// One entry of a haul as the choice sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate {
    /// First moment, milliseconds since 1970.
    pub(crate) start_ms: i64,
    /// Last moment.
    pub(crate) end_ms: i64,
    /// What counting it would take, centi-points, not negative.
    pub(crate) amount_cp: i64,
    /// Whether it falls under the cap.
    pub(crate) capped: bool,
    /// The act it belongs to; candidates of one act are one incident whenever they happened.
    pub(crate) act: Option<u128>,
}

impl Candidate {
    pub(crate) fn touches(&self, other: &Self) -> bool {
        touch(self.start_ms, self.end_ms, other.start_ms, other.end_ms)
            || self.act.is_some() && self.act == other.act
    }
}

/// The act of an entry: the first deduction of it, by its id.
pub(crate) fn act_of(entry: &LedgerEntry) -> u128 {
    u128::from_be_bytes(*entry.refs.first().unwrap_or(&entry.id).as_bytes())
}

/// What is taken outside and under the cap, the haul's limit applied.
pub(crate) fn limited(open_cp: i64, capped_cp: i64, limit_cp: i64) -> (i64, i64) {
    let open_cp = open_cp.min(limit_cp);
    (open_cp, capped_cp.min(limit_cp - open_cp))
}

/// The ways to count one haul that no other way beats.
#[derive(Debug, Default)]
pub(crate) struct Haul {
    ways: Vec<Point>,
    trail: Trail,
}

impl Haul {
    /// Finds them. `limit_cp` is the most the haul takes, `cap_cp` what bounds the capped ones of all hauls. Ties are
    /// broken by the candidates' order, so give them in an order of their own, not of arrival.
    pub(crate) fn of(candidates: &[Candidate], limit_cp: i64, cap_cp: i64) -> Self {
        let mut trail = Trail::default();
        let mut all: Vec<Point> = Vec::new();
        for left_out in left_out_by_act(candidates) {
            let by_end = (0..candidates.len()).filter(|at| !left_out.contains(at)).collect();
            all.extend(Self::apart_in_time(candidates, by_end, cap_cp, &mut trail));
        }
        let cut = all.into_iter().map(|point| {
            let (open_cp, capped_cp) = limited(point.open_cp, point.capped_cp, limit_cp);
            Point { open_cp, capped_cp, ..point }
        });
        Self { ways: unbeaten(cut, cap_cp), trail }
    }

    /// The ways to count some of the candidates, no two of which belong to one act.
    fn apart_in_time(
        candidates: &[Candidate],
        mut by_end: Vec<usize>,
        cap_cp: i64,
        trail: &mut Trail,
    ) -> Vec<Point> {
        by_end.sort_by_key(|&at| (candidates[at].end_ms, at));
        let mut best: Vec<Vec<Point>> = vec![vec![Point::default()]];
        for (position, &at) in by_end.iter().enumerate() {
            let clear = |&other: &usize| {
                candidates[other].end_ms.saturating_add(INCIDENT_GAP_MS) < candidates[at].start_ms
            };
            let clear_before = by_end[..position].partition_point(clear);
            let with: Vec<Point> =
                best[clear_before].iter().map(|point| point.with(candidates, at, trail)).collect();
            best.push(unbeaten(best[position].iter().copied().chain(with), cap_cp));
        }
        best.pop().unwrap_or_default()
    }

    /// The way when there is only one.
    pub(crate) fn settled(&self) -> Option<usize> {
        (self.ways.len() == 1).then_some(0)
    }

    /// What a way takes under the cap.
    pub(crate) fn capped_cp(&self, way: usize) -> i64 {
        self.ways[way].capped_cp
    }

    /// Which candidates a way counts. What takes nothing more, being over a cap or 0, still counts when it touches
    /// nothing that does.
    pub(crate) fn counts(&self, way: usize, candidates: &[Candidate]) -> Vec<bool> {
        let mut counts = vec![false; candidates.len()];
        for pick in self.trail.picks(self.ways[way].last) {
            counts[pick] = true;
        }
        for at in 0..candidates.len() {
            let touches =
                |other: usize| other != at && counts[other] && candidates[at].touches(&candidates[other]);
            counts[at] = counts[at] || !(0..candidates.len()).any(touches);
        }
        counts
    }
}

/// Which candidates to leave out so that of each act one is left, in every way to choose it; one way, leaving out none, where
/// every candidate is an act of its own.
fn left_out_by_act(candidates: &[Candidate]) -> Vec<BTreeSet<usize>> {
    let mut acts: BTreeMap<u128, Vec<usize>> = BTreeMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if let Some(act) = candidate.act {
            acts.entry(act).or_default().push(at);
        }
    }
    let mut ways = vec![BTreeSet::new()];
    for members in acts.values().filter(|members| members.len() > 1) {
        let others = |kept: usize| members.iter().copied().filter(move |at| *at != kept);
        ways = ways
            .iter()
            .flat_map(|way| {
                members.iter().map(move |&kept| way.iter().copied().chain(others(kept)).collect())
            })
            .collect();
    }
    ways
}

/// Picks one way per haul so that the sum, cap included, is the largest. `capped_cp` is taken under the cap already.
pub(crate) fn weigh(hauls: &[&Haul], capped_cp: i64, cap_cp: i64) -> Vec<usize> {
    let mut chosen = Trail::default();
    let mut sums = vec![Point { open_cp: 0, capped_cp: capped_cp.min(cap_cp), last: None }];
    for haul in hauls {
        let mut next: Vec<(Point, usize, usize)> = Vec::new();
        for (from, sum) in sums.iter().enumerate() {
            for (way, point) in haul.ways.iter().enumerate() {
                let open_cp = sum.open_cp.saturating_add(point.open_cp);
                let capped_cp = sum.capped_cp.saturating_add(point.capped_cp).min(cap_cp);
                // `last` holds the row for now: the kept rows alone get a step in the trail.
                let point = Point { open_cp, capped_cp, last: Some(next.len()) };
                next.push((point, from, way));
            }
        }
        let kept = unbeaten(next.iter().map(|row| row.0), cap_cp);
        let steps = kept.into_iter().filter_map(|point| {
            let (_, from, way) = next[point.last?];
            Some(Point { last: Some(chosen.push(way, sums[from].last)), ..point })
        });
        sums = steps.collect();
    }
    let total = |point: &Point| point.open_cp.saturating_add(point.capped_cp);
    let mut best: Option<Point> = None;
    for sum in sums {
        if best.is_none_or(|best| total(&sum) > total(&best)) {
            best = Some(sum);
        }
    }
    let mut ways = chosen.picks(best.and_then(|best| best.last));
    ways.reverse();
    ways
}

/// One way to count: what it takes, and the last entry taken.
#[derive(Debug, Clone, Copy, Default)]
struct Point {
    open_cp: i64,
    capped_cp: i64,
    last: Option<usize>,
}

impl Point {
    fn with(self, candidates: &[Candidate], at: usize, trail: &mut Trail) -> Self {
        let Candidate { amount_cp, capped, .. } = candidates[at];
        Self {
            open_cp: self.open_cp.saturating_add(if capped { 0 } else { amount_cp }),
            capped_cp: self.capped_cp.saturating_add(if capped { amount_cp } else { 0 }),
            last: Some(trail.push(at, self.last)),
        }
    }
}

/// Picks as lists that share their beginnings: each step names a pick and the step before it.
#[derive(Debug, Default)]
struct Trail(Vec<(usize, Option<usize>)>);

impl Trail {
    fn push(&mut self, pick: usize, before: Option<usize>) -> usize {
        self.0.push((pick, before));
        self.0.len() - 1
    }

    /// The picks, the last first.
    fn picks(&self, last: Option<usize>) -> Vec<usize> {
        std::iter::successors(last, |&step| self.0[step].1).map(|step| self.0[step].0).collect()
    }
}

/// Drops every way that another beats or equals in both respects; capped points beyond the cap are worth nothing. The
/// earlier of two equal ways stays. At most one way per number of capped points remains, so never more than the cap + 1.
fn unbeaten(ways: impl Iterator<Item = Point>, cap_cp: i64) -> Vec<Point> {
    let mut by_capped: BTreeMap<i64, Point> = BTreeMap::new();
    for way in ways {
        let held = by_capped.entry(way.capped_cp.min(cap_cp)).or_insert(way);
        if way.open_cp > held.open_cp {
            *held = way;
        }
    }
    let mut kept: Vec<Point> = Vec::new();
    for (_, way) in by_capped.into_iter().rev() {
        if kept.last().is_none_or(|better| way.open_cp > better.open_cp) {
            kept.push(way);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A haul: candidates and its limit.
    type Given = (Vec<Candidate>, i64);

    fn candidate(start_min: i64, end_min: i64, amount_cp: i64, capped: bool) -> Candidate {
        Candidate { start_ms: start_min * 60_000, end_ms: end_min * 60_000, amount_cp, capped, act: None }
    }

    fn choose(hauls: &[Given], cap_cp: i64) -> Vec<Vec<bool>> {
        let found: Vec<Haul> =
            hauls.iter().map(|(candidates, limit)| Haul::of(candidates, *limit, cap_cp)).collect();
        let ways = weigh(&found.iter().collect::<Vec<_>>(), 0, cap_cp);
        let chosen = found.iter().zip(hauls).zip(ways);
        chosen.map(|((haul, (candidates, _)), way)| haul.counts(way, candidates)).collect()
    }

    /// By the definition: what counting these entries takes.
    fn worth(hauls: &[Given], counts: &[Vec<bool>], cap_cp: i64) -> i64 {
        let (mut open, mut capped) = (0, 0);
        for ((candidates, limit), counts) in hauls.iter().zip(counts) {
            let sum = |wanted| {
                let chosen =
                    candidates.iter().zip(counts).filter(|(one, counts)| one.capped == wanted && **counts);
                chosen.map(|(one, _)| one.amount_cp).sum::<i64>()
            };
            let own_open = sum(false).min(*limit);
            open += own_open;
            capped += sum(true).min(*limit - own_open);
        }
        open + capped.min(cap_cp)
    }

    fn clash(candidates: &[Candidate], counts: &[bool]) -> bool {
        let chosen: Vec<&Candidate> =
            candidates.iter().zip(counts).filter(|(_, counts)| **counts).map(|(one, _)| one).collect();
        chosen.iter().enumerate().any(|(at, one)| chosen[..at].iter().any(|other| one.touches(other)))
    }

    #[track_caller]
    fn check(hauls: &[Given], cap_cp: i64, expected: &[&[bool]]) {
        assert_eq!(choose(hauls, cap_cp), expected);
    }

    #[test]
    fn the_highest_of_one_incident_counts() {
        let two = vec![candidate(0, 60, 2000, false), candidate(30, 30, 1000, false)];
        check(&[(two, 3000)], 3500, &[&[true, false]]);
    }

    #[test]
    fn ten_minutes_apart_is_one_incident_and_a_second_more_is_two() {
        let mut two = vec![candidate(0, 5, 300, false), candidate(15, 20, 300, false)];
        check(&[(two.clone(), 3000)], 3500, &[&[true, false]]);
        two[1].start_ms += 1000;
        check(&[(two, 3000)], 3500, &[&[true, true]]);
    }

    #[test]
    fn of_one_act_the_highest_counts_however_far_apart() {
        let of_act = |start, amount| Candidate { act: Some(7), ..candidate(start, start + 5, amount, false) };
        check(&[(vec![of_act(0, 2000), of_act(90, 1000)], 3000)], 3500, &[&[true, false]]);
        let between = candidate(40, 45, 300, false);
        check(&[(vec![of_act(0, 1000), between, of_act(90, 2000)], 3000)], 3500, &[&[false, true, true]]);
    }

    #[test]
    fn the_two_ends_of_a_chain_count_when_together_they_weigh_more_than_its_middle() {
        let chain = |middle| {
            let ends = (candidate(0, 10, 300, false), candidate(30, 40, 300, false));
            vec![ends.0, candidate(15, 25, middle, false), ends.1]
        };
        check(&[(chain(500), 3000)], 3500, &[&[true, false, true]]);
        check(&[(chain(700), 3000)], 3500, &[&[false, true, false]]);
        check(&[(chain(700), 650)], 3500, &[&[false, true, false]]);
    }

    #[test]
    fn what_the_cap_swallows_does_not_push_out_what_counts() {
        let full = (vec![candidate(0, 0, 3500, true)], 5000);
        let two = (vec![candidate(0, 10, 600, true), candidate(0, 10, 500, false)], 3000);
        check(&[full.clone(), two.clone()], 3500, &[&[true], &[false, true]]);
        check(&[full, two], 9000, &[&[true], &[true, false]]);
    }

    fn hauls() -> impl Strategy<Value = Vec<Given>> {
        let one = (0_i64..60, 0_i64..20, 0_i64..8, any::<bool>(), prop::option::weighted(0.3, 0_u128..2));
        let build = |(start, length, hundreds, capped, act)| Candidate {
            act,
            ..candidate(start, start + length, hundreds * 100, capped)
        };
        let haul = prop::collection::vec(one.prop_map(build), 0..6);
        prop::collection::vec((haul, (0_i64..16).prop_map(|hundreds| hundreds * 100)), 0..3)
    }

    /// Every way to count no two entries of one incident.
    fn subsets(hauls: &[Given]) -> Vec<Vec<Vec<bool>>> {
        let mut all: Vec<Vec<Vec<bool>>> = vec![Vec::new()];
        for (candidates, _) in hauls {
            let flags = (0_u32..1 << candidates.len())
                .map(|subset| (0..candidates.len()).map(|at| subset >> at & 1 == 1).collect::<Vec<bool>>())
                .filter(|flags| !clash(candidates, flags));
            let own: Vec<Vec<bool>> = flags.collect();
            let longer = |before: &Vec<Vec<bool>>| {
                let before = before.clone();
                let more = own.iter().map(move |one| [before.as_slice(), std::slice::from_ref(one)].concat());
                more.collect::<Vec<_>>()
            };
            all = all.iter().flat_map(longer).collect();
        }
        all
    }

    proptest! {
        #[test]
        fn the_choice_is_the_best_of_all_subsets(hauls in hauls(), cap in 0_i64..12) {
            let cap_cp = cap * 100;
            let counts = choose(&hauls, cap_cp);
            for ((candidates, _), counts) in hauls.iter().zip(&counts) {
                prop_assert!(!clash(candidates, counts));
            }
            let best = subsets(&hauls).iter().map(|counts| worth(&hauls, counts, cap_cp)).max();
            prop_assert_eq!(Some(worth(&hauls, &counts, cap_cp)), best);
        }

        #[test]
        fn whatever_does_not_count_touches_something_that_does(hauls in hauls()) {
            for ((candidates, _), counts) in hauls.iter().zip(choose(&hauls, 500)) {
                for (at, one) in candidates.iter().enumerate().filter(|(at, _)| !counts[*at]) {
                    let touches =
                        |(other, counts): (&Candidate, &bool)| *counts && one.touches(other);
                    prop_assert!(candidates.iter().zip(&counts).any(touches), "{}", at);
                }
            }
        }
    }
}
