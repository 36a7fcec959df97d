//! Gathers the reports of every reader unit and appends them to the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::Report;
use tokio::sync::mpsc;

use super::state::WriterCounters;
use crate::log::{LogClosed, ReportLog};

/// Most reports that wait to be stored, over all units: a minute of a hundred tags at forty readers.
pub const WAITING_REPORTS_MAX: usize = 16_384;
/// Most reports appended at once.
pub const BATCH_REPORTS_MAX: usize = 1_000;

/// Runs until every unit has ended and all it gave is stored.
pub(super) async fn run(mut waiting: mpsc::Receiver<Report>, log: ReportLog, counters: Arc<WriterCounters>) {
    let mut batch = Vec::with_capacity(BATCH_REPORTS_MAX);
    while waiting.recv_many(&mut batch, BATCH_REPORTS_MAX).await > 0 {
        let count = batch.len() as u64;
        match log.append(std::mem::take(&mut batch)).await {
            Ok(appended) => {
                counters.stored.fetch_add(appended.stored, Ordering::Relaxed);
                counters.duplicates.fetch_add(appended.duplicates, Ordering::Relaxed);
            }
            Err(LogClosed) => {
                counters.lost_at_end.fetch_add(count, Ordering::Relaxed);
            }
        }
    }
}
