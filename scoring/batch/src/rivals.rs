//! The choice within incidents by exhaustive search: of all ways to count no two entries of one incident, the one that
//! takes most, cap included. Slow and plain on purpose; it checks the fold's own pass.

use std::collections::{BTreeMap, BTreeSet};

/// Most entries of one haul that may hang together before the search is refused.
pub const GROUP_ENTRIES_MAX: usize = 32;

/// An entry that touches another.
#[derive(Debug, Clone, Copy)]
pub struct Rival {
    /// What it takes, centi-points, not negative.
    pub amount_cp: i64,
    /// Whether it falls under the cap.
    pub capped: bool,
}

/// What is taken outside and under the cap, centi-points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sums {
    /// Outside the cap.
    pub open_cp: i64,
    /// Under the cap, before it is applied.
    pub capped_cp: i64,
}

/// The search is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{entries} entries of one haul hang together, at most {GROUP_ENTRIES_MAX} are searched exhaustively; use `scoring recompute`"
)]
pub struct RivalsError {
    /// How many.
    pub entries: usize,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self { open_cp: self.open_cp + other.open_cp, capped_cp: self.capped_cp + other.capped_cp }
    }

    /// The most that can be taken: this, which is taken in any case, and the best choice among the rivals. `touching`
    /// names for every rival the others of its incidents.
    pub fn most_taken(
        self,
        rivals: &BTreeMap<String, Rival>,
        touching: &BTreeMap<String, BTreeSet<String>>,
        cap_cp: i64,
    ) -> Result<i64, RivalsError> {
        let mut ways = BTreeSet::from([self]);
        for group in groups(touching) {
            if group.len() > GROUP_ENTRIES_MAX {
                return Err(RivalsError { entries: group.len() });
            }
            let mut group_ways = BTreeSet::new();
            search(&group, rivals, touching, Self::default(), &mut group_ways);
            let sums = ways.iter().flat_map(|way| group_ways.iter().map(|more| way.plus(*more)));
            ways = best(sums, cap_cp);
        }
        Ok(ways.iter().map(|way| way.open_cp + way.capped_cp.min(cap_cp)).max().unwrap_or_default())
    }
}

/// For every number of capped points up to the cap the way with most open points; no other can be part of the best.
fn best(ways: impl Iterator<Item = Sums>, cap_cp: i64) -> BTreeSet<Sums> {
    let mut best: BTreeMap<i64, i64> = BTreeMap::new();
    for way in ways {
        let open_cp = best.entry(way.capped_cp.min(cap_cp)).or_insert(way.open_cp);
        *open_cp = way.open_cp.max(*open_cp);
    }
    best.into_iter().map(|(capped_cp, open_cp)| Sums { open_cp, capped_cp }).collect()
}

/// Entries that hang together, directly or through others.
fn groups(touching: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<&str>> {
    let mut groups: Vec<BTreeSet<&str>> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in touching.keys() {
        let (mut group, mut open) = (BTreeSet::new(), vec![start.as_str()]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                group.insert(id);
                open.extend(touching.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

/// Tries every way to count entries of `left`, adding what each takes in the end to `ways`.
fn search(
    left: &BTreeSet<&str>,
    rivals: &BTreeMap<String, Rival>,
    touching: &BTreeMap<String, BTreeSet<String>>,
    taken: Sums,
    ways: &mut BTreeSet<Sums>,
) {
    let degree = |id: &&&str| {
        touching
            .get(**id)
            .map_or(0, |others| others.iter().filter(|other| left.contains(other.as_str())).count())
    };
    let Some(most) = left.iter().max_by_key(degree) else {
        ways.insert(taken);
        return;
    };
    let amount = rivals.get(*most).map_or(Sums::default(), |rival| {
        if rival.capped {
            Sums { open_cp: 0, capped_cp: rival.amount_cp }
        } else {
            Sums { open_cp: rival.amount_cp, capped_cp: 0 }
        }
    });
    let mut without = left.clone();
    without.remove(most);
    let mut with = without.clone();
    with.retain(|id| !touching.get(*most).is_some_and(|others| others.contains(*id)));
    // Nothing speaks against an entry that touches none of the others left.
    if with.len() < without.len() {
        search(&without, rivals, touching, taken, ways);
    }
    search(&with, rivals, touching, taken.plus(amount), ways);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as amounts (negative: capped) along a chain in which each touches the next.
    #[track_caller]
    fn check(chain: &[i64], already: Sums, expected: Result<i64, RivalsError>) {
        let name = |at: usize| format!("{at:02}");
        let mut rivals = BTreeMap::new();
        let mut touching: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (at, amount) in chain.iter().enumerate() {
            rivals.insert(name(at), Rival { amount_cp: amount.abs(), capped: *amount < 0 });
            if at > 0 {
                touching.entry(name(at)).or_default().insert(name(at - 1));
                touching.entry(name(at - 1)).or_default().insert(name(at));
            }
        }
        assert_eq!(already.most_taken(&rivals, &touching, 3500), expected);
    }

    #[test]
    fn the_costliest_way_to_count_wins() {
        let none = Sums::default();
        check(&[], none, Ok(0));
        check(&[300, 500], none, Ok(500));
        check(&[300, 500, 300], none, Ok(600));
        check(&[300, 700, 300], none, Ok(700));
        check(&[-600, 500], none, Ok(600));
        check(&[-600, 500], Sums { open_cp: 100, capped_cp: 3500 }, Ok(100 + 3500 + 500));
        check(&[1; 32], none, Ok(16));
        check(&[1; 33], none, Err(RivalsError { entries: 33 }));
    }
}
