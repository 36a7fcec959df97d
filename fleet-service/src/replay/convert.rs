//! `fleet-service convert`: reports from JSON Lines to Parquet or back, in the order they come, as a stream.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use domain::Report;
use domain::report_line::to_line;

use crate::parquet::{ReportRef, ReportWriter, WriteError, ZoneOfNaive};

use super::output::UNFINISHED;
use super::rejected::{Place, Rejected};
use super::sources::{OpenFile, Piece, Sources, Stretch};
use super::{ReplayError, said};

/// What to convert.
#[derive(Debug, Clone, clap::Args)]
pub struct ConvertArgs {
    /// Reports as JSON Lines or Parquet; may be given more than once.
    #[arg(long, required = true, num_args = 1..)]
    pub reports: Vec<PathBuf>,
    /// File to write: Parquet when its name ends in .parquet, JSON Lines otherwise.
    #[arg(long)]
    pub out: PathBuf,
    /// How Parquet timestamps that name no zone are read.
    #[arg(long, value_enum, default_value_t)]
    pub times_without_zone: ZoneOfNaive,
}

/// What was converted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Converted {
    /// Reports written.
    pub reports: u64,
    /// Lines and rows that are no reports: they are not in the file.
    pub rejected: u64,
    /// The first of them.
    pub first_rejected: Option<Rejected>,
}

/// Why nothing was converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The reports cannot be read.
    #[error(transparent)]
    Read(#[from] ReplayError),
    /// The file cannot be written.
    #[error("{}: it cannot be written: {}", path.display(), said(source))]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The Parquet file cannot be written.
    #[error("{}: it cannot be written", path.display())]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: WriteError,
    },
}

/// Where converted reports go.
enum Sink {
    Lines(BufWriter<File>),
    Rows(Box<ReportWriter<File>>),
}

/// Converts. The file takes its place when it is whole; nothing is left of it otherwise.
pub fn convert(args: &ConvertArgs) -> Result<Converted, ConvertError> {
    let sources = Sources::open(&args.reports, args.times_without_zone)?;
    let mut name = args.out.clone().into_os_string();
    name.push(UNFINISHED);
    let unfinished = PathBuf::from(name);
    let done = convert_into(&unfinished, args, &sources).and_then(|converted| {
        let moved = std::fs::rename(&unfinished, &args.out);
        moved.map_err(|source| ConvertError::Write { path: args.out.clone(), source })?;
        Ok(converted)
    });
    if done.is_err() {
        // If it cannot be removed it is left under its unfinished name.
        let _ = std::fs::remove_file(&unfinished);
    }
    done
}

fn convert_into(path: &Path, args: &ConvertArgs, sources: &Sources) -> Result<Converted, ConvertError> {
    let failed = |source| ConvertError::Write { path: path.to_owned(), source };
    let unwritten = |source| ConvertError::Parquet { path: path.to_owned(), source };
    let file = File::create(path).map_err(failed)?;
    let is_parquet = args.out.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    let mut sink = if is_parquet {
        Sink::Rows(Box::new(ReportWriter::new(file).map_err(unwritten)?))
    } else {
        Sink::Lines(BufWriter::new(file))
    };
    let mut converted = Converted::default();
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    loop {
        let mut stretches = Vec::new();
        while stretches.len() < threads
            && let Some(stretch) = sources.next()?
        {
            stretches.push(stretch);
        }
        if stretches.is_empty() {
            break;
        }
        for parsed in parse_all(stretches, sources, args.times_without_zone) {
            let (reports, rejected) = parsed?;
            converted.rejected += rejected.len() as u64;
            converted.first_rejected = converted.first_rejected.or_else(|| rejected.into_iter().next());
            for report in reports {
                converted.reports += 1;
                match &mut sink {
                    Sink::Rows(rows) => rows.push(&report).map_err(unwritten)?,
                    Sink::Lines(lines) => writeln!(lines, "{}", to_line(&report)).map_err(failed)?,
                }
            }
        }
    }
    let file = match sink {
        Sink::Rows(rows) => rows.finish().map_err(unwritten)?,
        Sink::Lines(lines) => lines.into_inner().map_err(|error| failed(error.into_error()))?,
    };
    file.sync_all().map_err(failed)?;
    Ok(converted)
}

type Parsed = Result<(Vec<Report>, Vec<Rejected>), ReplayError>;

/// Parses stretches, each on a thread of its own, and gives them in their order.
fn parse_all(stretches: Vec<Stretch>, sources: &Sources, naive: ZoneOfNaive) -> Vec<Parsed> {
    std::thread::scope(|scope| {
        let parse = |stretch| scope.spawn(move || parse(stretch, sources, naive));
        let running: Vec<_> = stretches.into_iter().map(parse).collect();
        let ended = |_panic| Err(ReplayError::Thread { doing: "reading reports" });
        running.into_iter().map(|thread| thread.join().unwrap_or_else(ended)).collect()
    })
}

fn parse(stretch: Stretch, sources: &Sources, naive: ZoneOfNaive) -> Parsed {
    let path = sources.path(stretch.file);
    let (mut reports, mut rejected) = (Vec::new(), Vec::new());
    match stretch.content {
        Piece::Lines(block) => block.each(|line, parsed| match parsed {
            Ok(report) => reports.push(report),
            Err(error) => rejected.push(Rejected::new(path, Place::Line(line), &error)),
        }),
        Piece::RowGroup { group, first_row, .. } => {
            let mut open = OpenFile::new(naive);
            let take = |row, parsed: Result<ReportRef<'_>, _>| match parsed {
                Ok(report) => reports.push(report.to_report()),
                Err(error) => rejected.push(Rejected::new(path, Place::Row(first_row + row), &error)),
            };
            open.of(stretch.file, path)?.read_group(group, take)?;
        }
    }
    Ok((reports, rejected))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&str; 3] = [
        r#"{"type":"fix","plate":"豫A12345D","time":"2026-11-23T08:00:00+08:00","lat":34.5,"lon":113.4,"fix":"3d"}"#,
        "no report",
        r#"{"type":"rfid","reader":"R1","time":"2026-11-23T16:00:00+08:00","epc":"30751FEB","rssi_dbm":-55.0}"#,
    ];

    fn converted(from: &Path, to: &Path) -> Converted {
        let args = ConvertArgs {
            reports: vec![from.to_owned()],
            out: to.to_owned(),
            times_without_zone: ZoneOfNaive::Utc,
        };
        convert(&args).unwrap()
    }

    #[test]
    fn lines_go_to_rows_and_back_and_what_is_no_report_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let [lines, rows, back] = ["a.jsonl", "b.parquet", "c.jsonl"].map(|name| dir.path().join(name));
        std::fs::write(&lines, LINES.join("\n")).unwrap();
        let first = converted(&lines, &rows);
        assert_eq!((first.reports, first.rejected), (2, 1));
        assert_eq!(first.first_rejected.and_then(|rejected| rejected.line), Some(2));
        assert_eq!(converted(&rows, &back), Converted { reports: 2, ..Converted::default() });
        let text = std::fs::read_to_string(&back).unwrap();
        assert_eq!(text, format!("{}\n{}\n", LINES[0], LINES[2]));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "nothing unfinished is left");
    }

    #[test]
    fn a_file_that_cannot_be_read_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("a.parquet"), dir.path().join("b.jsonl"));
        std::fs::write(&from, b"PAR1").unwrap();
        let args = ConvertArgs { reports: vec![from], out: to, times_without_zone: ZoneOfNaive::Utc };
        assert!(matches!(convert(&args), Err(ConvertError::Read(_))));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
