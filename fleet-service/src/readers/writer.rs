//! Gathers the reports of every reader unit and appends them to the log.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Report;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use super::state::WriterCounters;
use crate::log::{LogClosed, ReportLog};

/// Most reports that wait to be stored, over all units: a minute of a hundred tags at forty readers.
pub const WAITING_REPORTS_MAX: usize = 16_384;
/// Most reports appended at once.
pub const BATCH_REPORTS_MAX: usize = 1_000;
/// How long the first report of a batch waits for company: a reader reports each tag by itself, and a disk sync for each
/// would be a waste. No reader waits for an answer.
const GATHER: Duration = Duration::from_millis(250);

/// Runs until every unit has ended and all it gave is stored.
pub(super) async fn run(mut waiting: mpsc::Receiver<Report>, log: ReportLog, counters: Arc<WriterCounters>) {
    while let Some(first) = waiting.recv().await {
        let deadline = Instant::now() + GATHER;
        let mut batch = vec![first];
        while batch.len() < BATCH_REPORTS_MAX
            && let Ok(Some(report)) = timeout_at(deadline, waiting.recv()).await
        {
            batch.push(report);
        }
        let count = batch.len() as u64;
        match log.append(batch).await {
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
