//! `scoring recompute`: every company's score in every year, as CSV.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use domain::Timestamp;
use scoring::columns::Columns;
use scoring::score_row::{CSV_HEADER, rows};
use scoring::{Profile, ScoreRow, fold, table_csv};

use super::{CliError, profile, read_ledger};

/// What is recomputed, and how.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger, JSON Lines (verified first), or its table, `.csv`.
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
    let is_table = file.extension().is_some_and(|extension| extension == "csv");
    let rows = match as_of {
        Some(_) if is_table => return Err(CliError::AsOfTable { path: file.clone() }),
        Some(as_of) => rows_as_of(file, *profile, *as_of)?,
        None if is_table => {
            let opened = File::open(file).map_err(|source| CliError::Read { path: file.clone(), source })?;
            let columns = table_csv::read_table(opened)
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

fn rows_as_of(file: &std::path::Path, profile: Profile, as_of: Timestamp) -> Result<Vec<ScoreRow>, CliError> {
    let (entries, _) = read_ledger(file)?;
    let companies: std::collections::BTreeSet<_> = entries.iter().map(|entry| &entry.uscc).collect();
    Ok(companies.into_iter().map(|uscc| fold::score_as_of(&entries, uscc, as_of, profile).row()).collect())
}
