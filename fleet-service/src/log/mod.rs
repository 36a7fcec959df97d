//! The durable report log. *Acknowledged means durable*: [`ReportLog::append`] returns only after the reports it was
//! given are committed and synced to disk, or were there before.
//!
//! Whoever hands reports over encodes them; one writer takes all that waits, up to [`COMMIT_REPORTS_MAX`] reports, and
//! commits it at once, so that a city's trucks share one disk sync: what comes while the disk is busy goes with the next
//! commit. A report sent again changes nothing, be it now, hours later or after a crash ([`seen`]). When the disk is full or
//! the write fails, nothing is acknowledged and the writer keeps trying; the queue is bounded, so senders wait and keep
//! what they have.

pub mod encoding;
mod known;
pub mod seen;
pub mod tail;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::Report;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};

use crate::store::{LoggedBatch, Store, StoreError};
use encoding::Encoded;
use known::Known;
use tail::Tail;

/// Most reports in one commit, unless one batch alone has more.
pub const COMMIT_REPORTS_MAX: usize = 20_000;
/// After a commit that many shared, the next begins no sooner than this: a city's single reports share some.
pub const COMMIT_EVERY_MS: u64 = 1;
/// Most batches waiting for the writer.
pub const QUEUE_BATCHES_MAX: usize = 1_024;
/// Most reports waiting for the writer; a larger batch waits until it is alone.
pub const QUEUE_REPORTS_MAX: usize = 100_000;
/// Most log rows read at once.
pub const READ_BATCHES_MAX: u32 = 64;
/// Most reports read at once, unless one row alone has more.
pub const READ_REPORTS_MAX: u64 = 20_000;

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
    encoded: Encoded,
    /// One fate a report, in order.
    done: oneshot::Sender<Vec<Fate>>,
    /// Its place in the queue, given back when it is dropped.
    _room: OwnedSemaphorePermit,
}

/// Hands reports to the writer and reads what is stored. Cheap to clone.
#[derive(Clone)]
pub struct ReportLog {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
    tail: Arc<Tail>,
    end: watch::Receiver<u64>,
    store: Store,
    counters: Arc<LogCounters>,
}

impl ReportLog {
    /// Starts the writer on a store. It ends when every clone of the log is dropped.
    pub async fn start(store: Store) -> Result<Self, ReadError> {
        let known = Known::open(store.clone()).await?;
        let (queue, waiting) = mpsc::channel(QUEUE_BATCHES_MAX);
        let (moved, end) = watch::channel(known.position());
        let (counters, tail) = (Arc::new(LogCounters::default()), Arc::new(Tail::default()));
        let room = Arc::new(Semaphore::new(QUEUE_REPORTS_MAX));
        tokio::spawn(writer::run(
            writer::Writer::new(store.clone(), known, moved, Arc::clone(&tail), Arc::clone(&counters)),
            waiting,
        ));
        Ok(Self { queue, room, tail, end, store, counters })
    }

    /// Stores reports; returns once they are durable. Waits as long as the disk refuses them.
    pub async fn append(&self, reports: Vec<Report>) -> Result<Appended, LogClosed> {
        self.append_each(reports).await.map(|fates| Appended::of(&fates))
    }

    /// As [`ReportLog::append`], telling of each report in order what became of it.
    pub async fn append_each(&self, reports: Vec<Report>) -> Result<Vec<Fate>, LogClosed> {
        let encoded = Encoded::of(&reports).map_err(|error| {
            tracing::error!(error = %crate::sentence(&error), "reports are not stored");
            LogClosed
        })?;
        let places = u32::try_from(reports.len().min(QUEUE_REPORTS_MAX)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(places).await.map_err(|_closed| LogClosed)?;
        let (done, answer) = oneshot::channel();
        let waiting = Waiting { reports, encoded, done, _room: room };
        self.queue.send(waiting).await.map_err(|_refused| LogClosed)?;
        answer.await.map_err(|_dropped| LogClosed)
    }

    /// Up to [`READ_BATCHES_MAX`] batches after a position, in order.
    pub async fn read_from(&self, position: u64) -> Result<Vec<(u64, Vec<Report>)>, ReadError> {
        self.read_some(position, READ_BATCHES_MAX).await
    }

    /// Up to `limit` batches after a position, in order: for readers that keep little in memory.
    pub async fn read_some(&self, position: u64, limit: u32) -> Result<Vec<(u64, Vec<Report>)>, ReadError> {
        let batches = self.store.batches_after(position, limit, READ_REPORTS_MAX).await?;
        batches.iter().map(|batch: &LoggedBatch| Ok((batch.position, encoding::decode(batch)?))).collect()
    }

    /// As [`ReportLog::read_from`], for the one task that follows the log: what was stored a moment ago comes from memory
    /// and comes once.
    pub async fn follow(&self, position: u64) -> Result<Vec<(u64, Vec<Report>)>, ReadError> {
        let newest = self.tail.take_after(position);
        if newest.is_empty() { self.read_from(position).await } else { Ok(newest) }
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
