//! How many reports the follower hands to the judge before it asks what they change. Pure.
//!
//! Asking costs by truck, storing the answer by finding: a flood of 1,000 reports of 1,000 trucks asked about one by one would
//! be a thousand answers, most of them about findings that the next report of the same truck changes again. So a flood is
//! gathered: until nothing more comes for a moment, but no longer and no more than is named here. A city's ordinary traffic
//! stays below [`FLOOD_REPORTS`] and is asked about at once.

use std::time::Duration;

/// As many reports at once are a flood: more will follow.
pub const FLOOD_REPORTS: usize = 2_000;
/// A flood is over when nothing came for this long.
pub const FLOOD_OVER_AFTER: Duration = Duration::from_millis(5);
/// Most reports gathered, unless what was read at once has more.
pub const GATHERED_REPORTS_MAX: usize = 100_000;
/// Longest time a report waits in a flood to be asked about.
pub const GATHERED_FOR_MAX: Duration = Duration::from_millis(250);

/// What is to be done when `reports` were taken in within `taken`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Ask the judge.
    Ask,
    /// Take in what waits already; when nothing does, ask.
    TakeWaiting,
    /// Take in what comes within [`FLOOD_OVER_AFTER`]; when nothing does, ask.
    TakeComing,
}

/// What is to be done when `reports` were taken in within `taken`.
pub fn next(reports: usize, taken: Duration) -> Next {
    if reports >= GATHERED_REPORTS_MAX || taken >= GATHERED_FOR_MAX {
        Next::Ask
    } else if reports < FLOOD_REPORTS {
        Next::TakeWaiting
    } else {
        Next::TakeComing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_reports_are_asked_about_at_once_and_a_flood_is_gathered_up_to_its_limits() {
        let check = |reports, taken_ms, expected| {
            assert_eq!(
                next(reports, Duration::from_millis(taken_ms)),
                expected,
                "{reports} in {taken_ms} ms"
            );
        };
        check(0, 0, Next::TakeWaiting);
        check(FLOOD_REPORTS - 1, 1, Next::TakeWaiting);
        check(FLOOD_REPORTS, 1, Next::TakeComing);
        check(GATHERED_REPORTS_MAX - 1, 249, Next::TakeComing);
        check(GATHERED_REPORTS_MAX, 1, Next::Ask);
        check(1, 250, Next::Ask);
    }
}
