//! Several receivers on one truck: whose fix is reported. Pure.
//!
//! One receiver is followed at a time, and its epochs are passed on as they are: nothing of two receivers ever meets in
//! one epoch. It is left when another was better for [`STREAK`] epochs in a row, or when it said nothing for [`LOST_MS`].

use domain::{FixKind, Timestamp};
use receiver::epoch::Epoch;

/// Most receivers of one truck.
pub const RECEIVERS_MAX: usize = 8;
/// A receiver that said nothing for this long is lost.
pub const LOST_MS: i64 = 3_000;
/// So many epochs in a row another receiver must be better, or two that are alike would take turns.
pub const STREAK: u32 = 5;
/// With the same kind of fix, another is better when its dilution is below this share of the followed one's.
const HDOP_SHARE: f64 = 0.7;

/// What the chooser did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChooserCounters {
    /// Epochs of receivers that were not followed.
    pub not_chosen: u64,
    /// Epochs of a newly followed receiver that were no later than what was reported before.
    pub repeated: u64,
    /// Times another receiver was followed from then on.
    pub switches: u64,
}

/// What was last heard of a receiver.
#[derive(Debug, Clone, Copy)]
struct Heard {
    at: Timestamp,
    fix: FixKind,
    hdop: Option<f64>,
    horizontal_error_cm: Option<u32>,
    /// Epochs in a row in which it was better than the followed one.
    better: u32,
}

impl Heard {
    /// Whether it is to be preferred to `other`, by so much that a change is worth it.
    fn is_better_than(&self, other: &Self) -> bool {
        if self.fix != other.fix {
            return self.fix > other.fix;
        }
        let clearly = |this: f64, other: f64| this < other * HDOP_SHARE;
        match (self.hdop.zip(other.hdop), self.horizontal_error_cm.zip(other.horizontal_error_cm)) {
            _ if self.fix == FixKind::None => false,
            (_, Some((this, other))) => clearly(f64::from(this), f64::from(other)),
            (Some((this, other)), None) => clearly(this, other),
            (None, None) => false,
        }
    }
}

/// Follows one of several receivers.
#[derive(Debug, Clone, Default)]
pub struct Chooser {
    heard: [Option<Heard>; RECEIVERS_MAX],
    followed: Option<usize>,
    /// The newest moment passed on.
    passed: Option<Timestamp>,
    counters: ChooserCounters,
}

impl Chooser {
    /// A chooser that has heard nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an epoch of the receiver `index`; whether it is to be reported. `now` is the agent's clock, or for a recording
    /// the epoch's own time.
    pub fn is_chosen(&mut self, index: usize, epoch: &Epoch, now: Timestamp) -> bool {
        let followed = self.followed.and_then(|followed| self.heard.get(followed).copied().flatten());
        let Some(slot) = self.heard.get_mut(index) else {
            self.counters.not_chosen += 1;
            return false;
        };
        let mut heard = Heard {
            at: now,
            fix: epoch.fix,
            hdop: epoch.hdop.map(|hdop| hdop.ratio()),
            horizontal_error_cm: epoch.horizontal_error_cm,
            better: 0,
        };
        let is_followed = self.followed == Some(index);
        if !is_followed && let Some(followed) = &followed {
            let before = slot.map_or(0, |before| before.better);
            heard.better = if heard.is_better_than(followed) { before + 1 } else { 0 };
        }
        *slot = Some(heard);
        if is_followed {
            return self.pass(epoch);
        }
        let lost = |followed: Heard| {
            // A clock set back makes no receiver young.
            !(0..=LOST_MS).contains(&now.millis_since(followed.at))
        };
        let without_fix = |followed: Heard| followed.fix == FixKind::None && heard.fix != FixKind::None;
        let change =
            followed.is_none_or(|followed| lost(followed) || without_fix(followed) || heard.better >= STREAK);
        if !change {
            self.counters.not_chosen += 1;
            return false;
        }
        self.counters.switches += u64::from(self.followed.is_some());
        self.followed = Some(index);
        let repeated = epoch.time.zip(self.passed).is_some_and(|(time, passed)| time <= passed);
        self.counters.repeated += u64::from(repeated);
        !repeated && self.pass(epoch)
    }

    /// The receiver that is followed now.
    pub fn followed(&self) -> Option<usize> {
        self.followed
    }

    /// What it did.
    pub fn counters(&self) -> &ChooserCounters {
        &self.counters
    }

    fn pass(&mut self, epoch: &Epoch) -> bool {
        self.passed = epoch.time.or(self.passed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Hdop, Position};
    use receiver::epoch::DateState;

    const START: i64 = 1_795_000_000_000;

    /// `receiver kind hdop` heard at a moment (ms after the start), for a fix of that moment; whether it is reported.
    fn hear(chooser: &mut Chooser, at_ms: i64, index: usize, kind: FixKind, hdop: f64) -> bool {
        let now = Timestamp::from_millis(START + at_ms);
        let epoch = Epoch {
            time: Some(now),
            fix: kind,
            position: Position::from_degrees(34.5, 113.4).ok(),
            altitude_m: None,
            speed: None,
            course: None,
            hdop: Hdop::from_ratio(hdop),
            satellites: None,
            horizontal_error_cm: None,
            date: DateState::Stated,
            line: 0,
        };
        chooser.is_chosen(index, &epoch, now)
    }

    /// Seconds in which each receiver speaks, `(kind, hdop)` or nothing; the receiver reported in each second.
    #[track_caller]
    fn check(seconds: &[[Option<(FixKind, f64)>; 2]], reported: &[Option<usize>]) {
        let mut chooser = Chooser::new();
        let mut found = Vec::new();
        for (second, both) in seconds.iter().enumerate() {
            let mut of_second = None;
            for (index, heard) in both.iter().enumerate() {
                let at_ms = second as i64 * 1000 + index as i64 * 100;
                let chosen = heard.is_some_and(|(kind, hdop)| hear(&mut chooser, at_ms, index, kind, hdop));
                assert!(!chosen || of_second.is_none(), "two in second {second}");
                of_second = if chosen { Some(index) } else { of_second };
            }
            found.push(of_second);
        }
        assert_eq!(found, reported);
    }

    const GOOD: Option<(FixKind, f64)> = Some((FixKind::D3, 0.9));
    const POOR: Option<(FixKind, f64)> = Some((FixKind::D3, 3.0));
    const FLAT: Option<(FixKind, f64)> = Some((FixKind::D2, 0.9));
    const NONE: Option<(FixKind, f64)> = Some((FixKind::None, 99.0));

    #[test]
    fn a_single_receiver_is_always_reported() {
        check(&[[GOOD, None], [NONE, None], [None, None], [POOR, None]], &[Some(0), Some(0), None, Some(0)]);
    }

    #[test]
    fn a_better_dilution_counts_after_a_streak() {
        let mut seconds = vec![[POOR, GOOD]; 6];
        seconds.push([POOR, POOR]);
        let (first, second) = (Some(0), Some(1));
        // In the fifth second the first had spoken already when the second was better often enough.
        let mut chooser = Chooser::new();
        for (at, [a, b]) in seconds.iter().map(|both| both.map(Option::unwrap)).enumerate() {
            hear(&mut chooser, at as i64 * 1000, 0, a.0, a.1);
            hear(&mut chooser, at as i64 * 1000, 1, b.0, b.1);
            let expected = if at < 4 { first } else { second };
            assert_eq!(chooser.followed(), expected, "after second {at}");
        }
        assert_eq!(chooser.counters().switches, 1);
        assert_eq!(chooser.counters().repeated, 1, "a moment that was reported is not reported again");
    }

    #[test]
    fn receivers_that_are_alike_or_take_turns_in_being_better_cause_no_change() {
        check(&[[GOOD, GOOD]; 9], &[Some(0); 9]);
        check(&[[GOOD, POOR], [POOR, GOOD]].repeat(6), &[Some(0); 12]);
    }

    #[test]
    fn three_dimensions_are_better_than_two_whatever_the_dilution() {
        let mut chooser = Chooser::new();
        for second in 0..5 {
            hear(&mut chooser, second * 1000, 0, FixKind::D2, 0.5);
            hear(&mut chooser, second * 1000, 1, FixKind::D3, 5.0);
        }
        assert_eq!(chooser.followed(), Some(1));
        check(&[[POOR, FLAT]; 9], &[Some(0); 9]);
    }

    #[test]
    fn a_receiver_without_a_fix_is_left_at_once() {
        check(&[[NONE, None], [None, POOR], [GOOD, POOR]], &[Some(0), Some(1), Some(1)]);
    }

    #[test]
    fn a_silent_receiver_is_left_after_the_named_time() {
        let (both, lost) = ([GOOD, POOR], [None, POOR]);
        check(&[both, lost, lost, lost, lost, both], &[Some(0), None, None, Some(1), Some(1), Some(1)]);
    }
}
