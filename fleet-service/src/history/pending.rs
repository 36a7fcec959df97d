//! Reports followed but not stored in chunks yet. Readers see them; memory is bounded by [`PENDING_REPORTS_MAX`].

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::Report;
use foldhash::HashMap;

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
    /// Being stored right now, with the position it reaches: seen by readers until it is.
    leaving: Option<(Arc<Open>, u64)>,
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

    /// What is to be stored now, and the position it reaches. Until [`Pending::stored`] is said, asking again gives the
    /// same: a failed attempt must not claim what came meanwhile.
    pub(super) fn leave(&mut self) -> (Arc<Open>, u64) {
        let (open, reports, position) = (&mut self.open, &mut self.reports, self.position);
        let leaving = self.leaving.get_or_insert_with(|| {
            *reports = 0;
            (Arc::new(std::mem::take(open)), position)
        });
        leaving.clone()
    }

    /// What was leaving is stored.
    pub(super) fn stored(&mut self) {
        self.leaving = None;
    }

    fn parts(&self) -> impl Iterator<Item = &Open> {
        std::iter::once(&self.open).chain(self.leaving.iter().map(|(open, _)| open.as_ref()))
    }

    /// What is known of a subject in some hours.
    pub(super) fn of(&self, subject: &Subject, hours: &std::ops::RangeInclusive<Hour>) -> Vec<Report> {
        let there = self.parts().filter_map(|open| open.get(subject));
        there.flat_map(|open| open.range(hours.clone())).flat_map(|(_, reports)| reports).cloned().collect()
    }

    /// Everything known of some hours.
    pub(super) fn within(&self, hours: &std::ops::RangeInclusive<Hour>) -> HashMap<Subject, Vec<Report>> {
        let mut found: HashMap<Subject, Vec<Report>> = HashMap::default();
        for open in self.parts() {
            for (subject, of_hours) in open {
                for (_, reports) in of_hours.range(hours.clone()) {
                    found.entry(subject.clone()).or_default().extend_from_slice(reports);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report::Content;
    use domain::{FixKind, FixReport, Position, Timestamp};

    fn report(second: i64) -> Report {
        let place = Position::from_degrees(34.5, 113.4).unwrap();
        let fix = FixReport::bare("豫A12345".parse().unwrap(), place, FixKind::D3);
        Report { time: Timestamp::from_seconds(second), content: Content::Fix(fix), received: None }
    }

    #[test]
    fn an_attempt_to_store_that_failed_is_made_again_with_the_same_and_no_further_position() {
        let always = Day::from_number(-1);
        let mut pending = Pending::at(4);
        pending.note(5, vec![report(0), report(1)], always);
        let (first, position) = pending.leave();
        assert_eq!((position, pending.len()), (5, 0));
        pending.note(6, vec![report(2)], always);
        let (again, position) = pending.leave();
        assert!(Arc::ptr_eq(&first, &again) && position == 5);
        let subject = Subject::of(&report(0));
        let hours = Hour::from_number(0)..=Hour::from_number(0);
        assert_eq!(pending.of(&subject, &hours).len(), 3, "readers see what leaves and what stays");
        pending.stored();
        assert_eq!((pending.leave().1, pending.of(&subject, &hours).len()), (6, 1));
    }
}
