//! `fleet-service export`: everything stored as the JSON Lines of the replay contract, so that a day can be judged again
//! elsewhere; or one day's reports as Parquet. Withdrawn clues are left out, as a replay of the same reports would.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use domain::{Timestamp, Violation};
use serde::Serialize;

use crate::history::export::{DayExportError, DayExported, write_day};
use crate::history::{History, HistoryError};
use crate::log::{READ_BATCHES_MAX, READ_REPORTS_MAX, ReportLog, encoding};
use crate::store::{ClueState, HistoryStore, Store, StoreError};

/// What is exported.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportArgs {
    /// Data folder of the service.
    #[arg(long)]
    pub data: PathBuf,
    /// Folder to write; made if it is not there.
    #[arg(long)]
    pub out: PathBuf,
    /// Everything as JSON Lines, or one day's reports as Parquet.
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    pub format: Format,
    /// The local day to write as Parquet, as 2026-11-20.
    #[arg(long, value_name = "DATE", required_if_eq("format", "parquet"))]
    pub day: Option<domain::LocalDate>,
}

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// `reports.jsonl`, `violations.jsonl`, `trips.jsonl`.
    Jsonl,
    /// `reports-DATE.parquet`, from history.
    Parquet,
}

/// Why the export is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file cannot be written.
    #[error("{} cannot be written; choose another folder with --out", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The log is damaged.
    #[error(transparent)]
    Batch(#[from] encoding::BatchError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many lines were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// `reports.jsonl`, in the order of the log.
    pub reports: u64,
    /// `violations.jsonl`, in contract order.
    pub violations: u64,
    /// `trips.jsonl`, by departure and plate.
    pub hauls: u64,
}

/// A line of `violations.jsonl`.
#[derive(Serialize)]
struct ViolationLine<'a> {
    id: domain::ViolationId,
    rule: &'a str,
    plate: &'a str,
    carrier_uscc: Option<&'a str>,
    permit: Option<&'a str>,
    trip: Option<domain::HaulId>,
    start: Timestamp,
    end: Timestamp,
    lat: f64,
    lon: f64,
    facts: &'a std::collections::BTreeMap<String, serde_json::Value>,
}

impl<'a> From<&'a Violation> for ViolationLine<'a> {
    fn from(violation: &'a Violation) -> Self {
        Self {
            id: violation.id,
            rule: violation.rule.as_str(),
            plate: violation.plate.as_str(),
            carrier_uscc: violation.carrier_uscc.as_ref().map(|u| u.as_str()),
            permit: violation.permit.as_ref().map(|p| p.as_str()),
            trip: violation.trip,
            start: violation.start,
            end: violation.end,
            lat: violation.position.lat(),
            lon: violation.position.lon(),
            facts: &violation.facts,
        }
    }
}

/// A file of lines, named in every error.
struct Lines {
    path: PathBuf,
    file: BufWriter<File>,
    count: u64,
}

impl Lines {
    fn create(folder: &Path, name: &str) -> Result<Self, ExportError> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|source| ExportError::File { path: path.clone(), source })?;
        Ok(Self { path, file: BufWriter::new(file), count: 0 })
    }

    fn put(&mut self, line: &str) -> Result<(), ExportError> {
        self.count += 1;
        writeln!(self.file, "{line}").map_err(|source| ExportError::File { path: self.path.clone(), source })
    }

    fn finish(mut self) -> Result<u64, ExportError> {
        self.file.flush().map_err(|source| ExportError::File { path: self.path.clone(), source })?;
        Ok(self.count)
    }
}

/// Writes a local day's reports as Parquet.
pub async fn run_day(args: &ExportArgs, date: domain::LocalDate) -> Result<DayExported, DayExportError> {
    let store = Store::open(&args.data).await.map_err(HistoryError::from)?;
    let log = ReportLog::start(store.clone()).await.map_err(HistoryError::from)?;
    let chunks = HistoryStore::open(&args.data).await.map_err(HistoryError::from)?;
    let history = History::open(chunks, store.clone(), &log).await?;
    let exported = write_day(&history, date, &args.out).await;
    history.store().close().await;
    store.close().await;
    exported
}

/// Writes the three files.
pub async fn run(args: &ExportArgs) -> Result<Exported, ExportError> {
    std::fs::create_dir_all(&args.out)
        .map_err(|source| ExportError::File { path: args.out.clone(), source })?;
    let store = Store::open(&args.data).await?;
    let exported = Exported {
        reports: reports(&store, &args.out).await?,
        violations: violations(&store, &args.out).await?,
        hauls: hauls(&store, &args.out).await?,
    };
    store.close().await;
    Ok(exported)
}

async fn reports(store: &Store, out: &Path) -> Result<u64, ExportError> {
    let mut lines = Lines::create(out, "reports.jsonl")?;
    let mut position = 0;
    loop {
        let batches = store.batches_after(position, READ_BATCHES_MAX, READ_REPORTS_MAX).await?;
        let Some(last) = batches.last().map(|batch| batch.position) else { return lines.finish() };
        for batch in &batches {
            for report in encoding::decode(batch)? {
                lines.put(&domain::report_line::to_line(&report))?;
            }
        }
        position = last;
    }
}

async fn violations(store: &Store, out: &Path) -> Result<u64, ExportError> {
    let mut lines = Lines::create(out, "violations.jsonl")?;
    let clues = store.clues(None, Timestamp::from_millis(i64::MAX), u32::MAX).await?;
    let mut standing: Vec<Violation> = clues
        .into_iter()
        .filter(|c| c.state != ClueState::Withdrawn && !c.disproved)
        .map(|c| c.violation)
        .collect();
    standing.sort_by(domain::violation::in_contract_order);
    for violation in &standing {
        lines.put(&json(&ViolationLine::from(violation), &lines.path)?)?;
    }
    lines.finish()
}

async fn hauls(store: &Store, out: &Path) -> Result<u64, ExportError> {
    const HAULS_AT_ONCE: u32 = 1_000;
    let mut lines = Lines::create(out, "trips.jsonl")?;
    let mut last: Option<(Timestamp, String)> = None;
    loop {
        let after = last.as_ref().map(|(at, plate)| (*at, plate.as_str()));
        let hauls = store.hauls_after(after, HAULS_AT_ONCE).await?;
        let Some(newest) = hauls.last() else { return lines.finish() };
        last = Some((newest.departed, newest.plate.to_string()));
        for haul in &hauls {
            lines.put(&json(haul, &lines.path)?)?;
        }
    }
}

fn json(line: &impl Serialize, path: &Path) -> Result<String, ExportError> {
    serde_json::to_string(line)
        .map_err(|source| ExportError::File { path: path.to_owned(), source: std::io::Error::other(source) })
}
