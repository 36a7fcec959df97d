//! The truck's durable store of what is still to be sent.
//!
//! A directory of append-only segment files and a cursor. A record is numbered from 1 without gaps; what was appended
//! is sent only after [`Spool::commit`] has it on disk, and the cursor moves only on the platform's word. The size is
//! bounded: segments acknowledged whole are deleted, and when the platform is away for so long that the bound is
//! reached, the oldest segment goes, counted and loudly.
//!
//! ```text
//! spool/lock                       held while an agent works here
//! spool/cursor                     number of the last acknowledged record, checksum
//! spool/00000000000000000001.seg   magic, first number, checksum; then records
//! record                           length u32, checksum u32 over number and payload, payload (little endian)
//! ```
//!
//! What this does not do: it does not survive a disk that loses what it said it had written, and it does not keep
//! records from being offered twice (the platform knows a report by its content).

mod durable;
mod segment;
mod shared;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

pub use durable::{read_small, remove, write_durably};
use segment::{HEADER_BYTES, RECORD_HEAD_BYTES, Segment};
pub use shared::SharedSpool;

/// Longest record taken, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 * 1024;
/// Records appended but not yet committed; beyond it, new ones are dropped and counted.
pub const PENDING_BYTES_MAX: usize = 1024 * 1024;

/// How much the spool may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpoolConfig {
    /// All segments together, in bytes.
    pub bytes_max: u64,
    /// One segment, in bytes.
    pub segment_bytes: u64,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self { bytes_max: 64 * 1024 * 1024, segment_bytes: 1024 * 1024 }
    }
}

/// Why the spool cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// Another agent works in the directory.
    #[error("the spool directory {} is in use by another tracker-agent: stop that one or give this one a directory of its own ([spool] directory)", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// The operating system refused to write.
    #[error("the spool cannot write {}; free space or mend the disk of that directory: what was stored before is kept, and writing is tried again", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// The operating system refused to read.
    #[error("the spool cannot read {}: check that the directory exists on a sound disk and belongs to the agent's user", path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Its reason.
        source: std::io::Error,
    },
    /// More waits to be written than is held in memory: the record was dropped.
    #[error("more than {PENDING_BYTES_MAX} bytes wait for the spool's disk: the record is dropped")]
    PendingFull,
    /// Longer than [`RECORD_BYTES_MAX`]: the record was dropped.
    #[error("a record of {bytes} bytes is longer than the {RECORD_BYTES_MAX} the spool takes: it is dropped")]
    RecordTooLong {
        /// Its length.
        bytes: usize,
    },
}

/// What was lost, and what was found when the spool was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpoolCounters {
    /// Records appended.
    pub appended: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Unacknowledged records dropped because the spool was full.
    pub dropped_full: u64,
    /// Records dropped because the disk did not take them for too long, or too long themselves.
    pub dropped_unwritten: u64,
    /// Bytes of a torn write cut off when the spool was opened.
    pub torn_bytes: u64,
    /// Records that could not be read back because their bytes are damaged.
    pub damaged: u64,
}

/// The spool. One agent at a time holds it.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    config: SpoolConfig,
    /// Oldest first; numbers rise, with gaps only where records were lost. The last one is written to.
    segments: VecDeque<Segment>,
    /// Number of the last record the platform has.
    acknowledged: u64,
    /// Number the next record gets.
    next: u64,
    /// Records not yet on disk, as they will be written.
    pending: Vec<u8>,
    pending_records: u64,
    counters: SpoolCounters,
    _lock: File,
}

impl Spool {
    /// Opens the spool in `directory`, which is made if it is not there. A torn tail is cut, damage is skipped.
    pub fn open(directory: &Path, config: SpoolConfig) -> Result<Self, SpoolError> {
        durable::make_directory(directory)?;
        let lock = lock(directory)?;
        let mut counters = SpoolCounters::default();
        let mut segments = VecDeque::new();
        for (first, path) in segment::list(directory)? {
            if let Some(segment) = Segment::open(first, path, &mut counters.torn_bytes)? {
                segments.push_back(segment);
            }
        }
        // Without a readable cursor everything is offered again, which the platform recognises.
        let acknowledged =
            read_small(&directory.join(CURSOR))?.and_then(|text| parse_cursor(&text)).unwrap_or(0);
        let after_last = segments.back().map_or(1, Segment::end);
        let mut spool = Self {
            directory: directory.to_owned(),
            config,
            segments,
            acknowledged,
            next: after_last.max(acknowledged + 1),
            pending: Vec::new(),
            pending_records: 0,
            counters,
            _lock: lock,
        };
        spool.delete_acknowledged()?;
        Ok(spool)
    }

    /// Takes a record into memory and numbers it; on disk it is after the next [`Spool::commit`].
    pub fn append(&mut self, payload: &[u8]) -> Result<u64, SpoolError> {
        if payload.len() > RECORD_BYTES_MAX {
            self.counters.dropped_unwritten += 1;
            return Err(SpoolError::RecordTooLong { bytes: payload.len() });
        }
        if self.pending.len() + RECORD_HEAD_BYTES + payload.len() > PENDING_BYTES_MAX {
            self.counters.dropped_unwritten += 1;
            return Err(SpoolError::PendingFull);
        }
        let number = self.next;
        segment::encode_record(number, payload, &mut self.pending);
        self.next += 1;
        self.pending_records += 1;
        self.counters.appended += 1;
        Ok(number)
    }

    /// Puts everything appended on disk. On an error everything still waits in memory and the next call tries again.
    pub fn commit(&mut self) -> Result<(), SpoolError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let first = self.next - self.pending_records;
        let bytes = self.pending.len() as u64;
        self.make_room(bytes)?;
        let full = self.segments.back().is_none_or(|last| {
            last.end() != first
                || last.is_damaged()
                || last.bytes() + bytes > self.config.segment_bytes.max(bytes)
        });
        if full {
            // One that holds nothing yet has the new one's name: it is begun again, not kept beside it, or deleting the
            // empty one later would delete the file of both.
            if self.segments.back().is_some_and(|last| last.first() == first) {
                self.segments.pop_back();
            }
            self.segments.push_back(Segment::create(&self.directory, first)?);
        }
        if let Some(last) = self.segments.back_mut() {
            last.write(&self.pending, self.pending_records)?;
        }
        self.pending.clear();
        self.pending_records = 0;
        Ok(())
    }

    /// Up to `records_max` committed records after number `after`, in order.
    pub fn read_after(&mut self, after: u64, records_max: usize) -> Result<Vec<(u64, Vec<u8>)>, SpoolError> {
        let mut found = Vec::new();
        for segment in &mut self.segments {
            if found.len() >= records_max {
                break;
            }
            if segment.end() > after + 1 {
                self.counters.damaged += segment.read_after(after, records_max, &mut found)?;
            }
        }
        Ok(found)
    }

    /// The platform has every record up to `number`: the cursor moves, durably.
    pub fn acknowledge(&mut self, number: u64) -> Result<(), SpoolError> {
        let number = number.min(self.next - 1);
        if number <= self.acknowledged {
            return Ok(());
        }
        write_durably(&self.directory.join(CURSOR), cursor_text(number).as_bytes())?;
        self.counters.acknowledged += number - self.acknowledged;
        self.acknowledged = number;
        self.delete_acknowledged()
    }

    /// Number of the last acknowledged record.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Number of the last record on disk.
    pub fn committed(&self) -> u64 {
        self.next - self.pending_records - 1
    }

    /// Whether nothing is left that could be sent.
    pub fn is_drained(&self) -> bool {
        self.pending.is_empty() && self.segments.back().is_none_or(|last| last.end() <= self.acknowledged + 1)
    }

    /// What was lost.
    pub fn counters(&self) -> &SpoolCounters {
        &self.counters
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
        while self.segments.iter().map(Segment::bytes).sum::<u64>() > room {
            let Some(oldest) = self.segments.front() else {
                break;
            };
            let lost = oldest.end().saturating_sub(oldest.first().max(self.acknowledged + 1));
            self.delete_oldest()?;
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

    fn delete_oldest(&mut self) -> Result<(), SpoolError> {
        if let Some(oldest) = self.segments.front() {
            remove(oldest.path())?;
            self.segments.pop_front();
        }
        Ok(())
    }
}

const CURSOR: &str = "cursor";

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

fn cursor_text(number: u64) -> String {
    format!("{number} {:08x}\n", crc32fast::hash(&number.to_le_bytes()))
}

fn parse_cursor(text: &str) -> Option<u64> {
    let number = text.split(' ').next()?.parse().ok()?;
    (text == cursor_text(number)).then_some(number)
}
