//! Publishes the score ledger's head when the day turns in Asia/Shanghai, so that it is out even on days without events.

use std::time::Duration;

use domain::Timestamp;
use domain::time::date_plus_days;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::publish::{Press, PublishError};
use crate::clock;
use crate::store::Store;

/// Longest sleep: a clock that was set, or a machine that was suspended, is noticed within it.
const SLEEP_MAX_MS: i64 = 600_000;
/// Pause after a failure.
const TROUBLE_PAUSE_MS: i64 = 30_000;

/// Publishes heads until told to stop.
pub async fn run(press: Press, store: Store, stop: CancellationToken) {
    if let Err(error) = press.signing_key(&store).await {
        tracing::error!(error = %crate::sentence(&error), "the feed's key is not to be had");
    }
    loop {
        let now = clock::now();
        let pause_ms = match turn(&press, &store, now).await {
            Ok(()) => until_next_day_ms(now).min(SLEEP_MAX_MS),
            Err(error) => {
                tracing::error!(error = %crate::sentence(&error), "the ledger's head cannot be published");
                TROUBLE_PAUSE_MS
            }
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0))) => {}
        }
    }
}

/// Publishes the head of the day before `now`, if it is due.
pub async fn turn(press: &Press, store: &Store, now: Timestamp) -> Result<(), PublishError> {
    let mut change = store.change().await?;
    if press.turn_day(&mut change, now).await?.is_some() {
        change.commit().await?;
    }
    Ok(())
}

fn until_next_day_ms(now: Timestamp) -> i64 {
    Timestamp::start_of_local_day(date_plus_days(now.local_date(), 1)).millis_since(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_shanghai() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(until_next_day_ms(at("2026-11-24T23:59:59+08:00")), 1_000);
        assert_eq!(until_next_day_ms(at("2026-11-24T16:00:00Z")), 86_400_000);
    }
}
