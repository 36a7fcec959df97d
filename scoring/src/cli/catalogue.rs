//! `scoring catalogue`: checks, compares and prints rule tables.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use domain::LocalDate;
use scoring::catalogue_diff::differences;
use scoring::handbook::{Language, handbook};
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
    List {
        /// Tables to read in place of the program's own.
        tables: Vec<PathBuf>,
    },
    /// Say in Chinese and English what changes from one table to another.
    Diff {
        /// The earlier table.
        old: PathBuf,
        /// The later table.
        new: PathBuf,
    },
    /// Print the rules in force on a day as a handbook, in Markdown.
    Print {
        /// Tables to read in place of the program's own.
        tables: Vec<PathBuf>,
        /// The language: zh or en.
        #[arg(long, default_value = "zh", value_parser = language)]
        language: Language,
        /// The day, as 2026-03-09; without it the last day on which a rule begins.
        #[arg(long)]
        on: Option<LocalDate>,
    },
}

pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), CliError> {
    match arguments.command {
        Command::Check { tables } => check(&read(&tables)?, out),
        Command::List { tables } => list(&read(&tables)?, out),
        Command::Diff { old, new } => diff(&read(&[old])?, &read(&[new])?, out),
        Command::Print { tables, language, on } => {
            let catalogue = read(&tables)?;
            let newest = catalogue.rules().map(|rule| rule.valid_from).max();
            let on = on.or(newest).unwrap_or_default();
            Ok(write!(out, "{}", handbook(&catalogue, on, language))?)
        }
    }
}

fn language(word: &str) -> Result<Language, String> {
    Language::from_word(word).ok_or_else(|| "known are zh and en".to_owned())
}

fn diff(old: &Catalogue, new: &Catalogue, out: &mut impl Write) -> Result<(), CliError> {
    let found = differences(old, new);
    for difference in &found {
        writeln!(out, "{}\n{}", difference.zh, difference.en)?;
    }
    if found.is_empty() {
        writeln!(out, "没有变化。\nNothing changes.")?;
    }
    Ok(())
}

fn check(catalogue: &Catalogue, out: &mut impl Write) -> Result<(), CliError> {
    let rules = catalogue.rules().count();
    let versions: BTreeSet<&str> = catalogue.rules().map(|rule| rule.table_version.as_str()).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    writeln!(out, "{rules} rules hold together, tables {}", versions.join(", "))?;
    Ok(())
}

fn list(catalogue: &Catalogue, out: &mut impl Write) -> Result<(), CliError> {
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
