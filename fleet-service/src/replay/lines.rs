//! Reads report files line by line. Nothing in a line stops the reading; only the system does.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use domain::Report;
use domain::report_line::{LINE_BYTES_MAX, ReportLineError, parse_line};
use serde::Serialize;

/// One line of `rejected.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The file as it was given.
    pub file: String,
    /// The line, counted from 1.
    pub line: u64,
    /// A short word for counting.
    pub code: &'static str,
    /// What is wrong.
    pub reason: String,
    /// The member it is about, if it is about one.
    pub member: Option<&'static str>,
}

/// Most rejected lines kept; beyond them the last one says that there were more.
const REJECTED_MAX: usize = 1_000_000;

/// Reads a file to its end. `advanced` is told how many bytes each line took.
pub(super) fn read(
    path: &Path,
    reports: &mut Vec<Report>,
    rejected: &mut Vec<Rejected>,
    advanced: impl Fn(u64),
) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = Vec::new();
    for number in 1.. {
        let bytes = next_line(&mut reader, &mut line)?;
        if bytes == 0 {
            return Ok(());
        }
        advanced(bytes);
        match parse(&line, bytes) {
            None => {}
            Some(Ok(report)) => reports.push(report),
            Some(Err(error)) if rejected.len() < REJECTED_MAX => rejected.push(Rejected {
                file: path.display().to_string(),
                line: number,
                code: error.reason_code(),
                reason: error.to_string(),
                member: error.member(),
            }),
            Some(Err(_)) => {
                if let Some(last) = rejected.last_mut() {
                    last.code = "more_rejected";
                    last.reason = format!("more lines than the {REJECTED_MAX} listed are no reports");
                    last.member = None;
                }
            }
        }
    }
    Ok(())
}

/// `None` for a line of blanks.
fn parse(line: &[u8], bytes: u64) -> Option<Result<Report, ReportLineError>> {
    if line.len() > LINE_BYTES_MAX {
        return Some(Err(ReportLineError::TooLong { bytes: usize::try_from(bytes).unwrap_or(usize::MAX) }));
    }
    match std::str::from_utf8(line) {
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(parse_line(text.trim())),
        Err(error) => Some(Err(ReportLineError::NotJson { reason: error.to_string() })),
    }
}

/// Reads up to a line break. Of a longer line than is taken only the beginning is kept. Returns the bytes consumed.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    line.clear();
    let longest = LINE_BYTES_MAX as u64 + 2;
    let mut bytes = reader.by_ref().take(longest).read_until(b'\n', line)? as u64;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if bytes == longest {
        bytes += skip_to_line_break(reader)?;
    }
    Ok(bytes)
}

fn skip_to_line_break(reader: &mut impl BufRead) -> std::io::Result<u64> {
    let mut skipped = 0;
    loop {
        let room = reader.fill_buf()?;
        let (used, ended) = match room.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (room.len(), room.is_empty()),
        };
        reader.consume(used);
        skipped += used as u64;
        if ended {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_lines_are_named_and_the_good_ones_around_them_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("reports.jsonl");
        let good = r#"{"type":"fix","plate":"豫A12345D","time":"2026-11-23T08:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#;
        let mut bytes = Vec::new();
        for line in [
            good.as_bytes(),
            b"{\"type\":\"fix\"",
            b"",
            &vec![b'x'; LINE_BYTES_MAX + 5_000],
            b"\xFF\xFE",
            br#"{"type":"fix","plate":"x","time":"2026-11-23T08:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#,
            br#"{"type":"fix","plate":"\u8c6bA12345D","lat":34.5,"lon":113.4,"fix":"3d"}"#,
            good.as_bytes(),
        ] {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
        }
        bytes.pop();
        std::fs::write(&path, &bytes).unwrap();
        let (mut reports, mut rejected) = (Vec::new(), Vec::new());
        let total = std::cell::Cell::new(0);
        read(&path, &mut reports, &mut rejected, |bytes| total.set(total.get() + bytes)).unwrap();
        assert_eq!(reports.len(), 2);
        let seen: Vec<_> = rejected.iter().map(|r| (r.line, r.code, r.member)).collect();
        assert_eq!(
            seen,
            [
                (2, "not_json", None),
                (4, "line_too_long", None),
                (5, "not_json", None),
                (6, "malformed_member", Some("plate")),
                (7, "missing_member", Some("time")),
            ]
        );
        assert_eq!(total.get(), bytes.len() as u64);
    }
}
