//! `scoring recompute`: every company's score in every year, as CSV.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use domain::Timestamp;
use scoring::columns::Columns;
use scoring::score_row::{CSV_HEADER, rows};
use scoring::{Profile, ScoreRow, fold, ledger_table, table_csv};

use super::{CliError, Kind, open, profile, read_ledger};

/// Longest heading looked at, bytes.
const HEADING_BYTES_MAX: u64 = 4_096;

/// What is recomputed, and how.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger: JSON Lines, `.csv` or `.parquet` (verified first); or the table of sums that `scoring-batch table` writes, `.csv`.
    file: PathBuf,
    /// The formula: fleet_fair, zz92_plain or rolling12.
    #[arg(long, default_value = "fleet_fair", value_parser = profile)]
    profile: Profile,
    /// The moment a rolling year is looked at from, as 2026-11-24T12:00:00+08:00; every other formula gives the year it is
    /// in. Without it every year from its last moment. JSON Lines only.
    #[arg(long)]
    as_of: Option<Timestamp>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let Arguments { file, profile, as_of } = arguments;
    let is_table = Kind::of(file) == Kind::Csv && is_table_of_sums(file)?;
    let rows = match as_of {
        Some(_) if is_table => return Err(CliError::AsOfTable { path: file.clone() }),
        Some(as_of) => rows_as_of(file, *profile, *as_of)?,
        None if is_table => {
            let columns = table_csv::read_table(open(file)?)
                .map_err(|source| CliError::Table { path: file.clone(), source })?;
            rows(&columns, *profile)
        }
        None => {
            let (entries, _) = read_ledger(file)?;
            let (columns, _) = Columns::of_entries(&entries.iter().collect::<Vec<_>>())?;
            rows(&columns, *profile)
        }
    };
    writeln!(out, "{CSV_HEADER}")?;
    for row in rows {
        writeln!(out, "{}", row.csv())?;
    }
    Ok(())
}

/// Whether a CSV file begins as a table of sums, which carries no chain.
fn is_table_of_sums(path: &std::path::Path) -> Result<bool, CliError> {
    let mut heading = String::new();
    let unreadable = |source| CliError::Read { path: path.to_owned(), source };
    BufReader::new(open(path)?).take(HEADING_BYTES_MAX).read_line(&mut heading).map_err(unreadable)?;
    Ok(heading.trim_end().trim_start_matches('\u{FEFF}') != ledger_table::header())
}

fn rows_as_of(file: &std::path::Path, profile: Profile, as_of: Timestamp) -> Result<Vec<ScoreRow>, CliError> {
    let (entries, _) = read_ledger(file)?;
    let companies: std::collections::BTreeSet<_> = entries.iter().map(|entry| &entry.uscc).collect();
    Ok(companies.into_iter().map(|uscc| fold::score_as_of(&entries, uscc, as_of, profile).row()).collect())
}
