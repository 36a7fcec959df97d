//! A ledger as a table of all its members, one row an entry: what a spreadsheet or a column store holds. Opens nothing: rows come in
//! as cells and become entries, entries give their cells.
//!
//! | member | cell |
//! |---|---|
//! | numbers | decimal |
//! | texts, words, times, dates, hashes | as in the JSON of an entry; empty where the JSON says `null` |
//! | `refs` | the ids, separated by one blank |
//!
//! A cell that is empty means an absent member, but for `refs` and `note`, which are empty. The chain is checked over
//! what was read, so a table proves as much as the JSON Lines; only the bytes around the values are not held.

use std::io::{Read, Write};

use serde_json::{Map, Value};

use crate::digest::EntryHash;
use crate::ledger::{ChainError, LedgerEntry, Verifier};

/// The members, in the order of the columns, and whether each is a number.
pub const MEMBERS: [(&str, bool); 30] = [
    ("seq", true),
    ("prev_hash", false),
    ("hash", false),
    ("id", false),
    ("kind", false),
    ("cycle", true),
    ("uscc", false),
    ("plate", false),
    ("case_no", false),
    ("decision_no", false),
    ("final_date", false),
    ("rule", false),
    ("table_version", false),
    ("class", false),
    ("severity", false),
    ("base_cp", true),
    ("vehicle_cp", true),
    ("esc_permille", true),
    ("fleet_n", true),
    ("k_num", true),
    ("k_den", true),
    ("amount_cp", true),
    ("occurred_at", false),
    ("occurred_until", false),
    ("posted_at", false),
    ("posted_by", false),
    ("trip", false),
    ("publicity_end", false),
    ("refs", false),
    ("note", false),
];

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A number.
    Number(i64),
    /// A text that is not empty.
    Text(String),
}

/// Why a table is no ledger. Rows are counted from 1, without the heading.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerTableError {
    /// Other columns.
    #[error("the columns are {found:?}, expected are {:?}", header())]
    Columns {
        /// What stands there.
        found: String,
    },
    /// The text is no CSV.
    #[error("row {row} cannot be read")]
    Csv {
        /// The row.
        row: u64,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A number is none.
    #[error("row {row}, column `{column}`: {text:?} is no whole number")]
    Number {
        /// The row.
        row: u64,
        /// The column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// The row is no entry.
    #[error("row {row} is no ledger entry")]
    Entry {
        /// The row.
        row: u64,
        /// Which member, and why not.
        #[source]
        source: serde_json::Error,
    },
    /// The chain breaks.
    #[error("row {row}; {entries} entries before it hold together")]
    Chain {
        /// The row.
        row: u64,
        /// Entries before it.
        entries: u64,
        /// How.
        #[source]
        source: ChainError,
    },
}

/// The heading as CSV.
pub fn header() -> String {
    MEMBERS.map(|(name, _)| name).join(",")
}

/// Gathers entries row by row and checks the chain.
#[derive(Debug, Default)]
pub struct LedgerTableReader {
    entries: Vec<LedgerEntry>,
    verifier: Verifier,
}

impl LedgerTableReader {
    /// Takes the cells of the next row, in the order of [`MEMBERS`].
    pub fn take(&mut self, cells: impl IntoIterator<Item = Cell>) -> Result<(), LedgerTableError> {
        let row = u64::try_from(self.entries.len()).unwrap_or(u64::MAX).saturating_add(1);
        let members: Map<String, Value> = MEMBERS
            .iter()
            .zip(cells.into_iter().chain(std::iter::repeat(Cell::Empty)))
            .map(|((name, _), cell)| ((*name).to_owned(), member(name, cell)))
            .collect();
        let entry: LedgerEntry = serde_json::from_value(Value::Object(members))
            .map_err(|source| LedgerTableError::Entry { row, source })?;
        let entries = self.verifier.entries();
        self.verifier.take(&entry).map_err(|source| LedgerTableError::Chain { row, entries, source })?;
        self.entries.push(entry);
        Ok(())
    }

    /// The ledger, and the hash of its last entry.
    pub fn finish(self) -> (Vec<LedgerEntry>, EntryHash) {
        (self.entries, self.verifier.head())
    }
}

fn member(name: &str, cell: Cell) -> Value {
    match (name, cell) {
        ("refs", Cell::Text(ids)) => ids.split(' ').map(|id| Value::from(id.to_owned())).collect(),
        ("refs", _) => Value::Array(Vec::new()),
        ("note", Cell::Empty) => Value::from(""),
        (_, Cell::Empty) => Value::Null,
        (_, Cell::Number(number)) => Value::from(number),
        (_, Cell::Text(text)) => Value::from(text),
    }
}

/// The cells of an entry.
pub fn cells(entry: &LedgerEntry) -> Result<Vec<Cell>, serde_json::Error> {
    let members = serde_json::to_value(entry)?;
    let cell = |(name, _): &(&str, bool)| match members.get(*name) {
        Some(Value::Number(number)) => number.as_i64().map_or(Cell::Empty, Cell::Number),
        Some(Value::String(text)) if !text.is_empty() => Cell::Text(text.clone()),
        Some(Value::Array(ids)) if !ids.is_empty() => {
            Cell::Text(ids.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        _ => Cell::Empty,
    };
    Ok(MEMBERS.iter().map(cell).collect())
}

/// Reads a ledger from CSV and checks its chain.
pub fn read_csv(input: impl Read) -> Result<(Vec<LedgerEntry>, EntryHash), LedgerTableError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(input);
    let heading = reader.headers().map_err(|source| LedgerTableError::Csv { row: 0, source })?;
    let found = heading.iter().collect::<Vec<_>>().join(",");
    if found.trim_start_matches('\u{FEFF}') != header() {
        return Err(LedgerTableError::Columns { found: found.chars().take(400).collect() });
    }
    let mut ledger = LedgerTableReader::default();
    for (row, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|source| LedgerTableError::Csv { row, source })?;
        let cell = |(&(column, is_number), text): (&(&'static str, bool), &str)| match text {
            "" => Ok(Cell::Empty),
            text if is_number => {
                let unread = || LedgerTableError::Number { row, column, text: text.to_owned() };
                text.parse().map(Cell::Number).map_err(|_source| unread())
            }
            text => Ok(Cell::Text(text.to_owned())),
        };
        let cells = MEMBERS.iter().zip(record.iter()).map(cell).collect::<Result<Vec<_>, _>>()?;
        ledger.take(cells)?;
    }
    Ok(ledger.finish())
}

/// Writes a ledger as CSV.
pub fn write_csv(entries: &[LedgerEntry], out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(MEMBERS.map(|(name, _)| name))?;
    for entry in entries {
        let cells = cells(entry).map_err(std::io::Error::from)?;
        writer.write_record(cells.into_iter().map(|cell| match cell {
            Cell::Empty => String::new(),
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) => text,
        }))?;
    }
    writer.flush().map_err(csv::Error::from)
}
