//! How often a token may ask: a bucket each that holds a minute's requests and refills evenly. Pure: `now` is given.

use std::collections::HashMap;

use domain::Timestamp;

use super::REQUESTS_PER_MINUTE;

const MINUTE_MS: i64 = 60_000;
/// What one request costs, in the milliseconds it takes to refill.
const COST_MS: i64 = MINUTE_MS / REQUESTS_PER_MINUTE as i64;
/// Tokens remembered before those that have a full bucket again are forgotten.
const TOKENS_BEFORE_SWEEP: usize = 1_024;

/// Every token's bucket. Bounded by the tokens given out: only those that hold come here.
#[derive(Debug, Default)]
pub struct RateWindow {
    /// When each token's bucket is full again.
    full_at: HashMap<u64, Timestamp>,
}

impl RateWindow {
    /// Notes a request.
    ///
    /// # Errors
    /// The seconds to wait, at least 1, when a minute's requests are used up; the request then costs nothing.
    pub fn take(&mut self, token: u64, now: Timestamp) -> Result<(), u32> {
        if self.full_at.len() >= TOKENS_BEFORE_SWEEP {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        let full_at = self.full_at.get(&token).copied().unwrap_or(now).max(now);
        let after = full_at.plus_millis(COST_MS);
        let over_ms = after.millis_since(now) - MINUTE_MS;
        if over_ms > 0 {
            return Err(u32::try_from((over_ms + 999) / 1000).unwrap_or(1));
        }
        self.full_at.insert(token, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_ms(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_minutes_requests_may_come_at_once_and_then_one_every_half_second() {
        let mut rates = RateWindow::default();
        for _ in 0..REQUESTS_PER_MINUTE {
            assert_eq!(rates.take(1, at_ms(0)), Ok(()));
        }
        assert_eq!(rates.take(1, at_ms(0)), Err(1));
        assert_eq!(rates.take(1, at_ms(COST_MS - 1)), Err(1));
        assert_eq!(rates.take(1, at_ms(COST_MS)), Ok(()));
        assert_eq!(rates.take(1, at_ms(COST_MS)), Err(1));
    }

    #[test]
    fn one_token_does_not_use_up_anothers_and_a_refused_request_costs_nothing() {
        let mut rates = RateWindow::default();
        while rates.take(1, at_ms(0)).is_ok() {}
        assert_eq!(rates.take(2, at_ms(0)), Ok(()));
        for _ in 0..50 {
            assert!(rates.take(1, at_ms(0)).is_err());
        }
        assert_eq!(rates.take(1, at_ms(COST_MS)), Ok(()));
    }

    #[test]
    fn tokens_with_a_full_bucket_are_forgotten() {
        let mut rates = RateWindow::default();
        for token in 0..10 * TOKENS_BEFORE_SWEEP as u64 {
            rates.take(token, at_ms(token as i64 * COST_MS)).unwrap();
        }
        assert!(rates.full_at.len() <= TOKENS_BEFORE_SWEEP, "{}", rates.full_at.len());
    }
}
