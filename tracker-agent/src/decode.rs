//! `tracker-agent decode`: a receiver's bytes to one JSON line an epoch, and a word on everything that was refused.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use domain::Timestamp;
use receiver::date::DatePolicy;
use receiver::epoch::{Assembler, DateState, Epoch, EpochCounters};
use receiver::frame::{FrameCounters, Framer};
use receiver::sentence::{Content, parse};
use serde::Serialize;

use crate::clock;

/// Most of a line handed over at a time: a recording without line ends is no reason to hold it whole.
const PIECE_BYTES_MAX: u64 = 64 * 1024;
/// Most different reasons told apart; further ones are summed up.
const REASONS_MAX: usize = 200;

/// Why a recording cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The file cannot be opened.
    #[error("cannot open {}: give a file of a receiver's bytes, or - for the standard input", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The bytes cannot be read to their end.
    #[error("cannot read {} beyond line {line}; what was read before is written", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line read.
        line: u64,
        /// The system's reason.
        source: std::io::Error,
    },
    /// There was nothing to decode.
    #[error("no NMEA sentence with a fitting checksum in {} ({bytes} bytes): is it a receiver's output?", path.display())]
    NoSentence {
        /// The file.
        path: PathBuf,
        /// How much was read.
        bytes: u64,
    },
    /// Nobody takes the output.
    #[error("cannot write to the output")]
    Output(#[source] std::io::Error),
}

/// Decodes a file, or the standard input where the path is `-`, to `out`; the summary goes to `notes`. A reader of `out`
/// that has seen enough (`head`) ends it without an error.
pub fn decode(
    path: &Path,
    dates: DatePolicy,
    mut out: impl Write,
    mut notes: impl Write,
) -> Result<(), DecodeError> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let open = std::fs::File::open(path);
        Box::new(open.map_err(|source| DecodeError::Open { path: path.to_owned(), source })?)
    };
    let mut decoder = Decoder::new(dates);
    let read = pour(BufReader::with_capacity(1 << 16, input), &mut decoder, &mut out, path);
    // Whatever stopped it, what was met so far is told.
    let summary = decoder.summary.lines(&decoder).join("\n");
    let told = writeln!(notes, "{summary}");
    match read {
        Err(DecodeError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(error),
        Ok(bytes) if decoder.framer.counters().sentences == 0 => {
            Err(DecodeError::NoSentence { path: path.to_owned(), bytes })
        }
        Ok(_) => told.map_err(DecodeError::Output),
    }
}

/// All bytes through the decoder; how many there were.
fn pour(
    mut input: impl BufRead,
    decoder: &mut Decoder,
    out: &mut impl Write,
    path: &Path,
) -> Result<u64, DecodeError> {
    let (mut bytes, mut piece) = (0, Vec::new());
    loop {
        piece.clear();
        let read = (&mut input).take(PIECE_BYTES_MAX).read_until(b'\n', &mut piece);
        let count = read.map_err(|source| DecodeError::Read {
            path: path.to_owned(),
            line: decoder.line - 1,
            source,
        })?;
        bytes += count as u64;
        let now = clock::now();
        let epochs = if count == 0 { decoder.finish(now) } else { decoder.handle_piece(&piece, now) };
        for epoch in epochs {
            let line = serde_json::to_string(&EpochLine::of(&epoch));
            let line = line.map_err(|error| DecodeError::Output(error.into()))?;
            writeln!(out, "{line}").map_err(DecodeError::Output)?;
        }
        if count == 0 {
            out.flush().map_err(DecodeError::Output)?;
            return Ok(bytes);
        }
    }
}

/// One epoch as it is written. What is not known is `null`.
#[derive(Serialize)]
struct EpochLine {
    /// Line of the last sentence that belongs to the epoch; line ends are counted from 1.
    line: u64,
    /// UTC, to the millisecond.
    time: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    altitude_m: Option<i32>,
    speed_kmh: Option<f64>,
    course_deg: Option<f64>,
    /// `none`, `2d` or `3d`. With `none` a position is the receiver's old or reckoned one and proves nothing.
    fix: String,
    hdop: Option<f64>,
    satellites: Option<u8>,
    /// `stated`, `mended`, `refused` or `unknown`.
    date: &'static str,
}

impl EpochLine {
    fn of(epoch: &Epoch) -> Self {
        let utc = |time: Timestamp| time.local().naive_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        Self {
            line: epoch.line,
            time: epoch.time.map(utc),
            lat: epoch.position.map(|at| at.lat()),
            lon: epoch.position.map(|at| at.lon()),
            altitude_m: epoch.altitude_m,
            speed_kmh: epoch.speed.map(|speed| speed.kmh()),
            course_deg: epoch.course.map(|course| course.deg()),
            fix: epoch.fix.to_string(),
            hdop: epoch.hdop.map(|hdop| hdop.ratio()),
            satellites: epoch.satellites,
            date: match epoch.date {
                DateState::Stated => "stated",
                DateState::Mended => "mended",
                DateState::Refused => "refused",
                DateState::Unknown => "unknown",
            },
        }
    }
}

/// The bytes of one recording, line by line. No clock and no file.
#[derive(Debug)]
struct Decoder {
    framer: Framer,
    assembler: Assembler,
    /// The line the next byte stands on.
    line: u64,
    summary: Summary,
}

impl Decoder {
    fn new(dates: DatePolicy) -> Self {
        Self { framer: Framer::new(), assembler: Assembler::new(dates), line: 1, summary: Summary::default() }
    }

    /// Takes a piece that has a line end nowhere but at its end.
    fn handle_piece(&mut self, piece: &[u8], now: Timestamp) -> Vec<Epoch> {
        let (mut input, mut closed) = (piece, Vec::new());
        let before = *self.framer.counters();
        while let Some(sentence) = self.framer.next_sentence(&mut input) {
            take(sentence, &mut self.assembler, &mut self.summary, self.line, now);
            self.summary.drain(&mut self.assembler, self.line, &mut closed);
        }
        self.summary.handle_frames(&before, self.framer.counters(), self.line);
        self.line += u64::from(piece.ends_with(b"\n"));
        closed
    }

    /// The bytes are at their end.
    fn finish(&mut self, now: Timestamp) -> Vec<Epoch> {
        let mut closed = Vec::new();
        let before = *self.framer.counters();
        if let Some(sentence) = self.framer.finish() {
            take(sentence, &mut self.assembler, &mut self.summary, self.line, now);
        }
        self.summary.handle_frames(&before, self.framer.counters(), self.line);
        self.assembler.finish(now);
        self.summary.drain(&mut self.assembler, self.line, &mut closed);
        closed
    }
}

fn take(sentence: &str, assembler: &mut Assembler, summary: &mut Summary, line: u64, now: Timestamp) {
    match parse(sentence) {
        Ok(read) => {
            if read.content == Content::Other {
                summary.add(Kind::Unused, address(sentence).to_owned(), 1, line);
            }
            assembler.at_line(line);
            assembler.handle_sentence(&read, now);
        }
        Err(malformed) => {
            let reason = format!("{}: {}", address(sentence), malformed);
            summary.add(Kind::Refused, reason, 1, line);
        }
    }
}

/// The address of a sentence, at most five letters of it.
fn address(sentence: &str) -> &str {
    let address = sentence.get(1..).and_then(|body| body.split([',', '*']).next()).unwrap_or_default();
    address.get(..5).unwrap_or(address)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Bytes or sentences that say nothing certain.
    Refused,
    /// Epochs whose date is not as the receiver has it.
    Dates,
    /// Sound sentences that say nothing about a fix.
    Unused,
}

/// What was refused, why, how often and where first.
#[derive(Debug, Default)]
struct Summary {
    reasons: BTreeMap<(Kind, String), (u64, u64)>,
    epochs: EpochCounters,
    fixes: u64,
}

impl Summary {
    fn add(&mut self, kind: Kind, reason: String, times: u64, line: u64) {
        if times == 0 {
            return;
        }
        let key = (kind, reason);
        let known = self.reasons.len() < REASONS_MAX || self.reasons.contains_key(&key);
        let key = if known { key } else { (kind, "of further kinds".to_owned()) };
        self.reasons.entry(key).or_insert((0, line)).0 += times;
    }

    fn handle_frames(&mut self, before: &FrameCounters, after: &FrameCounters, line: u64) {
        for (reason, times) in [
            ("the checksum does not fit", after.bad_checksum - before.bad_checksum),
            ("without a checksum", after.missing_checksum - before.missing_checksum),
            ("longer than 256 bytes", after.oversize - before.oversize),
            ("bytes that belong to no sentence", after.skipped_bytes - before.skipped_bytes),
        ] {
            self.add(Kind::Refused, reason.to_owned(), times, line);
        }
    }

    fn drain(&mut self, assembler: &mut Assembler, line: u64, closed: &mut Vec<Epoch>) {
        let (before, after) = (self.epochs, *assembler.counters());
        self.epochs = after;
        self.add(Kind::Refused, "came after its epoch was closed".to_owned(), after.late - before.late, line);
        let stale = "a fix of a receiver whose time stands still".to_owned();
        self.add(Kind::Refused, stale, after.stale - before.stale, line);
        while let Some(epoch) = assembler.poll_epoch() {
            let fixed = epoch.fix != domain::FixKind::None;
            self.fixes += u64::from(fixed);
            let reason = match epoch.date {
                DateState::Mended => Some("moved by 1,024 weeks"),
                DateState::Refused => Some("not believed"),
                DateState::Unknown => fixed.then_some("a fix, and no date so far"),
                DateState::Stated => None,
            };
            if let Some(reason) = reason {
                self.add(Kind::Dates, reason.to_owned(), 1, epoch.line);
            }
            closed.push(epoch);
        }
    }

    fn lines(&self, decoder: &Decoder) -> Vec<String> {
        let mut lines = vec![format!(
            "{} lines, {} sentences, {} epochs, {} with a fix",
            decoder.line - 1,
            decoder.framer.counters().sentences,
            self.epochs.epochs,
            self.fixes
        )];
        for ((kind, reason), (times, line)) in &self.reasons {
            let kind = match kind {
                Kind::Refused => "refused",
                Kind::Dates => "date",
                Kind::Unused => "not used",
            };
            lines.push(format!("{kind}: {reason}: {times}, first on line {line}"));
        }
        lines
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
