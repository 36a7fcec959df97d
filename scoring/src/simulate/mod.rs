//! Is the score fair to fleet size? Companies of many sizes whose trucks behave alike, scored as the platform scores.
//!
//! From stated rates ([`rates`]) the acts of a year are drawn ([`draw`]); each becomes a confirmed case, is posted by
//! [`crate::posting`] into a chained ledger, with repetition, dilution and milder law as shipped, and the ledger is scored
//! by [`crate::fold`], incidents, caps and repairs included: there is no second formula here. What a table of results says
//! is in [`table`]. Everything is an integer, so the same seed gives the same table on any machine with any number of
//! threads.

pub mod draw;
pub mod rates;
pub mod table;

use std::num::{NonZeroU32, NonZeroUsize};

use domain::{Plate, Timestamp, Uscc};

use crate::catalogue::Catalogue;
use crate::cycle::Cycle;
use crate::fold;
use crate::label::Label;
use crate::ledger::{self, LedgerEntry};
use crate::posting::{self, ConfirmedCase, PostingError};
use crate::profile::Profile;
use draw::{Act, Conduct, Dice};
use rates::Rates;
use table::{Cell, Table};

/// Most trucks a simulated company may have.
pub const FLEET_MAX: u32 = 10_000;
/// Most times the ordinary behaviour.
pub const BEHAVIOUR_MAX: u32 = 100;
/// Most companies a cell of the table.
pub const RUNS_MAX: u32 = 1_000_000;
/// Days from an act to its posting: review, decision, and the time in which it becomes final.
const POSTED_AFTER_DAYS: i64 = 10;
/// The company of every run: an invented code with a right check character.
const COMPANY: &str = "91410183MA40000010";
const OFFICER: &str = "simulate";

/// What is simulated.
#[derive(Debug, Clone)]
pub struct Experiment {
    /// How often a truck of ordinary behaviour breaks which rule.
    pub rates: Rates,
    /// Fleet sizes.
    pub fleets: Vec<NonZeroU32>,
    /// Behaviours, as multiples of the rates. The first is what the others are told apart from.
    pub behaviours: Vec<NonZeroU32>,
    /// Formulas, side by side over the same ledgers.
    pub profiles: Vec<Profile>,
    /// Companies a cell.
    pub runs: NonZeroU32,
    /// Of a hundred acts, how many come with a second one in the same moment.
    pub companions_percent: u8,
    /// Where chance begins.
    pub seed: u64,
    /// The year simulated.
    pub cycle: Cycle,
    /// How many threads work; the result does not depend on it.
    pub threads: NonZeroUsize,
}

/// Why an experiment gives no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// Something to be given is missing.
    #[error("at least one {what} is needed")]
    Nothing {
        /// What.
        what: &'static str,
    },
    /// A number beyond its maximum.
    #[error("{what} of {given}: at most {max} is taken")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// The number.
        given: u32,
        /// The maximum.
        max: u32,
    },
    /// The year is none the calendar has.
    #[error("{cycle} is no year that can be simulated")]
    Year {
        /// The year.
        cycle: Cycle,
    },
    /// A simulated case was not posted.
    #[error("a simulated case cannot be posted")]
    Posting(#[from] PostingError),
    /// A text of the simulated company was refused: a mistake of this module.
    #[error("the simulated company is refused: {0}")]
    Company(String),
    /// A thread ended early.
    #[error("a thread of the simulation ended early")]
    Thread,
}

/// Runs an experiment. Every run is a company of its own with a ledger of its own.
pub fn run(experiment: &Experiment, catalogue: &Catalogue) -> Result<Table, SimulateError> {
    check(experiment)?;
    let company = Company::new(experiment)?;
    let mut cells = Vec::new();
    for &fleet in &experiment.fleets {
        let mut ordinary: Vec<Vec<i64>> = Vec::new();
        for &times in &experiment.behaviours {
            let scores = cell(experiment, catalogue, &company, fleet, times)?;
            if ordinary.is_empty() {
                ordinary.clone_from(&scores);
            }
            for (at, profile) in experiment.profiles.iter().enumerate() {
                cells.push(Cell::of(fleet, times, *profile, &scores[at], &ordinary[at]));
            }
        }
    }
    Ok(Table { cells })
}

fn check(experiment: &Experiment) -> Result<(), SimulateError> {
    for (what, is_missing) in [
        ("fleet size", experiment.fleets.is_empty()),
        ("behaviour", experiment.behaviours.is_empty()),
        ("profile", experiment.profiles.is_empty()),
    ] {
        if is_missing {
            return Err(SimulateError::Nothing { what });
        }
    }
    let largest = |values: &[NonZeroU32]| values.iter().map(|value| value.get()).max().unwrap_or(0);
    for (what, given, max) in [
        ("fleet", largest(&experiment.fleets), FLEET_MAX),
        ("behaviour", largest(&experiment.behaviours), BEHAVIOUR_MAX),
        ("runs", experiment.runs.get(), RUNS_MAX),
        ("companions per cent", u32::from(experiment.companions_percent), 100),
    ] {
        if given > max {
            return Err(SimulateError::TooLarge { what, given, max });
        }
    }
    Ok(())
}

/// The names all runs share.
struct Company {
    uscc: Uscc,
    officer: Label,
    year_start: Timestamp,
    /// One a truck.
    plates: Vec<Plate>,
}

impl Company {
    fn new(experiment: &Experiment) -> Result<Self, SimulateError> {
        let refused = |error: &dyn std::fmt::Display| SimulateError::Company(error.to_string());
        let first_day = domain::LocalDate::from_ymd_opt(experiment.cycle.year(), 1, 1);
        let first_day = first_day.ok_or(SimulateError::Year { cycle: experiment.cycle })?;
        let trucks = experiment.fleets.iter().map(|fleet| fleet.get()).max().unwrap_or(0);
        let plate = |truck: u32| format!("豫A{truck:05}").parse::<Plate>().map_err(|error| refused(&error));
        Ok(Self {
            uscc: COMPANY.parse().map_err(|error| refused(&error))?,
            officer: OFFICER.parse().map_err(|error| refused(&error))?,
            year_start: Timestamp::start_of_local_day(first_day),
            plates: (0..trucks).map(plate).collect::<Result<_, _>>()?,
        })
    }
}

/// The scores of every run of a cell, one list a profile.
fn cell(
    experiment: &Experiment,
    catalogue: &Catalogue,
    company: &Company,
    fleet: NonZeroU32,
    times: NonZeroU32,
) -> Result<Vec<Vec<i64>>, SimulateError> {
    let runs = experiment.runs.get();
    let share = runs.div_ceil(u32::try_from(experiment.threads.get()).unwrap_or(runs).clamp(1, runs));
    let starts: Vec<u32> = (0..runs).step_by(usize::try_from(share).unwrap_or(1)).collect();
    let one = |number: u32| scores_of_run(experiment, catalogue, company, fleet, times, number);
    let parts = std::thread::scope(|scope| {
        let work = |start: u32| scope.spawn(move || (start..runs.min(start + share)).map(one).collect());
        let threads: Vec<_> = starts.into_iter().map(work).collect();
        let join = |thread: std::thread::ScopedJoinHandle<Result<Vec<Vec<i64>>, SimulateError>>| {
            thread.join().unwrap_or(Err(SimulateError::Thread))
        };
        threads.into_iter().map(join).collect::<Result<Vec<_>, _>>()
    })?;
    let mut by_profile = vec![Vec::new(); experiment.profiles.len()];
    for scores in parts.into_iter().flatten() {
        for (of_profile, score_cp) in by_profile.iter_mut().zip(scores) {
            of_profile.push(score_cp);
        }
    }
    Ok(by_profile)
}

/// One company-year: drawn, posted, scored under every profile.
fn scores_of_run(
    experiment: &Experiment,
    catalogue: &Catalogue,
    company: &Company,
    fleet: NonZeroU32,
    times: NonZeroU32,
    number: u32,
) -> Result<Vec<i64>, SimulateError> {
    // A stream of its own by what the run is, not by its place in the lists given.
    let stream = (u64::from(fleet.get()) << 32) | (u64::from(times.get()) << 24) | u64::from(number);
    let conduct = Conduct {
        rates: &experiment.rates,
        trucks: fleet.get(),
        times: times.get(),
        companions_percent: experiment.companions_percent,
        year_start: company.year_start,
    };
    let mut book: Vec<LedgerEntry> = Vec::new();
    for act in draw::year(&conduct, &mut Dice::new(experiment.seed, stream)) {
        let posted_at = act.end.plus_seconds(POSTED_AFTER_DAYS * 86_400);
        let case = confirmed(company, act, book.len(), posted_at)?;
        let by = company.officer.clone();
        match posting::deduction(&case, &book, catalogue, fleet, posted_at, by) {
            Ok(draft) => book.push(ledger::append(book.last(), draft)),
            // What the catalogue counts once a day or inspection is confirmed again without a deduction, as shipped.
            Err(PostingError::OncePer { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let score = |profile: &Profile| fold::score(&book, &company.uscc, experiment.cycle, *profile).score_cp;
    Ok(experiment.profiles.iter().map(score).collect())
}

fn confirmed(
    company: &Company,
    act: Act,
    number: usize,
    posted_at: Timestamp,
) -> Result<ConfirmedCase, SimulateError> {
    let missing = || SimulateError::Company(format!("truck {} has no plate", act.truck));
    let truck = usize::try_from(act.truck).map_err(|_source| missing())?;
    Ok(ConfirmedCase {
        case_no: number.to_string().parse().map_err(|error| SimulateError::Company(format!("{error}")))?,
        plate: company.plates.get(truck).cloned().ok_or_else(missing)?,
        rule: act.rule,
        band: None,
        uscc: company.uscc.clone(),
        trip: Some(act.haul),
        occurred_at: act.start,
        occurred_until: act.end,
        final_date: posted_at.local_date(),
        decision_no: None,
        circumstances: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experiment(fleets: &[u32], behaviours: &[u32], runs: u32) -> Experiment {
        let catalogue = Catalogue::embedded().unwrap();
        let at = "2026-07-01T00:00:00+08:00".parse().unwrap();
        let some = |values: &[u32]| values.iter().map(|value| NonZeroU32::new(*value).unwrap()).collect();
        Experiment {
            rates: Rates::read(rates::ASSUMED, &catalogue, at).unwrap(),
            fleets: some(fleets),
            behaviours: some(behaviours),
            profiles: Profile::ALL.to_vec(),
            runs: NonZeroU32::new(runs).unwrap(),
            companions_percent: 0,
            seed: 1,
            cycle: Cycle::of_year(2026),
            threads: NonZeroUsize::MIN,
        }
    }

    fn run(experiment: &Experiment) -> Result<Table, SimulateError> {
        super::run(experiment, &Catalogue::embedded().unwrap())
    }

    #[test]
    fn the_table_does_not_depend_on_threads_or_on_what_else_is_simulated() {
        let one = run(&experiment(&[3, 10], &[1, 2], 25)).unwrap();
        let many = Experiment { threads: NonZeroUsize::new(7).unwrap(), ..experiment(&[3, 10], &[1, 2], 25) };
        assert_eq!(run(&many).unwrap(), one);
        let alone = run(&experiment(&[10], &[1], 25)).unwrap();
        for cell in &alone.cells {
            assert!(one.cells.contains(cell), "{cell:?}");
        }
    }

    #[test]
    fn the_plain_sum_punishes_size_and_the_default_does_not() {
        let table = run(&experiment(&[3, 30], &[1], 60)).unwrap();
        let median = |fleet: u32, profile: Profile| {
            let cell = table.cells.iter().find(|cell| cell.fleet.get() == fleet && cell.profile == profile);
            cell.unwrap().median_cp
        };
        let (small, large) = (median(3, Profile::FleetFair), median(30, Profile::FleetFair));
        assert!((small - large).abs() < 1_000, "{small} and {large}");
        assert!(median(30, Profile::Zz92Plain) < -5_000);
    }

    #[test]
    fn what_counts_once_a_day_is_posted_once() {
        let mut often = experiment(&[1], &[1], 3);
        let text = "rule,per_truck_year\nTM-01,365\n";
        let at = "2026-07-01T00:00:00+08:00".parse().unwrap();
        often.rates = Rates::read(text, &Catalogue::embedded().unwrap(), at).unwrap();
        // Some days bring several acts: the cap of class C holds, and no run ends early.
        let table = run(&often).unwrap();
        assert_eq!(table.cells[0].median_cp, 6_500);
    }

    #[test]
    fn what_cannot_be_simulated_is_refused_in_words() {
        let base = || experiment(&[3], &[1], 1);
        for (experiment, expected) in [
            (Experiment { fleets: Vec::new(), ..base() }, "at least one fleet size"),
            (Experiment { profiles: Vec::new(), ..base() }, "at least one profile"),
            (experiment(&[10_001], &[1], 1), "fleet of 10001: at most 10000"),
            (experiment(&[3], &[101], 1), "behaviour of 101"),
            (Experiment { companions_percent: 101, ..base() }, "companions per cent of 101"),
            (Experiment { cycle: Cycle::of_year(i32::MAX), ..base() }, "is no year"),
        ] {
            assert!(run(&experiment).unwrap_err().to_string().contains(expected), "{expected}");
        }
        let early = Experiment { cycle: Cycle::of_year(2020), ..experiment(&[30], &[3], 1) };
        assert!(matches!(run(&early), Err(SimulateError::Posting(PostingError::Rule { .. }))));
    }
}
