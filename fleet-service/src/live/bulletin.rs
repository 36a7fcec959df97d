//! Events for the pages that are open, with a bounded memory so that a page that lost its connection for a moment goes
//! on where it was. A page that missed more is told to fetch everything again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Timestamp;
use serde::Serialize;
use tokio::sync::broadcast;

/// Most events remembered.
pub const NOTICES_KEPT_MAX: usize = 1_024;
/// Most bytes of remembered events: a second of a big fleet is 150 kB.
pub const NOTICES_KEPT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Most events a slow page may be behind before it has to fetch everything again.
pub const NOTICES_BEHIND_MAX: usize = 256;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `run-number`, unique across restarts.
    pub id: String,
    /// `trucks`, `moves`, `clue`, `claim`, `carrier`, `listing` or `resync`.
    pub kind: &'static str,
    /// JSON.
    pub data: String,
}

/// Publishes events.
#[derive(Debug)]
pub struct Bulletin {
    run: i64,
    memory: Mutex<Memory>,
    sender: broadcast::Sender<Arc<Notice>>,
}

#[derive(Debug, Default)]
struct Memory {
    last: u64,
    bytes: usize,
    notices: VecDeque<Arc<Notice>>,
}

/// What a page gets: what it missed, then what comes.
pub struct Subscription {
    /// Events since the one it saw last; begins with `resync` when they are no longer all known.
    pub missed: Vec<Arc<Notice>>,
    /// Events from now on.
    pub coming: broadcast::Receiver<Arc<Notice>>,
}

impl Bulletin {
    /// A bulletin without events.
    pub fn new(started: Timestamp) -> Self {
        let (sender, _) = broadcast::channel(NOTICES_BEHIND_MAX);
        Self { run: started.millis(), memory: Mutex::default(), sender }
    }

    /// Publishes an event.
    pub fn publish(&self, kind: &'static str, data: &impl Serialize) {
        let data = match serde_json::to_string(data) {
            Ok(data) => data,
            Err(error) => {
                tracing::error!(kind, %error, "an event cannot be written as JSON");
                return;
            }
        };
        let mut memory = self.memory();
        memory.last += 1;
        let notice = Arc::new(Notice { id: format!("{}-{}", self.run, memory.last), kind, data });
        memory.bytes += notice.data.len();
        memory.notices.push_back(Arc::clone(&notice));
        while memory.notices.len() > NOTICES_KEPT_MAX || memory.bytes > NOTICES_KEPT_BYTES_MAX {
            let Some(oldest) = memory.notices.pop_front() else { break };
            memory.bytes -= oldest.data.len();
        }
        // Sent under the lock, so that no page sees an event twice or not at all. No page open is no error.
        let _ = self.sender.send(notice);
    }

    /// Subscribes a page that saw the event `after` last, or none.
    pub fn subscribe(&self, after: Option<&str>) -> Subscription {
        let memory = self.memory();
        let missed = after.map_or_else(Vec::new, |after| self.since(&memory, after));
        Subscription { missed, coming: self.sender.subscribe() }
    }

    /// The event that tells a page to fetch everything again.
    pub fn resync(&self) -> Arc<Notice> {
        self.resync_at(self.memory().last)
    }

    /// How many pages are open.
    pub fn pages(&self) -> usize {
        self.sender.receiver_count()
    }

    fn resync_at(&self, last: u64) -> Arc<Notice> {
        Arc::new(Notice { id: format!("{}-{last}", self.run), kind: "resync", data: "{}".to_owned() })
    }

    fn since(&self, memory: &Memory, after: &str) -> Vec<Arc<Notice>> {
        let seen = after
            .split_once('-')
            .filter(|(run, _)| run.parse() == Ok(self.run))
            .and_then(|(_, number)| number.parse::<u64>().ok())
            .filter(|number| *number <= memory.last);
        let missing = seen.and_then(|seen| usize::try_from(memory.last - seen).ok());
        match missing.and_then(|missing| memory.notices.len().checked_sub(missing)) {
            Some(known) => memory.notices.iter().skip(known).cloned().collect(),
            None => vec![self.resync_at(memory.last)],
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(published: usize, after: &str, expected: &[&str]) {
        let bulletin = Bulletin::new(Timestamp::from_millis(7));
        for number in 0..published {
            bulletin.publish("clue", &number);
        }
        let ids: Vec<String> =
            bulletin.subscribe(Some(after)).missed.iter().map(|n| format!("{} {}", n.kind, n.id)).collect();
        assert_eq!(ids, expected, "after {after:?} of {published}");
    }

    #[test]
    fn a_page_goes_on_where_it_was_or_is_told_to_fetch_everything() {
        check(3, "7-1", &["clue 7-2", "clue 7-3"]);
        check(3, "7-3", &[]);
        check(3, "6-1", &["resync 7-3"]);
        check(3, "7-9", &["resync 7-3"]);
        check(3, "nonsense", &["resync 7-3"]);
        check(NOTICES_KEPT_MAX + 5, "7-2", &["resync 7-1029"]);
    }

    #[test]
    fn events_too_big_to_be_remembered_push_out_the_oldest() {
        let bulletin = Bulletin::new(Timestamp::from_millis(7));
        let big = "x".repeat(NOTICES_KEPT_BYTES_MAX / 2);
        for _ in 0..3 {
            bulletin.publish("trucks", &big);
        }
        let ids =
            |after| bulletin.subscribe(Some(after)).missed.iter().map(|n| n.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids("7-2"), ["7-3"]);
        assert_eq!(ids("7-1"), ["7-3"], "told to fetch everything");
    }

    #[tokio::test]
    async fn an_event_published_after_subscribing_arrives_once() {
        let bulletin = Bulletin::new(Timestamp::from_millis(7));
        bulletin.publish("clue", &1);
        let mut subscription = bulletin.subscribe(Some("7-0"));
        bulletin.publish("clue", &2);
        assert_eq!(subscription.missed.len(), 1);
        assert_eq!(subscription.coming.recv().await.unwrap().id, "7-2");
    }
}
