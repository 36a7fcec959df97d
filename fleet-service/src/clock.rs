//! The one place of this program that reads a clock.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// The present moment by the machine's clock.
#[expect(clippy::disallowed_methods, reason = "the program's only clock; everything else takes `now`")]
pub fn now() -> Timestamp {
    // A machine whose clock stands before 1970 reports 1970.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Moments that only move forward, whatever is done to the machine's clock: for timeouts, not for records.
#[derive(Debug, Clone, Copy)]
pub struct Steady {
    origin: tokio::time::Instant,
    began: Timestamp,
}

impl Steady {
    /// Begins at the present moment.
    pub fn begin() -> Self {
        Self { origin: tokio::time::Instant::now(), began: now() }
    }

    /// The moment it began and what has passed since.
    pub fn now(&self) -> Timestamp {
        let passed = self.origin.elapsed().as_millis();
        self.began.plus_millis(i64::try_from(passed).unwrap_or(i64::MAX))
    }
}
