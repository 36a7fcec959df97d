//! The program's commands, one file each: its arguments and a `run` that writes to `out`. Only files are read, none changed.

mod catalogue;
mod convert;
mod explain;
mod ledger_parquet;
mod recompute;
mod report;
mod simulate;
mod verify;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::Uscc;
use scoring::digest::EntryHash;
use scoring::{LedgerEntry, Profile, jsonl, ledger_table};

/// Rule catalogue, ledger and scores of haulage companies.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The rule catalogue: the one in the program, or that of the given tables.
    Catalogue(catalogue::Arguments),
    /// Check a ledger (JSON Lines, CSV, Parquet) from its first entry: text, numbering, chain, hashes, amounts.
    Verify(verify::Arguments),
    /// Write a ledger as another kind of file: JSON Lines, CSV, Parquet.
    Convert(convert::Arguments),
    /// Recompute every company's score in every year, as CSV.
    Recompute(recompute::Arguments),
    /// Say what a company's scores are made of, in Chinese and English.
    Explain(explain::Arguments),
    /// Repeat the fairness experiment: equal behaviour in fleets of every size.
    Simulate(simulate::Arguments),
    /// Statements and rankings from a ledger.
    Report(report::Arguments),
}

/// Why a command ends early. Every message names the file and what to do about it where that is not plain.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file cannot be opened.
    #[error("{}: cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A ledger does not hold together.
    #[error("{}", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// Where, and how.
        #[source]
        source: jsonl::LedgerError,
    },
    /// A ledger in CSV is refused, or cannot be written.
    #[error("{}", path.display())]
    LedgerTable {
        /// The file.
        path: PathBuf,
        /// Where, and why.
        #[source]
        source: ledger_table::LedgerTableError,
    },
    /// A CSV file cannot be written.
    #[error("{}: cannot be written", path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A ledger in Parquet is refused, or cannot be written.
    #[error("{}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Where, and why.
        #[source]
        source: ledger_parquet::LedgerParquetError,
    },
    /// A file cannot be made.
    #[error("{}: cannot be written", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An entry cannot be written as a line.
    #[error("{}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line of published heads is none.
    #[error("{}: line {line} is no daily head", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The ledger does not bear out a published head.
    #[error("{}", path.display())]
    Heads {
        /// The ledger.
        path: PathBuf,
        /// Which head.
        #[source]
        source: scoring::heads::HeadError,
    },
    /// A table is refused.
    #[error("{}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Where, and why.
        #[source]
        source: scoring::table_csv::TableCsvError,
    },
    /// A moment was asked for of a table.
    #[error("{}: a table of sums is recomputed by year; give the ledger itself for --as-of", path.display())]
    AsOfTable {
        /// The file.
        path: PathBuf,
    },
    /// The ledger is too large for one pass.
    #[error("the ledger cannot be recomputed in one pass")]
    TooMany(#[from] scoring::columns::TooMany),
    /// The rule catalogue is refused.
    #[error("the rule catalogue is refused")]
    Catalogue(#[from] scoring::catalogue::CatalogueError),
    /// Nothing to explain.
    #[error("{}: no entry of company {uscc}", path.display())]
    NoCompany {
        /// The file.
        path: PathBuf,
        /// The company asked for.
        uscc: Uscc,
    },
    /// A simulation has no result, or not the wanted one.
    #[error(transparent)]
    Simulate(#[from] simulate::SimulateCliError),
    /// A report is not made.
    #[error(transparent)]
    Report(#[from] report::ReportError),
    /// The output cannot be written.
    #[error("the output cannot be written")]
    Write(#[from] io::Error),
}

/// Reads the arguments, runs the command, says what went wrong.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let done = run(cli.command, &mut out).and_then(|()| Ok(out.flush()?));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output may stop when they have seen enough.
        Err(CliError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let message: Vec<String> = causes.map(ToString::to_string).collect();
            // Nobody is left to tell when standard error is closed too.
            let _ = writeln!(io::stderr(), "scoring: {}", message.join(": "));
            ExitCode::from(2)
        }
    }
}

fn run(command: Command, out: &mut impl Write) -> Result<(), CliError> {
    match command {
        Command::Catalogue(arguments) => catalogue::run(arguments, out),
        Command::Verify(arguments) => verify::run(&arguments, out),
        Command::Convert(arguments) => convert::run(&arguments, out),
        Command::Recompute(arguments) => recompute::run(&arguments, out),
        Command::Explain(arguments) => explain::run(arguments, out),
        Command::Simulate(arguments) => simulate::run(arguments, out),
        Command::Report(arguments) => report::run(arguments, out),
    }
}

/// Reads a `--profile`.
pub(crate) fn profile(word: &str) -> Result<Profile, String> {
    let words: Vec<&str> = Profile::ALL.iter().map(|profile| profile.word()).collect();
    Profile::from_word(word).ok_or_else(|| format!("known are {}", words.join(", ")))
}

/// What kind of file an ending stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any other ending.
    JsonLines,
    /// `.csv`
    Csv,
    /// `.parquet`
    Parquet,
}

impl Kind {
    pub(crate) fn of(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_ref().and_then(|ending| ending.to_str()) {
            Some("csv") => Self::Csv,
            Some("parquet") => Self::Parquet,
            _ => Self::JsonLines,
        }
    }
}

/// Reads and verifies a ledger, by its ending as JSON Lines, CSV or Parquet; with it the hash of its last entry. Scores are
/// only computed over one that holds together.
pub(crate) fn read_ledger(path: &Path) -> Result<(Vec<LedgerEntry>, EntryHash), CliError> {
    let (file, path) = (open(path)?, path.to_owned());
    match Kind::of(&path) {
        Kind::JsonLines => {
            let read = jsonl::read_ledger(BufReader::new(file));
            let (entries, verifier) = read.map_err(|source| CliError::Ledger { path, source })?;
            Ok((entries, verifier.head()))
        }
        Kind::Csv => {
            let read = ledger_table::read_csv(BufReader::new(file));
            read.map_err(|source| CliError::LedgerTable { path, source })
        }
        Kind::Parquet => ledger_parquet::read(file).map_err(|source| CliError::Parquet { path, source }),
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|source| CliError::Read { path: path.to_owned(), source })
}
