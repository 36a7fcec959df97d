//! Reports followed but not stored in chunks yet. Readers see them; memory is bounded by [`PENDING_REPORTS_MAX`].

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::Report;

use super::hour::{Day, Hour};
use super::subject::Subject;

/// Most reports held before they are written: some 60 MB.
pub const PENDING_REPORTS_MAX: usize = 250_000;

/// Reports by subject and hour, as they came.
pub(super) type Open = HashMap<Subject, BTreeMap<Hour, Vec<Report>>>;

/// What waits to be stored, and how far the log is read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    position: u64,
    reports: usize,
    open: Open,
    /// Being stored right now: seen by readers until it is.
    leaving: Option<Arc<Open>>,
}

impl Pending {
    /// Nothing pending; the log is accounted for up to `position`.
    pub(super) fn at(position: u64) -> Self {
        Self { position, ..Self::default() }
    }

    /// The last log position whose reports are here or stored.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// How many reports wait.
    pub(super) fn len(&self) -> usize {
        self.reports
    }

    /// Takes in a batch of the log. Reports of days before `oldest` are kept no more: returns how many.
    pub(super) fn note(&mut self, position: u64, reports: Vec<Report>, oldest: Day) -> u64 {
        let mut too_old = 0;
        for report in reports {
            let hour = Hour::of(report.time);
            if hour.day() < oldest {
                too_old += 1;
                continue;
            }
            self.reports += 1;
            self.open.entry(Subject::of(&report)).or_default().entry(hour).or_default().push(report);
        }
        self.position = position;
        too_old
    }

    /// What is to be stored now. Until [`Pending::stored`] is said, asking again gives the same.
    pub(super) fn leave(&mut self) -> Arc<Open> {
        let open = &mut self.open;
        let leaving = self.leaving.get_or_insert_with(|| Arc::new(std::mem::take(open)));
        self.reports = open.values().flat_map(BTreeMap::values).map(Vec::len).sum();
        Arc::clone(leaving)
    }

    /// What was leaving is stored.
    pub(super) fn stored(&mut self) {
        self.leaving = None;
    }

    /// What is known of a subject in some hours.
    pub(super) fn of(&self, subject: &Subject, hours: &std::ops::RangeInclusive<Hour>) -> Vec<Report> {
        let parts = [Some(&self.open), self.leaving.as_deref()];
        let there = parts.into_iter().flatten().filter_map(|open| open.get(subject));
        there.flat_map(|open| open.range(hours.clone())).flat_map(|(_, reports)| reports).cloned().collect()
    }

    /// Everything known of some hours.
    pub(super) fn within(&self, hours: &std::ops::RangeInclusive<Hour>) -> HashMap<Subject, Vec<Report>> {
        let mut found: HashMap<Subject, Vec<Report>> = HashMap::new();
        for open in [Some(&self.open), self.leaving.as_deref()].into_iter().flatten() {
            for (subject, of_hours) in open {
                for (_, reports) in of_hours.range(hours.clone()) {
                    found.entry(subject.clone()).or_default().extend_from_slice(reports);
                }
            }
        }
        found
    }
}
