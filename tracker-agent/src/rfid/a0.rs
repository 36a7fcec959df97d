//! Frames of the Impinj R2000 modules: `A0 len addr cmd data check`, `len` counting from addr to check, the check being
//! the two's complement of the sum of everything before it.
//!
//! Read are the tags of a real-time inventory (commands 89, 8A and 8B): frequency and antenna, PC, EPC, RSSI, and with
//! some settings two bytes of phase. The antenna stands in the two low bits of the first byte and, on modules with eight
//! ports, in the top bit of the RSSI byte; the rest of that byte less 129 is the strength in dBm (31 to 98: -98 to -31).
//! The summary at the end of an inventory (len 0A) and errors (len 04) are counted as other frames.

use domain::Epc;

use super::scan::Cut;
use super::{Read, TagRead, epc_words};

/// Answers are taken from any address; this one asks whichever module is there.
pub const ADDRESS_ANY: u8 = 0xFF;

/// `A0 len` before what `len` counts.
const HEADER_BYTES: usize = 2;
/// addr, cmd and check: no frame is shorter.
const LENGTH_MIN: u8 = 3;
/// `A0 len addr cmd` before the data of an answer, the check behind.
const DATA_AT: usize = 4;
const RSSI_OFFSET_DB: i16 = 129;
const PHASE_BYTES: usize = 2;
const ERROR_LENGTH: u8 = 0x04;
const SUMMARY_LENGTH: u8 = 0x0A;

pub(super) fn cut(bytes: &[u8]) -> Cut {
    match bytes {
        [0xA0, length, ..] if *length < LENGTH_MIN => Cut::BadLength,
        [0xA0, length, ..] => {
            let end = HEADER_BYTES + usize::from(*length);
            match bytes.get(..end) {
                None => Cut::More,
                Some(frame) if sum_of(frame) == 0 => Cut::Frame(end),
                Some(_) => Cut::BadChecksum,
            }
        }
        [0xA0] => Cut::More,
        _ => Cut::Skip,
    }
}

pub(super) fn read(frame: &[u8]) -> Read {
    let (Some([_, length, _, command]), Some(data)) =
        (frame.first_chunk::<DATA_AT>(), frame.get(DATA_AT..frame.len() - 1))
    else {
        return Read::Other;
    };
    match (*command, *length) {
        (0x89..=0x8B, ERROR_LENGTH | SUMMARY_LENGTH) => Read::Other,
        (0x89..=0x8B, _) => inventoried(data).map_or(Read::Bad, |tag| Read::Tags(vec![tag])),
        _ => Read::Other,
    }
}

fn inventoried(data: &[u8]) -> Option<TagRead> {
    let (&[frequency_antenna, pc_high, pc_low], rest) = data.split_first_chunk::<3>()?;
    let (epc, tail) = rest.split_at_checked(epc_words([pc_high, pc_low]) * 2)?;
    let (rssi, phase) = tail.split_first()?;
    matches!(phase.len(), 0 | PHASE_BYTES).then_some(())?;
    let antenna = 1 + (frequency_antenna & 0b11) + if rssi & 0x80 != 0 { 4 } else { 0 };
    let rssi_dbm = Some(i16::from(rssi & 0x7F) - RSSI_OFFSET_DB);
    Some(TagRead { epc: Epc::from_bytes(epc).ok()?, tid: None, antenna, rssi_dbm })
}

fn sum_of(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum: u8, b| sum.wrapping_add(*b))
}

fn frame(address: u8, command: u8, data: &[u8]) -> Vec<u8> {
    // What is written here has at most 70 bytes of data.
    let mut frame = vec![0xA0, (data.len() + usize::from(LENGTH_MIN)) as u8, address, command];
    frame.extend_from_slice(data);
    frame.push(sum_of(&frame).wrapping_neg());
    frame
}

/// One real-time inventory (command 89).
pub fn inventory_poll(address: u8) -> Vec<u8> {
    frame(address, 0x89, &[0x01])
}

/// Switches to an antenna port, 0 to 7 (command 74), for modules with several.
pub fn antenna_choice(address: u8, port: u8) -> Vec<u8> {
    frame(address, 0x74, &[port])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::Family;
    use crate::rfid::tests::{bytes, check_noise, check_reads, decoder, now, tag};
    use proptest::prelude::*;

    const EPC: &str = "E2000017221101441890B1F5";

    fn answer(command: u8, data: &[&str]) -> Vec<u8> {
        frame(0x01, command, &bytes(data))
    }

    #[test]
    fn a_real_time_inventory_answer_is_read_with_antenna_and_strength() {
        for (command, data, antenna, rssi_dbm) in [
            (0x89, ["1C 3000", EPC, "62"], 1, -31),
            (0x8B, ["1F 3000", EPC, "1F"], 4, -98),
            (0x8B, ["1E 3000", EPC, "C7"], 7, -58),
            (0x89, ["1D 3000", EPC, "50 0123"], 2, -49),
        ] {
            let expected = TagRead { antenna, rssi_dbm: Some(rssi_dbm), ..tag(EPC) };
            check_reads(Family::A0, &answer(command, &data), &[expected]);
        }
    }

    #[test]
    fn the_end_of_an_inventory_an_error_and_another_answer_are_no_tags() {
        let mut stream = answer(0x89, &["01 0040 00000012"]);
        stream.extend(answer(0x89, &["22"]));
        stream.extend(answer(0x74, &["10"]));
        let counters = check_reads(Family::A0, &stream, &[]);
        assert_eq!((counters.frames, counters.other_frames), (3, 3));
    }

    #[test]
    fn an_inventory_is_asked_for_with_a_checked_frame() {
        assert_eq!(inventory_poll(ADDRESS_ANY), bytes(&["A0 04 FF 89 01 D3"]));
        assert_eq!(antenna_choice(0x01, 0), bytes(&["A0 04 01 74 00 E7"]));
        assert_eq!(check_reads(Family::A0, &inventory_poll(1), &[]).frames, 1);
    }

    #[test]
    fn a_wrong_checksum_an_impossible_length_and_a_false_epc_length_are_counted_apart() {
        let good = answer(0x89, &["1C 3000", EPC, "62"]);
        let mut damaged = good.clone();
        damaged[8] ^= 0x10;
        // The damaged frame's own bytes A0? No: its search ends where the good one begins.
        let stream = [damaged, bytes(&["A0 02"]), answer(0x89, &["1C 3800", EPC, "62"]), good].concat();
        let expected = TagRead { antenna: 1, rssi_dbm: Some(-31), ..tag(EPC) };
        let counters = check_reads(Family::A0, &stream, &[expected]);
        assert_eq!((counters.bad_checksums, counters.bad_lengths, counters.bad_reads), (1, 1, 1));
    }

    proptest! {
        #[test]
        fn a_tag_is_read_back_in_any_pieces(words in 1usize..31, ant in 0u8..4, strength in 0u8..128, piece in 1usize..9) {
            let epc: Vec<u8> = (0..words * 2).map(|n| n as u8 ^ strength).collect();
            let data = [&[ant, (words << 3) as u8, 0][..], &epc, &[strength]].concat();
            let frame = frame(1, 0x89, &data);
            let mut decoder = decoder(Family::A0);
            let read: Vec<_> = frame.chunks(piece).flat_map(|p| decoder.handle_bytes(p, now())).collect();
            let rssi_dbm = Some(i16::from(strength) - 129);
            prop_assert_eq!(read, [TagRead { epc: Epc::from_bytes(&epc).unwrap(), tid: None, antenna: ant + 1, rssi_dbm }]);
        }

        #[test]
        fn noise_neither_panics_nor_grows_the_buffer(noise in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0xA0), Just(4u8)], 0..3000)) {
            check_noise(Family::A0, &noise, &answer(0x89, &["1C 3000", EPC, "62"]));
        }
    }
}
