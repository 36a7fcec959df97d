//! `scoring`: checks a rule catalogue and a ledger, recomputes and explains scores. Reads files, changes none.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::Uscc;
use scoring::jsonl;
use scoring::ledger::Verifier;
use scoring::score_row::CSV_HEADER;
use scoring::{Catalogue, LedgerEntry, Profile, explain, fold, points_text};

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
    Catalogue {
        #[command(subcommand)]
        command: CatalogueCommand,
    },
    /// Check a ledger (JSON Lines) from its first entry: numbering, chain, hashes, amounts.
    Verify {
        /// The ledger.
        file: PathBuf,
    },
    /// Recompute every company's score in every year, as CSV.
    Recompute {
        /// The ledger.
        file: PathBuf,
        /// The formula: fleet-fair or plain-sum.
        #[arg(long, default_value = "fleet-fair", value_parser = profile)]
        profile: Profile,
    },
    /// Say what a company's scores are made of, in Chinese and English.
    Explain {
        /// The ledger.
        file: PathBuf,
        /// The company's unified social credit code.
        #[arg(long)]
        uscc: Uscc,
        /// The formula: fleet-fair or plain-sum.
        #[arg(long, default_value = "fleet-fair", value_parser = profile)]
        profile: Profile,
    },
}

#[derive(Subcommand)]
enum CatalogueCommand {
    /// Read every table and say whether the whole holds together.
    Check {
        /// Tables to read in place of the program's own.
        tables: Vec<PathBuf>,
    },
    /// Print one line per rule and period.
    Print {
        /// Tables to read in place of the program's own.
        tables: Vec<PathBuf>,
    },
}

fn profile(word: &str) -> Result<Profile, String> {
    Profile::from_word(word).ok_or_else(|| "known are fleet-fair and plain-sum".to_owned())
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
        source: jsonl::LedgerError,
    },
    #[error("the rule catalogue is refused")]
    Catalogue(#[from] scoring::catalogue::CatalogueError),
    #[error("{}: no entry of company {uscc}", path.display())]
    NoCompany { path: PathBuf, uscc: Uscc },
    #[error("the output cannot be written")]
    Write(#[from] io::Error),
}

fn main() -> ExitCode {
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
        Command::Catalogue { command } => catalogue(command, out),
        Command::Verify { file } => {
            let (entries, verifier) = read_ledger(&file)?;
            writeln!(out, "{} entries hold together, head {}", entries.len(), verifier.head())?;
            Ok(())
        }
        Command::Recompute { file, profile } => {
            let (entries, _) = read_ledger(&file)?;
            writeln!(out, "{CSV_HEADER}")?;
            for score in fold::city(&entries, profile).values() {
                writeln!(out, "{}", score.row().csv())?;
            }
            Ok(())
        }
        Command::Explain { file, uscc, profile } => {
            let (mut entries, _) = read_ledger(&file)?;
            entries.retain(|entry| entry.uscc == uscc);
            if entries.is_empty() {
                return Err(CliError::NoCompany { path: file, uscc });
            }
            let catalogue = Catalogue::embedded()?;
            for score in fold::city(&entries, profile).values() {
                for sentence in explain::explain(score, &catalogue) {
                    writeln!(out, "{}\n{}", sentence.zh, sentence.en)?;
                }
            }
            Ok(())
        }
    }
}

fn catalogue(command: CatalogueCommand, out: &mut impl Write) -> Result<(), CliError> {
    let (CatalogueCommand::Check { tables } | CatalogueCommand::Print { tables }) = &command;
    let catalogue = read_catalogue(tables)?;
    match command {
        CatalogueCommand::Check { .. } => {
            let rules = catalogue.rules().count();
            let versions: std::collections::BTreeSet<&str> =
                catalogue.rules().map(|rule| rule.table_version.as_str()).collect();
            let versions: Vec<&str> = versions.into_iter().collect();
            writeln!(out, "{rules} rules hold together, tables {}", versions.join(", "))?;
        }
        CatalogueCommand::Print { .. } => {
            for rule in catalogue.rules() {
                let end = rule.valid_to.map_or_else(String::new, |end| end.to_string());
                let (points, authority) = (points_text(rule.base_cp), rule.authority);
                writeln!(
                    out,
                    "{:<7}{:>6}  {} {:<8} {:<16} {} – {end:<10}  {} / {}",
                    rule.code.as_str(),
                    points,
                    rule.class,
                    rule.severity.word(),
                    authority.word(),
                    rule.valid_from,
                    rule.name_zh,
                    rule.name_en
                )?;
            }
        }
    }
    Ok(())
}

fn read_catalogue(tables: &[PathBuf]) -> Result<Catalogue, CliError> {
    if tables.is_empty() {
        return Ok(Catalogue::embedded()?);
    }
    let mut texts = Vec::new();
    for path in tables {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|source| CliError::Read { path: path.clone(), source })?;
        texts.push((path.display().to_string(), text));
    }
    Ok(Catalogue::from_tables(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))?)
}

/// Reads and verifies a ledger. Scores are only computed over one that holds together.
fn read_ledger(path: &Path) -> Result<(Vec<LedgerEntry>, Verifier), CliError> {
    let file = File::open(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    jsonl::read_ledger(BufReader::new(file))
        .map_err(|source| CliError::Ledger { path: path.to_owned(), source })
}
