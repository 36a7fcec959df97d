//! History: what every truck reported, as compressed columns, so that half a year of a city stays small and a truck's day
//! comes back in one read.
//!
//! - [`chunk`]: reports of one truck as columns and back (pure); [`sorted`] and [`fixes`] are its two forms of reports
//! - [`subject`], [`hour`]: whose, and which stretch
//! - [`day`]: a day put together from its parts (pure)
//! - [`follower`]: the task that follows the report log
//! - [`reading`]: a truck's stretch of time, wherever its reports lie at that moment
//! - [`export`]: a day as Parquet
//! - [`track`], [`simplify`]: which of it is shown; [`fields`], [`render`]: how (pure)

pub mod chunk;
mod column;
pub mod day;
mod events;
pub mod export;
pub mod fields;
pub mod fixes;
pub mod follower;
pub mod hour;
mod pending;
pub mod reading;
pub mod render;
pub mod simplify;
pub mod sorted;
pub mod subject;
pub mod track;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::log::{ReadError, ReportLog};
use crate::store::{HistoryStore, Store, StoreError};
use chunk::ChunkError;
use pending::Pending;

pub use column::ColumnError;
pub use pending::PENDING_REPORTS_MAX;

/// Days kept before the present one when nothing else is said: half a year.
pub const HISTORY_DAYS_DEFAULT: u32 = 180;

/// Why history cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The report log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A chunk is damaged.
    #[error(
        "history cannot be read: remove the history file while the service rests, and it is built again from the report log"
    )]
    Chunk(#[from] ChunkError),
    /// Work given away did not come back.
    #[error("packing or reading history ended early")]
    Background(#[source] tokio::task::JoinError),
}

/// Counts since the service started.
#[derive(Debug, Default)]
pub struct HistoryCounters {
    /// Last log position the stored chunks account for.
    pub followed: AtomicU64,
    /// Reports followed.
    pub reports: AtomicU64,
    /// Chunks of hours written.
    pub chunks: AtomicU64,
    /// Days folded, one a truck.
    pub days: AtomicU64,
    /// Chunks deleted because their days are kept no more.
    pub deleted: AtomicU64,
    /// Reports left out because their day is kept no more.
    pub too_old: AtomicU64,
    /// Reports left out because their chunk is full.
    pub cut: AtomicU64,
    /// Chunks that could not be read and were left out.
    pub damaged: AtomicU64,
    /// Steps that failed and were tried again.
    pub failures: AtomicU64,
}

/// What readers and the follower share. Cheap to clone.
#[derive(Clone)]
pub struct History {
    store: HistoryStore,
    reports: Store,
    pending: Arc<Mutex<Pending>>,
    counters: Arc<HistoryCounters>,
}

impl History {
    /// History over a report log, as far as it was followed before.
    pub async fn open(store: HistoryStore, reports: Store, log: &ReportLog) -> Result<Self, HistoryError> {
        let history = Self { store, reports, pending: Arc::default(), counters: Arc::default() };
        history.resume(log).await?;
        Ok(history)
    }

    /// The history file.
    pub fn store(&self) -> &HistoryStore {
        &self.store
    }

    /// Its counts.
    pub fn counters(&self) -> &HistoryCounters {
        &self.counters
    }

    /// How many reports wait in memory to be stored.
    pub fn waiting(&self) -> usize {
        self.pending().len()
    }

    fn pending(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
