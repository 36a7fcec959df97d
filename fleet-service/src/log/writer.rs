//! The log's one writer: gathers, commits, then acknowledges.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout_at};

use super::encoding::{self, Mark};
use super::known::Known;
use super::tail::Tail;
use super::{Appended, COMMIT_EVERY_MS, COMMIT_REPORTS_MAX, Fate, LogCounters, ReadError, Waiting};
use crate::clock;
use crate::store::{Store, StoreError};

/// Pause before a failed commit is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A commit that carries as many batches shows that sharing is worth a pause; a lone report is not kept waiting.
const SHARED_BATCHES: usize = 4;

/// Why a commit failed.
#[derive(Debug, thiserror::Error)]
enum CommitError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encode(#[from] encoding::BatchError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What the writer works with.
pub(super) struct Writer {
    store: Store,
    known: Known,
    moved: watch::Sender<u64>,
    tail: Arc<Tail>,
    counters: Arc<LogCounters>,
}

/// What a commit did.
struct Outcome {
    /// Where what was new lies; `None` when nothing was.
    position: Option<u64>,
    /// Report by report through all batches.
    fates: Vec<Fate>,
}

/// Runs until every sender is gone.
pub(super) async fn run(mut writer: Writer, mut queue: mpsc::Receiver<Waiting>) {
    let mut not_before = Instant::now();
    while let Some(first) = queue.recv().await {
        let waiting = gather(first, &mut queue, not_before).await;
        let pause_ms = if waiting.len() < SHARED_BATCHES { 0 } else { COMMIT_EVERY_MS };
        not_before = Instant::now() + Duration::from_millis(pause_ms);
        let outcome = writer.commit_until_stored(&waiting).await;
        writer.tell(waiting, outcome);
        if let Err(error) = writer.known.keep().await {
            tracing::error!(error = %crate::sentence(&error), "what is stored stays noted in memory, trying again");
        }
    }
}

/// Everything that waits, and what still comes until the next commit may begin.
async fn gather(first: Waiting, queue: &mut mpsc::Receiver<Waiting>, not_before: Instant) -> Vec<Waiting> {
    let mut reports = first.reports.len();
    let mut waiting = vec![first];
    while reports < COMMIT_REPORTS_MAX {
        // Of a moment that has passed, what waits already is still taken.
        match timeout_at(not_before, queue.recv()).await {
            Ok(Some(batch)) => {
                reports += batch.reports.len();
                waiting.push(batch);
            }
            Ok(None) | Err(_) => break,
        }
    }
    waiting
}

impl Writer {
    pub(super) fn new(
        store: Store,
        known: Known,
        moved: watch::Sender<u64>,
        tail: Arc<Tail>,
        counters: Arc<LogCounters>,
    ) -> Self {
        Self { store, known, moved, tail, counters }
    }

    async fn commit_until_stored(&mut self, waiting: &[Waiting]) -> Outcome {
        loop {
            match self.commit(waiting).await {
                Ok(outcome) => {
                    self.counters.failing.store(false, Ordering::Relaxed);
                    self.counters.commits.fetch_add(1, Ordering::Relaxed);
                    return outcome;
                }
                Err(error) => {
                    self.counters.commit_failures.fetch_add(1, Ordering::Relaxed);
                    self.counters.failing.store(true, Ordering::Relaxed);
                    tracing::error!(
                        error = %crate::sentence(&error),
                        "reports cannot be stored; none is acknowledged, trying again"
                    );
                    sleep(RETRY_AFTER).await;
                }
            }
        }
    }

    /// One statement, so one transaction: what is new among all batches becomes one row of the log.
    async fn commit(&mut self, waiting: &[Waiting]) -> Result<Outcome, CommitError> {
        let marks: Vec<Mark> = waiting.iter().flat_map(|batch| batch.encoded.marks()).copied().collect();
        loop {
            let fresh = self.known.fresh(&marks).await?;
            let mut fates = vec![Fate::Known; marks.len()];
            fresh.iter().for_each(|place| fates[*place] = Fate::Stored);
            let Some(span) = span(fresh.iter().map(|place| marks[*place].time)) else {
                // Nothing is new, so nothing is written.
                return Ok(Outcome { position: None, fates });
            };
            let bytes = waiting.iter().flat_map(|b| (0..b.reports.len()).map(|i| b.encoded.bytes_of(i)));
            let new = bytes.zip(&fates).filter(|(_, fate)| **fate == Fate::Stored).map(|(bytes, _)| bytes);
            let row = encoding::row(fresh.len(), new)?;
            let position = self.known.position() + 1;
            if !self.store.append_batch(position, clock::now(), span, fresh.len(), row).await? {
                // Another program wrote to the log: what it stored is taken in before anything is called new.
                self.known.catch_up().await?;
                continue;
            }
            self.known.note(position, fresh.iter().map(|place| &marks[*place]));
            return Ok(Outcome { position: Some(position), fates });
        }
    }

    /// Hands what is new to whoever follows the log and acknowledges every batch.
    fn tell(&self, waiting: Vec<Waiting>, outcome: Outcome) {
        let mut fates = outcome.fates.into_iter();
        let mut new = Vec::with_capacity(fates.len());
        let mut answers = Vec::with_capacity(waiting.len());
        for batch in waiting {
            let fates: Vec<Fate> = fates.by_ref().take(batch.reports.len()).collect();
            let appended = Appended::of(&fates);
            self.counters.stored.fetch_add(appended.stored, Ordering::Relaxed);
            self.counters.duplicates.fetch_add(appended.duplicates, Ordering::Relaxed);
            let stored = batch.reports.into_iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Stored);
            new.extend(stored.map(|(report, _)| report));
            answers.push((batch.done, fates));
        }
        if let Some(position) = outcome.position {
            self.tail.put(position, new);
            self.moved.send_replace(position);
        }
        for (done, fates) in answers {
            // Whoever asked may be gone; the reports are stored all the same.
            let _ = done.send(fates);
        }
    }
}

fn span(times: impl Iterator<Item = Timestamp>) -> Option<(Timestamp, Timestamp)> {
    times.fold(None, |span, time| {
        Some(
            span.map_or((time, time), |(first, last): (Timestamp, Timestamp)| {
                (first.min(time), last.max(time))
            }),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::log::seen::RECENT_MAX;
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

    #[tokio::test]
    async fn a_report_sent_again_after_its_hour_was_written_as_runs_is_known_before_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).await;
        let many = RECENT_MAX as i64 + 10;
        let chunk = |from: i64| -> Vec<Report> { (from..(from + 10_000).min(many)).map(report).collect() };
        for from in (0..many).step_by(10_000) {
            log.append(chunk(from)).await.unwrap();
        }
        log.append(vec![report(many)]).await.unwrap();
        for log in [log, open(folder.path()).await] {
            let again = log.append(vec![report(3), report(many - 1), report(many)]).await.unwrap();
            assert_eq!((again.stored, again.duplicates), (0, 3));
            let (upto, _) = log.store.seen_upto().await.unwrap();
            assert!(upto > 0, "no runs were written");
        }
    }

    #[tokio::test]
    async fn a_report_another_program_stored_meanwhile_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let (log, other) = (open(folder.path()).await, open(folder.path()).await);
        log.append(vec![report(1)]).await.unwrap();
        other.append(vec![report(2)]).await.unwrap();
        let both = log.append(vec![report(1), report(2), report(3)]).await.unwrap();
        assert_eq!((both.stored, both.duplicates), (1, 2));
        assert_eq!(everything(&other).await, [report(1), report(2), report(3)]);
    }

    #[tokio::test]
    async fn the_follower_gets_every_batch_once_in_order_from_memory_or_from_the_store() {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path()).await;
        log.append(vec![report(1)]).await.unwrap();
        let mut position = 0;
        for second in 2..6 {
            let followed = log.follow(position).await.unwrap();
            let [(at, reports)] = &followed[..] else { panic!("{followed:?}") };
            assert_eq!((*at, reports), (position + 1, &vec![report(second - 1)]));
            position = *at;
            log.append(vec![report(second), report(1)]).await.unwrap();
        }
    }
}
