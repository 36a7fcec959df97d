//! The newest batches as they were stored, for the one task that follows the log: it need not read and decode what was in
//! memory a moment ago. Bounded; what does not fit is read from the store.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Report;

/// Most reports waiting for the follower, 250 bytes each or so.
pub const TAIL_REPORTS_MAX: usize = 50_000;
/// Most reports handed to the follower at once.
pub const FOLLOW_REPORTS_MAX: usize = 20_000;

/// Newest batches, in order of position, with gaps where there was no room.
#[derive(Debug, Default)]
pub(super) struct Tail(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    /// Nothing is kept before somebody follows.
    is_followed: bool,
    batches: VecDeque<(u64, Vec<Report>)>,
    reports: usize,
}

impl Tail {
    /// Keeps a batch if there is room.
    pub(super) fn put(&self, position: u64, reports: Vec<Report>) {
        let mut waiting = self.lock();
        if waiting.is_followed && waiting.reports + reports.len() <= TAIL_REPORTS_MAX {
            waiting.reports += reports.len();
            waiting.batches.push_back((position, reports));
        }
    }

    /// Takes what follows a position without a gap, at most [`FOLLOW_REPORTS_MAX`] reports or one batch; what lies before is
    /// let go.
    pub(super) fn take_after(&self, position: u64) -> Vec<(u64, Vec<Report>)> {
        let mut waiting = self.lock();
        waiting.is_followed = true;
        let (mut taken, mut next, mut reports) = (Vec::new(), position + 1, 0);
        while let Some((at, batch)) = waiting.batches.pop_front() {
            let room = taken.is_empty() || reports + batch.len() <= FOLLOW_REPORTS_MAX;
            if at > next || (at == next && !room) {
                waiting.batches.push_front((at, batch));
                break;
            }
            waiting.reports -= batch.len();
            if at == next {
                reports += batch.len();
                next += 1;
                taken.push((at, batch));
            }
        }
        taken
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::report::Content;
    use domain::{FixKind, FixReport, Position, Timestamp};

    fn batch(reports: usize) -> Vec<Report> {
        let at = Position::from_degrees(34.5, 113.4).unwrap();
        let fix = FixReport::bare("豫A12345".parse().unwrap(), at, FixKind::D3);
        vec![Report { time: Timestamp::from_seconds(1), content: Content::Fix(fix), received: None }; reports]
    }

    /// Batches put as (position, reports); then the positions taken after one.
    #[track_caller]
    fn check(put: &[(u64, usize)], after: u64, expected: &[u64]) {
        let tail = Tail::default();
        assert!(tail.take_after(0).is_empty());
        put.iter().for_each(|(position, reports)| tail.put(*position, batch(*reports)));
        let taken: Vec<u64> = tail.take_after(after).into_iter().map(|(position, _)| position).collect();
        assert_eq!(taken, expected, "{put:?} after {after}");
    }

    #[test]
    fn what_follows_without_a_gap_is_taken_and_the_rest_is_left_to_the_store() {
        check(&[(1, 1), (2, 1)], 0, &[1, 2]);
        check(&[(1, 1), (2, 1)], 1, &[2]);
        check(&[(1, 1), (3, 1)], 0, &[1]);
        check(&[(2, 1)], 0, &[]);
        check(&[(1, TAIL_REPORTS_MAX), (2, 1)], 0, &[1]);
        check(&[(1, FOLLOW_REPORTS_MAX), (2, 1)], 0, &[1]);
    }

    #[test]
    fn nothing_is_kept_before_somebody_follows_or_beyond_the_limit() {
        let tail = Tail::default();
        tail.put(1, batch(1));
        assert!(tail.take_after(0).is_empty());
        tail.put(2, batch(TAIL_REPORTS_MAX));
        tail.put(3, batch(1));
        assert_eq!(tail.lock().reports, TAIL_REPORTS_MAX);
        assert!(tail.take_after(2).is_empty());
        assert_eq!(tail.lock().reports, 0);
    }
}
