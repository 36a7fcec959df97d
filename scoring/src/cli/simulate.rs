//! `scoring simulate`: equal behaviour in fleets of every size, scored as shipped.

use std::io::Write;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;

use domain::{LocalDate, Timestamp};
use scoring::simulate::rates::{self, Rates, RatesError, parse_micro};
use scoring::simulate::table::{AUC_FLEET_MIN, AUC_MIN_E4, SPREAD_FLEETS, SPREAD_MAX_CP, Table, share_text};
use scoring::simulate::{self, Experiment};
use scoring::{Catalogue, Class, Cycle, Profile, points_text};

use super::{CliError, profile};

/// What is simulated.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Fleet sizes.
    #[arg(long, value_delimiter = ',', default_values_t = [3, 10, 30, 100].map(above_zero))]
    fleets: Vec<NonZeroU32>,
    /// Behaviours as multiples of the rates; the others are told apart from the first.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 3].map(above_zero))]
    behaviours: Vec<NonZeroU32>,
    /// Formulas, side by side; all when none is named.
    #[arg(long, value_delimiter = ',', value_parser = profile)]
    profiles: Vec<Profile>,
    /// Companies a cell.
    #[arg(long, default_value_t = above_zero(2_000))]
    runs: NonZeroU32,
    /// Where chance begins: the same seed gives the same table.
    #[arg(long, default_value_t = 2_026)]
    seed: u64,
    /// Rates by rule, CSV `rule,per_truck_year`; the program's own assumed ones when none is given.
    #[arg(long)]
    rates: Option<PathBuf>,
    /// Brings class A to this many acts per truck and year, every rule of it in proportion.
    #[arg(long, value_parser = parse_micro)]
    class_a: Option<u64>,
    /// The same for class B.
    #[arg(long, value_parser = parse_micro)]
    class_b: Option<u64>,
    /// The same for class C.
    #[arg(long, value_parser = parse_micro)]
    class_c: Option<u64>,
    /// Of a hundred acts, how many come with a second one in the same moment, which counts once.
    #[arg(long, default_value_t = 0)]
    companions: u8,
    /// The year simulated; the catalogue must hold its rules.
    #[arg(long, default_value_t = 2_026)]
    year: i32,
    /// Threads; all the machine has when not given. The table does not depend on it.
    #[arg(long)]
    threads: Option<NonZeroUsize>,
    /// How the table is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// End with an error when the default formula is not fair in this experiment.
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Markdown, Chinese and English.
    Text,
    /// One line a cell.
    Csv,
    /// One object.
    Json,
}

/// Why nothing is simulated, or what came out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulateCliError {
    #[error("the rates {name} are refused")]
    Rates {
        name: String,
        #[source]
        source: RatesError,
    },
    #[error("the simulation has no result")]
    Simulate(#[from] simulate::SimulateError),
    #[error("the table cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the default formula is not fair here: {0}")]
    NotFair(String),
}

fn above_zero(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

pub(crate) fn run(arguments: Arguments, out: &mut impl Write) -> Result<(), CliError> {
    let catalogue = Catalogue::embedded()?;
    let (format, check) = (arguments.format, arguments.check);
    let experiment = experiment(arguments, &catalogue)?;
    let table = simulate::run(&experiment, &catalogue).map_err(SimulateCliError::from)?;
    match format {
        Format::Text => {
            write!(out, "{}\n{}", stated(&experiment), table.text())?;
            writeln!(out, "\n{}", verdict(&table).unwrap_or_default())?;
        }
        Format::Csv => write!(out, "{}", table.csv())?,
        Format::Json => {
            writeln!(out, "{}", serde_json::to_string(&table).map_err(SimulateCliError::from)?)?;
        }
    }
    out.flush()?;
    let is_met = table.fairness(Profile::FleetFair).is_some_and(|fairness| fairness.is_met());
    if check && !is_met {
        let what = verdict(&table).unwrap_or_else(|| "the table lacks what is compared".to_owned());
        return Err(SimulateCliError::NotFair(what).into());
    }
    Ok(())
}

fn experiment(arguments: Arguments, catalogue: &Catalogue) -> Result<Experiment, CliError> {
    let (name, text) = match &arguments.rates {
        None => ("of the program".to_owned(), rates::ASSUMED.to_owned()),
        Some(path) => {
            let read = std::fs::read_to_string(path);
            let text = read.map_err(|source| CliError::Read { path: path.clone(), source })?;
            (format!("in {}", path.display()), text)
        }
    };
    let refused = |source: RatesError| SimulateCliError::Rates { name: name.clone(), source };
    let middle = LocalDate::from_ymd_opt(arguments.year, 7, 1).unwrap_or(LocalDate::MAX);
    let middle = Timestamp::start_of_local_day(middle);
    let mut rates = Rates::read(&text, catalogue, middle).map_err(&refused)?;
    let wanted =
        [(Class::A, arguments.class_a), (Class::B, arguments.class_b), (Class::C, arguments.class_c)];
    for (class, micro) in wanted {
        if let Some(micro) = micro {
            rates.scale(class, micro).map_err(&refused)?;
        }
    }
    let all = arguments.profiles.is_empty();
    Ok(Experiment {
        rates,
        fleets: arguments.fleets,
        behaviours: arguments.behaviours,
        profiles: if all { Profile::ALL.to_vec() } else { arguments.profiles },
        runs: arguments.runs,
        companions_percent: arguments.companions,
        seed: arguments.seed,
        cycle: Cycle::of_year(arguments.year),
        threads: arguments
            .threads
            .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)),
    })
}

/// What the table rests on, in words.
fn stated(experiment: &Experiment) -> String {
    let Experiment { runs, seed, companions_percent, cycle, rates, .. } = experiment;
    let [a, b, c] = [Class::A, Class::B, Class::C].map(|class| micro_text(rates.class_micro(class)));
    format!(
        "假设：每车每年A类{a}起、B类{b}起、C类{c}起，{companions_percent}%伴随第二项；每格{runs}家企业，{cycle}年度，种子{seed}（ChaCha8）。\n\
         重复加重、同一事件只计一次、折算与封顶均按正式规则计算。\n\
         Assumed: {a} acts of class A, {b} of B, {c} of C per truck and year, {companions_percent} % with a companion; {runs} companies a cell, year {cycle}, seed {seed} (ChaCha8).\n\
         Repetition, one deduction an incident, dilution and caps are computed as shipped.\n"
    )
}

fn micro_text(micro: u64) -> String {
    let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The comparison in words; `None` when the table lacks what is compared.
fn verdict(table: &Table) -> Option<String> {
    let fairness = table.fairness(Profile::FleetFair)?;
    let (spread, spread_max) = (points_text(fairness.spread_cp), points_text(SPREAD_MAX_CP));
    let (auc, auc_min) = (share_text(fairness.auc_e4), share_text(AUC_MIN_E4));
    let (first, last) = (SPREAD_FLEETS.start(), SPREAD_FLEETS.end());
    Some(format!(
        "{}: medians of equal behaviour within ±{spread} from {first} to {last} trucks (±{spread_max} allowed); AUC of the second behaviour at {AUC_FLEET_MIN} trucks and more {auc} ({auc_min} asked)",
        Profile::FleetFair
    ))
}

#[cfg(test)]
mod tests {
    use super::micro_text;

    #[test]
    fn rates_are_written_without_idle_zeros() {
        for (micro, text) in
            [(0, "0"), (21_000, "0.021"), (1_250_000, "1.25"), (3_000_000, "3"), (1, "0.000001")]
        {
            assert_eq!(micro_text(micro), text);
        }
    }
}
