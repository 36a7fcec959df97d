//! The task that lets time act: soon after the start and after every local midnight it does what is due.

use std::time::Duration;

use domain::{LocalDate, Timestamp};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::Cases;
use crate::clock;
use crate::live::Live;

/// How often it looks whether a day has turned: a clock that was set, or a machine that slept, is noticed within it.
const LOOK: Duration = Duration::from_secs(60);

/// Acts until told to stop.
pub async fn run(cases: Cases, live: Live, stop: CancellationToken) {
    let mut done: Option<LocalDate> = None;
    loop {
        let now = clock::now();
        if is_due(done, now) && turn(&cases, &live, now).await {
            done = Some(now.local_date());
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(LOOK) => {}
        }
    }
}

/// Whether a day has turned since it acted last.
fn is_due(done: Option<LocalDate>, now: Timestamp) -> bool {
    done.is_none_or(|day| day < now.local_date())
}

/// Whether everything due was done; what was not comes again with the next look.
async fn turn(cases: &Cases, live: &Live, now: Timestamp) -> bool {
    match cases.turn(now).await {
        Ok(turned) => {
            turned.followed.iter().for_each(|followed| live.announce_followed(followed));
            if !turned.finals.is_empty() || !turned.exits.is_empty() {
                tracing::info!(finals = turned.finals.len(), exits = turned.exits.len(), "time has acted");
            }
            for failure in &turned.failures {
                tracing::error!(failure, "what was due by time could not be done");
            }
            turned.failures.is_empty()
        }
        Err(error) => {
            tracing::error!(error = %crate::sentence(&error), "what is due by time cannot be read");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_once_a_local_day() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let monday = Some("2026-11-23".parse().unwrap());
        assert!(is_due(None, at("2026-11-23T10:00:00+08:00")));
        assert!(!is_due(monday, at("2026-11-23T23:59:59+08:00")));
        assert!(is_due(monday, at("2026-11-23T16:00:00Z")));
        assert!(!is_due(monday, at("2026-11-22T10:00:00+08:00")));
    }
}
