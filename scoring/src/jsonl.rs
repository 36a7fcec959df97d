//! A ledger as JSON Lines: one entry per line, members of [`LedgerEntry`] side by side. Opens nothing: the caller brings
//! text or a reader.

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

/// Reads one line, without its line break.
pub fn read_line(line: &str) -> Result<LedgerEntry, LineError> {
    if line.len() > LINE_BYTES_MAX {
        return Err(LineError::TooLong);
    }
    serde_json::from_str(line).map_err(LineError::Entry)
}

/// Writes one line, without its line break.
pub fn write_line(entry: &LedgerEntry) -> Result<String, serde_json::Error> {
    serde_json::to_string(entry)
}

/// Reads and verifies a whole ledger; blank lines are passed over. The verifier tells the head. A ledger that does not
/// hold together gives no entries at all, because no score should be computed over it.
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
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.trim().is_empty() {
            continue;
        }
        let entry = read_line(text).map_err(|source| LedgerError::Line { line, entries, source })?;
        verifier.take(&entry).map_err(|source| LedgerError::Chain { line, entries, source })?;
        read.push(entry);
    }
}
