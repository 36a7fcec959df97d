//! `scoring explain`: a company's scores in words.

use std::io::Write;
use std::path::PathBuf;

use domain::Uscc;
use scoring::{Catalogue, Profile, fold};

use super::{CliError, profile, read_ledger};

/// Whose scores, and how they are computed.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger: JSON Lines, `.csv` or `.parquet`.
    file: PathBuf,
    /// The company's unified social credit code.
    #[arg(long)]
    uscc: Uscc,
    /// The formula.
    #[arg(long, default_value = "fleet_fair", value_parser = profile)]
    profile: Profile,
}

pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let Arguments { file, uscc, profile } = arguments;
    let (mut entries, _) = read_ledger(&file)?;
    entries.retain(|entry| entry.uscc == uscc);
    if entries.is_empty() {
        return Err(CliError::NoCompany { path: file, uscc });
    }
    let catalogue = Catalogue::embedded()?;
    for score in fold::city(&entries, profile).values() {
        for sentence in scoring::explain::explain(score, &catalogue) {
            writeln!(out, "{}\n{}", sentence.zh, sentence.en)?;
        }
    }
    Ok(())
}
