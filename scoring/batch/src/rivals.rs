//! The choice on hauls with several deductions by exhaustive search: of all ways to count no two entries of one incident,
//! the one that takes most, caps included. Slow and plain on purpose; it checks the fold's own pass.

use std::collections::{BTreeMap, BTreeSet};

use scoring::incident::INCIDENT_GAP_MS;

/// Most entries of one haul before the search is refused.
pub const HAUL_ENTRIES_MAX: usize = 32;

/// An entry that shares its haul with another.
#[derive(Debug, Clone)]
pub struct Rival {
    /// First moment, milliseconds since 1970.
    pub start_ms: i64,
    /// Last moment.
    pub end_ms: i64,
    /// What it takes, centi-points, not negative.
    pub amount_cp: i64,
    /// Whether it falls under the cap on class C.
    pub capped: bool,
    /// The act it belongs to: the id of its first deduction.
    pub act: String,
}

impl Rival {
    fn touches(&self, other: &Self) -> bool {
        self.act == other.act
            || self.start_ms - other.end_ms <= INCIDENT_GAP_MS
                && other.start_ms - self.end_ms <= INCIDENT_GAP_MS
    }
}

/// A haul with several standing deductions.
#[derive(Debug, Clone, Default)]
pub struct Haul {
    /// Its deductions.
    pub rivals: Vec<Rival>,
    /// The most it takes.
    pub limit_cp: i64,
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
    "one haul has {entries} deductions, at most {HAUL_ENTRIES_MAX} are searched exhaustively; use `scoring recompute`"
)]
pub struct RivalsError {
    /// How many.
    pub entries: usize,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self { open_cp: self.open_cp + other.open_cp, capped_cp: self.capped_cp + other.capped_cp }
    }

    /// A haul takes at most its limit; what is above is cut from class C first.
    fn within(self, limit_cp: i64) -> Self {
        let open_cp = self.open_cp.min(limit_cp);
        Self { open_cp, capped_cp: self.capped_cp.min(limit_cp - open_cp) }
    }

    /// The most that can be taken: this, which is taken in any case, and the best choice on the hauls.
    pub fn most_taken(self, hauls: &[&Haul], cap_cp: i64) -> Result<i64, RivalsError> {
        let mut ways = BTreeSet::from([self]);
        for haul in hauls {
            let entries = haul.rivals.len();
            if entries > HAUL_ENTRIES_MAX {
                return Err(RivalsError { entries });
            }
            let mut found = BTreeSet::new();
            search(&(0..entries).collect(), &haul.rivals, Self::default(), &mut found);
            let own = best(found.into_iter().map(|way| way.within(haul.limit_cp)), cap_cp);
            let sums = ways.iter().flat_map(|way| own.iter().map(|more| way.plus(*more)));
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

/// Tries every way to count entries of `left`, adding what each takes in the end to `ways`.
fn search(left: &BTreeSet<usize>, rivals: &[Rival], taken: Sums, ways: &mut BTreeSet<Sums>) {
    let touches = |a: usize, b: usize| a != b && rivals[a].touches(&rivals[b]);
    let degree = |&&at: &&usize| left.iter().filter(|&&other| touches(at, other)).count();
    let Some(&most) = left.iter().max_by_key(degree) else {
        ways.insert(taken);
        return;
    };
    let Rival { amount_cp, capped, .. } = rivals[most];
    let amount = if capped {
        Sums { open_cp: 0, capped_cp: amount_cp }
    } else {
        Sums { open_cp: amount_cp, capped_cp: 0 }
    };
    let mut without = left.clone();
    without.remove(&most);
    let mut with = without.clone();
    with.retain(|&other| !touches(most, other));
    // Nothing speaks against an entry that touches none of the others left.
    if with.len() < without.len() {
        search(&without, rivals, taken, ways);
    }
    search(&with, rivals, taken.plus(amount), ways);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as amounts (negative: capped) along a chain in which each touches the next.
    #[track_caller]
    fn check(chain: &[i64], already: Sums, limit_cp: i64, expected: Result<i64, RivalsError>) {
        let mut haul = Haul { rivals: Vec::new(), limit_cp };
        for (at, amount) in (0_i64..).zip(chain) {
            let start_ms = at * (INCIDENT_GAP_MS + 1);
            let rival = Rival {
                start_ms,
                end_ms: start_ms + 2,
                amount_cp: amount.abs(),
                capped: *amount < 0,
                act: at.to_string(),
            };
            haul.rivals.push(rival);
        }
        assert_eq!(already.most_taken(&[&haul], 3500), expected);
    }

    #[test]
    fn the_costliest_way_to_count_wins() {
        let none = Sums::default();
        check(&[], none, 3000, Ok(0));
        check(&[300, 500], none, 3000, Ok(500));
        check(&[300, 500, 300], none, 3000, Ok(600));
        check(&[300, 700, 300], none, 3000, Ok(700));
        check(&[300, 700, 300], none, 650, Ok(650));
        check(&[-600, 500], none, 3000, Ok(600));
        check(&[-600, 500], Sums { open_cp: 100, capped_cp: 3500 }, 3000, Ok(100 + 3500 + 500));
        check(&[1; 32], none, 3000, Ok(16));
        check(&[1; 33], none, 3000, Err(RivalsError { entries: 33 }));
    }
}
