//! Stretches of one rule that are near in time are one: a red light does not make two.
//!
//! Where a stretch must hold by itself, the rule joins those that do; where several may hold together, it asks of the whole.

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

/// The last stretch that held, kept as long as a later one may join it.
#[derive(Debug, Clone)]
pub(super) struct Joined<S>(Option<S>);

impl<S> Default for Joined<S> {
    fn default() -> Self {
        Self(None)
    }
}

impl<S: Stretch> Joined<S> {
    /// Takes the next stretch. Returns the one before it if the two stand apart.
    pub(super) fn add(&mut self, later: S, limits: &Thresholds) -> Option<S> {
        match &mut self.0 {
            Some(before) if before.same_place(&later) && near(before, later.start(), limits) => {
                before.join(later);
                None
            }
            before => before.replace(later),
        }
    }

    /// Lets go of a stretch that nothing can join any more: what comes next begins at `next` or later.
    pub(super) fn pass(&mut self, next: Timestamp, limits: &Thresholds) -> Option<S> {
        self.0.take_if(|before| !near(before, next, limits))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn of_place(&self, is_it: impl FnOnce(&S) -> bool) -> bool {
        self.0.as_ref().is_some_and(is_it)
    }

    /// Ends the stream.
    pub(super) fn finish(self) -> Option<S> {
        self.0
    }
}

fn near<S: Stretch>(before: &S, next: Timestamp, limits: &Thresholds) -> bool {
    next.millis_since(before.end()) < millis(limits.stretch_gap_s)
}
