//! `order [DAYS] [FIRST_SEED]`: fleet days of the benchmark, judged in order and out of it. Every day is judged as a set in
//! order, as a set shuffled and doubled, and by the live judge that hears the reports shuffled, doubled and late while it
//! is asked for its verdicts again and again. All three must stand the same. Prints one line; exit code 1 on a difference.
#![expect(clippy::print_stdout, reason = "a measurement prints")]

use std::collections::BTreeMap;
use std::process::ExitCode;

use domain::{Haul, HaulId, Registers, Report, Violation, ViolationId};
use fixtures::benchmark::{Benchmark, BenchmarkPlan, Preset, SensorMix};
use fleet_service::judge::{Change, Judge, Judgement, judge_all};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const DAYS: u64 = 200;
const TRUCKS: usize = 5;
/// Seconds between reports, by turns.
const SAMPLINGS_S: [u32; 3] = [10, 30, 60];
/// Share of reports heard twice.
const DOUBLED: f64 = 0.3;
/// Most reports between two drains of the live judge.
const DRAIN_REPORTS_MAX: usize = 8_000;
/// Most a report is late, s; a few are by all of it, most by far less.
const LATE_S_MAX: f64 = 40_000.0;

/// How a day comes to the live judge.
#[derive(Debug, Clone, Copy)]
enum Coming {
    Shuffled,
    Late,
}

/// What stands, as someone knows it who heard every change.
#[derive(Debug, Default)]
struct Standing {
    violations: BTreeMap<ViolationId, Violation>,
    hauls: BTreeMap<HaulId, Haul>,
    /// Changes that do not fit what was known.
    unfit: u64,
}

impl Standing {
    fn take(&mut self, change: Change) {
        let is_fit = match change {
            Change::Opened(violation) => self.violations.insert(violation.id, violation).is_none(),
            Change::Amended(violation) => self.violations.insert(violation.id, violation).is_some(),
            Change::Withdrawn(id) => self.violations.remove(&id).is_some(),
            Change::Haul(haul) => {
                self.hauls.insert(haul.id, haul);
                true
            }
            Change::HaulWithdrawn(id) => self.hauls.remove(&id).is_some(),
        };
        self.unfit += u64::from(!is_fit);
    }
}

fn plan(seed: u64) -> BenchmarkPlan {
    let preset = [Preset::Clean, Preset::Urban, Preset::Harsh][(seed % 3) as usize];
    let sampling_s = SAMPLINGS_S[(seed / 3 % 3) as usize];
    BenchmarkPlan::new(preset, sampling_s, SensorMix::Mixed, seed, TRUCKS, 1)
}

fn doubled(reports: &[Report], dice: &mut ChaCha8Rng) -> Vec<Report> {
    let again = reports.iter().filter(|_| dice.random::<f64>() < DOUBLED).cloned().collect::<Vec<_>>();
    reports.iter().cloned().chain(again).collect()
}

fn in_order_of_coming(reports: &[Report], coming: Coming, dice: &mut ChaCha8Rng) -> Vec<Report> {
    let mut all = doubled(reports, dice);
    match coming {
        Coming::Shuffled => all.shuffle(dice),
        Coming::Late => {
            let late_ms =
                |dice: &mut ChaCha8Rng| (dice.random::<f64>().powi(8) * LATE_S_MAX * 1_000.0) as i64;
            all.sort_by_cached_key(|report| report.time.plus_millis(late_ms(dice)));
        }
    }
    all
}

/// The verdicts of a live judge that hears reports one by one, and how many changes did not fit.
fn live(registers: &Registers, reports: Vec<Report>, dice: &mut ChaCha8Rng) -> Result<Standing, String> {
    let mut judge = Judge::new(registers.clone()).map_err(|error| error.to_string())?;
    let mut standing = Standing::default();
    let mut till_drain = dice.random_range(1..=DRAIN_REPORTS_MAX);
    for report in reports {
        judge.handle(report);
        till_drain -= 1;
        if till_drain == 0 {
            std::iter::from_fn(|| judge.poll()).for_each(|change| standing.take(change));
            till_drain = dice.random_range(1..=DRAIN_REPORTS_MAX);
        }
    }
    std::iter::from_fn(|| judge.poll()).for_each(|change| standing.take(change));
    Ok(standing)
}

/// How many verdicts of two are not the same; says which.
fn differences(how: &str, expected: &Judgement, violations: &[Violation], hauls: &[Haul]) -> u64 {
    let mut said = Vec::new();
    said.extend(
        expected.violations.iter().filter(|v| !violations.contains(v)).map(|v| format!("in order {v:?}")),
    );
    said.extend(
        violations.iter().filter(|v| !expected.violations.contains(v)).map(|v| format!("{how} {v:?}")),
    );
    said.extend(
        expected.hauls.iter().filter(|haul| !hauls.contains(haul)).map(|haul| format!("in order {haul:?}")),
    );
    said.extend(
        hauls.iter().filter(|haul| !expected.hauls.contains(haul)).map(|haul| format!("{how} {haul:?}")),
    );
    said.iter().for_each(|line| eprintln!("  {line}"));
    said.len() as u64
}

fn run(days: u64, first_seed: u64) -> Result<u64, String> {
    let (mut reports, mut violations, mut rules, mut different) = (0, 0, BTreeMap::new(), 0);
    for seed in first_seed..first_seed + days {
        let benchmark = Benchmark::generate(&plan(seed));
        let registers = Registers::always(benchmark.registry);
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let judge =
            |reports: Vec<Report>| judge_all(&registers, reports, None).map_err(|error| error.to_string());
        let expected = judge(benchmark.reports.clone())?;
        let shuffled = judge(in_order_of_coming(&benchmark.reports, Coming::Shuffled, &mut dice))?;
        let mut here = differences("as a set, shuffled", &expected, &shuffled.violations, &shuffled.hauls);
        for coming in [Coming::Shuffled, Coming::Late] {
            let heard = in_order_of_coming(&benchmark.reports, coming, &mut dice);
            let standing = live(&registers, heard, &mut dice)?;
            let stand: Vec<Violation> = standing.violations.into_values().collect();
            let hauls: Vec<Haul> = standing.hauls.into_values().collect();
            here += differences(&format!("live, {coming:?}"), &expected, &stand, &hauls) + standing.unfit;
        }
        if here > 0 {
            eprintln!("seed {seed}: {here} differences ({:?})", plan(seed));
        }
        different += here;
        reports += benchmark.reports.len();
        violations += expected.violations.len();
        for violation in &expected.violations {
            *rules.entry(violation.rule.to_string()).or_insert(0_u32) += 1;
        }
    }
    println!(
        "{days} fleet days of {TRUCKS} trucks, {reports} reports, {violations} violations of {} rules, each day as a set \
         and twice live, shuffled, doubled and late: {different} differences; seeds {first_seed} to {}",
        rules.len(),
        first_seed + days - 1
    );
    Ok(different)
}

fn main() -> ExitCode {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let number = |given: Option<Result<u64, _>>, default| given.and_then(Result::ok).unwrap_or(default);
    let (days, first_seed) = (number(numbers.next(), DAYS), number(numbers.next(), 1));
    match run(days, first_seed) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("order: {error}");
            ExitCode::FAILURE
        }
    }
}
