//! Reads reports from Parquet files of any program.

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use domain::report_line::ReportLineError;
use parquet::basic::LogicalType;
use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;

use super::columns::{COLUMNS, Form, NEEDED_ALWAYS};
use super::row::ReportRef;
use super::rows::{Batch, Kind};

/// Rows decoded at a time.
pub(super) const BATCH_ROWS: usize = 8 * 1024;

/// How a timestamp column that names no zone is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ZoneOfNaive {
    /// As UTC, which is what most programs mean.
    #[default]
    Utc,
    /// As the clock on the wall in Asia/Shanghai.
    Local,
}

impl ZoneOfNaive {
    pub(super) fn offset_millis(self) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Local => i64::from(domain::time::LOCAL_OFFSET_S) * 1000,
        }
    }
}

/// Why a file cannot be read as reports.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("{}: it cannot be opened", path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is no Parquet file, or its footer is damaged.
    #[error("{}: it is no readable Parquet file", path.display())]
    Footer {
        /// Which file.
        path: PathBuf,
        /// What the reader met.
        #[source]
        source: ParquetError,
    },
    /// A column that the reports in it need is not there.
    #[error("{}: column {column:?} is missing; reports of type {kind} need it", path.display())]
    MissingColumn {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// The type of report that needs it, `any` when all do.
        kind: &'static str,
    },
    /// A column holds something it cannot be read from.
    #[error("{}: column {column:?} holds {found}: {wanted} is read there", path.display())]
    ColumnType {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// What it holds.
        found: String,
        /// What it must hold.
        wanted: &'static str,
    },
    /// A stretch of the file cannot be decoded.
    #[error("{}: row group {group}, column {column:?} cannot be read", path.display())]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which row group, from 0.
        group: usize,
        /// Which column.
        column: &'static str,
        /// What the reader met.
        #[source]
        source: ParquetError,
    },
}

/// A Parquet file of reports. One thread reads it at a time; open it once a thread.
pub struct ReportFile {
    path: PathBuf,
    file: SerializedFileReader<File>,
    columns: Columns,
}

/// The leaf and the form of every column there is.
pub(super) type Columns = BTreeMap<&'static str, (usize, Form)>;

impl ReportFile {
    /// Opens a file and looks whether its columns can be read as reports.
    pub fn open(path: &Path, naive: ZoneOfNaive) -> Result<Self, ReadError> {
        let file = File::open(path).map_err(|source| ReadError::Open { path: path.to_owned(), source })?;
        let file = SerializedFileReader::new(file)
            .map_err(|source| ReadError::Footer { path: path.to_owned(), source })?;
        let mut columns = Columns::new();
        for (leaf, column) in file.metadata().file_metadata().schema_descr().columns().iter().enumerate() {
            let [name] = column.path().parts() else { continue };
            let Some((name, class)) = COLUMNS.iter().find(|(known, _)| known == name) else { continue };
            let wrong = |found| ReadError::ColumnType {
                path: path.to_owned(),
                column: name,
                found,
                wanted: class.wanted(),
            };
            if column.max_rep_level() > 0 {
                return Err(wrong("a list".to_owned()));
            }
            let form = class.form(column, naive).map_err(wrong)?;
            columns.insert(name, (leaf, form));
        }
        let file = Self { path: path.to_owned(), file, columns };
        for column in NEEDED_ALWAYS {
            file.need(column, "any")?;
        }
        Ok(file)
    }

    /// How many row groups it has.
    pub fn row_groups(&self) -> usize {
        self.file.num_row_groups()
    }

    /// Rows in a row group.
    pub fn rows_of(&self, group: usize) -> u64 {
        self.file
            .metadata()
            .row_groups()
            .get(group)
            .map_or(0, |group| group.num_rows().max(0).cast_unsigned())
    }

    /// Bytes a row group takes in the file.
    pub fn bytes_of(&self, group: usize) -> u64 {
        let size = |group: &RowGroupMetaData| group.compressed_size().max(0).cast_unsigned();
        self.file.metadata().row_groups().get(group).map_or(0, size)
    }

    /// Whether it has timestamps that name no zone.
    pub fn has_naive_times(&self) -> bool {
        let is_naive = |column: &ColumnDescriptor| matches!(column.logical_type_ref(), Some(LogicalType::Timestamp(of)) if !of.is_adjusted_to_u_t_c);
        let schema = self.file.metadata().file_metadata().schema_descr();
        self.columns.iter().any(|(_, (leaf, _))| is_naive(&schema.column(*leaf)))
    }

    /// Reads a row group in order. `each` gets the row's number within the group, from 0, and the report or what is
    /// wrong with it.
    pub fn read_group(
        &self,
        group: usize,
        mut each: impl FnMut(u64, Result<ReportRef<'_>, ReportLineError>),
    ) -> Result<(), ReadError> {
        let damaged = |source| ReadError::Column { path: self.path.clone(), group, column: "", source };
        guarded(|| self.read_rows(group, &mut each), damaged)
    }

    fn read_rows(
        &self,
        group: usize,
        each: &mut dyn FnMut(u64, Result<ReportRef<'_>, ReportLineError>),
    ) -> Result<(), ReadError> {
        let failed = |(column, source)| ReadError::Column { path: self.path.clone(), group, column, source };
        let rows = self.file.get_row_group(group).map_err(|source| failed(("type", source)))?;
        let mut batch = Batch::open(&self.columns, rows.as_ref()).map_err(failed)?;
        let mut known = [false; Kind::COUNT];
        let total = self.rows_of(group);
        let mut done = 0;
        while done < total {
            let count = (total - done).min(BATCH_ROWS as u64) as usize;
            batch.next(count).map_err(failed)?;
            for row in 0..count {
                if let Some(kind) = batch.kind(row)
                    && !std::mem::replace(&mut known[kind as usize], true)
                {
                    self.need_for(kind)?;
                }
                each(done + row as u64, batch.row(row));
            }
            done += count as u64;
        }
        Ok(())
    }

    fn need_for(&self, kind: Kind) -> Result<(), ReadError> {
        let needed: &[&'static str] = match kind {
            Kind::Fix => &["plate", "fix", "lat", "lon"],
            Kind::Rfid if self.columns.contains_key("reader") => &["epc"],
            Kind::Rfid => &["plate", "epc"],
            Kind::Weigh => &["gross_t", "site", "plate"],
        };
        needed.iter().try_for_each(|column| self.need(column, kind.word()))
    }

    fn need(&self, column: &'static str, kind: &'static str) -> Result<(), ReadError> {
        if self.columns.contains_key(column) {
            return Ok(());
        }
        Err(ReadError::MissingColumn { path: self.path.clone(), column, kind })
    }
}

/// Some damage makes the reading library panic instead of saying so. Nothing it held is used afterwards.
fn guarded<T>(
    read: impl FnOnce() -> Result<T, ReadError>,
    damaged: impl FnOnce(ParquetError) -> ReadError,
) -> Result<T, ReadError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_told| {
        Err(damaged(ParquetError::General("it says impossible things of itself: it is damaged".to_owned())))
    })
}
