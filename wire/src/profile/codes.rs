//! What the codes of one place mean.

use super::reading::State;
use super::words::{SpeedUnit, Word};

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning<T> {
    /// This, whatever the code's number.
    State(State<T>),
    /// The code's number itself is the state.
    Number,
}

/// The codes of one place. A code outside every range and without `other` is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codes<T> {
    /// First and last code of each range, in order, without overlap.
    pub(super) ranges: Vec<(u64, u64, Meaning<T>)>,
    pub(super) other: Option<Meaning<T>>,
    pub(super) unit: SpeedUnit,
}

impl<T: Word> Codes<T> {
    pub(super) fn state(&self, code: u64) -> State<T> {
        let listed = self.ranges.iter().find(|(first, last, _)| (*first..=*last).contains(&code));
        match listed.map(|(_, _, meaning)| *meaning).or(self.other) {
            Some(Meaning::State(state)) => state,
            Some(Meaning::Number) => T::from_number(code, self.unit).map_or(State::Unknown, State::Is),
            None => State::Unknown,
        }
    }

    /// The lowest listed code that means `state`; where none is, but any code that is not listed would do, one of those
    /// that fits in `width` bits.
    pub(super) fn code(&self, state: State<T>, width: u32) -> Option<u64> {
        let number = match state {
            State::Is(state) => state.to_number(self.unit),
            State::Unknown | State::Fault => None,
        };
        let in_range = |&(first, last, meaning): &(u64, u64, Meaning<T>)| match meaning {
            Meaning::State(listed) => (listed == state).then_some(first),
            Meaning::Number => number.filter(|number| (first..=last).contains(number)),
        };
        self.ranges.iter().find_map(in_range).or_else(|| {
            let candidate = number.or_else(|| self.first_unlisted(width))?;
            (fits(candidate, width) && self.state(candidate) == state).then_some(candidate)
        })
    }

    fn first_unlisted(&self, width: u32) -> Option<u64> {
        let after_a_gap = self.ranges.iter().try_fold(0u64, |next, (first, last, _)| {
            if *first > next { Err(next) } else { Ok(last.saturating_add(1)) }
        });
        let (Ok(code) | Err(code)) = after_a_gap;
        fits(code, width).then_some(code)
    }
}

/// Whether a code has at most `width` bits.
pub(super) fn fits(code: u64, width: u32) -> bool {
    width >= u64::BITS || code >> width == 0
}
