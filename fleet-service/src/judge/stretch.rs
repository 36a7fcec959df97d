//! Stretches of one rule that are near in time are one: a red light does not make two.
//!
//! Where a stretch must hold by itself, the rule joins those that do; where several may hold together, it asks of the whole.
//!
//! How long a stretch was interrupted is told by the reports known not to hold, from the first to the last of them: a truck
//! heard of once a minute may have turned right after the last report that held and right before the first that holds
//! again, and 100 s outside would else pass for 180 s. Where nothing was heard for as long as sets stretches apart, they
//! are apart.
//!
//! Example, the gap being 180 s: held at 08:00:00, not at 08:01:00 to 08:03:00, held at 08:04:00. Known to be interrupted for
//! 120 s: one stretch. Not held till 08:04:00 and held at 08:05:00: 180 s, two.

use domain::Timestamp;

use super::thresholds::{Thresholds, millis};

/// Something that held from a first to a last report.
pub(super) trait Stretch {
    fn start(&self) -> Timestamp;
    fn end(&self) -> Timestamp;
    /// Whether it is of the same place: other zones' stretches stand apart.
    fn same_place(&self, _later: &Self) -> bool {
        true
    }
    /// Takes over what came later; both ends lie within the whole afterwards.
    fn join(&mut self, later: Self);
}

/// The reports since a stretch that are known not to hold: the first and the last.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Break(Option<(Timestamp, Timestamp)>);

impl Break {
    /// Takes a report that is known not to hold. In order of time.
    pub(super) fn note(&mut self, time: Timestamp) {
        self.0 = Some(self.0.map_or((time, time), |(first, last)| (first, last.max(time))));
    }

    /// Whether a stretch that ended and one that begins later, with this between them, are one.
    pub(super) fn joins(self, end: Timestamp, next: Timestamp, limits: &Thresholds) -> bool {
        let gap = millis(limits.stretch_gap_s);
        let short = |from: Timestamp, to: Timestamp| to.millis_since(from) < gap;
        match self.0 {
            None => short(end, next),
            Some((first, last)) => short(end, first) && short(first, last) && short(last, next),
        }
    }
}

/// The last stretch that held, kept as long as a later one may join it.
#[derive(Debug, Clone)]
pub(super) struct Joined<S> {
    before: Option<S>,
    since: Break,
}

impl<S> Default for Joined<S> {
    fn default() -> Self {
        Self { before: None, since: Break::default() }
    }
}

impl<S: Stretch> Joined<S> {
    /// Takes the next stretch. Returns the one before it if the two stand apart.
    pub(super) fn add(&mut self, later: S, limits: &Thresholds) -> Option<S> {
        let since = std::mem::take(&mut self.since);
        match &mut self.before {
            Some(before) if before.same_place(&later) && since.joins(before.end(), later.start(), limits) => {
                before.join(later);
                None
            }
            before => before.replace(later),
        }
    }

    /// Takes a report that is known not to hold: it parts the last stretch from the next.
    pub(super) fn part(&mut self, time: Timestamp) {
        if self.before.is_some() {
            self.since.note(time);
        }
    }

    /// Lets go of a stretch that nothing can join any more: what comes next begins at `next` or later.
    pub(super) fn pass(&mut self, next: Timestamp, limits: &Thresholds) -> Option<S> {
        let since = self.since;
        self.before.take_if(|before| !since.joins(before.end(), next, limits))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.before.is_none()
    }

    pub(super) fn of_place(&self, is_it: impl FnOnce(&S) -> bool) -> bool {
        self.before.as_ref().is_some_and(is_it)
    }

    /// Ends the stream.
    pub(super) fn finish(self) -> Option<S> {
        self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds since a stretch ended: reports known not to hold, and the start of the next.
    #[track_caller]
    fn check(not: &[i64], next: i64, one: bool) {
        let at = Timestamp::from_seconds;
        let mut since = Break::default();
        not.iter().for_each(|second| since.note(at(*second)));
        assert_eq!(since.joins(at(0), at(next), &Thresholds::default()), one, "{not:?} {next}");
    }

    #[test]
    fn a_break_lasts_as_long_as_it_is_known_to() {
        check(&[], 179, true);
        check(&[], 180, false);
        check(&[60, 120, 180], 240, true);
        check(&[60, 120, 180, 240], 300, false);
        check(&[1, 180], 181, true);
        check(&[1, 181], 182, false);
    }

    #[test]
    fn where_nothing_was_heard_for_as_long_as_parts_stretches_they_are_apart() {
        check(&[180], 240, false);
        check(&[60], 240, false);
        check(&[60, 120], 300, false);
    }
}
