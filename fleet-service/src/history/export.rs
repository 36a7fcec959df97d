//! A local day of everything reported, as one Parquet file: for `replay`, and for anyone's programs.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use domain::LocalDate;

use super::hour::Day;
use super::{History, HistoryError};
use crate::parquet::{ReportWriter, WriteError};

/// Why a day is not exported. No file of its name is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DayExportError {
    /// The file cannot be written.
    #[error("{} cannot be written; choose another folder with --out", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Parquet cannot be written.
    #[error("{} cannot be written", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// History does not reach the end of the report log.
    #[error(
        "history does not account for the report log yet: let the service run until history_lag_positions of its /metrics is small, then export again"
    )]
    Behind,
    /// History cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayExported {
    /// The file.
    pub path: PathBuf,
    /// Reports in it, truck by truck in order of time.
    pub reports: u64,
}

/// Writes `reports-DATE.parquet` into a folder. The file takes its name when it is whole.
pub async fn write_day(
    history: &History,
    date: LocalDate,
    out: &Path,
) -> Result<DayExported, DayExportError> {
    let path = out.join(format!("reports-{date}.parquet"));
    let file_error = |source| DayExportError::File { path: path.clone(), source };
    let parquet_error = |source| DayExportError::Parquet { path: path.clone(), source };
    std::fs::create_dir_all(out).map_err(file_error)?;
    let unfinished = tempfile::Builder::new()
        .prefix("reports-")
        .suffix(".unfinished")
        .tempfile_in(out)
        .map_err(file_error)?;
    let sink: File = unfinished.reopen().map_err(file_error)?;
    let mut writer = ReportWriter::new(BufWriter::new(sink)).map_err(parquet_error)?;
    let mut reports = 0;
    let each = |_: &super::subject::Subject, of_subject: super::sorted::Sorted| {
        reports += of_subject.as_slice().len() as u64;
        of_subject.as_slice().iter().try_for_each(|report| writer.push(report)).map_err(parquet_error)
    };
    if history.each_of_day(Day::of_date(date), each).await? {
        return Err(DayExportError::Behind);
    }
    let sink = writer.finish().map_err(parquet_error)?;
    let file = sink.into_inner().map_err(|error| file_error(error.into_error()))?;
    file.sync_all().map_err(file_error)?;
    unfinished.persist(&path).map_err(|error| file_error(error.error))?;
    Ok(DayExported { path, reports })
}
