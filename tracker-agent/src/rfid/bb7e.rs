//! Frames of the M100 / R200 / JRD-4035 family of UHF modules: `BB type cmd length(2) params sum 7E`, the sum being the
//! low byte of everything from type to the last parameter. `7E` is not escaped inside, so the length rules.
//!
//! Read are inventory notices (type 02, command 22: RSSI, PC, EPC, CRC), which a module sends by itself or as an answer to
//! a poll, and answers to a read of the TID bank (type 01, command 39: length of PC and EPC, PC, EPC, TID).

use domain::{Epc, Tid};

use super::scan::Cut;
use super::{Read, TagRead, epc_words};

/// Longest parameter part believed, in bytes. An inventory notice has at most 67.
pub const PARAMS_BYTES_MAX: usize = 256;

/// `BB type cmd length(2)` before the parameters, checksum and `7E` behind.
const HEADER_BYTES: usize = 5;
const TRAILER_BYTES: usize = 2;
/// RSSI and PC before the EPC, CRC behind it.
const NOTICE_FRONT_BYTES: usize = 3;
const NOTICE_CRC_BYTES: usize = 2;
/// Words of the TID bank asked for: class, model and the serial number most chips have.
const TID_WORDS: u8 = 6;

pub(super) fn cut(bytes: &[u8]) -> Cut {
    match bytes {
        [0xBB, _, _, high, low, ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if length > PARAMS_BYTES_MAX {
                return Cut::BadLength;
            }
            let end = HEADER_BYTES + length;
            let Some([sum, last]) = bytes.get(end..end + TRAILER_BYTES) else {
                return Cut::More;
            };
            let summed = bytes.get(1..end).map(sum_of);
            if *last == 0x7E && summed == Some(*sum) {
                Cut::Frame(end + TRAILER_BYTES)
            } else {
                Cut::BadChecksum
            }
        }
        [0xBB, ..] => Cut::More,
        _ => Cut::Skip,
    }
}

pub(super) fn read(frame: &[u8]) -> Read {
    let (Some([_, kind, command, ..]), Some(params)) =
        (frame.first_chunk::<HEADER_BYTES>(), frame.get(HEADER_BYTES..frame.len() - TRAILER_BYTES))
    else {
        return Read::Bad;
    };
    let tag = match (kind, command) {
        (0x02, 0x22) => notice(params),
        (0x01, 0x39) => tid_answer(params),
        _ => return Read::Other,
    };
    tag.map_or(Read::Bad, |tag| Read::Tags(vec![tag]))
}

fn notice(params: &[u8]) -> Option<TagRead> {
    let (&[rssi, pc_high, pc_low], rest) = params.split_first_chunk::<NOTICE_FRONT_BYTES>()?;
    let epc = rest.get(..rest.len().checked_sub(NOTICE_CRC_BYTES)?)?;
    (epc_words([pc_high, pc_low]) * 2 == epc.len()).then_some(())?;
    let rssi_dbm = Some(i16::from(i8::from_be_bytes([rssi])));
    Some(TagRead { epc: Epc::from_bytes(epc).ok()?, tid: None, antenna: 0, rssi_dbm })
}

fn tid_answer(params: &[u8]) -> Option<TagRead> {
    let (length, rest) = params.split_first()?;
    let (front, tid) = rest.split_at_checked(usize::from(*length))?;
    let (pc, epc) = front.split_first_chunk::<2>()?;
    // Another bank may have been asked for by someone else: a TID begins with the class of its allocation.
    let is_tid = matches!(tid.first(), Some(0xE0 | 0xE2));
    (epc_words(*pc) * 2 == epc.len() && is_tid).then_some(())?;
    let epc = Epc::from_bytes(epc).ok()?;
    Some(TagRead { epc, tid: Some(Tid::from_bytes(tid).ok()?), antenna: 0, rssi_dbm: None })
}

fn sum_of(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b))
}

fn frame(kind: u8, command: u8, params: &[u8]) -> Vec<u8> {
    let mut frame = vec![0xBB, kind, command];
    // What is written here has at most 72 bytes of parameters.
    frame.extend_from_slice(&(params.len() as u16).to_be_bytes());
    frame.extend_from_slice(params);
    let sum = frame.get(1..).map_or(0, sum_of);
    frame.extend_from_slice(&[sum, 0x7E]);
    frame
}

/// One round of inventory; every tag found is answered with a notice.
pub fn single_poll() -> Vec<u8> {
    frame(0x00, 0x22, &[])
}

/// So many rounds of inventory in a row.
pub fn multi_poll(rounds: u16) -> Vec<u8> {
    let [high, low] = rounds.to_be_bytes();
    frame(0x00, 0x27, &[0x22, high, low])
}

/// Asks a tag in the field for its TID bank, without an access password.
pub fn tid_poll() -> Vec<u8> {
    frame(0x00, 0x39, &[0, 0, 0, 0, 0x02, 0, 0, 0, TID_WORDS])
}

/// The inventory notice a module sends for a tag. For those who play a reader; the CRC is left 0, as no one checks it
/// behind the frame's own checksum.
pub fn inventory_notice(epc: &Epc, rssi_dbm: i8) -> Vec<u8> {
    let epc = epc.to_bytes();
    // An EPC has at most 62 bytes, so the count fits.
    let mut params = vec![rssi_dbm as u8, ((epc.len() / 2) << 3) as u8, 0];
    params.extend_from_slice(&epc);
    params.extend_from_slice(&[0; NOTICE_CRC_BYTES]);
    frame(0x02, 0x22, &params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::Family;
    use crate::rfid::tests::{bytes, check_noise, check_reads, decoder, now, tag};
    use proptest::prelude::*;

    /// The notice of the modules' own protocol description.
    const NOTICE: &str = "BB022200 11C93400 30751FEB705C5904E3D50D70 3A76EF7E";
    const NO_TAG: &str = "BB01FF000115167E";

    #[test]
    fn the_published_notice_is_read() {
        // The published example names its parameters C9 (RSSI), 3400 (PC), the EPC and 3A76 (CRC).
        let expected = tag("30751FEB705C5904E3D50D70").with_rssi(-55);
        let counters = check_reads(Family::Bb7e, &bytes(&[NO_TAG, NOTICE]), &[expected]);
        assert_eq!((counters.frames, counters.other_frames), (2, 1));
    }

    #[test]
    fn the_answer_to_a_tid_read_carries_epc_and_tid() {
        let answer = frame(0x01, 0x39, &bytes(&["0E 3400 30751FEB705C5904E3D50D70 E280689400004001"]));
        let expected = tag("30751FEB705C5904E3D50D70").with_tid("E280689400004001");
        check_reads(Family::Bb7e, &answer, &[expected]);
        // The published answer of a user bank, sum B0: its data is no TID.
        let user_bank = "BB013900130E3400 30751FEB705C5904E3D50D70 12345678B07E";
        let counters = check_reads(Family::Bb7e, &bytes(&[user_bank]), &[]);
        assert_eq!((counters.frames, counters.bad_reads), (1, 1));
    }

    #[test]
    fn polls_are_the_published_frames_and_frames_themselves() {
        for (poll, published) in [
            (single_poll(), "BB00220000227E"),
            (multi_poll(10_000), "BB002700032227 10837E"),
            (tid_poll(), "BB00390009 00000000 02 0000 0006 4A7E"),
        ] {
            assert_eq!(poll, bytes(&[published]));
            let counters = check_reads(Family::Bb7e, &poll, &[]);
            assert_eq!((counters.frames, counters.other_frames), (1, 1), "{published}");
        }
    }

    #[test]
    fn a_frame_behind_noise_and_a_false_start_is_found() {
        let noisy = bytes(&["00BB0222FFFF BB7E 1122", NOTICE]);
        let counters = check_reads(Family::Bb7e, &noisy, &[tag("30751FEB705C5904E3D50D70").with_rssi(-55)]);
        assert!(counters.bad_lengths >= 1 && counters.skipped_bytes >= 8, "{counters:?}");
    }

    #[test]
    fn a_wrong_checksum_is_counted_and_not_read() {
        let mut damaged = bytes(&[NOTICE]);
        damaged[10] ^= 1;
        let counters = check_reads(Family::Bb7e, &damaged, &[]);
        assert_eq!((counters.frames, counters.bad_checksums), (0, 1));
    }

    #[test]
    fn an_epc_that_contradicts_its_length_word_is_no_tag() {
        let mut frame = bytes(&[NOTICE]);
        frame[6] = 0x2C;
        frame[22] = frame[22].wrapping_sub(8);
        assert_eq!(check_reads(Family::Bb7e, &frame, &[]).bad_reads, 1);
    }

    proptest! {
        #[test]
        fn a_played_notice_is_read_back_in_any_pieces(epc in proptest::collection::vec(any::<u8>(), 1..31), rssi in any::<i8>(), piece in 1usize..9) {
            let epc = Epc::from_bytes(&[epc.clone(), epc].concat()).unwrap();
            let frame = inventory_notice(&epc, rssi);
            let mut decoder = decoder(Family::Bb7e);
            let read: Vec<_> = frame.chunks(piece).flat_map(|p| decoder.handle_bytes(p, now())).collect();
            prop_assert_eq!(read, [TagRead { epc, tid: None, antenna: 0, rssi_dbm: Some(rssi.into()) }]);
        }

        #[test]
        fn noise_neither_panics_nor_grows_the_buffer(noise in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xBB), Just(0u8)], 0..3000)) {
            check_noise(Family::Bb7e, &noise, &bytes(&[NOTICE]));
        }
    }
}
