//! The task that follows the report log: gathers reports by truck and hour, stores them as chunks together with how far it
//! has come, folds the hours of days that are over into days, and deletes days that are kept no more.
//!
//! Killed at any moment it begins again where the last stored chunks end; what it reads twice is merged away.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::{Report, Timestamp};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::chunk::ChunkError;
use super::day::{self, Packed, Parts};
use super::hour::{Day, Hour};
use super::pending::{Open, PENDING_REPORTS_MAX, Pending};
use super::sorted::Sorted;
use super::subject::Subject;
use super::{History, HistoryError, chunk};
use crate::clock;
use crate::log::ReportLog;
use crate::store::{StoredChunk, SubjectNumber};

/// Reports are stored in chunks at the latest after this, so that a start reads little of the log again.
const FLUSH_AFTER_S: i64 = 300;
/// A day is folded this long after its end: most of what comes late has come.
const FOLD_AFTER_S: i64 = 2 * 3600;
/// Between two readings of the log: verdicts and acknowledgements come first, and many commits are read at once.
const READ_EVERY: Duration = Duration::from_secs(1);
/// Log rows read at once.
const READ_BATCHES: u32 = 64;
/// Chunks merged and encoded at once.
const CHUNKS_AT_ONCE: usize = 400;
/// Trucks whose day is folded in one transaction.
const FOLD_AT_ONCE: usize = 50;
/// Rows of old days deleted in one transaction.
const DELETE_AT_ONCE: u32 = 500;
/// Between two looks at what is due.
const TICK: Duration = Duration::from_secs(10);
/// Pause before a failed step is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Follows the log.
pub struct Follower {
    history: History,
    log: ReportLog,
    keep_days: u32,
    flushed_at: Timestamp,
}

impl Follower {
    /// A follower that keeps `keep_days` whole days before the present one.
    pub fn new(history: History, log: ReportLog, keep_days: u32, now: Timestamp) -> Self {
        Self { history, log, keep_days, flushed_at: now }
    }

    /// Follows until told to stop, then stores what is pending.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut end = self.log.end();
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let step = tokio::select! {
                () = stop.cancelled() => break,
                changed = end.changed() => {
                    if changed.is_err() || pause(&stop).await {
                        break;
                    }
                    end.mark_unchanged();
                    self.catch_up(clock::now(), &stop).await
                }
                _ = tick.tick() => self.look_after(clock::now(), &stop).await,
            };
            if let Err(error) = step {
                self.history.counters().failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(error = %crate::sentence(&error), "history cannot be written, trying again");
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep(RETRY_AFTER) => end.mark_changed(),
                }
            }
        }
        if let Err(error) = self.flush(clock::now()).await {
            // Nothing is lost: the log holds it, and the next start reads on from the last chunk.
            tracing::warn!(error = %crate::sentence(&error), "history was not written at the end");
        }
    }

    /// Reads what is new in the log, and stores it when enough has gathered.
    pub async fn catch_up(&mut self, now: Timestamp, stop: &CancellationToken) -> Result<(), HistoryError> {
        let oldest = self.first_kept(now);
        while !stop.is_cancelled() {
            let position = self.history.pending().position();
            let batches = self.log.read_some(position, READ_BATCHES).await?;
            if batches.is_empty() {
                return Ok(());
            }
            let (mut reports, mut too_old) = (0, 0);
            let waiting = {
                let mut pending = self.history.pending();
                for (position, batch) in batches {
                    reports += batch.len() as u64;
                    too_old += pending.note(position, batch, oldest);
                }
                pending.len()
            };
            let counters = self.history.counters();
            counters.reports.fetch_add(reports, Ordering::Relaxed);
            counters.too_old.fetch_add(too_old, Ordering::Relaxed);
            if waiting >= PENDING_REPORTS_MAX {
                self.flush(now).await?;
            }
        }
        Ok(())
    }

    /// What is due by the clock: what the log holds from before the start, chunks, days, old days.
    pub async fn look_after(&mut self, now: Timestamp, stop: &CancellationToken) -> Result<(), HistoryError> {
        self.catch_up(now, stop).await?;
        if now.millis_since(self.flushed_at) >= FLUSH_AFTER_S * 1000 {
            self.flush(now).await?;
        }
        self.fold(now, stop).await?;
        self.retire(now, stop).await
    }

    fn first_kept(&self, now: Timestamp) -> Day {
        Day::of(now).plus_days(-i64::from(self.keep_days))
    }

    /// Stores everything pending as chunks, with the position it reaches, in one transaction.
    pub async fn flush(&mut self, now: Timestamp) -> Result<(), HistoryError> {
        let (open, position) = self.history.pending().leave();
        let keys: Vec<(Subject, Hour)> = open
            .iter()
            .flat_map(|(subject, hours)| hours.keys().map(move |hour| (subject.clone(), *hour)))
            .collect();
        let mut packed = Vec::with_capacity(keys.len());
        for some in keys.chunks(CHUNKS_AT_ONCE) {
            packed.extend(self.pack_hours(some.to_vec(), Arc::clone(&open)).await?);
        }
        self.store_hours(&packed, position).await?;
        self.history.pending().stored();
        self.flushed_at = now;
        let counters = self.history.counters();
        counters.chunks.fetch_add(packed.len() as u64, Ordering::Relaxed);
        counters.followed.store(position, Ordering::Relaxed);
        Ok(())
    }

    async fn pack_hours(
        &self,
        keys: Vec<(Subject, Hour)>,
        open: Arc<Open>,
    ) -> Result<Vec<(Subject, Hour, Packed)>, HistoryError> {
        let store = self.history.store();
        let mut wanted = HashMap::new();
        for (subject, hour) in &keys {
            if let Some(number) = store.number_of(subject).await? {
                wanted.insert((*hour, number), subject.clone());
            }
        }
        let known: Vec<(Hour, SubjectNumber)> = wanted.keys().copied().collect();
        let mut stored: HashMap<(Subject, Hour), StoredChunk> = store
            .hour_chunks(&known)
            .await?
            .into_iter()
            .filter_map(|(key, chunk)| Some(((wanted.remove(&key)?, key.0), chunk)))
            .collect();
        let counters = Arc::clone(&self.history.counters);
        in_background(move || {
            keys.into_iter()
                .map(|(subject, hour)| {
                    let new = open.get(&subject).and_then(|hours| hours.get(&hour)).cloned();
                    let new = Sorted::of(new.unwrap_or_default());
                    let key = (subject, hour);
                    let before = match stored.remove(&key).map(|chunk| chunk::decode(&key.0, &chunk.bytes)) {
                        None => Sorted::default(),
                        Some(Ok(before)) => before,
                        Some(Err(error)) => {
                            counters.damaged.fetch_add(1, Ordering::Relaxed);
                            note_damage(&key.0, &error);
                            Sorted::default()
                        }
                    };
                    let packed = day::pack(&key.0, before.merge(new))?;
                    counters.cut.fetch_add(packed.cut as u64, Ordering::Relaxed);
                    Ok((key.0, key.1, packed))
                })
                .collect()
        })
        .await
    }

    async fn store_hours(
        &self,
        packed: &[(Subject, Hour, Packed)],
        position: u64,
    ) -> Result<(), HistoryError> {
        let mut change = self.history.store().change().await?;
        let mut rows = Vec::with_capacity(packed.len());
        let mut given: HashMap<&Subject, SubjectNumber> = HashMap::new();
        for (subject, hour, packed) in packed {
            let known = match given.get(subject) {
                Some(number) => Some(*number),
                None => self.history.store().number_of(subject).await?,
            };
            let number = match known {
                Some(number) => number,
                None => change.number(subject).await?,
            };
            given.insert(subject, number);
            let reports = packed.reports as u64;
            rows.push((*hour, number, StoredChunk { bytes: packed.bytes.clone(), reports }));
        }
        change.put_hours(&rows).await?;
        change.set_followed(position).await?;
        change.commit().await?;
        Ok(())
    }

    /// Folds the hours of days that are over into days, what came late as well.
    pub async fn fold(&mut self, now: Timestamp, stop: &CancellationToken) -> Result<(), HistoryError> {
        let subjects = match self.next_to_fold(now).await? {
            Some(_) => self.history.store().subjects().await?,
            None => return Ok(()),
        };
        while let Some(day) = self.next_to_fold(now).await? {
            let mut hours: BTreeMap<SubjectNumber, Vec<Hour>> = BTreeMap::new();
            for (subject, hour) in self.history.store().hours_of(day).await? {
                hours.entry(subject).or_default().push(hour);
            }
            let hours: Vec<(SubjectNumber, Vec<Hour>)> = hours.into_iter().collect();
            for some in hours.chunks(FOLD_AT_ONCE) {
                if stop.is_cancelled() {
                    return Ok(());
                }
                self.fold_some(day, some, &subjects).await?;
                // A large fold must not let reports gather unread.
                self.catch_up(now, stop).await?;
            }
        }
        Ok(())
    }

    async fn next_to_fold(&self, now: Timestamp) -> Result<Option<Day>, HistoryError> {
        let first = self.history.store().first_hour().await?.map(Hour::day);
        Ok(first.filter(|day| day.end().plus_seconds(FOLD_AFTER_S) <= now))
    }

    async fn fold_some(
        &self,
        day: Day,
        hours: &[(SubjectNumber, Vec<Hour>)],
        subjects: &HashMap<SubjectNumber, Subject>,
    ) -> Result<(), HistoryError> {
        let store = self.history.store();
        let of_days: Vec<(Day, SubjectNumber)> = hours.iter().map(|(subject, _)| (day, *subject)).collect();
        let of_hours: Vec<(Hour, SubjectNumber)> =
            hours.iter().flat_map(|(subject, hours)| hours.iter().map(|hour| (*hour, *subject))).collect();
        let mut parts: BTreeMap<SubjectNumber, Parts> = BTreeMap::new();
        for ((_, subject), chunk) in store.day_chunks(&of_days).await? {
            parts.entry(subject).or_default().day = Some(chunk.bytes);
        }
        for ((hour, subject), chunk) in store.hour_chunks(&of_hours).await? {
            parts.entry(subject).or_default().hours.insert(hour, chunk.bytes);
        }
        let named: Vec<(SubjectNumber, Subject, Parts)> = parts
            .into_iter()
            .filter_map(|(number, parts)| Some((number, subjects.get(&number)?.clone(), parts)))
            .collect();
        let counters = Arc::clone(&self.history.counters);
        let packed: Vec<(Day, SubjectNumber, StoredChunk)> = in_background(move || {
            named
                .into_iter()
                .map(|(number, subject, parts)| {
                    let whole = parts.salvage(&subject, |error| {
                        counters.damaged.fetch_add(1, Ordering::Relaxed);
                        note_damage(&subject, &error);
                    });
                    let Packed { bytes, reports, cut } = day::pack(&subject, whole)?;
                    counters.cut.fetch_add(cut as u64, Ordering::Relaxed);
                    Ok((day, number, StoredChunk { bytes, reports: reports as u64 }))
                })
                .collect()
        })
        .await?;
        let gone: Vec<(SubjectNumber, Hour)> =
            of_hours.iter().map(|(hour, subject)| (*subject, *hour)).collect();
        let mut change = store.change().await?;
        change.put_days(&packed).await?;
        change.drop_hours(&gone).await?;
        change.commit().await?;
        self.history.counters().days.fetch_add(packed.len() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Deletes days that are kept no more.
    pub async fn retire(&mut self, now: Timestamp, stop: &CancellationToken) -> Result<(), HistoryError> {
        let first = self.first_kept(now);
        while !stop.is_cancelled() {
            let mut change = self.history.store().change().await?;
            let gone = change.delete_before(first, DELETE_AT_ONCE).await?;
            change.commit().await?;
            if gone == 0 {
                return Ok(());
            }
            self.history.counters().deleted.fetch_add(gone, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Waits for more to come; `true` when told to stop meanwhile.
async fn pause(stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => true,
        () = sleep(READ_EVERY) => false,
    }
}

fn note_damage(subject: &Subject, error: &ChunkError) {
    tracing::error!(
        subject = subject.name(),
        error = %crate::sentence(error),
        "a chunk of history is damaged and left out; its reports are in the report log: remove the history file while \
         the service rests, and it is built again"
    );
}

/// Packing takes the processor for a while: not where sockets wait.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ChunkError> + Send + 'static,
) -> Result<T, HistoryError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(HistoryError::Background)?;
    Ok(done?)
}

impl History {
    /// What the follower begins with: the stored position, or the beginning when the log is not the one it was made of.
    pub(super) async fn resume(&self, log: &ReportLog) -> Result<(), HistoryError> {
        let position = self.store().followed().await?;
        let end = *log.end().borrow();
        let position = if position <= end {
            position
        } else {
            tracing::warn!(
                position,
                end,
                "history accounts for more than the report log holds (the database was replaced): the log is merged in from its beginning"
            );
            0
        };
        *self.pending() = Pending::at(position);
        self.counters().followed.store(position, Ordering::Relaxed);
        Ok(())
    }
}

impl Parts {
    /// Every report that can be read; what cannot is told.
    fn salvage(self, subject: &Subject, damaged: impl Fn(ChunkError)) -> Sorted {
        let mut reports: Vec<Report> = Vec::new();
        for bytes in self.day.iter().chain(self.hours.values()) {
            match chunk::decode(subject, bytes) {
                Ok(some) => reports.extend(some.into_vec()),
                Err(error) => damaged(error),
            }
        }
        Sorted::of(reports)
    }
}
