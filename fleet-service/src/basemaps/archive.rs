//! Stretches of a PMTiles file: the page reads a few kilobytes of it at a time.

use std::path::Path;
use std::time::UNIX_EPOCH;

use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};

/// Longest stretch given at once, bytes: a longer one is cut, and the reader asks for the rest.
pub const STRETCH_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What a `Range` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// From the first byte to the last, both included.
    Bytes(u64, u64),
    /// Past the end, or no single stretch.
    Unfit,
}

impl Range {
    /// Reads `bytes=FROM-TO`, `bytes=FROM-` or `bytes=-LAST` against a file's length. Without a header it is the beginning.
    pub fn read(header: Option<&str>, length: u64) -> Self {
        let cut = |from: u64, to: u64| Self::Bytes(from, to.min(from.saturating_add(STRETCH_BYTES_MAX - 1)));
        let Some(last) = length.checked_sub(1) else { return Self::Unfit };
        let Some(header) = header else { return cut(0, last) };
        let Some((from, to)) = header.trim().strip_prefix("bytes=").and_then(|range| range.split_once('-'))
        else {
            return Self::Unfit;
        };
        match (from.parse::<u64>(), to.parse::<u64>()) {
            (Ok(from), Ok(to)) if from <= to && from <= last => cut(from, to.min(last)),
            (Ok(from), Err(_)) if to.is_empty() && from <= last => cut(from, last),
            (Err(_), Ok(count)) if from.is_empty() && count > 0 => cut(length.saturating_sub(count), last),
            _ => Self::Unfit,
        }
    }
}

/// A file as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Bytes.
    pub length: u64,
    /// Changes when the file does.
    pub etag: String,
}

/// How a file stands.
pub async fn standing(path: &Path) -> std::io::Result<Standing> {
    let meta = tokio::fs::metadata(path).await?;
    let changed = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    Ok(Standing { length: meta.len(), etag: format!("\"{:x}-{changed:x}\"", meta.len()) })
}

/// The bytes from the first to the last, both included.
pub async fn stretch(path: &Path, from: u64, to: u64) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path).await?;
    file.seek(SeekFrom::Start(from)).await?;
    let count = to.saturating_sub(from).saturating_add(1).min(STRETCH_BYTES_MAX);
    let mut bytes = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
    file.take(count).read_to_end(&mut bytes).await?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_against_the_length() {
        for (header, length, expected) in [
            (Some("bytes=0-6"), 10, Range::Bytes(0, 6)),
            (Some("bytes=7-100"), 10, Range::Bytes(7, 9)),
            (Some("bytes=7-"), 10, Range::Bytes(7, 9)),
            (Some("bytes=-3"), 10, Range::Bytes(7, 9)),
            (Some("bytes=-30"), 10, Range::Bytes(0, 9)),
            (Some("bytes=10-11"), 10, Range::Unfit),
            (Some("bytes=6-5"), 10, Range::Unfit),
            (Some("bytes=0-1,3-4"), 10, Range::Unfit),
            (Some("lines=0-1"), 10, Range::Unfit),
            (Some("bytes=-0"), 10, Range::Unfit),
            (None, 10, Range::Bytes(0, 9)),
            (None, 0, Range::Unfit),
            (Some("bytes=5-99999999999"), u64::MAX, Range::Bytes(5, 5 + STRETCH_BYTES_MAX - 1)),
        ] {
            assert_eq!(Range::read(header, length), expected, "{header:?} of {length}");
        }
    }
}
