//! The truck's durable store of what is still to be sent.
//!
//! A directory of append-only segment files and a cursor. A record is numbered from 1 without gaps; what was appended
//! is sent only after it is on disk, and the cursor moves only on the platform's word. Two bounds hold, bytes and days:
//! segments acknowledged whole are deleted, and when the platform is away for so long that a bound is reached, the
//! oldest segment goes, counted, loudly, and leaving a [`Gap`] that the platform is told before what follows.
//!
//! ```text
//! spool/lock                       held while an agent works here
//! spool/cursor                     number of the last acknowledged record, in two slots
//! spool/gaps                       what was lost and not told yet
//! spool/reserve                    space that is given up to a full disk
//! spool/00000000000000000001.seg   magic, first number, checksum; then records
//! record                           length u32, checksum u32 over number and all that follows, time i64 (ms), flags u8,
//!                                  payload (little endian)
//! ```
//!
//! # Calling order
//! [`Spool::append`], then [`Spool::maintain`] at [`Spool::poll_timeout`]. Urgent records are synced by the next
//! [`Spool::maintain`], others at most [`SYNC_EVERY_MS`] after the last sync, so that a steady stream costs the disk one
//! sync a second. `now` must come from a clock that is never set.
//!
//! Age is measured from record to record, by the satellites' time in them: the truck's own clock may be wrong.
//!
//! What this does not do: it does not survive a disk that loses what it said it had written, and it does not keep
//! records from being offered twice (the platform knows a report by its content).

#[cfg(test)]
mod bounds_tests;
mod cursor;
mod durable;
mod error;
mod gaps;
mod reserve;
mod segment;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use wire::{Gap, GapCause};

use cursor::CursorFile;
pub use durable::{read_small, remove, write_durably};
pub use error::{SpoolCounters, SpoolError};
pub use gaps::GAPS_MAX;
use gaps::{Gaps, PlacedGap};
pub use reserve::RESERVE_BYTES;
use reserve::Reserve;
use segment::{HEADER_BYTES, RECORD_HEAD_BYTES, Segment, Span, widen};
pub use shared::SharedSpool;

/// Longest record taken, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024;
/// Records appended but not yet on disk; beyond it, new ones are dropped and counted.
pub const PENDING_BYTES_MAX: usize = 1024 * 1024;
/// Highest number believed when a file says it: no truck lives so long, and behind it there is room to count on.
const NUMBER_MAX: u64 = u64::MAX >> 1;
/// Records that are not urgent are synced together at most this often, and a disk that failed is tried again so often.
pub const SYNC_EVERY_MS: i64 = 1_000;
/// The cursor is synced at most this often; records acknowledged since are offered again after a power cut.
pub const CURSOR_SYNC_EVERY_MS: i64 = 60_000;
/// The reserve is made again at most this often.
const RESERVE_EVERY_MS: i64 = 60_000;
/// A segment holds records of one day at most, so that days can be dropped.
const SEGMENT_SPAN_MS: i64 = DAY_MS;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// How much the spool may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolConfig {
    /// All segments together, in bytes.
    pub bytes_max: u64,
    /// One segment, in bytes.
    pub segment_bytes: u64,
    /// Age of the oldest record, in days before the newest; it is kept for up to a day longer.
    pub days_max: u32,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self { bytes_max: 64 * 1024 * 1024, segment_bytes: 1024 * 1024, days_max: 30 }
    }
}

/// A record that is on disk and waits to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its number.
    pub number: u64,
    /// What was appended.
    pub payload: Vec<u8>,
    /// What was lost before it and has not been told yet.
    pub gaps: Vec<Gap>,
}

/// The spool. One agent at a time holds it.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    config: SpoolConfig,
    /// Oldest first; numbers rise, with gaps only where records were lost. The last one is written to.
    segments: VecDeque<Segment>,
    cursor: CursorFile,
    /// Number of the last record the platform has.
    acknowledged: u64,
    /// When the cursor was written without being synced.
    cursor_unsynced_since: Option<Timestamp>,
    gaps: Gaps,
    reserve: Reserve,
    reserve_tried_at: Option<Timestamp>,
    /// Number the next record gets.
    next: u64,
    /// Records not yet on disk, as they will be written.
    pending: Vec<u8>,
    pending_records: u64,
    pending_span: Span,
    /// When the pending records are to be synced.
    due: Option<Timestamp>,
    synced_at: Option<Timestamp>,
    /// Number of the last urgent record.
    last_urgent: u64,
    /// Times of the two newest records: one wild time alone drops nothing.
    newest: [Option<Timestamp>; 2],
    /// Refused records since the last one taken.
    unwritten: Option<Gap>,
    counters: SpoolCounters,
    _lock: File,
}

impl Spool {
    /// Opens the spool in `directory`, which is made if it is not there. A torn tail is cut, damage is skipped.
    pub fn open(directory: &Path, config: SpoolConfig) -> Result<Self, SpoolError> {
        durable::make_directory(directory)?;
        let lock = lock(directory)?;
        let mut counters = SpoolCounters::default();
        let gaps = Gaps::open(directory.join("gaps"))?;
        let mut segments = VecDeque::new();
        for (first, path) in segment::list(directory)? {
            if let Some(segment) = Segment::open(first, path, &mut counters.torn_bytes)? {
                if segments.is_empty() && gaps.is_dropped_up_to(segment.end()) {
                    // The gap was written down, and then the power went before the segment was deleted.
                    remove(segment.path())?;
                } else {
                    segments.push_back(segment);
                }
            }
        }
        // Without a readable cursor everything is offered again, which the platform recognises.
        let (cursor, acknowledged) = CursorFile::open(directory.join(CURSOR))?;
        let after_last = segments.iter().map(Segment::end).max().unwrap_or(1);
        let next = after_last.max(acknowledged + 1).max(gaps.last_before());
        let mut spool = Self {
            directory: directory.to_owned(),
            config,
            segments,
            cursor,
            acknowledged,
            cursor_unsynced_since: None,
            gaps,
            reserve: Reserve::open(directory.join("reserve")),
            reserve_tried_at: None,
            next,
            pending: Vec::new(),
            pending_records: 0,
            pending_span: None,
            due: None,
            synced_at: None,
            // What was left by an earlier run has waited long enough.
            last_urgent: next - 1,
            newest: [None; 2],
            unwritten: None,
            counters,
            _lock: lock,
        };
        spool.find_lost_segments();
        spool.delete_acknowledged()?;
        Ok(spool)
    }

    /// Takes a record of `time` into memory and numbers it; [`Spool::maintain`] puts it on disk, an urgent one at once.
    pub fn append(
        &mut self,
        time: Timestamp,
        urgent: bool,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<u64, SpoolError> {
        if payload.len() > RECORD_BYTES_MAX {
            self.count_unwritten(time);
            return Err(SpoolError::RecordTooLong { bytes: payload.len() });
        }
        if self.pending.len() + RECORD_HEAD_BYTES + payload.len() > PENDING_BYTES_MAX {
            self.count_unwritten(time);
            return Err(SpoolError::PendingFull);
        }
        let number = self.next;
        segment::encode_record(number, time, urgent, payload, &mut self.pending);
        self.next += 1;
        self.pending_records += 1;
        self.pending_span = widen(self.pending_span, Some(time));
        self.newest = [self.newest[1], Some(time)];
        self.counters.appended += 1;
        if let Some(gap) = self.unwritten.take() {
            self.gaps.push(number - 1, PlacedGap { before: number, gap });
        }
        let paced = self.synced_at.map_or(now, |at| at.plus_millis(SYNC_EVERY_MS).max(now));
        let due = if urgent { now } else { paced };
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
        if urgent {
            self.last_urgent = number;
        }
        Ok(number)
    }

    /// Does what is due: puts records on disk, syncs the cursor. True when records were put on disk.
    pub fn maintain(&mut self, now: Timestamp) -> Result<bool, SpoolError> {
        if self.due.is_some_and(|due| due <= now) {
            return self.commit(now).map(|()| true);
        }
        let overdue = |since: Option<Timestamp>, ms| since.is_some_and(|since| now.millis_since(since) >= ms);
        let quiet =
            self.due.is_none() && self.synced_at.is_none_or(|at| now.millis_since(at) >= SYNC_EVERY_MS);
        if quiet && overdue(self.cursor_unsynced_since, CURSOR_SYNC_EVERY_MS) {
            self.sync_cursor(now)?;
        } else if quiet && !self.reserve.is_held() && self.may_make_reserve(now) {
            self.reserve_tried_at = Some(now);
            self.synced_at = Some(now);
            self.counters.syncs += 1;
            self.reserve.take_back();
        }
        Ok(false)
    }

    /// When [`Spool::maintain`] wants to be called for records that wait.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.due
    }

    /// Puts everything appended on disk. On an error everything still waits in memory, and is due again a little later.
    pub fn commit(&mut self, now: Timestamp) -> Result<(), SpoolError> {
        self.due = None;
        if self.pending.is_empty() {
            return Ok(());
        }
        let mut written = self.write_pending();
        if written.as_ref().is_err_and(|error| self.reserve.give_up(error)) {
            self.counters.reserve_used += 1;
            self.reserve_tried_at = Some(now);
            written = self.write_pending();
        }
        self.synced_at = Some(now);
        if written.is_err() {
            self.counters.failed_writes += 1;
            self.due = Some(now.plus_millis(SYNC_EVERY_MS));
        }
        written
    }

    /// Up to `records_max` records on disk after number `after`, in order.
    pub fn read_after(&mut self, after: u64, records_max: usize) -> Result<Vec<Stored>, SpoolError> {
        let mut found = Vec::new();
        let mut damaged = Vec::new();
        for segment in &mut self.segments {
            if found.len() >= records_max {
                break;
            }
            // Two may hold the same numbers: a batch written again because nobody knew whether it was on disk.
            let after = found.last().map_or(after, |(number, _): &(u64, segment::OnDisk)| *number);
            if segment.end() > after + 1 {
                let lost = segment.read_after(after, records_max, &mut found)?;
                if lost > 0 {
                    damaged.push((segment.end(), lost));
                }
            }
        }
        for (first, lost) in damaged {
            self.counters.damaged += lost;
            let gap = lost_gap(GapCause::Damaged, lost, None);
            self.gaps.push(first - 1, PlacedGap { before: first + lost, gap });
        }
        let mut before = after;
        let stored = found.into_iter().map(|(number, record)| {
            let untold =
                self.gaps.list().iter().filter(|placed| (before + 1..=number).contains(&placed.before));
            let gaps = untold.map(|placed| placed.gap).collect();
            before = number;
            Stored { number, payload: record.payload, gaps }
        });
        Ok(stored.collect())
    }

    /// The platform has every record up to `number`: the cursor moves.
    pub fn acknowledge(&mut self, number: u64, now: Timestamp) -> Result<(), SpoolError> {
        let number = number.min(self.next - 1);
        if number <= self.acknowledged {
            return Ok(());
        }
        self.cursor.write(number)?;
        self.cursor_unsynced_since.get_or_insert(now);
        self.counters.acknowledged += number - self.acknowledged;
        self.acknowledged = number;
        self.gaps.forget_told(number);
        if self.gaps.is_unsaved() {
            self.save_gaps()?;
        }
        self.delete_acknowledged()
    }

    /// Everything that waits goes to the disk, the cursor too: the agent is about to end.
    pub fn close(&mut self, now: Timestamp) -> Result<(), SpoolError> {
        self.commit(now)?;
        if self.cursor_unsynced_since.is_some() {
            self.sync_cursor(now)?;
        }
        Ok(())
    }

    /// Number of the last acknowledged record.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Number of the last record on disk.
    pub fn committed(&self) -> u64 {
        self.next - self.pending_records - 1
    }

    /// Number of the last record that is not to wait for others, or of the last one an earlier run left.
    pub fn last_urgent(&self) -> u64 {
        self.last_urgent
    }

    /// Nothing taken so far is to wait for others.
    pub fn make_all_urgent(&mut self) {
        self.last_urgent = self.next - 1;
    }

    /// Records that wait for the platform, and bytes on disk.
    pub fn waiting(&self) -> (u64, u64) {
        (self.next - 1 - self.acknowledged, self.bytes())
    }

    /// Whether nothing is left that could be sent.
    pub fn is_drained(&self) -> bool {
        self.pending.is_empty() && self.segments.iter().all(|segment| segment.end() <= self.acknowledged + 1)
    }

    /// What was lost.
    pub fn counters(&self) -> &SpoolCounters {
        &self.counters
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(Segment::bytes).sum()
    }

    fn count_unwritten(&mut self, time: Timestamp) {
        self.counters.dropped_unwritten += 1;
        let gap = self.unwritten.get_or_insert(lost_gap(GapCause::Unwritten, 0, Some((time, time))));
        gap.records = gap.records.saturating_add(1);
        gap.first = gap.first.min(Some(time));
        gap.last = gap.last.max(Some(time));
    }

    fn write_pending(&mut self) -> Result<(), SpoolError> {
        let first = self.next - self.pending_records;
        let bytes = self.pending.len() as u64;
        self.drop_old()?;
        self.make_room(bytes)?;
        if self.gaps.is_unsaved() {
            self.save_gaps()?;
        }
        let span = self.pending_span;
        let too_long = |last: &Segment| {
            let day =
                last.span().zip(span).map(|((from, _), (_, to))| to.millis_since(from) > SEGMENT_SPAN_MS);
            day.unwrap_or(false) || last.bytes() + bytes > self.config.segment_bytes.max(bytes)
        };
        let full =
            self.segments.back().is_none_or(|last| last.end() != first || last.is_closed() || too_long(last));
        if full {
            // One that holds nothing yet has the new one's name: it is begun again, not kept beside it, or deleting the
            // empty one later would delete the file of both.
            if self.segments.back().is_some_and(|last| last.first() == first) {
                self.segments.pop_back();
            }
            self.counters.syncs += 2;
            self.segments.push_back(Segment::create(&self.directory, first)?);
        }
        if let Some(last) = self.segments.back_mut() {
            self.counters.syncs += 1;
            last.write(&self.pending, self.pending_records, span)?;
        }
        self.pending.clear();
        self.pending_records = 0;
        self.pending_span = None;
        Ok(())
    }

    fn sync_cursor(&mut self, now: Timestamp) -> Result<(), SpoolError> {
        self.synced_at = Some(now);
        self.counters.syncs += 1;
        self.cursor.sync()?;
        self.cursor_unsynced_since = None;
        Ok(())
    }

    fn save_gaps(&mut self) -> Result<(), SpoolError> {
        self.counters.syncs += 2;
        self.gaps.save()
    }

    fn may_make_reserve(&self, now: Timestamp) -> bool {
        self.reserve_tried_at.is_none_or(|at| now.millis_since(at) >= RESERVE_EVERY_MS)
    }

    /// Where numbers are missing between segments, their records are lost: a file was damaged or deleted.
    fn find_lost_segments(&mut self) {
        let mut found = Vec::new();
        let mut segments = self.segments.iter();
        let Some(mut earlier) = segments.next() else { return };
        for later in segments {
            let first_lost = earlier.end().max(self.acknowledged + 1);
            let known = self.gaps.list().iter().any(|placed| placed.before == later.first());
            if later.first() > first_lost && !known {
                let lost = later.first() - first_lost;
                let span = earlier.span().zip(later.span()).map(|((_, last), (first, _))| (last, first));
                let gap = lost_gap(GapCause::Damaged, lost, span);
                found.push((first_lost - 1, PlacedGap { before: later.first(), gap }, lost));
            }
            if later.end() >= earlier.end() {
                earlier = later;
            }
        }
        for (after, placed, lost) in found {
            self.counters.damaged += lost;
            self.gaps.push(after, placed);
        }
    }

    /// Deletes segments the platform has whole. The last one stays until it is full.
    fn delete_acknowledged(&mut self) -> Result<(), SpoolError> {
        while self.segments.len() > 1
            && self.segments.front().is_some_and(|s| s.end() <= self.acknowledged + 1)
        {
            self.delete_oldest()?;
        }
        Ok(())
    }

    /// Drops the oldest segments until `bytes` more fit.
    fn make_room(&mut self, bytes: u64) -> Result<(), SpoolError> {
        let room = self.config.bytes_max.saturating_sub(bytes + HEADER_BYTES as u64);
        while self.bytes() > room && !self.segments.is_empty() {
            let lost = self.drop_oldest(GapCause::Full)?;
            self.counters.dropped_full += lost;
            if lost > 0 {
                tracing::error!(
                    records = lost,
                    directory = %self.directory.display(),
                    bytes_max = self.config.bytes_max,
                    "the spool is full of unacknowledged records: the oldest are dropped; restore the way to the platform or raise [spool] bytes_max"
                );
            }
        }
        Ok(())
    }

    /// Drops segments whose newest record is too old. The last one stays: it is written to.
    fn drop_old(&mut self) -> Result<(), SpoolError> {
        let [Some(one), Some(other)] = self.newest else { return Ok(()) };
        let oldest_kept = one.min(other).plus_millis(-DAY_MS * i64::from(self.config.days_max));
        let too_old = |segment: &Segment| segment.span().is_some_and(|(_, last)| last < oldest_kept);
        while self.segments.len() > 1 && self.segments.front().is_some_and(too_old) {
            let lost = self.drop_oldest(GapCause::Old)?;
            self.counters.dropped_old += lost;
            if lost > 0 {
                tracing::error!(
                    records = lost,
                    days_max = self.config.days_max,
                    "records that waited for more days than they may are dropped; restore the way to the platform or raise [spool] days_max"
                );
            }
        }
        Ok(())
    }

    /// Deletes the oldest segment and writes down what is lost with it; gives how many records that is.
    fn drop_oldest(&mut self, cause: GapCause) -> Result<u64, SpoolError> {
        let Some(oldest) = self.segments.front() else { return Ok(0) };
        let first_lost = oldest.first().max(self.acknowledged + 1);
        let lost = oldest.end().saturating_sub(first_lost);
        if lost > 0 {
            let gap = lost_gap(cause, lost, oldest.span());
            let before = oldest.end();
            self.gaps.push(first_lost - 1, PlacedGap { before, gap });
            // On a full disk the file may have to wait for the space that the segment takes.
            let _saved = self.save_gaps();
        }
        self.delete_oldest()?;
        Ok(lost)
    }

    fn delete_oldest(&mut self) -> Result<(), SpoolError> {
        if let Some(oldest) = self.segments.front() {
            remove(oldest.path())?;
            self.segments.pop_front();
        }
        Ok(())
    }
}

const CURSOR: &str = "cursor";

fn lost_gap(cause: GapCause, records: u64, span: Span) -> Gap {
    let records = u32::try_from(records).unwrap_or(u32::MAX);
    Gap { cause, records, first: span.map(|span| span.0), last: span.map(|span| span.1) }
}

fn lock(directory: &Path) -> Result<File, SpoolError> {
    let path = directory.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| SpoolError::Write { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SpoolError::InUse { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(SpoolError::Write { path, source }),
    }
}
