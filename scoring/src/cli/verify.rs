//! `scoring verify`: proves a chain from an export, or says where it breaks.

use std::io::Write;
use std::path::PathBuf;

use super::{CliError, read_ledger};

/// What is verified.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger, JSON Lines.
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let (entries, verifier) = read_ledger(&arguments.file)?;
    writeln!(out, "{} entries hold together, head {}", entries.len(), verifier.head())?;
    Ok(())
}
