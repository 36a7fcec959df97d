//! How fast one terminal may send: a bucket of frames that fills at a rate.

use domain::Timestamp;

use super::limits::BURST_S;

/// The frames a terminal still has to its account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    per_second: f64,
    left: f64,
    at: Timestamp,
}

impl Pace {
    /// A full bucket.
    pub fn new(per_second: u32, now: Timestamp) -> Self {
        let per_second = f64::from(per_second.max(1));
        Self { per_second, left: per_second * f64::from(BURST_S), at: now }
    }

    /// Takes frames out; until when no more are to be read, when it took more than there were.
    pub fn take(&mut self, frames: u64, now: Timestamp) -> Option<Timestamp> {
        let most = self.per_second * f64::from(BURST_S);
        let gained = now.millis_since(self.at).max(0) as f64 / 1000.0 * self.per_second;
        self.left = (self.left + gained).min(most) - frames as f64;
        self.at = now;
        (self.left < 0.0).then(|| now.plus_millis((-self.left / self.per_second * 1000.0).ceil() as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(per_second: u32, taken: &[(i64, u64)], paused_until_ms: Option<i64>) {
        let mut pace = Pace::new(per_second, Timestamp::from_millis(0));
        let mut last = None;
        for (at_ms, frames) in taken {
            last = pace.take(*frames, Timestamp::from_millis(*at_ms));
        }
        assert_eq!(last.map(|until| until.millis()), paused_until_ms);
    }

    #[test]
    fn a_burst_is_free_and_what_is_beyond_it_waits_for_the_rate() {
        check(10, &[(0, 100)], None);
        check(10, &[(0, 101)], Some(100));
        check(10, &[(0, 100), (500, 5)], None);
        check(10, &[(0, 100), (500, 10)], Some(1000));
        check(10, &[(0, 0), (3_600_000, 100)], None);
        check(10, &[(0, 100), (-5_000, 1)], Some(-4_900));
    }
}
