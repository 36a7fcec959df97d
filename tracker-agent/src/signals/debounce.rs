//! A value counts once it has stood for a while: contacts bounce, and a load swings while it is tipped.

use domain::Timestamp;

/// Holds the last value that stood long enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debounce<T> {
    hold_ms: i64,
    steady: Option<T>,
    /// Another value, and since when it stands.
    candidate: Option<(T, Timestamp)>,
}

impl<T: Copy + PartialEq> Debounce<T> {
    /// Values count after `hold_ms` milliseconds.
    pub fn new(hold_ms: i64) -> Self {
        Self { hold_ms, steady: None, candidate: None }
    }

    /// The value is this now.
    pub fn handle(&mut self, value: T, now: Timestamp) {
        self.settle(now);
        self.candidate = match self.candidate {
            _ if self.steady == Some(value) => None,
            // A clock set back begins anew.
            Some((standing, since)) if standing == value && since <= now => Some((value, since)),
            _ => Some((value, now)),
        };
        self.settle(now);
    }

    /// Time has passed.
    pub fn settle(&mut self, now: Timestamp) {
        if let Some((value, since)) = self.candidate
            && now.millis_since(since) >= self.hold_ms
        {
            self.steady = Some(value);
            self.candidate = None;
        }
    }

    /// When [`Debounce::settle`] wants to be called.
    pub fn due(&self) -> Option<Timestamp> {
        self.candidate.map(|(_, since)| since.plus_millis(self.hold_ms))
    }

    /// The device is gone: nothing is known any more.
    pub fn forget(&mut self) {
        (self.steady, self.candidate) = (None, None);
    }

    /// The value that counts.
    pub fn value(&self) -> Option<T> {
        self.steady
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + millis)
    }

    /// At each millisecond a value comes, and this is what counts then.
    #[track_caller]
    fn check(hold_ms: i64, steps: &[(i64, bool, Option<bool>)]) {
        let mut debounce = Debounce::new(hold_ms);
        for (millis, value, expected) in steps {
            debounce.handle(*value, at(*millis));
            assert_eq!(debounce.value(), *expected, "at {millis} ms");
        }
    }

    #[test]
    fn a_value_counts_after_it_stood_and_a_bounce_begins_anew() {
        check(
            200,
            &[
                (0, true, None),
                (100, true, None),
                (150, false, None),
                (160, true, None),
                (360, true, Some(true)),
                (400, false, Some(true)),
                (450, true, Some(true)),
                (500, false, Some(true)),
                (700, false, Some(false)),
            ],
        );
    }

    #[test]
    fn without_a_time_every_value_counts_at_once() {
        check(0, &[(0, true, Some(true)), (1, false, Some(false))]);
    }

    #[test]
    fn a_value_that_stood_counts_even_when_the_next_one_tells_of_it() {
        check(200, &[(0, true, None), (1_000, false, Some(true))]);
    }

    #[test]
    fn a_clock_set_back_begins_anew() {
        check(200, &[(0, true, None), (-5_000, true, None), (-4_800, true, Some(true))]);
    }

    proptest! {
        #[test]
        fn what_counts_stood_for_the_time(steps in proptest::collection::vec((1i64..300, any::<bool>()), 1..100)) {
            let mut debounce = Debounce::new(200);
            let (mut now, mut since, mut last) = (0, 0, None);
            for (step, value) in steps {
                now += step;
                let before = debounce.value();
                if last != Some(value) {
                    // What stood until now may have come to count in between.
                    let settled = last.filter(|_| now - since >= 200).or(before);
                    (last, since) = (Some(value), now);
                    debounce.handle(value, at(now));
                    prop_assert_eq!(debounce.value(), settled);
                } else {
                    debounce.handle(value, at(now));
                    let expected = if now - since >= 200 { Some(value) } else { before };
                    prop_assert_eq!(debounce.value(), expected);
                }
            }
        }
    }
}
