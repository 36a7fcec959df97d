//! Token buckets in bounded memory. Pure: takes the moment, reads no clock.

use std::collections::HashMap;
use std::hash::Hash;

use domain::Timestamp;

/// A token, in the unit buckets are counted in: so many flow into a bucket of one token a minute in a minute.
const TOKEN: u64 = 60_000;

/// Most buckets kept. Whoever finds no place shares one bucket with all others who found none.
pub(super) const BUCKETS_MAX: usize = 20_000;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Whether it may pass.
    pub(super) passes: bool,
    /// Requests a minute.
    pub(super) per_minute: u32,
    /// Requests that would pass now.
    pub(super) left: u64,
    /// Seconds until the next may pass, of one that may not; else until the bucket is full.
    pub(super) wait_s: u32,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: u64,
    filled: Timestamp,
}

/// Buckets of one size, each of a key: as many requests as flow in within a minute may come at once.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    per_minute: u32,
    known: HashMap<K, Bucket>,
    others: Option<Bucket>,
    max: usize,
}

impl<K: Eq + Hash> Buckets<K> {
    /// No bucket yet. With 0 requests a minute everything passes.
    pub(super) fn new(per_minute: u32, max: usize) -> Self {
        Self { per_minute, known: HashMap::new(), others: None, max }
    }

    /// Whether a key has a bucket.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.known.contains_key(key)
    }

    /// Gives a key a bucket, if it has none and there is room.
    pub(super) fn know(&mut self, key: K, now: Timestamp) {
        let full = self.full(now);
        if self.per_minute > 0 && (self.known.contains_key(&key) || self.has_room(now)) {
            self.known.entry(key).or_insert(full);
        }
    }

    /// Takes one request out of a key's bucket.
    pub(super) fn take(&mut self, key: K, now: Timestamp) -> Taken {
        if self.per_minute == 0 {
            return Taken { passes: true, per_minute: 0, left: 0, wait_s: 0 };
        }
        self.know_or_share(key, now)
    }

    fn know_or_share(&mut self, key: K, now: Timestamp) -> Taken {
        let full = self.full(now);
        let per_minute = self.per_minute;
        let bucket = if self.known.contains_key(&key) || self.has_room(now) {
            self.known.entry(key).or_insert(full)
        } else {
            self.others.get_or_insert(full)
        };
        bucket.fill(per_minute, now);
        let passes = bucket.level >= TOKEN;
        if passes {
            bucket.level -= TOKEN;
        }
        let missing = if passes { full.level - bucket.level } else { TOKEN - bucket.level };
        let wait_ms = missing.div_ceil(u64::from(per_minute));
        Taken {
            passes,
            per_minute,
            left: bucket.level / TOKEN,
            wait_s: u32::try_from(wait_ms.div_ceil(1_000)).unwrap_or(u32::MAX),
        }
    }

    fn full(&self, now: Timestamp) -> Bucket {
        Bucket { level: u64::from(self.per_minute) * TOKEN, filled: now }
    }

    /// Whether one more fits; buckets that are full again are forgotten first, for they say nothing.
    fn has_room(&mut self, now: Timestamp) -> bool {
        if self.known.len() < self.max {
            return true;
        }
        let (per_minute, full) = (self.per_minute, u64::from(self.per_minute) * TOKEN);
        self.known.retain(|_, bucket| {
            bucket.fill(per_minute, now);
            bucket.level < full
        });
        self.known.len() < self.max
    }
}

impl Bucket {
    fn fill(&mut self, per_minute: u32, now: Timestamp) {
        let passed_ms = u64::try_from(now.millis_since(self.filled)).unwrap_or(0);
        let per_minute = u64::from(per_minute);
        let level = self.level.saturating_add(passed_ms.saturating_mul(per_minute));
        *self = Self { level: level.min(per_minute * TOKEN), filled: now };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_minute_of_requests_passes_at_once_and_then_one_as_each_flows_in() {
        let mut buckets = Buckets::new(60, 10);
        for left in (0..60).rev() {
            let taken = buckets.take("a", at(0));
            assert_eq!((taken.passes, taken.left), (true, left));
        }
        let refused = buckets.take("a", at(0));
        assert_eq!((refused.passes, refused.wait_s), (false, 1));
        assert!(!buckets.take("a", at(999)).passes);
        assert!(buckets.take("a", at(1_000)).passes);
        assert!(buckets.take("b", at(0)).passes, "another's bucket is its own");
    }

    #[test]
    fn zero_lets_everything_pass() {
        let mut buckets = Buckets::new(0, 10);
        assert!((0..1_000).all(|_| buckets.take("a", at(0)).passes));
    }

    #[test]
    fn memory_is_bounded_and_whoever_finds_no_place_shares() {
        let mut buckets = Buckets::new(2, 3);
        for key in 0..3 {
            assert!(buckets.take(key, at(0)).passes);
        }
        let shared: Vec<bool> = (3..6).map(|key| buckets.take(key, at(0)).passes).collect();
        assert_eq!(shared, [true, true, false]);
        assert_eq!(buckets.known.len(), 3);
        // A minute later all are full again and give way.
        assert!(buckets.take(9, at(60_000)).passes);
        assert!(buckets.knows(&9) && !buckets.knows(&0));
    }

    proptest! {
        #[test]
        fn no_more_passes_than_flowed_in_and_fitted(steps in proptest::collection::vec(0_i64..500, 1..400)) {
            let mut buckets = Buckets::new(30, 4);
            let (mut now, mut passed) = (0, 0_i64);
            for step in steps {
                now += step;
                passed += i64::from(buckets.take((), at(now)).passes);
                prop_assert!(passed <= 30 + now * 30 / 60_000 + 1);
            }
        }
    }
}
