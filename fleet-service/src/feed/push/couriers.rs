//! Keeps one courier running for every target in use: targets come, change and go while the service runs.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::courier::{Courier, LOOK_EVERY_MS, Round};
use super::target::Target;
use crate::clock;
use crate::store::{Store, StoreError};

/// How often the targets are looked at.
pub const TARGETS_LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long a courier whose target's files cannot be read, or that the database failed, waits before it tries again.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// Runs every courier until told to stop. A delivery cut short is made again at the next start: a target may see an event
/// twice, never not.
pub async fn run(store: Store, stop: CancellationToken) {
    let mut running: BTreeMap<String, (Target, JoinHandle<()>)> = BTreeMap::new();
    loop {
        match store.push_targets().await {
            Ok(targets) => {
                let targets = targets.into_iter().map(|stored| stored.target).collect();
                tend(&store, &mut running, targets);
            }
            Err(error) => {
                tracing::error!(error = %crate::sentence(&error), "the push targets cannot be read")
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = sleep(TARGETS_LOOK_EVERY) => {}
        }
    }
    for (_, task) in running.into_values() {
        task.abort();
        // An aborted task ends with an error that says so.
        let _ = task.await;
    }
}

fn tend(store: &Store, running: &mut BTreeMap<String, (Target, JoinHandle<()>)>, targets: Vec<Target>) {
    running.retain(|_, (target, task)| {
        let stays = !task.is_finished() && targets.contains(target);
        if !stays {
            task.abort();
        }
        stays
    });
    for target in targets {
        running.entry(target.name.clone()).or_insert_with(|| {
            let task = tokio::spawn(serve(store.clone(), target.clone()));
            (target, task)
        });
    }
}

async fn serve(store: Store, target: Target) {
    let mut courier = loop {
        match Courier::new(store.clone(), target.clone()) {
            Ok(courier) => break courier,
            Err(error) => {
                let error = crate::sentence(&error);
                tracing::error!(target = %target.name, %error, "a target cannot be served");
                if let Err(error) = note(&store, &target, &error).await {
                    tracing::error!(error = %crate::sentence(&error), "the database failed");
                }
                sleep(TROUBLE_PAUSE).await;
            }
        }
    };
    loop {
        let pause = match courier.round(clock::now(), jitter()).await {
            Ok(Round::Delivered) => continue,
            Ok(Round::Gone) => return,
            Ok(Round::Idle(ms) | Round::Failed(ms)) => millis(ms.min(LOOK_EVERY_MS)),
            Err(error) => {
                tracing::error!(target = %target.name, error = %crate::sentence(&error), "a delivery cannot be noted");
                TROUBLE_PAUSE
            }
        };
        sleep(pause).await;
    }
}

/// Leaves a word for whoever lists the targets.
async fn note(store: &Store, target: &Target, error: &str) -> Result<(), StoreError> {
    let mut change = store.change().await?;
    change.fail_push(&target.name, clock::now(), error).await?;
    change.commit().await
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Where between half and whole a pause ends. Without random numbers, at the whole.
fn jitter() -> f64 {
    let mut bytes = [0; 2];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u16::from_le_bytes(bytes)) / f64::from(u16::MAX),
        Err(_none) => 1.0,
    }
}
