//! The task that tells open pages, once a second, which trucks' rows changed. On its own, so that a clue never waits for
//! the rows of a whole fleet, and in small steps, so that a report never waits long for the fleet's lock.

use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::Live;
use super::fleet::Changed;
use super::sight::STREAMED_TRUCKS_MAX;
use crate::clock;

/// Between two `trucks` or `moves` events.
const TICK: Duration = Duration::from_secs(1);
/// Every so many ticks all trucks are looked at, not only those that reported: time alone changes a row too.
const WHOLE_EVERY: u32 = 5;
/// Trucks looked at under one lock.
const AT_ONCE: usize = 64;

/// Runs until told to stop.
pub async fn run(live: Live, stop: CancellationToken) {
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut ticks: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => {
                ticks = ticks.wrapping_add(1);
                publish(&live, ticks.is_multiple_of(WHOLE_EVERY)).await;
            }
        }
    }
}

async fn publish(live: &Live, whole: bool) {
    let now = clock::now();
    let registry = live.registry();
    let plates = live.fleet().take_touched(&registry, whole);
    let mut changed = Changed::default();
    for some in plates.chunks(AT_ONCE) {
        live.fleet().changed_of(some, &registry, now, &mut changed);
        yield_now().await;
    }
    let Changed { rows, moves } = changed;
    if !rows.is_empty() {
        live.bulletin.publish("trucks", &serde_json::json!({ "trucks": rows, "as_of": now }));
    }
    // Of a very big fleet pages ask for what lies in their window.
    if !moves.is_empty() && live.fleet().count(&registry) <= STREAMED_TRUCKS_MAX {
        live.bulletin.publish("moves", &serde_json::json!({ "moves": moves, "as_of": now }));
    }
}
