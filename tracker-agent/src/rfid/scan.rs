//! Finding frames in a stream that may begin in the middle of one, lose bytes and carry noise.

use domain::Timestamp;

use super::DecodeCounters;

/// Bytes taken into the buffer at once, so that it never holds more than one frame and one piece.
pub(super) const PIECE_BYTES: usize = 256;
/// A frame begun so long ago is not continued any more: modules send one in a few milliseconds, and the longest pause
/// inside one is a lost segment on a network.
pub const FRAME_STALE_MS: i64 = 2_000;

/// What stands at the beginning of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// The beginning of a frame, perhaps.
    More,
    /// No frame begins here.
    Skip,
    /// What looked like a frame has an impossible length.
    BadLength,
    /// What looked like a frame has a wrong checksum or end.
    BadChecksum,
    /// A frame of so many bytes, checked.
    Frame(usize),
}

/// The bytes not yet understood.
#[derive(Debug, Clone, Default)]
pub(super) struct Scanner {
    buffer: Vec<u8>,
    last_bytes: Option<Timestamp>,
}

impl Scanner {
    /// Takes bytes and gives every frame `cut` finds to `take`. After what is no frame the search goes on one byte later.
    pub(super) fn scan(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        cut: fn(&[u8]) -> Cut,
        counters: &mut DecodeCounters,
        mut take: impl FnMut(&[u8], &mut DecodeCounters),
    ) {
        // A clock set back is no pause.
        if self.last_bytes.is_some_and(|last| now.millis_since(last) > FRAME_STALE_MS) {
            self.search(true, cut, counters, &mut take);
        }
        self.last_bytes = Some(now);
        for piece in bytes.chunks(PIECE_BYTES) {
            self.buffer.extend_from_slice(piece);
            self.search(false, cut, counters, &mut take);
        }
    }

    /// The stream broke off: what comes next does not continue what is here.
    pub(super) fn reset(&mut self, counters: &mut DecodeCounters) {
        counters.skipped_bytes += self.buffer.len() as u64;
        self.buffer.clear();
    }

    /// `to_the_end`: nothing continues the buffer, so a frame that is not whole is none.
    fn search(
        &mut self,
        to_the_end: bool,
        cut: fn(&[u8]) -> Cut,
        counters: &mut DecodeCounters,
        take: &mut impl FnMut(&[u8], &mut DecodeCounters),
    ) {
        let mut at = 0;
        while let Some(rest) = self.buffer.get(at..).filter(|rest| !rest.is_empty()) {
            match cut(rest) {
                Cut::More if !to_the_end => break,
                Cut::Frame(length) => {
                    counters.frames += 1;
                    take(rest.get(..length).unwrap_or(rest), counters);
                    at += length.max(1);
                    continue;
                }
                Cut::BadLength => counters.bad_lengths += 1,
                Cut::BadChecksum => counters.bad_checksums += 1,
                Cut::More | Cut::Skip => {}
            }
            counters.skipped_bytes += 1;
            at += 1;
        }
        self.buffer.drain(..at.min(self.buffer.len()));
    }

    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.buffer.len()
    }
}
