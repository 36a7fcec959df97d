//! How each reader unit is doing.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Timestamp;

use super::config::UnitConfig;

/// Where a unit's link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It is being called.
    Calling,
    /// It greeted and is being told what to do.
    Preparing,
    /// It reads.
    Reading,
    /// It was lost or refused; it will be called again.
    Waiting,
    /// The service is ending.
    Stopped,
}

impl Link {
    /// The word used in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Preparing => "preparing",
            Self::Reading => "reading",
            Self::Waiting => "waiting",
            Self::Stopped => "stopped",
        }
    }
}

/// What is known of a unit's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// Where it stands.
    pub link: Link,
    /// Since when it reads; `None` while it does not.
    pub connected_since: Option<Timestamp>,
    /// When a tag was read last.
    pub last_read: Option<Timestamp>,
    /// When the link ended last, and why.
    pub last_error: Option<(Timestamp, String)>,
    /// Firmware, when told.
    pub firmware: Option<String>,
    /// Antenna ports the reader has, when told.
    pub antennas_max: Option<u16>,
    /// How far the reader's clock is ahead of the service's, ms, when it has one.
    pub clock_ahead_ms: Option<i64>,
    /// Antenna ports it said are unplugged.
    pub unplugged: Vec<u16>,
}

/// Counts of one unit since the start.
#[derive(Debug, Default)]
pub struct UnitCounters {
    /// Sessions in which it began to read.
    pub sessions: AtomicU64,
    /// Calls and sessions that ended in an error.
    pub errors: AtomicU64,
    /// Tags read.
    pub reads: AtomicU64,
    /// Reports made of them.
    pub reports: AtomicU64,
    /// Reads of a second that was reported already.
    pub debounced: AtomicU64,
    /// Reads at an antenna that is no reader.
    pub unknown_antenna: AtomicU64,
    /// Report entries without an EPC, and messages that hold not what they must.
    pub malformed: AtomicU64,
    /// Reports dropped because too many waited to be stored.
    pub dropped: AtomicU64,
}

impl UnitCounters {
    /// Every counter by name.
    pub fn all(&self) -> [(&'static str, u64); 8] {
        [
            ("sessions", &self.sessions),
            ("errors", &self.errors),
            ("reads", &self.reads),
            ("reports", &self.reports),
            ("debounced", &self.debounced),
            ("unknown_antenna", &self.unknown_antenna),
            ("malformed", &self.malformed),
            ("dropped", &self.dropped),
        ]
        .map(|(name, counter)| (name, counter.load(Ordering::Relaxed)))
    }

    pub(super) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

/// Counts of the writer since the start.
#[derive(Debug, Default)]
pub struct WriterCounters {
    /// Reports newly stored.
    pub stored: AtomicU64,
    /// Reports stored before.
    pub duplicates: AtomicU64,
    /// Reports lost because the log had closed.
    pub lost_at_end: AtomicU64,
}

/// A reader unit and how it is doing.
#[derive(Debug)]
pub struct ReaderUnit {
    /// How it is configured.
    pub config: UnitConfig,
    /// Its counts.
    pub counters: UnitCounters,
    state: Mutex<LinkState>,
}

impl ReaderUnit {
    /// Not called yet.
    pub fn new(config: UnitConfig) -> Self {
        let state = LinkState {
            link: Link::Calling,
            connected_since: None,
            last_read: None,
            last_error: None,
            firmware: None,
            antennas_max: None,
            clock_ahead_ms: None,
            unplugged: Vec::new(),
        };
        Self { config, counters: UnitCounters::default(), state: Mutex::new(state) }
    }

    /// A copy of its link's state.
    pub fn state(&self) -> LinkState {
        self.lock().clone()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut LinkState)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> MutexGuard<'_, LinkState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
