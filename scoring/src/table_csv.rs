//! A ledger as a table in CSV, one row an entry (`scoring-batch table` writes it), read into columns. A table carries no
//! chain: scores come from it, proof does not.

use std::collections::HashMap;
use std::io::Read;

use domain::Uscc;
use serde::Deserialize;

use crate::columns::{Columns, Move, NO_ROW, NO_TRIP, Row};
use crate::cycle::Cycle;
use crate::digest::EntryId;
use crate::ledger::{AMOUNT_CP_MAX, EntryKind};
use crate::rule::Class;

/// The header of the table.
pub const TABLE_HEADER: &[&str] = &[
    "seq",
    "id",
    "kind",
    "cycle",
    "uscc",
    "class",
    "base_cp",
    "esc_permille",
    "amount_cp",
    "k_num",
    "k_den",
    "start_ms",
    "end_ms",
    "trip",
    "target",
];

/// Why a table is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableCsvError {
    /// Other columns, or in another order.
    #[error("line 1: the columns are {found:?}, expected are {:?}", TABLE_HEADER.join(","))]
    Header {
        /// What stands there.
        found: String,
    },
    /// A row cannot be read: which line and column, and why.
    #[error("a row is refused")]
    Row(#[from] csv::Error),
    /// More than columns hold.
    #[error("row {row}: more than {what} can be numbered")]
    TooMany {
        /// The row, from 1.
        row: usize,
        /// Of what.
        what: &'static str,
    },
}

#[derive(Deserialize)]
struct TableRow {
    seq: u64,
    id: EntryId,
    kind: EntryKind,
    cycle: Cycle,
    uscc: Uscc,
    class: Option<Class>,
    base_cp: i64,
    esc_permille: u32,
    amount_cp: i64,
    k_num: u32,
    k_den: u32,
    start_ms: i64,
    end_ms: i64,
    trip: Option<String>,
    target: Option<EntryId>,
}

/// Reads the table. Of rows that say the same of the same entry the one with the lowest number counts; rows of an entry
/// that names several others stand together.
pub fn read_table(reader: impl Read) -> Result<Columns, TableCsvError> {
    let mut reader = csv::Reader::from_reader(reader);
    let header = reader.headers()?;
    if !header.iter().eq(TABLE_HEADER.iter().copied()) {
        let found = header.iter().collect::<Vec<_>>().join(",").chars().take(200).collect();
        return Err(TableCsvError::Header { found });
    }
    let mut rows: Vec<TableRow> = reader.deserialize().collect::<Result<_, _>>()?;
    rows.sort_by_key(|row| row.seq);
    let mut columns = Columns::default();
    let mut companies: HashMap<Uscc, u32> = HashMap::new();
    let mut cycles: HashMap<Cycle, u16> = HashMap::new();
    let mut trips: HashMap<String, u32> = HashMap::new();
    let mut said: HashMap<(u32, EntryId, Option<EntryId>), ()> = HashMap::new();
    let mut first: HashMap<(u32, EntryId), u32> = HashMap::new();
    let mut targets: Vec<(usize, u32, EntryId)> = Vec::new();
    for (at, row) in rows.into_iter().enumerate() {
        let too_many = |what| TableCsvError::TooMany { row: at + 1, what };
        let number = u32::try_from(columns.len()).ok().filter(|number| *number < NO_ROW);
        let number = number.ok_or_else(|| too_many("rows"))?;
        let next = u32::try_from(companies.len()).map_err(|_full| too_many("companies"))?;
        let company = *companies.entry(row.uscc.clone()).or_insert(next);
        if company == next {
            columns.companies.push(row.uscc);
        }
        if said.insert((company, row.id, row.target), ()).is_some() {
            continue;
        }
        let next = u16::try_from(cycles.len()).map_err(|_full| too_many("years"))?;
        let cycle = *cycles.entry(row.cycle).or_insert(next);
        if cycle == next {
            columns.cycles.push(row.cycle);
        }
        let next = u32::try_from(trips.len() + 1).map_err(|_full| too_many("hauls"))?;
        let trip = row.trip.map_or(NO_TRIP, |trip| *trips.entry(trip).or_insert(next));
        first.entry((company, row.id)).or_insert(number);
        let moves = Move::from(row.kind);
        if let (Move::Reverse | Move::Repair, Some(target)) = (moves, row.target) {
            targets.push((columns.len(), company, target));
        }
        let lowest = if moves == Move::Adjust { -AMOUNT_CP_MAX } else { 0 };
        columns.push(Row {
            company,
            cycle,
            moves,
            class: row.class.unwrap_or(Class::A),
            base_cp: row.base_cp,
            esc_permille: row.esc_permille,
            k_num: row.k_num,
            k_den: row.k_den,
            amount_cp: row.amount_cp.clamp(lowest, AMOUNT_CP_MAX),
            trip,
            start_ms: row.start_ms,
            end_ms: row.end_ms,
            id: u128::from_be_bytes(*row.id.as_bytes()),
            target: NO_ROW,
        });
    }
    for (row, company, target) in targets {
        columns.target[row] = first.get(&(company, target)).copied().unwrap_or(NO_ROW);
    }
    Ok(columns)
}
