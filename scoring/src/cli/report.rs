//! `scoring report`: statements and a ranking from files, without a server.

mod registers;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::Datelike;
use domain::{Timestamp, Uscc};
use scoring::ranking::period::Period;
use scoring::ranking::{By, Exposure, PeriodScore, Ranking, Standing, sheets as ranking_sheets};
use scoring::sheet::{csv, xlsx};
use scoring::statement::{Heading, Statement, html, sheets};
use scoring::{Catalogue, Cycle, DataBasis, LedgerEntry, Profile, Rating};

use super::{CliError, profile, read_ledger};
use registers::{Company, Hauled, ReadError};

/// What is reported on.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The ledger: JSON Lines, `.csv` or `.parquet`.
    #[arg(long)]
    ledger: PathBuf,
    /// Companies: `uscc,name`, as in a registry folder.
    #[arg(long)]
    carriers: PathBuf,
    /// Trucks: `plate,carrier_uscc,energy`, as in a registry folder.
    #[arg(long)]
    trucks: PathBuf,
    /// Hauls, JSON Lines, as `replay` writes them. Without them every company is ranked, however little it hauled.
    #[arg(long)]
    trips: Option<PathBuf>,
    /// The period ranked, 2026-11 or 2026-W47; statements are of the year it ends in.
    #[arg(long)]
    period: Period,
    /// The moment written on everything and looked from; the end of the period when not given.
    #[arg(long)]
    as_of: Option<Timestamp>,
    /// The formula of the statements; rankings take the one that counts.
    #[arg(long, default_value = "fleet_fair", value_parser = profile)]
    profile: Profile,
    /// The folder written to, made when it is missing; files of the same names are replaced.
    #[arg(long)]
    out: PathBuf,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{}: cannot be written", path.display())]
    Put {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{}: not written", path.display())]
    Sheet {
        path: PathBuf,
        #[source]
        source: xlsx::SheetError,
    },
    #[error("{}: not written", path.display())]
    Json {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
}

pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let (entries, _) = read_ledger(&arguments.ledger)?;
    let catalogue = Catalogue::embedded()?;
    let period = arguments.period;
    let mut companies =
        registers::companies(&arguments.carriers, &arguments.trucks).map_err(ReportError::from)?;
    for entry in &entries {
        // Who is in the ledger but not in the register still gets a statement.
        companies.entry(entry.uscc.clone()).or_insert_with(|| Company::named(entry.uscc.as_str()));
    }
    let hauled = match &arguments.trips {
        Some(path) => Some(registers::hauled(path, &companies, period).map_err(ReportError::from)?),
        None => None,
    };
    let folder = Folder::make(&arguments.out)?;
    let mut by_company: BTreeMap<&Uscc, Vec<LedgerEntry>> = BTreeMap::new();
    for entry in &entries {
        by_company.entry(&entry.uscc).or_default().push(entry.clone());
    }
    let as_of = arguments.as_of.unwrap_or_else(|| period.end());
    let cycle = Cycle::of_year(period.last_day().year());
    let mut standings = Vec::new();
    for (uscc, company) in &companies {
        let own = by_company.get(uscc).map_or(&[][..], Vec::as_slice);
        let (name, profile) = (company.name.clone(), arguments.profile);
        let basis = hauled.as_ref().map(|hauled| basis_of(hauled.get(uscc).copied().unwrap_or_default()));
        let heading = Heading { uscc: uscc.clone(), name, cycle, profile, as_of, basis };
        folder.statement(&Statement::of(heading, own, &catalogue))?;
        standings.push(standing(uscc, company, own, period, hauled.as_ref()));
    }
    folder.ranking(&Ranking::of(By::Company, period, standings, as_of))?;
    writeln!(
        out,
        "{} statements of {cycle} and the ranking of {period} in {}",
        companies.len(),
        folder.0.display()
    )?;
    Ok(())
}

/// Files do not tell since when a company is registered; its hauls tell whether there is enough to rate.
fn basis_of(hauled: Hauled) -> DataBasis {
    let trips = u32::try_from(hauled.in_year).unwrap_or(u32::MAX);
    DataBasis { registered_days: u32::MAX, trips, quality: Default::default() }
}

fn standing(
    uscc: &Uscc,
    company: &Company,
    own: &[LedgerEntry],
    period: Period,
    hauled: Option<&BTreeMap<Uscc, Hauled>>,
) -> Standing {
    let score = PeriodScore::of(own, uscc, period, Profile::FleetFair);
    let counts = hauled.map(|hauled| hauled.get(uscc).copied().unwrap_or_default());
    let rating = counts.map(|counts| {
        let basis = basis_of(counts);
        Rating::under(score.score_cp, Profile::FleetFair.terms_on(period.last_day()), &basis)
    });
    let counts = counts.unwrap_or_default();
    Standing {
        key: uscc.to_string(),
        name: company.name.clone(),
        value_cp: score.score_cp,
        band: Some(score.band),
        period_cp: score.new_acts().map(|act| act.counted_cp).sum(),
        deductions: score.new_acts().map(|_| 1).sum(),
        exposure: Exposure {
            trucks: company.trucks,
            clean_trucks: company.clean_trucks,
            hauls: counts.in_period,
            metres: counts.metres,
            ..Exposure::default()
        },
        thin: match rating {
            Some(Rating::NotRated { because }) => Some(because),
            Some(Rating::Rated { .. }) | None => None,
        },
        risk: None,
    }
}

/// Where the files go.
struct Folder(PathBuf);

impl Folder {
    fn make(path: &Path) -> Result<Self, ReportError> {
        std::fs::create_dir_all(path).map_err(|source| ReportError::Put { path: path.to_owned(), source })?;
        Ok(Self(path.to_owned()))
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<(), ReportError> {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).map_err(|source| ReportError::Put { path, source })
    }

    fn put_json(&self, name: &str, value: &impl serde::Serialize) -> Result<(), ReportError> {
        let text = serde_json::to_string_pretty(value);
        let text = text.map_err(|source| ReportError::Json { path: self.0.join(name), source })?;
        self.put(name, text + "\n")
    }

    fn statement(&self, statement: &Statement) -> Result<(), ReportError> {
        let name = format!("statement-{}-{}", statement.uscc, statement.cycle);
        self.put_json(&format!("{name}.json"), statement)?;
        self.put(&format!("{name}.html"), html::write(statement))?;
        self.put(&format!("{name}.csv"), csv::write(&sheets::lines(statement)))?;
        let file = format!("{name}.xlsx");
        let book = xlsx::write(&sheets::all(statement), statement.as_of);
        self.put(&file, book.map_err(|source| ReportError::Sheet { path: self.0.join(&file), source })?)
    }

    fn ranking(&self, ranking: &Ranking) -> Result<(), ReportError> {
        let name = format!("ranking-company-{}", ranking.period);
        let table = ranking_sheets::table(ranking);
        self.put_json(&format!("{name}.json"), ranking)?;
        self.put(&format!("{name}.csv"), csv::write(&table))?;
        let file = format!("{name}.xlsx");
        let book = xlsx::write(&[table], ranking.as_of);
        self.put(&file, book.map_err(|source| ReportError::Sheet { path: self.0.join(&file), source })?)
    }
}
