//! `scoring convert`: a ledger from one kind of file into another, checked on the way.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use scoring::{jsonl, ledger_table};

use super::{CliError, Kind, ledger_parquet, read_ledger};

/// From where to where; the ending says what kind of file it is.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger: `.jsonl`, `.csv` or `.parquet`.
    from: PathBuf,
    /// The file to write, replaced when it is there.
    to: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let Arguments { from, to } = arguments;
    let (entries, head) = read_ledger(from)?;
    let file = File::create(to).map_err(|source| CliError::Create { path: to.clone(), source })?;
    let mut file = BufWriter::new(file);
    match Kind::of(to) {
        Kind::JsonLines => {
            for entry in &entries {
                let line =
                    jsonl::write_line(entry).map_err(|source| CliError::Line { path: to.clone(), source })?;
                writeln!(file, "{line}")?;
            }
        }
        Kind::Csv => ledger_table::write_csv(&entries, &mut file)
            .map_err(|source| CliError::Csv { path: to.clone(), source })?,
        Kind::Parquet => ledger_parquet::write(&entries, &mut file)
            .map_err(|source| CliError::Parquet { path: to.clone(), source })?,
    }
    file.flush()?;
    writeln!(out, "{} entries in {}, head {head}", entries.len(), to.display())?;
    Ok(())
}
