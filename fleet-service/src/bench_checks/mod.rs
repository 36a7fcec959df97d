//! `fleet-service bench-checks`: the engine's position checks over a generated workload, every answer checked, as JSON
//! lines that stand beside those of other engines.
//!
//! Reading and index building are outside the clock. A figure counts only with every `wrong_…` and `differences` at 0.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

mod clock;
mod passes;
mod workload;

use crate::geo::{AreaIndex, RouteIndex};
use clock::Stopwatch;
use passes::{Answers, Engine};
use workload::Workload;

pub use workload::WorkloadError;

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub struct BenchChecksArgs {
    /// Folder with the workload: fence_vertices.csv, route_vertices.csv, permits.csv, fixes.csv, expected.csv, meta.json.
    pub folder: PathBuf,
    /// Passes of each kind; the one with the median CPU time is told.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=99))]
    pub passes: u32,
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchChecksError {
    /// The workload.
    #[error("the workload cannot be used")]
    Workload(#[from] WorkloadError),
    /// The lines cannot be written.
    #[error("the figures cannot be written")]
    Write(#[from] std::io::Error),
}

const PEER: &str = "mucktrail";

/// Measures and writes one JSON line per kind of pass. Returns whether every answer was right.
pub fn run(args: &BenchChecksArgs, out: &mut impl Write) -> Result<bool, BenchChecksError> {
    let work = Workload::read(&args.folder)?;
    let building = Stopwatch::start();
    let engine =
        Engine { areas: AreaIndex::build(work.fences.clone()), routes: RouteIndex::build(&work.routes) };
    let (build_cpu_s, _) = building.cpu_and_wall_s();
    let mut right = true;
    let mut plain = Vec::new();
    for (what, pass) in PASSES {
        let (cpu_s, wall_s, answers) = median(args.passes, || pass(&work, &engine));
        let mut wrong = wrong(&work, &answers);
        if *what == SAFE_RADIUS {
            let differences = plain.iter().zip(&answers.violations).filter(|(a, b)| a != b).count();
            wrong.insert("differences".to_owned(), differences.into());
        } else {
            plain = answers.violations;
        }
        right &= wrong.values().all(|count| count.as_u64() == Some(0));
        let count = work.fixes.len() as f64;
        let mut line = json!({
            "peer": PEER,
            "what": what,
            "n": work.fixes.len(),
            "per_cpu_s": (count / cpu_s).round(),
            "per_wall_s": (count / wall_s).round(),
            "cpu_us": (cpu_s / count * 1e9).round() / 1e3,
            "build_cpu_s": (build_cpu_s * 1e3).round() / 1e3,
        });
        if let Value::Object(line) = &mut line {
            line.extend(wrong);
        }
        writeln!(out, "{line}")?;
    }
    Ok(right)
}

type Pass = fn(&Workload, &Engine) -> Answers;

const SAFE_RADIUS: &str = "fences+distance, safe radius";
const PASSES: &[(&str, Pass)] = &[
    ("fences only", passes::fences_only),
    ("fences+distance", passes::fences_and_distance),
    (SAFE_RADIUS, passes::by_safe_radius),
];

fn median(passes: u32, pass: impl Fn() -> Answers) -> (f64, f64, Answers) {
    let mut runs: Vec<(f64, f64, Answers)> = (0..passes)
        .map(|_| {
            let watch = Stopwatch::start();
            let answers = pass();
            let (cpu_s, wall_s) = watch.cpu_and_wall_s();
            (cpu_s, wall_s, answers)
        })
        .collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs.swap_remove(runs.len() / 2)
}

/// How many answers of a pass are not those expected; of what a pass does not answer nothing is said.
fn wrong(work: &Workload, answers: &Answers) -> Map<String, Value> {
    let mut wrong = Map::new();
    if !answers.pairs.is_empty() || answers.violations.is_empty() {
        wrong.insert("wrong_pairs".to_owned(), wrong_pairs(work, answers).into());
    }
    if !answers.distances_m.is_empty() {
        let off = |expected_m: f64, told_m: f32| {
            let allowed_m = work.tolerance.tol_abs.max(work.tolerance.tol_rel * expected_m);
            (expected_m - f64::from(told_m)).abs() > allowed_m
        };
        let told = work.expected.iter().zip(&answers.distances_m);
        let count = told.filter(|(expected, told_m)| off(expected.distance_m, **told_m)).count();
        wrong.insert("wrong_dist".to_owned(), count.into());
    }
    if !answers.violations.is_empty() {
        let told = work.expected.iter().zip(&answers.violations);
        let count = told
            .filter(|(expected, told)| {
                let either = if expected.ambiguous { passes::OFF_ROUTE } else { 0 };
                (expected.violations ^ **told) & !either != 0
            })
            .count();
        wrong.insert("wrong_violations".to_owned(), count.into());
    }
    wrong
}

/// Pairs told and not expected, and expected and not told.
fn wrong_pairs(work: &Workload, answers: &Answers) -> usize {
    let mut expected: Vec<(u32, u32)> = (0u32..)
        .zip(&work.expected)
        .flat_map(|(fix, answer)| answer.fences.iter().map(move |fence| (fix, *fence)))
        .collect();
    expected.sort_unstable();
    let mut told = answers.pairs.clone();
    told.sort_unstable();
    let missing = expected.iter().filter(|pair| told.binary_search(pair).is_err()).count();
    let extra = told.iter().filter(|pair| expected.binary_search(pair).is_err()).count();
    missing + extra
}
