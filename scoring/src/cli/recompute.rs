//! `scoring recompute`: every company's score in every year, as CSV.

use std::io::Write;
use std::path::PathBuf;

use scoring::score_row::CSV_HEADER;
use scoring::{Profile, fold};

use super::{CliError, profile, read_ledger};

/// What is recomputed, and how.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger, JSON Lines.
    file: PathBuf,
    /// The formula.
    #[arg(long, default_value = "fleet_fair", value_parser = profile)]
    profile: Profile,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let (entries, _) = read_ledger(&arguments.file)?;
    writeln!(out, "{CSV_HEADER}")?;
    for score in fold::city(&entries, arguments.profile).values() {
        writeln!(out, "{}", score.row().csv())?;
    }
    Ok(())
}
