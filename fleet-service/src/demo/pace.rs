//! When the demo's officer decides: all its timing in one place.

use std::time::Duration;

/// Between two looks at the pending clues.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A clue waits at least so long, so that someone can see it pending.
const WAIT_MIN_S: u64 = 20;
/// And up to so much longer, each clue its own.
const WAIT_SPREAD_S: u64 = 10;
/// Most clues confirmed at one look.
pub(super) const CONFIRMED_AT_ONCE_MAX: usize = 3;

/// How long a clue waits for its decision, from its id: 20 to 30 s, the same in every run.
pub(super) fn wait_s(clue_id: &str) -> u64 {
    WAIT_MIN_S + clue_id.bytes().map(u64::from).sum::<u64>() % (WAIT_SPREAD_S + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_clue_waits_between_20_and_30_seconds() {
        for id in ["", "00", "a94a8fe5ccb19ba61c4c", "ffffffffffffffffffff"] {
            assert!((20..=30).contains(&wait_s(id)), "{id}");
        }
    }
}
