//! The speed of a serial line nobody told us: tried one after the other until sentences come out whole. Pure.

use domain::Timestamp;
use receiver::frame::Framer;

/// The speeds tried, the most common of receivers first.
pub(super) const RATES: [u32; 8] = [9600, 115_200, 4800, 38_400, 57_600, 19_200, 230_400, 460_800];
/// A speed is believed after so many sentences with a fitting checksum: noise passes one in 256.
pub(super) const LOCK_SENTENCES: u64 = 3;
/// How long each speed is tried. Receivers speak once a second; a burst at the slowest speed fills that second.
const TRY_MS: i64 = 2_500;
/// Bytes, but no sentence, for this long: the receiver speaks at another speed now.
const LOST_MS: i64 = 10_000;

/// Searches the speed and watches that it stays right.
#[derive(Debug)]
pub(super) struct BaudSearch {
    index: usize,
    framer: Framer,
    locked: bool,
    /// When this speed was begun or last gave a sentence.
    since: Timestamp,
    /// Whether anything came since then.
    heard: bool,
}

impl BaudSearch {
    pub(super) fn new(now: Timestamp) -> Self {
        Self { index: 0, framer: Framer::new(), locked: false, since: now, heard: false }
    }

    /// The speed to read at now, bits per second.
    pub(super) fn rate(&self) -> u32 {
        RATES.get(self.index).copied().unwrap_or(RATES[0])
    }

    /// Whether the speed is known, so that bytes are worth passing on.
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// The port was opened anew: the speed found before is tried first, with all its time.
    pub(super) fn handle_opened(&mut self, now: Timestamp) {
        self.begin(self.index, now);
    }

    /// Takes what was read, nothing when nothing came in a while. Whether the speed changed.
    pub(super) fn handle_bytes(&mut self, mut bytes: &[u8], now: Timestamp) -> bool {
        self.heard |= !bytes.is_empty();
        let before = self.framer.counters().sentences;
        while self.framer.next_sentence(&mut bytes).is_some() {}
        let sentences = self.framer.counters().sentences;
        if self.locked && sentences > before {
            (self.since, self.heard) = (now, false);
        }
        if sentences >= LOCK_SENTENCES && !self.locked {
            (self.locked, self.since, self.heard) = (true, now, false);
        }
        let waited = now.millis_since(self.since);
        // A silent receiver says nothing about its speed. A clock set back begins the wait anew.
        let over = if self.locked { self.heard && waited > LOST_MS } else { waited > TRY_MS };
        if waited < 0 {
            self.since = now;
        } else if over {
            self.begin((self.index + 1) % RATES.len(), now);
        }
        over && waited >= 0
    }

    fn begin(&mut self, index: usize, now: Timestamp) {
        *self = Self { index, framer: Framer::new(), locked: false, since: now, heard: false };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receiver::frame::with_checksum;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000 + ms)
    }

    /// A receiver at `speed`: whole sentences there, noise elsewhere.
    fn heard(search: &BaudSearch, speed: u32) -> Vec<u8> {
        let sentence = with_checksum("GPTXT,01,01,01,ANTENNA OK") + "\r\n";
        if search.rate() == speed { sentence.into_bytes() } else { b"\xF0\x80x$p\xFE\n".to_vec() }
    }

    /// Four times a second until it is locked; the milliseconds that took.
    fn search(search: &mut BaudSearch, from_ms: i64, speed: u32) -> i64 {
        for step in 0.. {
            let now_ms = from_ms + step * 250;
            assert!(step < 1000, "{speed} is never found");
            let bytes = heard(search, speed);
            search.handle_bytes(&bytes, at(now_ms));
            if search.is_locked() && search.rate() == speed {
                return now_ms - from_ms;
            }
        }
        unreachable!()
    }

    #[test]
    fn every_speed_is_found_within_the_time_of_all_tries() {
        for speed in RATES {
            let mut found = BaudSearch::new(at(0));
            let took_ms = search(&mut found, 0, speed);
            assert_eq!(found.rate(), speed);
            assert!(took_ms <= RATES.len() as i64 * (TRY_MS + 250), "{speed} took {took_ms} ms");
        }
    }

    #[test]
    fn a_speed_that_changes_is_searched_again_and_silence_is_none() {
        let mut found = BaudSearch::new(at(0));
        let mut now_ms = search(&mut found, 0, 9600);
        // An hour of silence.
        for _ in 0..3600 {
            now_ms += 1000;
            assert!(!found.handle_bytes(b"", at(now_ms)));
        }
        assert!(found.is_locked());
        search(&mut found, now_ms, 38_400);
    }

    #[test]
    fn sentences_by_chance_are_not_enough() {
        let mut found = BaudSearch::new(at(0));
        let once = heard(&found, 9600);
        found.handle_bytes(&once, at(0));
        assert!(!found.is_locked());
        // What the wrong speed gave counts for no other.
        assert!(found.handle_bytes(b"", at(TRY_MS + 1)));
        let twice = [heard(&found, found.rate()), heard(&found, found.rate())].concat();
        found.handle_bytes(&twice, at(TRY_MS + 2));
        assert!(!found.is_locked());
    }

    #[test]
    fn a_clock_set_back_only_delays() {
        let mut found = BaudSearch::new(at(0));
        assert!(!found.handle_bytes(b"", at(-3_600_000)));
        assert!(found.handle_bytes(b"", at(-3_600_000 + TRY_MS + 1)));
    }
}
