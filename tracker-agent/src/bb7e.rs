//! The RFID reader of the truck: frames of the M100 / R200 / JRD-4035 family of UHF modules.
//!
//! `BB type cmd length(2) params checksum 7E`, the checksum being the low byte of the sum from type to the last
//! parameter. `7E` is not escaped inside, so the length rules; after anything that does not fit, the next `BB` is tried.
//! Only inventory notices (type 02, command 22: RSSI, PC, EPC, CRC) are used. A read that is missing means nothing.

use std::collections::VecDeque;

use domain::{Epc, Timestamp};

/// Longest parameter part believed, in bytes. An inventory notice has at most 67.
pub const PARAMS_BYTES_MAX: usize = 256;
/// A tag read again within this time is the same reading.
pub const DEBOUNCE_MS: i64 = 5_000;
/// Tags remembered for that at once; beyond it the oldest is forgotten.
pub const TAGS_MAX: usize = 256;

/// `BB type cmd length(2)` before the parameters, checksum and `7E` behind.
const HEADER_BYTES: usize = 5;
const TRAILER_BYTES: usize = 2;
/// RSSI and PC before the EPC, CRC behind it.
const NOTICE_FRONT_BYTES: usize = 3;
const NOTICE_CRC_BYTES: usize = 2;

/// A tag, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagNotice {
    /// The tag.
    pub epc: Epc,
    /// Signal strength.
    pub rssi_dbm: i8,
}

/// What the reader's stream held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TagCounters {
    /// Frames whose length, checksum and end fit.
    pub frames: u64,
    /// Frames with a wrong checksum, end byte or length.
    pub bad_frames: u64,
    /// Well-formed frames that are no inventory notice.
    pub other_frames: u64,
    /// Notices whose EPC contradicts its own length word or is none.
    pub bad_notices: u64,
    /// Bytes between frames.
    pub skipped_bytes: u64,
    /// Notices of a tag that was reported less than [`DEBOUNCE_MS`] before.
    pub debounced: u64,
    /// Tags forgotten because more than [`TAGS_MAX`] were about.
    pub forgotten: u64,
}

/// Reads frames and de-bounces tags.
#[derive(Debug, Clone, Default)]
pub struct TagReader {
    buffer: VecDeque<u8>,
    /// Tags with the time each was last reported, oldest first.
    recent: VecDeque<(Epc, Timestamp)>,
    counters: TagCounters,
}

enum Step {
    NeedMore,
    Skip,
    Frame { kind: u8, command: u8, params: Vec<u8> },
}

impl TagReader {
    /// Takes bytes, gives the tags to report.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) -> Vec<TagNotice> {
        let mut notices = Vec::new();
        // In pieces, so that the buffer never holds more than one frame and one piece.
        for piece in bytes.chunks(PARAMS_BYTES_MAX) {
            self.buffer.extend(piece);
            loop {
                match self.step() {
                    Step::NeedMore => break,
                    Step::Skip => {
                        self.buffer.pop_front();
                        self.counters.skipped_bytes += 1;
                    }
                    Step::Frame { kind, command, params } => {
                        self.buffer.drain(..HEADER_BYTES + params.len() + TRAILER_BYTES);
                        self.counters.frames += 1;
                        notices.extend(self.notice(kind, command, &params, now));
                    }
                }
            }
        }
        notices
    }

    /// What was met.
    pub fn counters(&self) -> &TagCounters {
        &self.counters
    }

    fn step(&mut self) -> Step {
        let byte = |index: usize| self.buffer.get(index).copied();
        match byte(0) {
            None => return Step::NeedMore,
            Some(0xBB) => {}
            Some(_) => return Step::Skip,
        }
        let (Some(kind), Some(command), Some(high), Some(low)) = (byte(1), byte(2), byte(3), byte(4)) else {
            return Step::NeedMore;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > PARAMS_BYTES_MAX {
            self.counters.bad_frames += 1;
            return Step::Skip;
        }
        let end = HEADER_BYTES + length;
        let (Some(sum), Some(last)) = (byte(end), byte(end + 1)) else {
            return Step::NeedMore;
        };
        let summed = self.buffer.range(1..end).fold(0u8, |sum, b| sum.wrapping_add(*b));
        if last != 0x7E || summed != sum {
            self.counters.bad_frames += 1;
            return Step::Skip;
        }
        Step::Frame { kind, command, params: self.buffer.range(HEADER_BYTES..end).copied().collect() }
    }

    fn notice(&mut self, kind: u8, command: u8, params: &[u8], now: Timestamp) -> Option<TagNotice> {
        if (kind, command) != (0x02, 0x22) {
            self.counters.other_frames += 1;
            return None;
        }
        let notice = parse_notice(params);
        let Some(notice) = notice else {
            self.counters.bad_notices += 1;
            return None;
        };
        let known = self.recent.iter().position(|(epc, _)| *epc == notice.epc);
        if let Some(index) = known {
            let last = self.recent.get(index).map(|(_, time)| *time);
            // A clock set back must not silence a tag.
            if last.is_some_and(|last| (0..DEBOUNCE_MS).contains(&now.millis_since(last))) {
                self.counters.debounced += 1;
                return None;
            }
            self.recent.remove(index);
        } else if self.recent.len() >= TAGS_MAX {
            self.recent.pop_front();
            self.counters.forgotten += 1;
        }
        self.recent.push_back((notice.epc.clone(), now));
        Some(notice)
    }
}

fn parse_notice(params: &[u8]) -> Option<TagNotice> {
    let (front, rest) = params.split_at_checked(NOTICE_FRONT_BYTES)?;
    let epc = rest.get(..rest.len().checked_sub(NOTICE_CRC_BYTES)?)?;
    let [rssi, pc_high, _pc_low] = front else {
        return None;
    };
    // The upper five bits of the PC word count the EPC's 16-bit words (ISO/IEC 18000-63).
    let words = usize::from(pc_high >> 3);
    if words * 2 != epc.len() {
        return None;
    }
    Some(TagNotice { epc: Epc::from_bytes(epc).ok()?, rssi_dbm: i8::from_be_bytes([*rssi]) })
}

/// The inventory notice a module sends for a tag. For those who play a reader; the CRC is left 0, as no one checks it
/// behind the frame's own checksum.
pub fn inventory_notice(epc: &Epc, rssi_dbm: i8) -> Vec<u8> {
    let epc = epc.to_bytes();
    let mut frame = vec![0xBB, 0x02, 0x22];
    let length = NOTICE_FRONT_BYTES + epc.len() + NOTICE_CRC_BYTES;
    // An EPC has at most 62 bytes, so both counts fit.
    frame.extend_from_slice(&(length as u16).to_be_bytes());
    frame.extend_from_slice(&[rssi_dbm as u8, ((epc.len() / 2) << 3) as u8, 0]);
    frame.extend_from_slice(&epc);
    frame.extend_from_slice(&[0; NOTICE_CRC_BYTES]);
    let sum = frame.iter().skip(1).fold(0u8, |sum, b| sum.wrapping_add(*b));
    frame.extend_from_slice(&[sum, 0x7E]);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The notice of the modules' own protocol description.
    const NOTICE: &str = "BB022200 11C93400 30751FEB705C5904E3D50D70 3A76EF7E";
    const NO_TAG: &str = "BB01FF000115167E";

    fn bytes(hex_text: &str) -> Vec<u8> {
        hex::decode(hex_text.replace(' ', "")).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_795_000_000 + seconds)
    }

    #[test]
    fn the_published_notice_is_read() {
        // The published example names its parameters C9 (RSSI), 3400 (PC), the EPC and 3A76 (CRC).
        let mut reader = TagReader::default();
        let notices = reader.handle_bytes(&bytes(NOTICE), at(0));
        let expected = TagNotice { epc: "30751FEB705C5904E3D50D70".parse().unwrap(), rssi_dbm: -55 };
        assert_eq!(notices, [expected]);
        assert!(reader.handle_bytes(&bytes(NO_TAG), at(0)).is_empty());
        assert_eq!(reader.counters().other_frames, 1);
    }

    #[test]
    fn a_tag_is_reported_again_after_five_seconds_and_after_the_clock_was_set_back() {
        let mut reader = TagReader::default();
        let seen = |reader: &mut TagReader, t| reader.handle_bytes(&bytes(NOTICE), at(t)).len();
        let counts = [0, 1, 4, 5, 6, 10, 2].map(|t| seen(&mut reader, t));
        assert_eq!(counts, [1, 0, 0, 1, 0, 1, 1]);
        assert_eq!(reader.counters().debounced, 3);
    }

    #[test]
    fn a_frame_behind_noise_and_a_false_start_is_found() {
        let mut noisy = bytes("00BB0222FFFF BB7E 1122");
        noisy.extend(bytes(NOTICE));
        let mut reader = TagReader::default();
        assert_eq!(reader.handle_bytes(&noisy, at(0)).len(), 1);
        assert!(reader.counters().bad_frames >= 1 && reader.counters().skipped_bytes >= 8);
    }

    #[test]
    fn an_epc_that_contradicts_its_length_word_is_no_tag() {
        let mut frame = bytes(NOTICE);
        frame[6] = 0x2C;
        frame[22] = frame[22].wrapping_sub(8);
        let mut reader = TagReader::default();
        assert!(reader.handle_bytes(&frame, at(0)).is_empty());
        assert_eq!(reader.counters().bad_notices, 1);
    }

    proptest! {
        #[test]
        fn a_played_notice_is_read_back_in_any_pieces(epc in proptest::collection::vec(any::<u8>(), 1..31), rssi in any::<i8>(), piece in 1usize..9) {
            let epc = Epc::from_bytes(&[epc.clone(), epc].concat()).unwrap();
            let frame = inventory_notice(&epc, rssi);
            let mut reader = TagReader::default();
            let notices: Vec<_> = frame.chunks(piece).flat_map(|p| reader.handle_bytes(p, at(0))).collect();
            prop_assert_eq!(notices, [TagNotice { epc, rssi_dbm: rssi }]);
        }

        #[test]
        fn noise_neither_panics_nor_grows_the_buffer(noise in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xBB), Just(0u8)], 0..3000)) {
            let mut reader = TagReader::default();
            reader.handle_bytes(&noise, at(0));
            prop_assert!(reader.buffer.len() <= 2 * PARAMS_BYTES_MAX + HEADER_BYTES + TRAILER_BYTES);
        }
    }
}
