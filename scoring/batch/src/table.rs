//! A ledger as a table: one row per entry, for a reversal one per entry it refers to.
//!
//! | column | type | meaning |
//! |---|---|---|
//! | `seq` | i64 | position in the ledger |
//! | `id` | text | the entry |
//! | `kind` | text | what it does |
//! | `cycle` | i64 | the year |
//! | `uscc` | text | the company |
//! | `class` | text or empty | A, B, C |
//! | `base_cp`, `esc_permille` | i64 | points of the rule, escalation |
//! | `amount_cp` | i64 | what it moves, centi-points |
//! | `k_num`, `k_den` | i64 | dilution |
//! | `start_ms`, `end_ms` | i64 | the act, milliseconds since 1970 |
//! | `trip` | text or empty | the haul |
//! | `target` | text or empty | the entry it reverses or repairs; of a deduction the first of the act it belongs to |
//!
//! A table carries no chain: verify the ledger before it becomes one.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::*;
use polars_io::csv::read::CsvReadOptions;
use polars_io::csv::write::CsvWriter;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::ParquetWriter;
use scoring::columns::{Columns, Move, NO_TRIP, Row};
use scoring::ledger::AMOUNT_CP_MAX;
use scoring::{EntryKind, LedgerEntry, incident};

/// Every column: name, whether it holds integers, whether it may be empty.
const COLUMNS: [(&str, bool, bool); 15] = [
    ("seq", true, false),
    ("id", false, false),
    ("kind", false, false),
    ("cycle", true, false),
    ("uscc", false, false),
    ("class", false, true),
    ("base_cp", true, false),
    ("esc_permille", true, false),
    ("amount_cp", true, false),
    ("k_num", true, false),
    ("k_den", true, false),
    ("start_ms", true, false),
    ("end_ms", true, false),
    ("trip", false, true),
    ("target", false, true),
];

/// Longest header looked at, bytes.
const HEADER_BYTES_MAX: u64 = 1024;

/// A ledger as a table with the columns of this module.
#[derive(Debug, Clone)]
pub struct LedgerTable(DataFrame);

/// Why a table is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// The file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The columns are others, or in another order.
    #[error("{}: line 1: the columns are {found:?}, expected are {expected:?}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// Its header.
        found: String,
        /// The header of this table.
        expected: String,
    },
    /// A value does not fit its column.
    #[error("{}: a value does not fit its column", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Which one.
        #[source]
        source: PolarsError,
    },
    /// A column that every row must fill has an empty cell.
    #[error("{}: line {line}: column `{column}` is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// First such line.
        line: usize,
        /// The column.
        column: &'static str,
    },
    /// The engine refused to build the table.
    #[error("the table cannot be built")]
    Build(#[source] PolarsError),
}

impl LedgerTable {
    /// The table of a ledger.
    pub fn of_entries(entries: &[LedgerEntry]) -> Result<Self, TableError> {
        let mut rows: Vec<(&LedgerEntry, Option<String>)> = Vec::new();
        for entry in entries {
            match entry.kind {
                EntryKind::Reverse => {
                    rows.extend(entry.refs.iter().map(|target| (entry, Some(target.to_string()))));
                }
                _ => rows.push((entry, entry.refs.first().map(ToString::to_string))),
            }
        }
        let integers =
            |of: &dyn Fn(&LedgerEntry) -> i64| rows.iter().map(|row| of(row.0)).collect::<Vec<_>>();
        let texts =
            |of: &dyn Fn(&LedgerEntry) -> String| rows.iter().map(|row| of(row.0)).collect::<Vec<String>>();
        let options = |of: &dyn Fn(&LedgerEntry) -> Option<String>| {
            rows.iter().map(|row| of(row.0)).collect::<Vec<Option<String>>>()
        };
        let span = incident::Span::of;
        let frame = df!(
            "seq" => integers(&|entry| i64::try_from(entry.seq).unwrap_or(i64::MAX)),
            "id" => texts(&|entry| entry.id.to_string()),
            "kind" => texts(&|entry| entry.kind.word().to_owned()),
            "cycle" => integers(&|entry| i64::from(entry.cycle.year())),
            "uscc" => texts(&|entry| entry.uscc.to_string()),
            "class" => options(&|entry| entry.class.map(|class| class.word().to_owned())),
            "base_cp" => integers(&|entry| entry.base_cp),
            "esc_permille" => integers(&|entry| i64::from(entry.esc_permille)),
            "amount_cp" => integers(&|entry| entry.amount_cp.clamp(-AMOUNT_CP_MAX, AMOUNT_CP_MAX)),
            "k_num" => integers(&|entry| i64::from(entry.k_num)),
            "k_den" => integers(&|entry| i64::from(entry.k_den)),
            "start_ms" => integers(&|entry| span(entry).start.millis()),
            "end_ms" => integers(&|entry| span(entry).end.millis()),
            "trip" => options(&|entry| entry.trip.map(|trip| trip.to_string())),
            "target" => rows.iter().map(|row| row.1.clone()).collect::<Vec<Option<String>>>(),
        );
        frame.map(Self).map_err(TableError::Build)
    }

    /// Reads the table from CSV with a header.
    pub fn read_csv(path: &Path) -> Result<Self, TableError> {
        let unreadable = |source| TableError::Read { path: path.to_owned(), source };
        let unfit = |source| TableError::Value { path: path.to_owned(), source };
        let mut found = String::new();
        let file = BufReader::new(File::open(path).map_err(unreadable)?);
        file.take(HEADER_BYTES_MAX).read_line(&mut found).map_err(unreadable)?;
        let expected = COLUMNS.map(|column| column.0).join(",");
        let found = found.trim_end();
        if found != expected {
            let found = found.chars().take(200).collect();
            return Err(TableError::Columns { path: path.to_owned(), found, expected });
        }
        let fields = COLUMNS.map(|(name, integer, _)| {
            Field::new(name.into(), if integer { DataType::Int64 } else { DataType::String })
        });
        let frame = CsvReadOptions::default()
            .with_has_header(true)
            .with_schema(Some(Arc::new(Schema::from_iter(fields))))
            .try_into_reader_with_file_path(Some(path.to_owned()))
            .and_then(SerReader::finish)
            .map_err(unfit)?;
        Self::checked(path, frame)
    }

    /// Reads the table from Parquet with the same columns in the same order.
    pub fn read_parquet(path: &Path) -> Result<Self, TableError> {
        let unfit = |source| TableError::Value { path: path.to_owned(), source };
        let file = File::open(path).map_err(|source| TableError::Read { path: path.to_owned(), source })?;
        let frame = ParquetReader::new(file).finish().map_err(unfit)?;
        let found = frame.get_column_names().iter().map(|name| name.as_str()).collect::<Vec<_>>().join(",");
        let expected = COLUMNS.map(|column| column.0).join(",");
        if found != expected {
            return Err(TableError::Columns { path: path.to_owned(), found, expected });
        }
        for (name, integer, _) in COLUMNS {
            let wanted = if integer { DataType::Int64 } else { DataType::String };
            let kind = frame.column(name).map_err(unfit)?.dtype();
            if *kind != wanted {
                let problem = format!("column `{name}` holds {kind}, {wanted} is expected");
                return Err(unfit(PolarsError::SchemaMismatch(problem.into())));
            }
        }
        Self::checked(path, frame)
    }

    fn checked(path: &Path, frame: DataFrame) -> Result<Self, TableError> {
        let unfit = |source| TableError::Value { path: path.to_owned(), source };
        for (column, _, _) in COLUMNS.into_iter().filter(|column| !column.2) {
            let empty = frame.column(column).map_err(unfit)?.is_null();
            if let Some(row) = empty.iter().position(|empty| empty == Some(true)) {
                // Rows count from 0 and the header is a line of its own.
                return Err(TableError::Empty { path: path.to_owned(), line: row + 2, column });
            }
        }
        Ok(Self(frame))
    }

    /// The table of a ledger that is columns already; ids and hauls become texts.
    pub fn of_columns(columns: &Columns) -> Result<Self, TableError> {
        let rows: Vec<Row> = (0..columns.len()).map(|at| columns.row(at)).collect();
        let integers = |of: &dyn Fn(&Row) -> i64| rows.iter().map(of).collect::<Vec<i64>>();
        let texts =
            |of: &dyn Fn(&Row) -> Option<String>| rows.iter().map(of).collect::<Vec<Option<String>>>();
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let kind = |row: &Row| match row.moves {
            Move::Deduct => EntryKind::Deduct,
            Move::Reverse => EntryKind::Reverse,
            Move::Repair => EntryKind::Repair,
            Move::Adjust => EntryKind::Adjust,
            Move::Nothing => EntryKind::CapNote,
        };
        let id = |row: &Row| format!("{:032x}", row.id);
        let frame = df!(
            "seq" => (1..).take(rows.len()).collect::<Vec<i64>>(),
            "id" => texts(&|row| Some(id(row))),
            "kind" => texts(&|row| Some(kind(row).word().to_owned())),
            "cycle" => integers(&|row| i64::from(columns.cycles[usize::from(row.cycle)].year())),
            "uscc" => texts(&|row| columns.companies.get(at(row.company)).map(ToString::to_string)),
            "class" => texts(&|row| Some(row.class.word().to_owned())),
            "base_cp" => integers(&|row| row.base_cp),
            "esc_permille" => integers(&|row| i64::from(row.esc_permille)),
            "amount_cp" => integers(&|row| row.amount_cp),
            "k_num" => integers(&|row| i64::from(row.k_num)),
            "k_den" => integers(&|row| i64::from(row.k_den)),
            "start_ms" => integers(&|row| row.start_ms),
            "end_ms" => integers(&|row| row.end_ms),
            "trip" => texts(&|row| (row.trip != NO_TRIP).then(|| row.trip.to_string())),
            "target" => texts(&|row| rows.get(at(row.target)).map(id)),
        );
        frame.map(Self).map_err(TableError::Build)
    }

    /// Writes the table as Parquet.
    pub fn write_parquet(&mut self, out: impl Write) -> Result<(), PolarsError> {
        ParquetWriter::new(out).finish(&mut self.0).map(drop)
    }

    /// Writes the table as CSV with a header.
    pub fn write_csv(&mut self, out: impl Write) -> Result<(), PolarsError> {
        CsvWriter::new(out).finish(&mut self.0)
    }

    /// The rows, for a query.
    pub fn lazy(self) -> LazyFrame {
        self.0.lazy()
    }
}
