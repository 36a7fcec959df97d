//! Companies, trucks and hauls of a report, from files.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use domain::{Energy, Haul, Plate, Uscc};
use scoring::Cycle;
use scoring::ranking::period::Period;

/// A company of the register.
pub(super) struct Company {
    pub(super) name: String,
    pub(super) trucks: u64,
    pub(super) clean_trucks: u64,
    plates: Vec<Plate>,
}

impl Company {
    /// One without trucks.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), trucks: 0, clean_trucks: 0, plates: Vec::new() }
    }
}

/// What a company hauled.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hauled {
    pub(super) in_period: u64,
    /// Hauls of the year, up to the end of the period.
    pub(super) in_year: u64,
    /// Distance driven loaded in the period.
    pub(super) metres: u64,
}

/// Why a file is not read. Every message names the file and, where there is one, the line and the column.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("{}: cannot be read", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}: not a table of comma separated values", path.display())]
    Table {
        path: PathBuf,
        #[source]
        source: csv::Error,
    },
    #[error("{}: the heading lacks the column `{column}`", path.display())]
    Column { path: PathBuf, column: &'static str },
    #[error("{}, line {line}: column `{column}`: {problem}", path.display())]
    Cell { path: PathBuf, line: u64, column: &'static str, problem: String },
    #[error("{}, line {line}: not a haul", path.display())]
    Haul {
        path: PathBuf,
        line: usize,
        #[source]
        source: serde_json::Error,
    },
}

struct Table<'a> {
    path: &'a Path,
    headings: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl<'a> Table<'a> {
    fn read(path: &'a Path) -> Result<Self, ReadError> {
        let file = File::open(path).map_err(|source| ReadError::File { path: path.to_owned(), source })?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
        let failed = |source| ReadError::Table { path: path.to_owned(), source };
        let headings = reader.headers().map_err(failed)?.clone();
        let rows = reader.records().collect::<Result<_, _>>().map_err(failed)?;
        Ok(Self { path, headings, rows })
    }

    fn place(&self, column: &'static str) -> Result<usize, ReadError> {
        let found = self.headings.iter().position(|name| name.trim_start_matches('\u{feff}') == column);
        found.ok_or_else(|| ReadError::Column { path: self.path.to_owned(), column })
    }

    fn cell<T: FromStr<Err: std::fmt::Display>>(
        &self,
        row: &csv::StringRecord,
        (column, place): (&'static str, usize),
    ) -> Result<T, ReadError> {
        let text = row.get(place).unwrap_or("");
        text.parse().map_err(|error: T::Err| ReadError::Cell {
            path: self.path.to_owned(),
            line: row.position().map_or(0, csv::Position::line),
            column,
            problem: error.to_string(),
        })
    }
}

/// Every company of the register with its trucks. Trucks of companies it does not hold are left out.
pub(super) fn companies(carriers: &Path, trucks: &Path) -> Result<BTreeMap<Uscc, Company>, ReadError> {
    let table = Table::read(carriers)?;
    let (uscc, name) = (table.place("uscc")?, table.place("name")?);
    let mut companies = BTreeMap::new();
    for row in &table.rows {
        companies.insert(table.cell(row, ("uscc", uscc))?, Company::named(row.get(name).unwrap_or("")));
    }
    let table = Table::read(trucks)?;
    let (plate, carrier) = (table.place("plate")?, table.place("carrier_uscc")?);
    let energy = table.place("energy").ok();
    for row in &table.rows {
        let plate: Plate = table.cell(row, ("plate", plate))?;
        let carrier: Uscc = table.cell(row, ("carrier_uscc", carrier))?;
        let Some(company) = companies.get_mut(&carrier) else { continue };
        let energy = energy.filter(|at| row.get(*at).is_some_and(|text| !text.is_empty()));
        let energy: Option<Energy> = energy.map(|at| table.cell(row, ("energy", at))).transpose()?;
        company.trucks += 1;
        company.clean_trucks += u64::from(matches!(energy, Some(Energy::Battery | Energy::Hydrogen)));
        company.plates.push(plate);
    }
    Ok(companies)
}

/// What each company hauled, from a file of hauls; hauls of trucks nobody owns are left out.
pub(super) fn hauled(
    path: &Path,
    companies: &BTreeMap<Uscc, Company>,
    period: Period,
) -> Result<BTreeMap<Uscc, Hauled>, ReadError> {
    let unread = |source| ReadError::File { path: path.to_owned(), source };
    let owners: BTreeMap<&Plate, &Uscc> = companies
        .iter()
        .flat_map(|(uscc, company)| company.plates.iter().map(move |plate| (plate, uscc)))
        .collect();
    let year = Cycle::of(period.end().plus_millis(-1));
    let mut hauled: BTreeMap<Uscc, Hauled> = BTreeMap::new();
    for (index, line) in BufReader::new(File::open(path).map_err(unread)?).lines().enumerate() {
        let line = line.map_err(unread)?;
        if line.trim().is_empty() {
            continue;
        }
        let haul: Haul = serde_json::from_str(&line).map_err(|source| ReadError::Haul {
            path: path.to_owned(),
            line: index + 1,
            source,
        })?;
        let Some(uscc) = owners.get(&haul.plate).filter(|_| haul.departed < period.end()) else { continue };
        let counts = hauled.entry((*uscc).clone()).or_default();
        counts.in_year += u64::from(Cycle::of(haul.departed) == year);
        if haul.departed >= period.start() {
            counts.in_period += 1;
            counts.metres += metres(haul.distance_km);
        }
    }
    Ok(hauled)
}

/// Kilometres as whole metres; the text of a rounded float is exact, and a float that is no distance is 0.
fn metres(distance_km: f64) -> u64 {
    format!("{:.0}", (distance_km * 1_000.0).max(0.0)).parse().unwrap_or(0)
}
