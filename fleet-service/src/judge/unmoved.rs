//! Fixes in a row at the very same position, to the last digit. A receiver that works is never that sure.

use domain::{Position, Timestamp};

use super::thresholds::{Thresholds, millis};

/// A first and a last report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
}

/// A run of fixes at one position.
#[derive(Debug, Clone)]
pub(super) struct Unmoved {
    pub(super) position: Position,
    pub(super) whole: Span,
    /// Fixes of the run that claim a speed, the longest such stretch and the one under way: a red light does not end one.
    longest_fast: Option<Span>,
    fast: Option<Span>,
}

impl Unmoved {
    /// Follows a fix in `run`. Returns the run before when the position is another.
    pub(super) fn follow(
        run: &mut Option<Self>,
        time: Timestamp,
        position: Position,
        speed_kmh: Option<f64>,
        limits: &Thresholds,
    ) -> Option<Self> {
        let here = Span { first: time, last: time };
        let fast = speed_kmh.is_some_and(|speed| speed > limits.frozen_kmh).then_some(here);
        match run {
            Some(same) if same.position == position => {
                same.whole.last = time;
                if fast.is_some() {
                    same.claim_speed(time, limits);
                }
                None
            }
            _ => run.replace(Self { position, whole: here, longest_fast: fast, fast }),
        }
    }

    fn claim_speed(&mut self, time: Timestamp, limits: &Thresholds) {
        let here = Span { first: time, last: time };
        let goes_on = |fast: &Span| time.millis_since(fast.last) < millis(limits.stretch_gap_s);
        let fast = self.fast.filter(goes_on).map_or(here, |fast| Span { last: time, ..fast });
        self.fast = Some(fast);
        if self.longest_fast.is_none_or(|longest| fast.length_millis() > longest.length_millis()) {
            self.longest_fast = Some(fast);
        }
    }

    /// Whether the position stood for `frozen_s`.
    pub(super) fn is_long(&self, limits: &Thresholds) -> bool {
        self.whole.length_millis() >= millis(limits.frozen_s)
    }

    /// The stretch in which speed was claimed for `frozen_s` without moving.
    pub(super) fn frozen_at_speed(&self, limits: &Thresholds) -> Option<Span> {
        self.longest_fast.filter(|fast| fast.length_millis() >= millis(limits.frozen_s))
    }

    /// Whether the newest fix claims a speed at the position of the one before it.
    pub(super) fn claims_speed_unmoved(&self) -> bool {
        self.whole.first != self.whole.last && self.fast.is_some_and(|fast| fast.last == self.whole.last)
    }
}

impl Span {
    fn length_millis(self) -> i64 {
        self.last.millis_since(self.first)
    }
}
