//! The one place the tests read a clock: for what is dated by the moment it is made, as a tag read is.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::Timestamp;

/// The present moment, to the second.
#[expect(clippy::disallowed_methods, reason = "this is where the tests read the clock")]
pub fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp::from_seconds(i64::try_from(seconds).unwrap_or(0))
}

/// The present moment, to the millisecond.
#[expect(clippy::disallowed_methods, reason = "this is where the tests read the clock")]
pub fn precisely() -> Timestamp {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(0))
}

/// The present moment of a clock that nobody sets: what durations are measured with.
#[expect(clippy::disallowed_methods, reason = "this is where the tests read the clock")]
pub fn steady() -> Instant {
    Instant::now()
}
