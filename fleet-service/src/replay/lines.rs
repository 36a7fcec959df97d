//! Reads JSON Lines in blocks of whole lines, which threads then parse. Nothing in a line stops the reading.

use std::fs::File;
use std::io::Read;

use domain::Report;
use domain::report_line::{LINE_BYTES_MAX, ReportLineError, parse_line};

/// Bytes read at a time.
const BLOCK_BYTES: usize = 1 << 20;

/// Whole lines of a file, one after the other.
pub(super) struct Block {
    /// The number of the first line, from 1.
    pub(super) first_line: u64,
    pub(super) bytes: Vec<u8>,
    /// Bytes left out of the first line, which is too long to be read.
    left_out: usize,
    /// Bytes read from the file for this block.
    pub(super) consumed: u64,
}

/// A file read block by block.
pub(super) struct LineBlocks<R = File> {
    file: R,
    /// The beginning of a line whose end is not read yet.
    rest: Vec<u8>,
    next_line: u64,
    is_at_end: bool,
}

impl<R: Read> LineBlocks<R> {
    pub(super) fn new(file: R) -> Self {
        Self { file, rest: Vec::new(), next_line: 1, is_at_end: false }
    }

    /// The next whole lines, `None` at the end.
    pub(super) fn next(&mut self) -> std::io::Result<Option<Block>> {
        if self.is_at_end {
            return Ok(None);
        }
        let mut bytes = std::mem::take(&mut self.rest);
        // The rest was told as consumed with the block it was read with.
        let (mut consumed, mut left_out) = (0, 0);
        loop {
            let read = self.file.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut bytes)? as u64;
            consumed += read;
            if read == 0 {
                self.is_at_end = true;
                break;
            }
            if let Some(end) = memchr::memrchr(b'\n', &bytes) {
                self.rest = bytes.split_off(end + 1);
                break;
            }
            // A line longer than a block: it is refused for its length, its beginning is enough for that.
            left_out += bytes.len().saturating_sub(LINE_BYTES_MAX + 2);
            bytes.truncate(LINE_BYTES_MAX + 2);
        }
        let first_line = self.next_line;
        self.next_line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Block { first_line, bytes, left_out, consumed }))
    }
}

impl Block {
    /// Hands every line that is not blank to `take`, with its number.
    pub(super) fn each(&self, mut take: impl FnMut(u64, Result<Report, ReportLineError>)) {
        let mut left_out = self.left_out;
        for (number, line) in (self.first_line..).zip(self.bytes.split(|byte| *byte == b'\n')) {
            if let Some(parsed) = parse(line, std::mem::take(&mut left_out)) {
                take(number, parsed);
            }
        }
    }
}

/// `None` for a line of blanks. `left_out`: bytes of the line that are not there.
fn parse(line: &[u8], left_out: usize) -> Option<Result<Report, ReportLineError>> {
    if line.len() > LINE_BYTES_MAX {
        return Some(Err(ReportLineError::TooLong { bytes: line.len() + left_out }));
    }
    match std::str::from_utf8(line) {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(parse_line(text.trim())),
        Err(error) => Some(Err(ReportLineError::NotJson { reason: error.to_string() })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"type":"fix","plate":"豫A12345D","time":"2026-11-23T08:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#;

    /// Number, code and member of a line that is no report.
    type Refused = (u64, &'static str, Option<&'static str>);

    /// How many reports there are, and every other line.
    fn read(bytes: &[u8]) -> (usize, Vec<Refused>) {
        let mut blocks = LineBlocks::new(bytes);
        let (mut reports, mut refused, mut consumed) = (0, Vec::new(), 0);
        while let Some(block) = blocks.next().unwrap() {
            consumed += block.consumed;
            block.each(|line, parsed| match parsed {
                Ok(_) => reports += 1,
                Err(error) => refused.push((line, error.reason_code(), error.member())),
            });
        }
        assert_eq!(consumed, bytes.len() as u64);
        (reports, refused)
    }

    #[test]
    fn bad_lines_are_named_and_the_good_ones_around_them_are_kept() {
        let lines = [
            GOOD.as_bytes(),
            b"{\"type\":\"fix\"",
            b"",
            &vec![b'x'; LINE_BYTES_MAX + 5_000],
            b"\xFF\xFE",
            br#"{"type":"fix","plate":"x","time":"2026-11-23T08:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#,
            br#"{"type":"fix","plate":"\u8c6bA12345D","lat":34.5,"lon":113.4,"fix":"3d"}"#,
            &vec![b'y'; 3 * BLOCK_BYTES],
            GOOD.as_bytes(),
        ];
        let mut bytes = lines.join(&b'\n');
        let refused = [
            (2, "not_json", None),
            (4, "line_too_long", None),
            (5, "not_json", None),
            (6, "malformed_member", Some("plate")),
            (7, "missing_member", Some("time")),
            (8, "line_too_long", None),
        ];
        assert_eq!(read(&bytes), (2, refused.to_vec()));
        bytes.push(b'\n');
        assert_eq!(read(&bytes), (2, refused.to_vec()));
        let mut long = LineBlocks::new(lines[7]);
        long.next().unwrap().unwrap().each(|_, parsed| {
            assert_eq!(parsed, Err(ReportLineError::TooLong { bytes: 3 * BLOCK_BYTES }));
        });
        assert_eq!(read(b""), (0, vec![]));
    }

    #[test]
    fn lines_are_whole_wherever_a_block_ends() {
        let lines = 5 * BLOCK_BYTES / GOOD.len();
        let text = format!("{GOOD}\n").repeat(lines) + "bad";
        assert_eq!(read(text.as_bytes()), (lines, vec![(lines as u64 + 1, "not_json", None)]));
    }
}
