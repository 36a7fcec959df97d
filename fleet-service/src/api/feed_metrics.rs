//! The counts of what is pushed to platforms, folders and webhooks.

use super::Api;
use super::metrics::Text;
use crate::store::{StoreError, StoredTarget};

pub(super) async fn push(text: &mut Text, api: &Api) -> Result<(), StoreError> {
    let (feed_end, _) = api.store.push_ends().await?;
    let targets = api.store.push_targets().await?;
    let waiting: u64 = targets.iter().map(|t| feed_end.saturating_sub(t.feed_seq)).sum();
    text.gauge("outbox_waiting", "Feed events targets have not taken, over all of them.", waiting);
    if targets.is_empty() {
        return Ok(());
    }
    let mut dead = Vec::with_capacity(targets.len());
    for target in &targets {
        dead.push((label(&target.target.name), api.store.dead_letter_count(&target.target.name).await?));
    }
    let each = |value: &dyn Fn(&StoredTarget) -> u64| -> Vec<(String, u64)> {
        targets.iter().map(|target| (label(&target.target.name), value(target))).collect()
    };
    let behind = each(&|t| feed_end.saturating_sub(t.feed_seq));
    text.put("gauge", "push_waiting", "Feed events a target has not taken.", &behind);
    text.put("gauge", "push_dead_letters", "Events a target refused that wait for an operator.", &dead);
    let failing = each(&|t| u64::from(t.attempts));
    text.put("gauge", "push_failing_attempts", "Attempts failed since a target took something.", &failing);
    text.put("counter", "push_taken_total", "Events a target took since it was added.", &each(&|t| t.taken));
    let failures = each(&|t| t.failures);
    text.put("counter", "push_failures_total", "Attempts that failed since a target was added.", &failures);
    Ok(())
}

fn label(target: &str) -> String {
    format!("{{target=\"{}\"}}", target.replace(['"', '\\', '\n'], "_"))
}
