//! `fleet-service replay`: judges a recorded stretch of time with the engine that judges live reports, without a server or
//! a database.
//!
//! Everything is read and judged before anything is written. A malformed report line is noted in `rejected.jsonl` and the
//! run goes on; anything else that cannot be read ends it with nothing written. Parquet is not read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::{Registers, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

mod clock;
mod lines;
mod output;

use crate::judge::volume::{PermitVolume, by_permit};
use crate::judge::{JudgeCounters, Judgement, ThresholdError, judge_all};
use crate::registry::{RegistryError, RegistryWarning, read_folder};

pub use lines::Rejected;
pub use output::{haul_line, violation_line};

/// What to replay.
#[derive(Debug, Clone, clap::Args)]
pub struct ReplayArgs {
    /// Registry folder.
    #[arg(long)]
    pub registry: PathBuf,
    /// Reports as JSON Lines; may be given more than once.
    #[arg(long, required = true, num_args = 1..)]
    pub reports: Vec<PathBuf>,
    /// Folder to write; made if it is not there.
    #[arg(long)]
    pub out: PathBuf,
    /// Leave out reports later than this RFC 3339 time.
    #[arg(long)]
    pub until: Option<Timestamp>,
}

/// `summary.json`.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// Version of the output's form.
    pub format: u32,
    /// Lines read as reports.
    pub reports_read: u64,
    /// Of these, equal to another.
    pub duplicates: u64,
    /// Lines that are no reports, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// What was counted while judging.
    pub judged: JudgeCounters,
    /// Trucks that reported.
    pub trucks: u64,
    /// Hauls, all and by state.
    pub hauls: u64,
    /// Hauls by state.
    pub hauls_by_state: BTreeMap<&'static str, u64>,
    /// Violations, all.
    pub violations: u64,
    /// Violations by rule.
    pub violations_by_rule: BTreeMap<String, u64>,
    /// Volume hauled per permit.
    pub permit_volumes: BTreeMap<String, PermitVolume>,
    /// What a person should look at in the registry.
    pub registry_warnings: Vec<String>,
    /// Wall time of reading and judging.
    pub seconds: f64,
    /// Reports read per second of it.
    pub reports_per_second: f64,
}

/// Version of the files written.
const OUTPUT_FORMAT: u32 = 1;

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The registry folder cannot be read.
    #[error("the registry cannot be used: {0}")]
    Registry(#[from] RegistryError),
    /// A threshold cannot be used.
    #[error("the registry cannot be used: {0}")]
    Threshold(#[from] ThresholdError),
    /// A reports file cannot be read.
    #[error("{}: the reports cannot be read: {source}", path.display())]
    Reports {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A form of reports that is not read.
    #[error("{}: Parquet is not read by this version: export the reports as JSON Lines and give that file", path.display())]
    Parquet {
        /// Which file.
        path: PathBuf,
    },
    /// The output cannot be written.
    #[error("{}: the output cannot be written: {source}", path.display())]
    Output {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl ReplayError {
    /// The program's exit code: 2 for input that cannot be read, 1 for output that cannot be written.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Registry(_) | Self::Threshold(_) | Self::Reports { .. } | Self::Parquet { .. } => 2,
            Self::Output { .. } => 1,
        }
    }
}

/// Replays and writes `violations.jsonl`, `trips.jsonl`, `summary.json`, `rejected.jsonl` into `out`. The first two depend
/// on the set of reports alone.
pub fn run(args: &ReplayArgs) -> Result<Summary, ReplayError> {
    let stopwatch = clock::Stopwatch::start();
    let is_parquet = |path: &&PathBuf| path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    if let Some(path) = args.reports.iter().find(is_parquet) {
        return Err(ReplayError::Parquet { path: path.clone() });
    }
    let (registry, warnings) = read_folder(&args.registry)?;
    let progress = progress_over(&args.reports);
    let mut reports = Vec::new();
    let mut rejected = Vec::new();
    for path in &args.reports {
        lines::read(path, &mut reports, &mut rejected, |bytes| progress.inc(bytes))
            .map_err(|source| ReplayError::Reports { path: path.clone(), source })?;
    }
    progress.set_message("judging");
    let registers = Registers::always(registry);
    let judgement = judge_all(&registers, reports, args.until)?;
    progress.finish_and_clear();
    let summary = summarise(&judgement, &registers, &rejected, &warnings, stopwatch.seconds());
    output::write(&args.out, &judgement, &rejected, &summary)?;
    Ok(summary)
}

fn progress_over(paths: &[PathBuf]) -> ProgressBar {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |found| found.len());
    // Hidden by itself when standard error is no terminal.
    let bar = ProgressBar::new(paths.iter().map(|path| size(path)).sum());
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}")
    {
        bar.set_style(style);
    }
    bar
}

fn summarise(
    judgement: &Judgement,
    registers: &Registers,
    rejected: &[Rejected],
    warnings: &[RegistryWarning],
    seconds: f64,
) -> Summary {
    let mut summary = Summary {
        format: OUTPUT_FORMAT,
        reports_read: judgement.counters.reports,
        duplicates: judgement.counters.duplicates,
        rejected: BTreeMap::new(),
        judged: judgement.counters.clone(),
        trucks: judgement.trucks,
        hauls: judgement.hauls.len() as u64,
        hauls_by_state: BTreeMap::new(),
        violations: judgement.violations.len() as u64,
        violations_by_rule: BTreeMap::new(),
        permit_volumes: by_permit(&judgement.hauls, registers)
            .into_iter()
            .map(|(number, volume)| (number.to_string(), volume))
            .collect(),
        registry_warnings: warnings.iter().map(ToString::to_string).collect(),
        seconds: (seconds * 1000.0).round() / 1000.0,
        reports_per_second: (judgement.counters.reports as f64 / seconds.max(1e-9)).round(),
    };
    for line in rejected {
        *summary.rejected.entry(line.code).or_default() += 1;
    }
    for haul in &judgement.hauls {
        *summary.hauls_by_state.entry(haul.state.word()).or_default() += 1;
    }
    for violation in &judgement.violations {
        *summary.violations_by_rule.entry(violation.rule.to_string()).or_default() += 1;
    }
    summary
}
