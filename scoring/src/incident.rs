//! One incident, one deduction (行政处罚法 29).
//!
//! Two entries belong to the same incident when they share a haul and their times overlap or lie at most 10 minutes
//! apart. Of two such entries only one counts. Overlap is not transitive (a first and a third entry may be clear of each
//! other and both touch a second), so "the highest of the group" is not enough: **of all ways to count no two entries of
//! one incident, the one that takes most points counts**, the cap on class C included. For two or more entries that all
//! touch each other this is the highest. So stated, the outcome does not depend on the order of the entries, and a
//! further entry can never raise a score, which picking group by group would allow.
//!
//! The maximum is computed exactly: entries of a haul that touch nothing else are simply counted; in a group, a pass over
//! the entries by their end keeps, for every number of capped points, the most uncapped points that can go with it; only
//! groups in which the two compete are then weighed against each other across hauls.

use std::collections::BTreeMap;

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
        && a.start <= b.end.plus_millis(INCIDENT_GAP_MS)
        && b.start <= a.end.plus_millis(INCIDENT_GAP_MS)
}

/// An entry as the choice sees it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// When and where.
    pub span: Span,
    /// What counting it would take, centi-points, not negative.
    pub amount_cp: i64,
    /// Whether it falls under the cap.
    pub capped: bool,
}

/// Chooses which candidates count; `cap_cp` bounds what the capped ones take together. The result has one flag per
/// candidate. Ties are broken by the candidates' order, so give them in an order of their own, not of arrival.
pub fn choose(candidates: &[Candidate], cap_cp: i64) -> Vec<bool> {
    let mut counts = vec![false; candidates.len()];
    let mut trail = Trail::default();
    let mut competing: Vec<Vec<Point>> = Vec::new();
    let mut capped_cp: i64 = 0;
    for group in groups(candidates) {
        let frontier = match group.as_slice() {
            [only] => vec![Point::default().with(candidates, *only, &mut trail)],
            _ => frontier(candidates, &group, cap_cp, &mut trail),
        };
        match frontier.as_slice() {
            [settled] => {
                capped_cp = capped_cp.saturating_add(settled.capped_cp);
                trail.mark(settled.last, &mut counts);
            }
            _ => competing.push(frontier),
        }
    }
    weigh(&competing, capped_cp, cap_cp, &trail, &mut counts);
    // What takes nothing more, being over the cap or 0, still belongs to the picture when it touches nothing that counts.
    for group in groups(candidates).into_iter().filter(|group| group.len() > 1) {
        for &at in &group {
            let touches =
                |&other: &usize| counts[other] && same(&candidates[at].span, &candidates[other].span);
            if !counts[at] && !group.iter().any(touches) {
                counts[at] = true;
            }
        }
    }
    counts
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

    fn picks(&self, last: Option<usize>) -> Vec<usize> {
        std::iter::successors(last, |&step| self.0[step].1).map(|step| self.0[step].0).collect()
    }

    fn mark(&self, last: Option<usize>, counts: &mut [bool]) {
        for pick in self.picks(last) {
            counts[pick] = true;
        }
    }
}

/// Splits the candidates where no incident can reach across: by haul, and within a haul at gaps.
fn groups(candidates: &[Candidate]) -> Vec<Vec<usize>> {
    let mut by_trip: BTreeMap<HaulId, Vec<usize>> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate() {
        match candidate.span.trip {
            Some(trip) => by_trip.entry(trip).or_default().push(at),
            None => groups.push(vec![at]),
        }
    }
    for mut members in by_trip.into_values() {
        members.sort_by_key(|&at| (candidates[at].span.start, at));
        let mut group: Vec<usize> = Vec::new();
        let mut reach = None;
        for at in members {
            let Span { start, end, .. } = candidates[at].span;
            if reach.is_some_and(|reach| start > reach) {
                groups.push(std::mem::take(&mut group));
            }
            reach = reach.max(Some(end.plus_millis(INCIDENT_GAP_MS)));
            group.push(at);
        }
        groups.push(group);
    }
    groups
}

/// All ways to count a group that no other way beats in both respects.
fn frontier(candidates: &[Candidate], group: &[usize], cap_cp: i64, trail: &mut Trail) -> Vec<Point> {
    let mut by_end = group.to_vec();
    by_end.sort_by_key(|&at| (candidates[at].span.end, at));
    let mut best: Vec<Vec<Point>> = vec![vec![Point::default()]];
    for (position, &at) in by_end.iter().enumerate() {
        let clear = |&other: &usize| {
            candidates[other].span.end.plus_millis(INCIDENT_GAP_MS) < candidates[at].span.start
        };
        let clear_before = by_end[..position].partition_point(clear);
        let with = best[clear_before].iter().map(|point| point.with(candidates, at, trail));
        let ways: Vec<Point> = best[position].iter().copied().chain(with).collect();
        best.push(unbeaten(ways, cap_cp));
    }
    best.pop().unwrap_or_default()
}

/// Drops every way that another beats or equals in both respects; capped points beyond the cap are worth nothing. The
/// earlier of two equal ways stays. At most one way per number of capped points remains, so never more than the cap + 1.
fn unbeaten(ways: Vec<Point>, cap_cp: i64) -> Vec<Point> {
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

/// Picks one way per competing group so that the sum, cap included, is the largest.
fn weigh(competing: &[Vec<Point>], capped_cp: i64, cap_cp: i64, trail: &Trail, counts: &mut [bool]) {
    let mut chosen = Trail::default();
    let mut sums = vec![Point { open_cp: 0, capped_cp: capped_cp.min(cap_cp), last: None }];
    for (group, ways) in competing.iter().enumerate() {
        let mut next: Vec<(Point, usize, usize)> = Vec::new();
        for (from, sum) in sums.iter().enumerate() {
            for (way, point) in ways.iter().enumerate() {
                let open_cp = sum.open_cp.saturating_add(point.open_cp);
                let capped_cp = sum.capped_cp.saturating_add(point.capped_cp).min(cap_cp);
                // `last` holds the row for now: the kept rows alone get a step in the trail.
                let point = Point { open_cp, capped_cp, last: Some(next.len()) };
                next.push((point, from, way));
            }
        }
        let kept = unbeaten(next.iter().map(|row| row.0).collect(), cap_cp);
        let steps = kept.into_iter().filter_map(|point| {
            let (_, from, way) = next[point.last?];
            let pick = group_way(competing, group, way);
            Some(Point { last: Some(chosen.push(pick, sums[from].last)), ..point })
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
    let flat: Vec<Point> = competing.iter().flatten().copied().collect();
    for pick in chosen.picks(best.and_then(|best| best.last)) {
        trail.mark(flat[pick].last, counts);
    }
}

/// Position of a group's way in the concatenation of all groups' ways.
fn group_way(competing: &[Vec<Point>], group: usize, way: usize) -> usize {
    competing[..group].iter().map(Vec::len).sum::<usize>() + way
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trip(number: u8) -> HaulId {
        HaulId::of_facts(&[&[number]])
    }

    fn candidate(
        trip_number: Option<u8>,
        start_min: i64,
        end_min: i64,
        amount_cp: i64,
        capped: bool,
    ) -> Candidate {
        let moment = |minute: i64| Timestamp::from_seconds(minute * 60);
        let span = Span { trip: trip_number.map(trip), start: moment(start_min), end: moment(end_min) };
        Candidate { span, amount_cp, capped }
    }

    fn worth(candidates: &[Candidate], counts: &[bool], cap_cp: i64) -> i64 {
        let sum = |capped| {
            let chosen =
                candidates.iter().zip(counts).filter(|(one, counts)| one.capped == capped && **counts);
            chosen.map(|(one, _)| one.amount_cp).sum::<i64>()
        };
        sum(false) + sum(true).min(cap_cp)
    }

    fn clash(candidates: &[Candidate], counts: &[bool]) -> bool {
        let chosen: Vec<&Candidate> =
            candidates.iter().zip(counts).filter(|(_, counts)| **counts).map(|(one, _)| one).collect();
        chosen
            .iter()
            .enumerate()
            .any(|(at, one)| chosen[..at].iter().any(|other| same(&one.span, &other.span)))
    }

    #[track_caller]
    fn check(candidates: &[Candidate], cap_cp: i64, expected: &[bool]) {
        assert_eq!(choose(candidates, cap_cp), expected);
    }

    #[test]
    fn the_highest_of_one_incident_counts() {
        let two = [candidate(Some(1), 0, 60, 2000, false), candidate(Some(1), 30, 30, 1000, false)];
        check(&two, 3500, &[true, false]);
    }

    #[test]
    fn ten_minutes_apart_is_one_incident_and_a_second_more_is_two() {
        let mut two = [candidate(Some(1), 0, 5, 300, false), candidate(Some(1), 15, 20, 300, false)];
        check(&two, 3500, &[true, false]);
        two[1].span.start = two[1].span.start.plus_seconds(1);
        check(&two, 3500, &[true, true]);
    }

    #[test]
    fn another_haul_or_none_is_another_incident() {
        let three = [
            candidate(Some(1), 0, 5, 300, false),
            candidate(Some(2), 0, 5, 300, false),
            candidate(None, 0, 5, 300, false),
            candidate(None, 0, 5, 300, false),
        ];
        check(&three, 3500, &[true; 4]);
    }

    #[test]
    fn the_two_ends_of_a_chain_count_when_together_they_weigh_more_than_its_middle() {
        let chain = |middle| {
            [
                candidate(Some(1), 0, 10, 300, false),
                candidate(Some(1), 15, 25, middle, false),
                candidate(Some(1), 30, 40, 300, false),
            ]
        };
        check(&chain(500), 3500, &[true, false, true]);
        check(&chain(700), 3500, &[false, true, false]);
    }

    #[test]
    fn what_the_cap_swallows_does_not_push_out_what_counts() {
        let three = [
            candidate(None, 0, 0, 3500, true),
            candidate(Some(1), 0, 10, 600, true),
            candidate(Some(1), 0, 10, 500, false),
        ];
        check(&three, 3500, &[true, false, true]);
        check(&three, 9000, &[true, true, false]);
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (prop::option::of(0_u8..2), 0_i64..60, 0_i64..20, 0_i64..8, any::<bool>());
        let build = |(trip, start, length, hundreds, capped)| {
            candidate(trip, start, start + length, hundreds * 100, capped)
        };
        prop::collection::vec(one.prop_map(build), 0..10)
    }

    proptest! {
        #[test]
        fn the_choice_is_the_best_of_all_subsets(candidates in candidates(), cap in 0_i64..12) {
            let cap_cp = cap * 100;
            let counts = choose(&candidates, cap_cp);
            prop_assert!(!clash(&candidates, &counts));
            let mut best = 0;
            for subset in 0_u32..(1 << candidates.len()) {
                let flags: Vec<bool> = (0..candidates.len()).map(|at| subset >> at & 1 == 1).collect();
                if !clash(&candidates, &flags) {
                    best = best.max(worth(&candidates, &flags, cap_cp));
                }
            }
            prop_assert_eq!(worth(&candidates, &counts, cap_cp), best);
        }

        #[test]
        fn whatever_does_not_count_touches_something_that_does(candidates in candidates()) {
            let counts = choose(&candidates, 500);
            for (at, one) in candidates.iter().enumerate().filter(|(at, _)| !counts[*at]) {
                let touches = |(other, counts): (&Candidate, &bool)| *counts && same(&one.span, &other.span);
                prop_assert!(candidates.iter().zip(&counts).any(touches), "{}", at);
            }
        }
    }
}
