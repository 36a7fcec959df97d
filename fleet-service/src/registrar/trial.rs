//! What a change would have raised: the stored reports of a stretch judged twice by the engine that judges live reports,
//! by the registers as they are and as they would be.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{Plate, Registers, Report, Timestamp, Violation, ViolationId};
use tokio_util::sync::CancellationToken;

use crate::history::subject::Subject;
use crate::history::{History, HistoryError};
use crate::judge::ThresholdError;
use crate::judge::batch::{BatchJudge, TruckVerdicts};

/// Reports from before the stretch that are judged too, so that what began before is known, in seconds.
const LEAD_S: i64 = 86_400;
/// Most reports of one trial.
pub const TRIAL_REPORTS_MAX: u64 = 30_000_000;
/// Examples told of each rule.
pub const EXAMPLES_MAX: usize = 20;

/// Why a trial ended without an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrialError {
    /// A threshold cannot be used.
    #[error(transparent)]
    Threshold(#[from] ThresholdError),
    /// History cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There is too much.
    #[error("the stretch holds more than {TRIAL_REPORTS_MAX} reports: choose a shorter one")]
    TooMuch,
    /// Somebody cancelled it.
    #[error("the trial was cancelled")]
    Cancelled,
    /// Judging ended by itself.
    #[error("judging ended early: this is a defect of the program")]
    Background(#[source] tokio::task::JoinError),
}

/// How far a trial is.
#[derive(Debug, Default)]
pub struct Progress {
    /// Trucks judged.
    pub done: AtomicU64,
    /// Trucks in all; 0 while that is not known.
    pub total: AtomicU64,
}

/// What differs of one rule.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RuleOutcome {
    /// How many would have been raised that were not.
    pub raised: usize,
    /// How many would not have been raised that were.
    pub withdrawn: usize,
    /// The first raised, in order of time.
    pub examples_raised: Vec<Violation>,
    /// The first withdrawn.
    pub examples_withdrawn: Vec<Violation>,
}

/// A trial's answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrialOutcome {
    /// By rule code.
    pub rules: BTreeMap<String, RuleOutcome>,
    /// Trucks judged.
    pub trucks: u64,
    /// Reports judged.
    pub reports: u64,
    /// The newest reports may be missing.
    pub is_behind: bool,
}

impl TrialOutcome {
    /// How many would have been raised.
    pub fn raised(&self) -> usize {
        self.rules.values().map(|rule| rule.raised).sum()
    }

    /// How many would have been withdrawn.
    pub fn withdrawn(&self) -> usize {
        self.rules.values().map(|rule| rule.withdrawn).sum()
    }
}

/// What is tried.
#[derive(Debug, Clone)]
pub struct Trial {
    /// As it is.
    pub before: Registers,
    /// As it would be.
    pub after: Registers,
    /// The stretch: what began in it counts.
    pub stretch: RangeInclusive<Timestamp>,
}

/// Two judges.
struct Judges {
    before: BatchJudge,
    after: BatchJudge,
}

/// Runs a trial.
///
/// # Errors
/// See [`TrialError`].
pub async fn run(
    history: &History,
    trial: &Trial,
    progress: &Progress,
    stop: &CancellationToken,
) -> Result<TrialOutcome, TrialError> {
    let judges =
        Arc::new(Judges { before: BatchJudge::new(&trial.before)?, after: BatchJudge::new(&trial.after)? });
    let stretch = trial.stretch.start().plus_seconds(-LEAD_S)..=*trial.stretch.end();
    let mut outcome = TrialOutcome::default();
    let mut trucks: BTreeSet<Plate> = trial.before.newest().trucks.keys().cloned().collect();
    // Tags that fixed readers saw, by the truck each judge finds for them.
    let mut seen_by: [BTreeMap<Plate, Vec<Report>>; 2] = Default::default();
    for subject in history.store().subjects().await.map_err(HistoryError::from)?.into_values() {
        match subject {
            Subject::Truck(plate) => drop(trucks.insert(plate)),
            Subject::Tag(_) => {
                check_stop(stop)?;
                let (reports, is_behind) = history.reports_of(&subject, &stretch).await?;
                outcome.is_behind |= is_behind;
                for (judge, seen) in [&judges.before, &judges.after].into_iter().zip(&mut seen_by) {
                    for report in &reports {
                        if let Ok(plate) = judge.plate_of(report, None) {
                            seen.entry(plate).or_default().push(report.clone());
                        }
                    }
                }
            }
        }
    }
    progress.total.store(trucks.len() as u64, Ordering::Relaxed);
    let mut verdicts: (Vec<TruckVerdicts>, Vec<TruckVerdicts>) = Default::default();
    for plate in trucks {
        check_stop(stop)?;
        let (reports, is_behind) = history.reports_of(&Subject::Truck(plate.clone()), &stretch).await?;
        outcome.is_behind |= is_behind;
        let seen = seen_by.each_mut().map(|seen| seen.remove(&plate).unwrap_or_default());
        if !reports.is_empty() || seen.iter().any(|seen| !seen.is_empty()) {
            outcome.trucks += 1;
            outcome.reports += reports.len() as u64;
            if outcome.reports > TRIAL_REPORTS_MAX {
                return Err(TrialError::TooMuch);
            }
            let judges = Arc::clone(&judges);
            let work = move || judges.judge(&plate, reports, seen);
            let (before, after) = tokio::task::spawn_blocking(work).await.map_err(TrialError::Background)?;
            verdicts.0.push(before);
            verdicts.1.push(after);
        }
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
    let stretch = trial.stretch.clone();
    let settle = move || {
        let before = judges.before.settle(verdicts.0).violations;
        let after = judges.after.settle(verdicts.1).violations;
        differences(&before, &after, &stretch)
    };
    outcome.rules = tokio::task::spawn_blocking(settle).await.map_err(TrialError::Background)?;
    Ok(outcome)
}

fn check_stop(stop: &CancellationToken) -> Result<(), TrialError> {
    if stop.is_cancelled() { Err(TrialError::Cancelled) } else { Ok(()) }
}

impl Judges {
    fn judge(
        &self,
        plate: &Plate,
        reports: Vec<Report>,
        [before, after]: [Vec<Report>; 2],
    ) -> (TruckVerdicts, TruckVerdicts) {
        let of = |judge: &BatchJudge, seen: Vec<Report>| {
            let part = |report: &&Report| judge.plate_of(report, None).is_ok();
            let all = reports.iter().filter(part).cloned().chain(seen).collect();
            judge.judge_truck(plate.clone(), all)
        };
        (of(&self.before, before), of(&self.after, after))
    }
}

/// What one judge found and the other did not, by rule; of what began in the stretch.
fn differences(
    before: &[Violation],
    after: &[Violation],
    stretch: &RangeInclusive<Timestamp>,
) -> BTreeMap<String, RuleOutcome> {
    let ids = |violations: &[Violation]| -> BTreeSet<ViolationId> {
        violations.iter().map(|violation| violation.id).collect()
    };
    let (known, found) = (ids(before), ids(after));
    let mut rules: BTreeMap<String, RuleOutcome> = BTreeMap::new();
    let counts = |violation: &&Violation| stretch.contains(&violation.start);
    for violation in after.iter().filter(counts).filter(|violation| !known.contains(&violation.id)) {
        let rule = rules.entry(violation.rule.to_string()).or_default();
        rule.raised += 1;
        if rule.examples_raised.len() < EXAMPLES_MAX {
            rule.examples_raised.push(violation.clone());
        }
    }
    for violation in before.iter().filter(counts).filter(|violation| !found.contains(&violation.id)) {
        let rule = rules.entry(violation.rule.to_string()).or_default();
        rule.withdrawn += 1;
        if rule.examples_withdrawn.len() < EXAMPLES_MAX {
            rule.examples_withdrawn.push(violation.clone());
        }
    }
    rules
}
