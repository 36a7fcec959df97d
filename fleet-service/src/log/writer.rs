//! The log's one writer: gathers, commits, then acknowledges.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Report, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::{Appended, COMMIT_REPORTS_MAX, Fate, GATHER_MS, LogCounters, Waiting, encoding};
use crate::clock;
use crate::store::{SeenKey, Store};

/// Pause before a failed commit is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Why a commit failed.
#[derive(Debug, thiserror::Error)]
enum CommitError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Encode(#[from] encoding::BatchError),
}

/// Runs until every sender is gone.
pub(super) async fn run(
    store: Store,
    mut queue: mpsc::Receiver<Waiting>,
    moved: watch::Sender<u64>,
    counters: Arc<LogCounters>,
) {
    while let Some(first) = queue.recv().await {
        let waiting = gather(first, &mut queue).await;
        let outcome = loop {
            match commit(&store, &waiting).await {
                Ok(outcome) => break outcome,
                Err(error) => {
                    counters.commit_failures.fetch_add(1, Ordering::Relaxed);
                    counters.failing.store(true, Ordering::Relaxed);
                    tracing::error!(
                        error = %crate::sentence(&error),
                        "reports cannot be stored; none is acknowledged, trying again"
                    );
                    sleep(RETRY_AFTER).await;
                }
            }
        };
        counters.failing.store(false, Ordering::Relaxed);
        counters.commits.fetch_add(1, Ordering::Relaxed);
        if let Some(position) = outcome.position {
            moved.send_replace(position);
        }
        for (batch, fates) in waiting.into_iter().zip(outcome.fates) {
            let appended = Appended::of(&fates);
            counters.stored.fetch_add(appended.stored, Ordering::Relaxed);
            counters.duplicates.fetch_add(appended.duplicates, Ordering::Relaxed);
            // Whoever asked may be gone; the reports are stored all the same.
            let _ = batch.done.send(fates);
        }
    }
}

async fn gather(first: Waiting, queue: &mut mpsc::Receiver<Waiting>) -> Vec<Waiting> {
    let deadline = Instant::now() + Duration::from_millis(GATHER_MS);
    let mut reports = first.reports.len();
    let mut waiting = vec![first];
    while reports < COMMIT_REPORTS_MAX {
        match timeout_at(deadline, queue.recv()).await {
            Ok(Some(batch)) => {
                reports += batch.reports.len();
                waiting.push(batch);
            }
            Ok(None) | Err(_) => break,
        }
    }
    waiting
}

struct Outcome {
    position: Option<u64>,
    /// Batch by batch, report by report.
    fates: Vec<Vec<Fate>>,
}

/// One transaction: what is new among all batches becomes one row of the log.
async fn commit(store: &Store, waiting: &[Waiting]) -> Result<Outcome, CommitError> {
    let key = |report: &Report| -> SeenKey {
        let mut id = [0; 16];
        id.copy_from_slice(report.id().as_bytes());
        (report.time, id)
    };
    let keys: Vec<Vec<SeenKey>> =
        waiting.iter().map(|batch| batch.reports.iter().map(key).collect()).collect();
    let flat: Vec<SeenKey> = keys.iter().flatten().copied().collect();
    let mut change = store.change().await?;
    let mut unseen = change.note_seen(&flat).await?;
    let mut new: Vec<&Report> = Vec::with_capacity(unseen.len());
    let mut fates = Vec::with_capacity(waiting.len());
    for (batch, keys) in waiting.iter().zip(&keys) {
        let fate = |(report, key)| {
            if unseen.remove(key) {
                new.push(report);
                Fate::Stored
            } else {
                Fate::Known
            }
        };
        fates.push(batch.reports.iter().zip(keys).map(fate).collect());
    }
    let Some(span) = span(&new) else {
        // Dropped without a commit: nothing was new, so nothing was written.
        return Ok(Outcome { position: None, fates });
    };
    let position = change.append_batch(clock::now(), span, new.len(), &encoding::encode(&new)?).await?;
    change.commit().await?;
    Ok(Outcome { position: Some(position), fates })
}

fn span(reports: &[&Report]) -> Option<(Timestamp, Timestamp)> {
    let times = || reports.iter().map(|r| r.time);
    Some((times().min()?, times().max()?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::log::{Fate, ReportLog};
    use crate::store::Store;
    use domain::{FixKind, FixReport, Position, Report, Timestamp, report::Content};

    fn report(second: i64) -> Report {
        let at = Position::from_degrees(34.5, 113.4).unwrap();
        let fix = FixReport::bare("豫A12345".parse().unwrap(), at, FixKind::D3);
        Report { time: Timestamp::from_seconds(second), content: Content::Fix(fix), received: None }
    }

    async fn open(folder: &Path) -> ReportLog {
        ReportLog::start(Store::open(folder).await.unwrap()).await.unwrap()
    }

    async fn everything(log: &ReportLog) -> Vec<Report> {
        log.read_from(0).await.unwrap().into_iter().flat_map(|(_, reports)| reports).collect()
    }

    #[tokio::test]
    async fn a_report_is_stored_once_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).await;
        let first = log.append(vec![report(1), report(2), report(1)]).await.unwrap();
        assert_eq!((first.stored, first.duplicates), (2, 1));
        let mut again = report(2);
        again.received = Some(Timestamp::from_seconds(99));
        let second = log.append(vec![again, report(3)]).await.unwrap();
        assert_eq!((second.stored, second.duplicates), (1, 1));
        assert_eq!(everything(&log).await, vec![report(1), report(2), report(3)]);
        let each = log.append_each(vec![report(3), report(4), report(4)]).await.unwrap();
        assert_eq!(each, [Fate::Known, Fate::Stored, Fate::Known]);
    }

    #[tokio::test]
    async fn what_was_acknowledged_is_there_when_another_process_opens_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).await;
        log.append(vec![report(1)]).await.unwrap();
        // The first log is still open, as after a crash: nothing was flushed by closing.
        let other = open(folder.path()).await;
        assert_eq!(everything(&other).await, vec![report(1)]);
        let repeated = other.append(vec![report(1)]).await.unwrap();
        assert_eq!((repeated.stored, repeated.duplicates), (0, 1));
    }

    #[tokio::test]
    async fn batches_handed_over_together_share_a_commit_and_each_gets_its_own_count() {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).await;
        let (a, b) = tokio::join!(log.append(vec![report(1)]), log.append(vec![report(1), report(2)]));
        assert_eq!(a.unwrap().stored + b.unwrap().stored, 2);
        assert_eq!(everything(&log).await.len(), 2);
        assert_eq!(*log.end().borrow(), log.read_from(0).await.unwrap().len() as u64);
    }
}
