//! Waiting for a condition, with a limit, instead of for a time.

use std::time::Duration;

/// How often a condition is looked at.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Looks until `look` gives a value, at most `limit_s` seconds.
///
/// # Panics
/// When the limit passes; says what was waited for.
#[track_caller]
pub fn until<T>(what: &str, limit_s: u64, mut look: impl FnMut() -> Option<T>) -> T {
    let looks = limit_s * 1000 / POLL_EVERY.as_millis() as u64;
    for _ in 0..=looks {
        if let Some(value) = look() {
            return value;
        }
        std::thread::sleep(POLL_EVERY);
    }
    gave_up(what, limit_s)
}

#[track_caller]
#[expect(clippy::panic, reason = "a test that waits in vain fails here")]
fn gave_up<T>(what: &str, limit_s: u64) -> T {
    panic!("waited {limit_s} s in vain for: {what}")
}
