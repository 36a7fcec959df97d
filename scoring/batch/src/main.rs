//! `scoring-batch`: recomputes a whole city's scores from a ledger (JSON Lines) or its table (CSV, Parquet).

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scoring::jsonl::{self, LedgerError};
use scoring_batch::recompute::{CSV_HEADER, RecomputeError};
use scoring_batch::table::TableError;
use scoring_batch::{LedgerTable, recompute};

/// A whole city's scores, recomputed with a table engine.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Every company's score in every year, as CSV: the first four columns of `scoring recompute`.
    Recompute {
        /// The ledger: `.jsonl` (verified first), or its table as `table` writes it, `.csv` or `.parquet`.
        file: PathBuf,
    },
    /// The table of a ledger, as CSV on standard output or as a Parquet file.
    Table {
        /// The ledger, `.jsonl`.
        file: PathBuf,
        /// Where to write Parquet, in place of CSV on standard output.
        #[arg(long)]
        parquet: Option<PathBuf>,
    },
}

#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{}: cannot be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}", path.display())]
    Ledger {
        path: PathBuf,
        #[source]
        source: LedgerError,
    },
    #[error("{}: none of .jsonl, .csv, .parquet", path.display())]
    Kind { path: PathBuf },
    #[error("{}: cannot be written", path.display())]
    Create {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the ledger is refused as a table")]
    Table(#[from] TableError),
    #[error("{}", path.display())]
    Recompute {
        path: PathBuf,
        #[source]
        source: RecomputeError,
    },
    #[error("the table cannot be written")]
    WriteTable(#[source] polars::error::PolarsError),
    #[error("the output cannot be written")]
    Write(#[from] io::Error),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    match run(cli.command, &mut out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output may stop when they have seen enough.
        Err(CliError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let message: Vec<String> = causes.map(ToString::to_string).collect();
            // Nobody is left to tell when standard error is closed too.
            let _ = writeln!(io::stderr(), "scoring-batch: {}", message.join(": "));
            ExitCode::from(2)
        }
    }
}

fn run(command: Command, out: &mut impl Write) -> Result<(), CliError> {
    match command {
        Command::Recompute { file } => {
            let table = match file.extension().and_then(|extension| extension.to_str()) {
                Some("jsonl") => table_of_ledger(&file)?,
                Some("csv") => LedgerTable::read_csv(&file)?,
                Some("parquet") => LedgerTable::read_parquet(&file)?,
                _ => return Err(CliError::Kind { path: file }),
            };
            let scores = recompute(table).map_err(|source| CliError::Recompute { path: file, source })?;
            writeln!(out, "{CSV_HEADER}")?;
            for score in scores {
                writeln!(out, "{}", score.csv())?;
            }
            Ok(())
        }
        Command::Table { file, parquet: None } => {
            table_of_ledger(&file)?.write_csv(out).map_err(CliError::WriteTable)
        }
        Command::Table { file, parquet: Some(path) } => {
            let created = File::create(&path).map_err(|source| CliError::Create { path, source })?;
            table_of_ledger(&file)?.write_parquet(created).map_err(CliError::WriteTable)
        }
    }
}

fn table_of_ledger(path: &Path) -> Result<LedgerTable, CliError> {
    let file = File::open(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    let (entries, _) = jsonl::read_ledger(BufReader::new(file))
        .map_err(|source| CliError::Ledger { path: path.to_owned(), source })?;
    Ok(LedgerTable::of_entries(&entries)?)
}
