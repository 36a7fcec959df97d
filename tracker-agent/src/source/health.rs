//! How a source fares: counted always, told once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What happened to a source since the agent started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceCounters {
    /// Times it was opened.
    pub opened: u64,
    /// Times it could not be opened.
    pub failed: u64,
    /// Times it broke off.
    pub broken: u64,
    /// Bytes that came.
    pub bytes: u64,
    /// Datagrams of another sender than the one that is listened to.
    pub strangers: u64,
    /// Speed of a serial line, told or found, bits per second; 0 where there is none or none was found.
    pub baud: u32,
}

#[derive(Debug, Default)]
struct Counts {
    opened: AtomicU64,
    failed: AtomicU64,
    broken: AtomicU64,
    bytes: AtomicU64,
    strangers: AtomicU64,
    baud: AtomicU32,
}

/// Counts, and warns once of each trouble until it is over: a source that is tried again for hours fills no log.
#[derive(Debug, Clone, Default)]
pub(super) struct Health {
    counts: Arc<Counts>,
    told: Option<String>,
}

impl Health {
    pub(super) fn counters(&self) -> SourceCounters {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        SourceCounters {
            opened: read(&self.counts.opened),
            failed: read(&self.counts.failed),
            broken: read(&self.counts.broken),
            bytes: read(&self.counts.bytes),
            strangers: read(&self.counts.strangers),
            baud: self.counts.baud.load(Ordering::Relaxed),
        }
    }

    pub(super) fn opened(&mut self, source: &str) {
        self.counts.opened.fetch_add(1, Ordering::Relaxed);
        tracing::info!(source, "source opened");
    }

    /// The line has this speed.
    pub(super) fn speed(&self, baud: u32) {
        self.counts.baud.store(baud, Ordering::Relaxed);
    }

    /// Bytes came, so whatever was wrong is over.
    pub(super) fn heard(&mut self, count: usize) {
        self.counts.bytes.fetch_add(count as u64, Ordering::Relaxed);
        self.told = None;
    }

    pub(super) fn stranger(&mut self, source: &str, sender: &dyn std::fmt::Display) {
        self.counts.strangers.fetch_add(1, Ordering::Relaxed);
        self.tell(source, format!("a second sender, {sender}, is not listened to beside the first"));
    }

    pub(super) fn failed(&mut self, source: &str, error: &dyn std::fmt::Display) {
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        self.tell(source, format!("cannot open it: {error}"));
    }

    pub(super) fn broken(&mut self, source: &str, error: &dyn std::fmt::Display) {
        self.counts.broken.fetch_add(1, Ordering::Relaxed);
        self.tell(source, format!("it broke off: {error}"));
    }

    fn tell(&mut self, source: &str, trouble: String) {
        if self.told.as_ref() != Some(&trouble) {
            tracing::warn!(source, trouble, "a source is in trouble; it is tried again until it works");
            self.told = Some(trouble);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_told_once_until_it_is_over_and_counted_always() {
        let mut health = Health::default();
        for _ in 0..3 {
            health.failed("ttyS1", &"no such file");
        }
        assert_eq!(health.told.as_deref(), Some("cannot open it: no such file"));
        health.heard(10);
        assert_eq!(health.told, None);
        assert_eq!(
            health.clone().counters(),
            SourceCounters { failed: 3, bytes: 10, ..SourceCounters::default() }
        );
    }
}
