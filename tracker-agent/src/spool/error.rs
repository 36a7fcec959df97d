//! Why the spool cannot do what it was asked, and what it lost.

use std::path::PathBuf;

use super::{PENDING_BYTES_MAX, RECORD_BYTES_MAX};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct SpoolCounters {
    /// Records appended.
    pub appended: u64,
    /// Records acknowledged.
    pub acknowledged: u64,
    /// Unacknowledged records dropped because the spool was full.
    pub dropped_full: u64,
    /// Unacknowledged records dropped because they were too old.
    pub dropped_old: u64,
    /// Records dropped because the disk did not take them for too long, or too long themselves.
    pub dropped_unwritten: u64,
    /// Bytes of a torn write cut off when the spool was opened.
    pub torn_bytes: u64,
    /// Records that could not be read back because their bytes are damaged.
    pub damaged: u64,
    /// Times the disk refused a batch of records; they waited in memory.
    pub failed_writes: u64,
    /// Times the reserve was given up to a full disk.
    pub reserve_used: u64,
    /// Times the disk was asked to make something durable (fsync).
    pub syncs: u64,
}
