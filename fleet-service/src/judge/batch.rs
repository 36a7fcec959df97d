//! A whole set of reports judged at once, in parts: trucks apart from each other, as many at a time as there are cores,
//! and then what hangs on several trucks together.
//!
//! ```text
//! plate_of        whose report is it, and does it take part?            per report
//! judge_truck     the truck's reports in order: hauls and violations    per truck, on any thread
//! settle          volume per permit, and what hangs on the permit       once
//! ```
//! [`judge_all`](super::judge_all) is these three on one thread.

use domain::violation::in_contract_order;
use domain::{Plate, Registers, Report, Timestamp};

use super::counters::{JudgeCounters, SetAside};
use super::fold::{FoldCounts, Scratch};
use super::outcome::{Outcome, Verdict};
use super::settle::Settlement;
use super::thresholds::ThresholdError;
use super::truck::TruckHistory;
use super::view::Views;
use super::{Judgement, plate_of, refused};

/// Judges sets of reports by one set of registers. Shared between threads.
#[derive(Debug)]
pub struct BatchJudge {
    pub(super) views: Views,
}

/// What one truck's reports say, before what hangs on other trucks is known.
#[derive(Debug)]
pub struct TruckVerdicts {
    outcomes: Vec<Outcome>,
    counts: FoldCounts,
    reports: u64,
    duplicates: u64,
}

impl BatchJudge {
    /// Makes the registers ready. Fails when a version names a threshold that does not exist.
    pub fn new(registers: &Registers) -> Result<Self, ThresholdError> {
        Ok(Self { views: Views::of(registers)? })
    }

    /// The truck a report is judged with, or why it takes no part. Reports later than `until` take none.
    pub fn plate_of(&self, report: &Report, until: Option<Timestamp>) -> Result<Plate, SetAside> {
        if until.is_some_and(|until| report.time > until) {
            return Err(SetAside::AfterUntil);
        }
        match refused(report, &self.views) {
            Some(reason) => Err(reason),
            None => plate_of(report, &self.views),
        }
    }

    /// Judges one truck's reports, all of them, in any order and with repeats.
    pub fn judge_truck(&self, plate: Plate, reports: Vec<Report>) -> TruckVerdicts {
        let given = reports.len() as u64;
        let mut history = TruckHistory::new(plate);
        let duplicates = history.fill(reports, &self.views);
        let (outcomes, counts) = history.verdicts(&self.views, &mut Scratch::default());
        TruckVerdicts { outcomes, counts, reports: given, duplicates }
    }

    /// Brings the trucks together. The order of `trucks` does not matter. The counts are those of the reports handed to
    /// [`BatchJudge::judge_truck`]; whoever set others aside adds them.
    pub fn settle(&self, trucks: Vec<TruckVerdicts>) -> Judgement {
        let mut judgement = Judgement { trucks: trucks.len() as u64, ..Judgement::default() };
        let mut counters = JudgeCounters::default();
        let mut settlement = Settlement::default();
        for truck in trucks {
            counters.reports += truck.reports;
            counters.duplicates += truck.duplicates;
            counters.replace(FoldCounts::default(), truck.counts);
            truck.outcomes.into_iter().for_each(|outcome| settlement.put(outcome));
        }
        for verdict in settlement.into_verdicts() {
            match verdict {
                Verdict::Haul(haul) => judgement.hauls.push(haul),
                Verdict::Violation(violation) => judgement.violations.push(violation),
            }
        }
        judgement.violations.sort_by(in_contract_order);
        judgement.hauls.sort_by(|a, b| (a.departed, &a.plate, a.id).cmp(&(b.departed, &b.plate, b.id)));
        judgement.counters = counters;
        judgement
    }
}
