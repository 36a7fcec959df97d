//! The durable report log. *Acknowledged means durable*: [`ReportLog::append`] returns only after the reports it was
//! given are committed and synced to disk, or were there before.
//!
//! Connections hand over batches; one writer gathers what arrives within [`GATHER_MS`] of the first, up to
//! [`COMMIT_REPORTS_MAX`] reports, and commits them at once, so that a city's trucks share one disk sync. A report sent
//! again changes nothing. When the disk is full or the write fails, nothing is acknowledged and the writer keeps trying;
//! the queue is bounded, so senders wait and keep what they have.

pub mod encoding;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::Report;
use tokio::sync::{mpsc, oneshot, watch};

use crate::store::{Store, StoreError};

/// Most reports in one commit.
pub const COMMIT_REPORTS_MAX: usize = 2_000;
/// How long the first batch of a commit waits for company.
pub const GATHER_MS: u64 = 5;
/// Most batches waiting for the writer.
pub const QUEUE_BATCHES_MAX: usize = 1_024;
/// Most log rows read at once.
pub const READ_BATCHES_MAX: u32 = 64;

/// What became of the reports of one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// Newly stored.
    pub stored: u64,
    /// In the log before, or twice in the batch.
    pub duplicates: u64,
}

/// What became of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Newly stored.
    Stored,
    /// In the log before, or earlier in the batch.
    Known,
}

impl Appended {
    fn of(fates: &[Fate]) -> Self {
        let stored = fates.iter().filter(|fate| **fate == Fate::Stored).count();
        Self { stored: stored as u64, duplicates: (fates.len() - stored) as u64 }
    }
}

/// The log takes no more reports: the service is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the report log is closed: the service is ending")]
pub struct LogClosed;

/// Counts since the service started.
#[derive(Debug, Default)]
pub struct LogCounters {
    /// Newly stored reports.
    pub stored: AtomicU64,
    /// Reports that were there before.
    pub duplicates: AtomicU64,
    /// Commits.
    pub commits: AtomicU64,
    /// Commits that failed and were tried again.
    pub commit_failures: AtomicU64,
    /// Whether the last commit failed: the service is then not ready.
    pub failing: AtomicBool,
}

/// A batch on its way to the writer.
struct Waiting {
    reports: Vec<Report>,
    /// One fate a report, in order.
    done: oneshot::Sender<Vec<Fate>>,
}

/// Hands reports to the writer and reads what is stored. Cheap to clone.
#[derive(Clone)]
pub struct ReportLog {
    queue: mpsc::Sender<Waiting>,
    end: watch::Receiver<u64>,
    store: Store,
    counters: Arc<LogCounters>,
}

impl ReportLog {
    /// Starts the writer on a store. It ends when every clone of the log is dropped.
    pub async fn start(store: Store) -> Result<Self, StoreError> {
        let (position, _) = store.log_extent().await?;
        let (queue, waiting) = mpsc::channel(QUEUE_BATCHES_MAX);
        let (moved, end) = watch::channel(position);
        let counters = Arc::new(LogCounters::default());
        tokio::spawn(writer::run(store.clone(), waiting, moved, Arc::clone(&counters)));
        Ok(Self { queue, end, store, counters })
    }

    /// Stores reports; returns once they are durable. Waits as long as the disk refuses them.
    pub async fn append(&self, reports: Vec<Report>) -> Result<Appended, LogClosed> {
        self.append_each(reports).await.map(|fates| Appended::of(&fates))
    }

    /// As [`ReportLog::append`], telling of each report in order what became of it.
    pub async fn append_each(&self, reports: Vec<Report>) -> Result<Vec<Fate>, LogClosed> {
        let (done, answer) = oneshot::channel();
        self.queue.send(Waiting { reports, done }).await.map_err(|_refused| LogClosed)?;
        answer.await.map_err(|_dropped| LogClosed)
    }

    /// Up to [`READ_BATCHES_MAX`] batches after a position, in order.
    pub async fn read_from(&self, position: u64) -> Result<Vec<(u64, Vec<Report>)>, ReadError> {
        let batches = self.store.batches_after(position, READ_BATCHES_MAX).await?;
        batches.into_iter().map(|batch| Ok((batch.position, encoding::decode(&batch)?))).collect()
    }

    /// The last position; changes whenever something was appended.
    pub fn end(&self) -> watch::Receiver<u64> {
        self.end.clone()
    }

    /// Its counts.
    pub fn counters(&self) -> &LogCounters {
        &self.counters
    }

    /// Whether the last commit succeeded.
    pub fn is_healthy(&self) -> bool {
        !self.counters.failing.load(Ordering::Relaxed)
    }
}

/// Why the log cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A batch is damaged.
    #[error(transparent)]
    Batch(#[from] encoding::BatchError),
}
