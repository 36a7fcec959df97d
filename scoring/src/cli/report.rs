//! `scoring report`.

use std::io::Write;

use super::CliError;

/// None yet.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: Arguments, _out: &mut impl Write) -> Result<(), CliError> {
    Err(CliError::NotBuilt { command: "report" })
}
