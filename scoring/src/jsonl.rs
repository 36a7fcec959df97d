//! A ledger as JSON Lines: one entry per line, members of [`LedgerEntry`] side by side. Opens nothing: the caller brings
//! text or a reader.
//!
//! Of all texts that mean the same entry exactly one is its line: the members in the order of the struct, no white space,
//! every value in its one spelling. An export is read byte for byte against it, so that no bit of the file can change
//! unseen, not even one the hash does not cover.

use std::io::{self, BufRead, Read};

use crate::ledger::{ChainError, LedgerEntry, Verifier};

/// Longest line read, bytes. An entry with all its references stays below.
pub const LINE_BYTES_MAX: usize = 128 * 1024;

/// Why a line is no entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// Longer than [`LINE_BYTES_MAX`].
    #[error("longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// Not UTF-8.
    #[error("not UTF-8 from byte {at} on")]
    NotUtf8 {
        /// First byte that is none, from 1.
        at: usize,
    },
    /// Reads as an entry, but is not the one way to write it.
    #[error("written otherwise than the export writes it, from byte {at} on: expected {expected:?}")]
    NotCanonical {
        /// First byte that differs, from 1.
        at: usize,
        /// What belongs there.
        expected: String,
    },
    /// The entry cannot be written again.
    #[error("the entry cannot be written as a line")]
    Unwritable(#[source] serde_json::Error),
    /// Not the JSON of an entry: which member, and where in the line.
    #[error("not a ledger entry")]
    Entry(#[source] serde_json::Error),
}

/// Why a ledger is not read to its end. All say at which line, and how many entries before it hold together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The reader failed.
    #[error("line {line} cannot be read; {entries} entries before it hold together")]
    Read {
        /// The line, from 1.
        line: u64,
        /// Entries before it.
        entries: u64,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// The line is no entry.
    #[error("line {line} is refused; {entries} entries before it hold together")]
    Line {
        /// The line, from 1.
        line: u64,
        /// Entries before it.
        entries: u64,
        /// Why.
        #[source]
        source: LineError,
    },
    /// The entry does not continue the chain.
    #[error("line {line} breaks the chain; {entries} entries before it hold together")]
    Chain {
        /// The line, from 1.
        line: u64,
        /// Entries before it.
        entries: u64,
        /// How.
        #[source]
        source: ChainError,
    },
}

/// Most characters of what was expected that an error shows.
const EXPECTED_CHARS: usize = 24;

/// Reads one line, without its line break, whatever its white space and order of members.
pub fn read_line(line: &str) -> Result<LedgerEntry, LineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong);
    }
    serde_json::from_str(line).map_err(LineError::Entry)
}

/// Reads one line of an export, without its line break: the bytes must be those that [`write_line`] gives.
pub fn read_exported_line(line: &[u8]) -> Result<LedgerEntry, LineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong);
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| LineError::NotUtf8 { at: error.valid_up_to().saturating_add(1) })?;
    let entry = read_line(text)?;
    let expected = write_line(&entry).map_err(LineError::Unwritable)?;
    if expected == text {
        return Ok(entry);
    }
    let same = expected.bytes().zip(text.bytes()).take_while(|(expected, found)| expected == found).count();
    let boundary = (0..=same).rev().find(|at| expected.is_char_boundary(*at)).unwrap_or(0);
    let expected = expected[boundary..].chars().take(EXPECTED_CHARS).collect();
    Err(LineError::NotCanonical { at: boundary + 1, expected })
}

/// Writes one line, without its line break.
pub fn write_line(entry: &LedgerEntry) -> Result<String, serde_json::Error> {
    serde_json::to_string(entry)
}

/// Reads and verifies a whole export, byte for byte; the line break after the last entry may be missing. The verifier
/// tells the head. A ledger that does not hold together gives no entries at all, because no score should be computed
/// over it.
pub fn read_ledger(mut reader: impl BufRead) -> Result<(Vec<LedgerEntry>, Verifier), LedgerError> {
    let (mut read, mut verifier, mut line) = (Vec::new(), Verifier::default(), 0);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        line += 1;
        let entries = verifier.entries();
        // Two more than the longest line: its line break, and one to see that it is too long.
        let limit = u64::try_from(LINE_BYTES_MAX + 2).unwrap_or(u64::MAX);
        match reader.by_ref().take(limit).read_until(b'\n', &mut bytes) {
            Ok(0) => return Ok((read, verifier)),
            Ok(_) => {}
            Err(source) => return Err(LedgerError::Read { line, entries, source }),
        }
        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let entry = read_exported_line(text).map_err(|source| LedgerError::Line { line, entries, source })?;
        verifier.take(&entry).map_err(|source| LedgerError::Chain { line, entries, source })?;
        read.push(entry);
    }
}
