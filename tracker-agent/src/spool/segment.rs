//! One append-only file of numbered records.

use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use domain::Timestamp;

use super::durable::{read_error, remove, sync_directory_of, write_error};
use super::{NUMBER_MAX, RECORD_BYTES_MAX, SpoolError};

/// Of the first release: records without time and flags. Read, never written.
const MAGIC_UNTIMED: &[u8; 8] = b"MUCKSP01";
const MAGIC: &[u8; 8] = b"MUCKSP02";
/// Magic, first number, checksum.
pub(super) const HEADER_BYTES: usize = 8 + 8 + 4;
/// Length and checksum.
const UNTIMED_HEAD_BYTES: usize = 4 + 4;
/// Length, checksum, time, flags.
pub(super) const RECORD_HEAD_BYTES: usize = 4 + 4 + 8 + 1;
const URGENT: u8 = 1;
const SUFFIX: &str = ".seg";
const NUMBER_DIGITS: usize = 20;

/// A record as it lies on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OnDisk {
    /// `None` in a segment of the first release.
    pub(super) time: Option<Timestamp>,
    pub(super) urgent: bool,
    pub(super) payload: Vec<u8>,
}

/// First and last time of some records.
pub(super) type Span = Option<(Timestamp, Timestamp)>;

/// `span` with `time` in it.
pub(super) fn widen(span: Span, time: Option<Timestamp>) -> Span {
    match (span, time) {
        (Some((first, last)), Some(time)) => Some((first.min(time), last.max(time))),
        (None, Some(time)) => Some((time, time)),
        (span, None) => span,
    }
}

/// A segment, open for reading and, if it is the last, for writing.
#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    file: File,
    /// Whether its records have times; one of the first release is not written to any more.
    timed: bool,
    /// Number of its first record.
    first: u64,
    /// Number after its last sound record.
    end: u64,
    /// Earliest and latest time of its records.
    span: Span,
    /// Up to where it is sound and written.
    bytes: u64,
    /// A write failed in between: what lies behind `bytes` in the file is not to be built on.
    damaged: bool,
    /// Where the record with this number begins: the next one a reader in order wants.
    next_read: (u64, u64),
}

/// Appends the bytes of a record.
pub(super) fn encode_record(number: u64, time: Timestamp, urgent: bool, payload: &[u8], out: &mut Vec<u8>) {
    let mut facts = [0; 9];
    facts[..8].copy_from_slice(&time.millis().to_le_bytes());
    facts[8] = if urgent { URGENT } else { 0 };
    // The spool takes no record longer than RECORD_BYTES_MAX, so the length fits.
    out.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    out.extend_from_slice(&checksum(number, &facts, payload).to_le_bytes());
    out.extend_from_slice(&facts);
    out.extend_from_slice(payload);
}

fn checksum(number: u64, facts: &[u8], payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(facts);
    hasher.update(payload);
    hasher.finalize()
}

fn header(magic: &[u8; 8], first: u64) -> Vec<u8> {
    let mut header = magic.to_vec();
    header.extend_from_slice(&first.to_le_bytes());
    header.extend_from_slice(&crc32fast::hash(&header).to_le_bytes());
    header
}

/// The segments of a directory by their first number, in order.
pub(super) fn list(directory: &Path) -> Result<Vec<(u64, PathBuf)>, SpoolError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(read_error(directory))? {
        let path = entry.map_err(read_error(directory))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_suffix(SUFFIX).filter(|digits| digits.len() == NUMBER_DIGITS);
        let first = number.and_then(|digits| digits.parse().ok());
        if let Some(first) = first.filter(|first| *first <= NUMBER_MAX) {
            found.push((first, path));
        }
    }
    found.sort_unstable();
    Ok(found)
}

impl Segment {
    /// Makes an empty segment.
    pub(super) fn create(directory: &Path, first: u64) -> Result<Self, SpoolError> {
        let path = directory.join(format!("{first:0NUMBER_DIGITS$}{SUFFIX}"));
        let create = || {
            let file = File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
            file.write_all_at(&header(MAGIC, first), 0)?;
            file.sync_all()?;
            Ok(file)
        };
        let file = create().map_err(write_error(&path))?;
        sync_directory_of(&path)?;
        let bytes = HEADER_BYTES as u64;
        Ok(Self::empty(path, file, true, first, bytes))
    }

    /// Opens a segment and cuts what does not check. `None`: there was not even a header, and the file is gone.
    pub(super) fn open(first: u64, path: PathBuf, torn_bytes: &mut u64) -> Result<Option<Self>, SpoolError> {
        let file = File::options().read(true).write(true).open(&path).map_err(read_error(&path))?;
        let length = file.metadata().map_err(read_error(&path))?.len();
        let mut start = [0; HEADER_BYTES];
        let read = file.read_exact_at(&mut start, 0).is_ok();
        let headed = |magic| read && start.as_slice() == header(magic, first);
        let timed = if headed(MAGIC) { Some(true) } else { headed(MAGIC_UNTIMED).then_some(false) };
        let Some(timed) = timed else {
            *torn_bytes += length;
            remove(&path)?;
            return Ok(None);
        };
        let mut segment = Self::empty(path, file, timed, first, HEADER_BYTES as u64);
        let mut reader = segment.reader_at(segment.bytes)?;
        while let Some(record) =
            read_record(&mut reader, segment.end, timed).map_err(read_error(&segment.path))?
        {
            segment.end += 1;
            segment.bytes += segment.bytes_of(&record);
            segment.span = widen(segment.span, record.time);
        }
        if length > segment.bytes {
            *torn_bytes += length - segment.bytes;
            let cut = segment.file.set_len(segment.bytes).and_then(|()| segment.file.sync_all());
            cut.map_err(write_error(&segment.path))?;
        }
        Ok(Some(segment))
    }

    fn empty(path: PathBuf, file: File, timed: bool, first: u64, bytes: u64) -> Self {
        let next_read = (first, bytes);
        Self { path, file, timed, first, end: first, span: None, bytes, damaged: false, next_read }
    }

    fn bytes_of(&self, record: &OnDisk) -> u64 {
        let head = if self.timed { RECORD_HEAD_BYTES } else { UNTIMED_HEAD_BYTES };
        (head + record.payload.len()) as u64
    }

    /// Appends `records` encoded records and waits until they are on disk.
    pub(super) fn write(&mut self, encoded: &[u8], records: u64, span: Span) -> Result<(), SpoolError> {
        let written = self.file.write_all_at(encoded, self.bytes).and_then(|()| self.file.sync_data());
        if let Err(source) = written {
            // After a failed fsync nobody knows which pages are on disk: the next try goes to a new file.
            self.damaged = true;
            // Frees the space of a half-written batch; if that fails too, the checksums tell on the next opening.
            let _space = self.file.set_len(self.bytes);
            return Err(write_error(&self.path)(source));
        }
        self.bytes += encoded.len() as u64;
        self.end += records;
        self.span = [self.span, span]
            .into_iter()
            .flatten()
            .flat_map(|(first, last)| [first, last])
            .fold(None, |whole, time| widen(whole, Some(time)));
        Ok(())
    }

    /// Adds records after number `after` until `found` has `records_max`; gives how many could not be read.
    pub(super) fn read_after(
        &mut self,
        after: u64,
        records_max: usize,
        found: &mut Vec<(u64, OnDisk)>,
    ) -> Result<u64, SpoolError> {
        let wanted = (after + 1).max(self.first);
        let (mut number, mut offset) =
            if self.next_read.0 <= wanted { self.next_read } else { (self.first, HEADER_BYTES as u64) };
        let mut reader = self.reader_at(offset)?;
        while number < self.end && found.len() < records_max {
            let read = read_record(&mut reader, number, self.timed).map_err(read_error(&self.path))?;
            let Some(record) = read else {
                // It was sound when it was written or opened: the disk changed it since. What follows cannot be found.
                let lost = self.end - number.max(wanted);
                self.end = number;
                self.damaged = true;
                return Ok(lost);
            };
            offset += self.bytes_of(&record);
            if number >= wanted {
                found.push((number, record));
            }
            number += 1;
        }
        self.next_read = (number, offset);
        Ok(0)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// Number after its last record.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Earliest and latest time of its records.
    pub(super) fn span(&self) -> Span {
        self.span
    }

    /// Whether it must not be written to any more.
    pub(super) fn is_closed(&self) -> bool {
        self.damaged || !self.timed
    }

    fn reader_at(&self, offset: u64) -> Result<BufReader<File>, SpoolError> {
        let open = || {
            let mut file = self.file.try_clone()?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(BufReader::new(file))
        };
        open().map_err(read_error(&self.path))
    }
}

/// The record that should have this number; `None` when the bytes end or do not check.
fn read_record(reader: &mut impl Read, number: u64, timed: bool) -> std::io::Result<Option<OnDisk>> {
    let mut fill = |bytes: &mut [u8]| match reader.read_exact(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    };
    let (mut length, mut sum, mut facts) = ([0; 4], [0; 4], [0; 9]);
    if !fill(&mut length)? || !fill(&mut sum)? || (timed && !fill(&mut facts)?) {
        return Ok(None);
    }
    let length = u32::from_le_bytes(length) as usize;
    if length > RECORD_BYTES_MAX {
        return Ok(None);
    }
    let mut payload = vec![0; length];
    let whole = fill(&mut payload)?;
    let facts_read = if timed { facts.as_slice() } else { &[] };
    if !whole || checksum(number, facts_read, &payload) != u32::from_le_bytes(sum) {
        return Ok(None);
    }
    let [millis @ .., flags] = facts;
    let time = timed.then(|| Timestamp::from_millis(i64::from_le_bytes(millis)));
    Ok(Some(OnDisk { time, urgent: flags & URGENT != 0, payload }))
}

#[cfg(test)]
impl Segment {
    /// Writes elsewhere from now on: how tests fill a disk.
    pub(super) fn replace_file(&mut self, file: File) -> File {
        std::mem::replace(&mut self.file, file)
    }
}
