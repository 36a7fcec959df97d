//! One state of the body from several sources: for each thing the first source in precedence that knows it.
//!
//! A source that is silent for its named time knows nothing any more: the last word is never kept for ever.

use domain::{Antenna, Timestamp};

use super::BodyState;
use super::signal::{Signal, SignalCounters, SignalInput};

/// The body unit speaks once a minute or oftener; after three times that it is silent.
pub const SENTENCE_STALE_MS: i64 = 180_000;
/// A receiver tells its antenna's state on a change, so the word holds while the receiver speaks at all.
pub const RECEIVER_STALE_MS: i64 = 60_000;

/// Kinds of sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The body unit's `$PMUCK`.
    Sentence,
    /// GPIO lines.
    Gpio,
    /// The vehicle bus.
    Can,
}

impl Source {
    /// Every kind with its name in the configuration, in the usual precedence.
    pub const NAMES: [(Self, &'static str); 3] =
        [(Self::Sentence, "sentence"), (Self::Gpio, "gpio"), (Self::Can, "can")];
}

/// The order in which kinds of sources are believed. The receiver's word on its antenna comes after all of them.
pub type Precedence = [Source; 3];

/// A word and since when it holds. Without a time it holds from the next look on: a recording's words come without one.
#[derive(Debug, Clone, Copy, Default)]
struct Held<T> {
    word: Option<T>,
    heard: Option<Timestamp>,
}

impl<T: Copy> Held<T> {
    fn hear(&mut self, word: T, now: Option<Timestamp>) {
        *self = Self { word: Some(word), heard: now };
    }

    /// Forgets a word older than `stale_ms`; whether it did.
    fn settle(&mut self, now: Timestamp, stale_ms: i64) -> bool {
        let Some(_) = self.word else {
            return false;
        };
        let heard = *self.heard.get_or_insert(now);
        if now < heard {
            // A clock set back does not make a source silent.
            self.heard = Some(now);
        }
        let stale = now.millis_since(heard) >= stale_ms;
        if stale {
            self.word = None;
        }
        stale
    }
}

/// Holds what every source said last.
#[derive(Debug, Clone)]
pub struct Merger {
    precedence: Precedence,
    sentence_stale_ms: i64,
    sentence: Held<BodyState>,
    antenna: Held<Antenna>,
    /// In the order of the configuration.
    signals: Vec<(Source, Signal)>,
    sentence_silences: u64,
}

impl Merger {
    /// A merger that knows nothing.
    pub fn new(precedence: Precedence, sentence_stale_ms: i64, signals: Vec<(Source, Signal)>) -> Self {
        Self {
            precedence,
            sentence_stale_ms,
            sentence: Held::default(),
            antenna: Held::default(),
            signals,
            sentence_silences: 0,
        }
    }

    /// Takes a `$PMUCK` sentence. `now`: `None` where the time is not known yet.
    pub fn handle_sentence(&mut self, body: BodyState, now: Option<Timestamp>) {
        self.sentence.hear(body, now);
    }

    /// Takes the receiver's own word on its antenna.
    pub fn handle_antenna(&mut self, antenna: Antenna, now: Option<Timestamp>) {
        self.antenna.hear(antenna, now);
    }

    /// The receiver spoke, so its word on its antenna still holds.
    pub fn handle_receiver_alive(&mut self, now: Timestamp) {
        if self.antenna.word.is_some() {
            self.antenna.heard = Some(now);
        }
    }

    /// Takes what the device of a configured signal says. An index of none is passed over.
    pub fn handle_signal(&mut self, index: usize, input: SignalInput, now: Timestamp) {
        if let Some((_, signal)) = self.signals.get_mut(index) {
            signal.handle(input, now);
        }
    }

    /// Time has passed: words come to count, and sources fall silent.
    pub fn settle(&mut self, now: Timestamp) {
        if self.sentence.settle(now, self.sentence_stale_ms) {
            self.sentence_silences += 1;
        }
        self.antenna.settle(now, RECEIVER_STALE_MS);
        for (_, signal) in &mut self.signals {
            signal.settle(now);
        }
    }

    /// When [`Merger::settle`] wants to be called for a word to count at once.
    pub fn due(&self) -> Option<Timestamp> {
        self.signals.iter().filter_map(|(_, signal)| signal.due()).min()
    }

    /// What is known, as of the last [`Merger::settle`].
    pub fn state(&self) -> BodyState {
        let by_receiver =
            BodyState { antenna: self.antenna.word.unwrap_or_default(), ..BodyState::default() };
        let of_kind = |kind: Source| {
            let sentence = (kind == Source::Sentence).then_some(self.sentence.word).flatten();
            let signals = self.signals.iter().filter(move |(source, _)| *source == kind);
            sentence.into_iter().chain(signals.map(|(_, signal)| signal.state()))
        };
        let known = self.precedence.into_iter().flat_map(of_kind).fold(BodyState::default(), BodyState::or);
        known.or(by_receiver)
    }

    /// The wheels' speed by the vehicle bus, km/h.
    pub fn speed_kmh(&self) -> Option<f64> {
        self.signals.iter().find_map(|(_, signal)| signal.speed_kmh())
    }

    /// What all configured signals met together.
    pub fn counters(&self) -> SignalCounters {
        let start = SignalCounters { silences: self.sentence_silences, ..SignalCounters::default() };
        self.signals.iter().map(|(_, signal)| signal.counters()).fold(start, |sum, one| SignalCounters {
            readings: sum.readings + one.readings,
            not_available: sum.not_available + one.not_available,
            faults: sum.faults + one.faults,
            absences: sum.absences + one.absences,
            silences: sum.silences + one.silences,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::signal::Switch;
    use super::super::signal::tests::{at, line};
    use super::*;
    use domain::{Lid, Lift, Load};

    const USUAL: Precedence = [Source::Sentence, Source::Gpio, Source::Can];

    fn merger(precedence: Precedence) -> Merger {
        let signals = vec![(Source::Gpio, line(Switch::LidOpen)), (Source::Can, line(Switch::LidOpen))];
        Merger::new(precedence, SENTENCE_STALE_MS, signals)
    }

    fn lid(lid: Lid) -> BodyState {
        BodyState { lid, ..BodyState::default() }
    }

    /// Sentence, first and second line say these (or nothing); what counts at 1 s by the precedence.
    #[track_caller]
    fn check(precedence: Precedence, said: [Option<Lid>; 3], expected: Lid) {
        let mut merger = merger(precedence);
        if let Some(word) = said[0] {
            merger.handle_sentence(lid(word), Some(at(0)));
        }
        for (index, word) in [(0, said[1]), (1, said[2])] {
            if let Some(word) = word {
                merger.handle_signal(index, SignalInput::Line { active: word == Lid::Open }, at(0));
            }
        }
        merger.settle(at(1_000));
        assert_eq!(merger.state().lid, expected, "{precedence:?} {said:?}");
    }

    #[test]
    fn the_first_source_in_precedence_that_knows_decides() {
        let (open, closed, unknown) = (Some(Lid::Open), Some(Lid::Closed), Some(Lid::Unknown));
        check(USUAL, [open, closed, closed], Lid::Open);
        check(USUAL, [unknown, closed, open], Lid::Closed);
        check(USUAL, [None, None, open], Lid::Open);
        check([Source::Can, Source::Gpio, Source::Sentence], [open, open, closed], Lid::Closed);
        check(USUAL, [None, None, None], Lid::Unknown);
    }

    #[test]
    fn a_source_that_falls_silent_leaves_the_word_to_the_next_and_at_last_to_nobody() {
        let mut merger = merger(USUAL);
        merger.handle_sentence(lid(Lid::Open), Some(at(0)));
        let lid_at = |merger: &mut Merger, millis| {
            merger.settle(at(millis));
            merger.state().lid
        };
        assert_eq!(lid_at(&mut merger, SENTENCE_STALE_MS - 1), Lid::Open);
        merger.handle_signal(0, SignalInput::Line { active: false }, at(SENTENCE_STALE_MS - 1));
        assert_eq!(lid_at(&mut merger, SENTENCE_STALE_MS + 1_000), Lid::Closed, "by the line");
        assert_eq!(lid_at(&mut merger, SENTENCE_STALE_MS + 60_000), Lid::Unknown);
        assert_eq!(merger.counters().silences, 2);
    }

    #[test]
    fn each_thing_is_decided_for_itself() {
        let mut merger = merger(USUAL);
        let body = BodyState { load: Load::Full, lift: Lift::Flat, ..BodyState::default() };
        merger.handle_sentence(body, Some(at(0)));
        merger.handle_signal(0, SignalInput::Line { active: true }, at(0));
        merger.settle(at(500));
        assert_eq!(merger.state(), BodyState { lid: Lid::Open, ..body });
    }

    #[test]
    fn the_receivers_antenna_counts_where_no_other_knows_it_while_the_receiver_speaks() {
        let mut merger = merger(USUAL);
        let antenna_at = |merger: &mut Merger, millis| {
            merger.settle(at(millis));
            merger.state().antenna
        };
        merger.handle_antenna(Antenna::Open, Some(at(0)));
        assert_eq!(antenna_at(&mut merger, 0), Antenna::Open);
        merger.handle_sentence(BodyState { antenna: Antenna::Ok, ..BodyState::default() }, Some(at(0)));
        assert_eq!(antenna_at(&mut merger, 1), Antenna::Ok);
        merger.handle_receiver_alive(at(SENTENCE_STALE_MS));
        assert_eq!(antenna_at(&mut merger, SENTENCE_STALE_MS), Antenna::Open);
        assert_eq!(antenna_at(&mut merger, SENTENCE_STALE_MS + RECEIVER_STALE_MS), Antenna::Unknown);
    }

    #[test]
    fn a_word_without_a_time_holds_from_the_next_look_on() {
        let mut merger = merger(USUAL);
        merger.handle_sentence(lid(Lid::Open), None);
        merger.settle(at(1_000_000));
        assert_eq!(merger.state().lid, Lid::Open);
        merger.settle(at(1_000_000 + SENTENCE_STALE_MS));
        assert_eq!(merger.state().lid, Lid::Unknown);
    }
}
