//! `scoring catalogue`: checks and prints rule tables.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use scoring::{Catalogue, points_text};

use super::CliError;

/// What to do with the tables.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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

pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), CliError> {
    match arguments.command {
        Command::Check { tables } => check(&read(&tables)?, out),
        Command::Print { tables } => print(&read(&tables)?, out),
    }
}

fn check(catalogue: &Catalogue, out: &mut impl Write) -> Result<(), CliError> {
    let rules = catalogue.rules().count();
    let versions: BTreeSet<&str> = catalogue.rules().map(|rule| rule.table_version.as_str()).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    writeln!(out, "{rules} rules hold together, tables {}", versions.join(", "))?;
    Ok(())
}

fn print(catalogue: &Catalogue, out: &mut impl Write) -> Result<(), CliError> {
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
    Ok(())
}

fn read(tables: &[PathBuf]) -> Result<Catalogue, CliError> {
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
