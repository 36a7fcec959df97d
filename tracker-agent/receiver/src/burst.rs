//! What is learned of one receiver's habits: how often it speaks, and with which sentence it ends.

use crate::epoch::apart_ms;
use crate::sentence::{Address, Content, Sentence};

/// A burst's last sentence is believed after it was seen this often in a row.
const STREAK_MIN: u32 = 3;
/// Timed types: RMC, GGA, GNS, GLL, ZDA.
const TIMED_KINDS: usize = 5;
/// Different sentences counted in a burst; further ones end no burst.
const KINDS_MAX: usize = 32;
/// A pause longer than this tells nothing about how often a receiver speaks.
const INTERVAL_MS_MAX: i64 = 10_000;

/// The number of a timed type, below [`TIMED_KINDS`].
pub(crate) fn time_kind(content: &Content) -> Option<u8> {
    Some(match content {
        Content::Rmc(_) => 0,
        Content::Gga(_) => 1,
        Content::Gns(_) => 2,
        Content::Gll(_) => 3,
        Content::Zda(_) => 4,
        _ => return None,
    })
}

/// A sentence by its place in a burst: the n-th of its address. Of a GSV group only the last sentence counts, as the
/// number of satellites in view changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    address: Address,
    nth: u32,
}

/// Learns bursts from the stream.
#[derive(Debug, Clone)]
pub(crate) struct BurstEnd {
    last_of_kind_ms: [Option<u32>; TIMED_KINDS],
    /// Shortest time between two sentences of one timed type.
    interval_ms: Option<i64>,
    in_burst: Vec<Place>,
    last: Option<Place>,
    candidate: Option<Place>,
    streak: u32,
}

impl Default for BurstEnd {
    fn default() -> Self {
        Self {
            last_of_kind_ms: [None; TIMED_KINDS],
            interval_ms: None,
            // Made once: no sentence allocates.
            in_burst: Vec::with_capacity(KINDS_MAX),
            last: None,
            candidate: None,
            streak: 0,
        }
    }
}

impl BurstEnd {
    /// Takes the time of a timed sentence. A clock that steps back starts the learning anew.
    pub(crate) fn handle_time(&mut self, kind: u8, time_ms: Option<u32>) {
        let (Some(time_ms), Some(slot)) = (time_ms, self.last_of_kind_ms.get_mut(usize::from(kind))) else {
            return;
        };
        let step = slot.replace(time_ms).map(|last| crate::date::time_step_ms(last, time_ms));
        match step {
            Some(step) if step < 0 => self.interval_ms = None,
            Some(step) if step > 0 && step <= INTERVAL_MS_MAX => {
                self.interval_ms = Some(self.interval_ms.map_or(step, |known| known.min(step)));
            }
            _ => {}
        }
    }

    /// Whether two times are stamps of one burst: some receivers stamp RMC and GGA of a burst a fraction apart.
    pub(crate) fn is_same_burst(&self, a_ms: u32, b_ms: u32) -> bool {
        self.interval_ms.is_some_and(|interval| apart_ms(a_ms, b_ms) * 2 < interval)
    }

    /// Takes a sentence of the open epoch; whether it ends the burst.
    pub(crate) fn handle_sentence(&mut self, sentence: &Sentence) -> bool {
        if matches!(sentence.content, Content::Gsv { last_of_group: false }) {
            // It may be followed by others of its group, so it ends nothing.
            self.last = None;
            return false;
        }
        let known = self.in_burst.iter_mut().find(|place| place.address == sentence.address);
        let place = match known {
            Some(place) => {
                place.nth += 1;
                *place
            }
            None => {
                let place = Place { address: sentence.address, nth: 1 };
                if self.in_burst.len() >= KINDS_MAX {
                    return false;
                }
                self.in_burst.push(place);
                place
            }
        };
        self.last = Some(place);
        self.is_learned() && self.candidate == Some(place)
    }

    /// A new time ended the open epoch: its last sentence is what this receiver may end with.
    pub(crate) fn handle_new_epoch(&mut self) {
        if self.last.is_some() && self.last == self.candidate {
            self.streak = self.streak.saturating_add(1);
        } else {
            self.candidate = self.last;
            self.streak = 1;
        }
    }

    /// The open epoch was closed.
    pub(crate) fn handle_close(&mut self) {
        self.in_burst.clear();
        self.last = None;
    }

    /// What was taken for the end was none.
    pub(crate) fn unlearn(&mut self) {
        self.candidate = None;
        self.streak = 0;
    }

    pub(crate) fn is_learned(&self) -> bool {
        self.candidate.is_some() && self.streak >= STREAK_MIN
    }
}
