//! `rejected.jsonl`: every line or row that is no report, in the order of the files, written while they are read.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use domain::report_line::ReportLineError;
use serde::Serialize;

/// One line of `rejected.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The file as it was given.
    pub file: String,
    /// The line, counted from 1, of a file of lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The row, counted from 1, of a Parquet file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// A short word for counting.
    pub code: &'static str,
    /// What is wrong.
    pub reason: String,
    /// The member or column it is about, if it is about one.
    pub member: Option<&'static str>,
}

/// Most rejected lines written; the last one then says that there were more. All are counted.
pub(super) const REJECTED_MAX: u64 = 1_000_000;

/// Where in a file a report would have been.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    Line(u64),
    Row(u64),
}

impl Rejected {
    pub(super) fn new(file: &Path, place: Place, error: &ReportLineError) -> Self {
        let (line, row) = match place {
            Place::Line(line) => (Some(line), None),
            Place::Row(row) => (None, Some(row)),
        };
        Self {
            file: file.display().to_string(),
            line,
            row,
            code: error.reason_code(),
            reason: error.to_string(),
            member: error.member(),
        }
    }
}

/// Writes what the stretches of the files had to reject, in their order, whichever is read first.
pub(super) struct RejectedWriter<W: Write = BufWriter<File>> {
    sink: W,
    /// The stretch whose turn it is.
    next: u64,
    /// What later stretches said.
    waiting: BTreeMap<u64, Vec<Rejected>>,
    written: u64,
    counts: BTreeMap<&'static str, u64>,
}

impl<W: Write> RejectedWriter<W> {
    pub(super) fn new(sink: W) -> Self {
        Self { sink, next: 0, waiting: BTreeMap::new(), written: 0, counts: BTreeMap::new() }
    }

    /// Takes what a stretch had to reject, maybe nothing. Every stretch says so once.
    pub(super) fn take(&mut self, stretch: u64, rejected: Vec<Rejected>) -> std::io::Result<()> {
        self.waiting.insert(stretch, rejected);
        while let Some(rejected) = self.waiting.remove(&self.next) {
            self.next += 1;
            for line in rejected {
                self.write(&line)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, line: &Rejected) -> std::io::Result<()> {
        *self.counts.entry(line.code).or_default() += 1;
        self.written += 1;
        if self.written < REJECTED_MAX {
            serde_json::to_writer(&mut self.sink, line)?;
            self.sink.write_all(b"\n")?;
        } else if self.written == REJECTED_MAX {
            let more = Rejected {
                code: "more_rejected",
                reason: format!("from here on only counted: {REJECTED_MAX} are listed at most"),
                member: None,
                ..line.clone()
            };
            serde_json::to_writer(&mut self.sink, &more)?;
            self.sink.write_all(b"\n")?;
        }
        Ok(())
    }

    /// The sink and the counts by reason.
    pub(super) fn finish(mut self) -> std::io::Result<(W, BTreeMap<&'static str, u64>)> {
        self.sink.flush()?;
        Ok((self.sink, self.counts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: u64) -> Rejected {
        let error = ReportLineError::Missing { member: "time" };
        Rejected::new(Path::new("day.jsonl"), Place::Line(line), &error)
    }

    #[test]
    fn stretches_are_written_in_order_whichever_is_read_first() {
        let mut writer = RejectedWriter::new(Vec::new());
        writer.take(2, vec![of(30)]).unwrap();
        writer.take(1, vec![]).unwrap();
        assert!(writer.sink.is_empty(), "the first stretch is still being read");
        writer.take(0, vec![of(1), of(2)]).unwrap();
        let (bytes, counts) = writer.finish().unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap().lines().next().unwrap(),
            r#"{"file":"day.jsonl","line":1,"code":"missing_member","reason":"member \"time\" is missing","member":"time"}"#
        );
        assert_eq!(counts, BTreeMap::from([("missing_member", 3)]));
    }

    #[test]
    fn past_the_most_listed_the_rest_is_counted() {
        let mut writer = RejectedWriter::new(Vec::new());
        let stretch = vec![of(1); 1000];
        for number in 0..REJECTED_MAX / 1000 + 3 {
            writer.take(number, stretch.clone()).unwrap();
        }
        let (bytes, counts) = writer.finish().unwrap();
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count() as u64, REJECTED_MAX);
        assert!(
            String::from_utf8(bytes).unwrap().trim_end().lines().last().unwrap().contains("more_rejected")
        );
        assert_eq!(counts["missing_member"], REJECTED_MAX + 3000);
    }
}
