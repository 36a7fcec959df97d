//! Reports in order without repeats: what a chunk holds and what reading gives.

use domain::Report;

/// Reports by time, then content. Two that say the same are one; the one received first stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sorted(Vec<Report>);

impl Sorted {
    /// Sorts and drops repeats.
    pub fn of(mut reports: Vec<Report>) -> Self {
        if !reports.is_sorted() {
            reports.sort_unstable();
        }
        // Absent comes first in order; a known time of receipt says more.
        reports.dedup_by(|later, first| {
            let same = later.time == first.time && later.content == first.content;
            if same && first.received.is_none() {
                first.received = later.received;
            }
            same
        });
        Self(reports)
    }

    /// Both, as one.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if other.0.is_empty() {
            return self;
        }
        let mut all = self.0;
        all.extend(other.0);
        Self::of(all)
    }

    /// In order.
    pub fn as_slice(&self) -> &[Report] {
        &self.0
    }

    /// In order.
    pub fn into_vec(self) -> Vec<Report> {
        self.0
    }

    /// Keeps the first `most` and tells how many were cut off.
    pub(super) fn cut(&mut self, most: usize) -> usize {
        let over = self.0.len().saturating_sub(most);
        self.0.truncate(most);
        over
    }
}
