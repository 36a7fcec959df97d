//! Frames of the UHFReader18 class of modules: `len addr recmd status data crc(2)`, `len` counting everything behind
//! itself, the CRC being CRC-16 with the reflected polynomial 8408, begun at FFFF, low byte first, over all before it.
//!
//! Read are answers to an inventory (command 01, status 01 to 04): the number of tags, then for each the length of its
//! EPC and the EPC. Status FB says that no tag is there. There is no start byte, so after noise a frame is found by its CRC.

use domain::Epc;

use super::scan::Cut;
use super::{Read, TagRead};

/// The address of a module as delivered.
pub const ADDRESS_DELIVERED: u8 = 0x00;

/// addr, recmd, status and CRC: no answer is shorter. A command has no status.
const LENGTH_MIN: u8 = 4;
const CRC_BYTES: usize = 2;
/// `len addr recmd status` before the data.
const DATA_AT: usize = 4;
const INVENTORY: u8 = 0x01;

pub(super) fn cut(bytes: &[u8]) -> Cut {
    let Some(length) = bytes.first() else {
        return Cut::More;
    };
    if *length < LENGTH_MIN {
        return Cut::Skip;
    }
    let end = 1 + usize::from(*length);
    let Some(frame) = bytes.get(..end) else {
        return Cut::More;
    };
    match frame.split_last_chunk::<CRC_BYTES>() {
        Some((before, crc)) if crc16(before).to_le_bytes() == *crc => Cut::Frame(end),
        _ => Cut::BadChecksum,
    }
}

pub(super) fn read(frame: &[u8]) -> Read {
    let (Some([_, _, command, status]), Some(data)) =
        (frame.first_chunk::<DATA_AT>(), frame.get(DATA_AT..frame.len() - CRC_BYTES))
    else {
        return Read::Other;
    };
    match (*command, *status) {
        (INVENTORY, 0x01..=0x04) => tags(data).map_or(Read::Bad, Read::Tags),
        _ => Read::Other,
    }
}

fn tags(data: &[u8]) -> Option<Vec<TagRead>> {
    let (count, mut rest) = data.split_first()?;
    let mut tags = Vec::with_capacity(usize::from(*count));
    for _ in 0..*count {
        let (length, after) = rest.split_first()?;
        let (epc, after) = after.split_at_checked(usize::from(*length))?;
        tags.push(TagRead { epc: Epc::from_bytes(epc).ok()?, tid: None, antenna: 0, rssi_dbm: None });
        rest = after;
    }
    rest.is_empty().then_some(tags)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 != 0 { crc >> 1 ^ 0x8408 } else { crc >> 1 })
    })
}

/// Adds length and CRC to addr, command and what follows.
fn frame(inner: &[u8]) -> Vec<u8> {
    // What is written here has at most 66 bytes.
    let mut frame = vec![(inner.len() + CRC_BYTES) as u8];
    frame.extend_from_slice(inner);
    let crc = crc16(&frame);
    frame.extend_from_slice(&crc.to_le_bytes());
    frame
}

/// One inventory.
pub fn inventory_poll(address: u8) -> Vec<u8> {
    frame(&[address, INVENTORY])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::Family;
    use crate::rfid::tests::{bytes, check_noise, check_reads, decoder, now, tag};
    use proptest::prelude::*;

    const EPC: &str = "E2000017221101441890B1F5";

    #[test]
    fn an_inventory_answer_is_read_tag_by_tag() {
        let two = frame(&bytes(&["00 01 01 02 0C", EPC, "04 11223344"]));
        check_reads(Family::UhfReader18, &two, &[tag(EPC), tag("11223344")]);
    }

    #[test]
    fn the_published_frames_have_the_crc_computed_here() {
        assert_eq!(inventory_poll(ADDRESS_DELIVERED), bytes(&["04 00 01 DB 4B"]));
        assert_eq!(frame(&[0x00, 0x01, 0xFB]), bytes(&["05 00 01 FB F2 3D"]));
    }

    #[test]
    fn no_tag_and_other_answers_are_other_frames() {
        let stream = [bytes(&["05 00 01 FB F2 3D"]), frame(&bytes(&["00 21 00 0102"]))].concat();
        let counters = check_reads(Family::UhfReader18, &stream, &[]);
        assert_eq!((counters.frames, counters.other_frames), (2, 2));
    }

    #[test]
    fn a_count_that_contradicts_the_data_is_no_tag() {
        for data in [["00 01 01 02 0C", EPC], ["00 01 01 01 0D", EPC], ["00 01 01 00 0C", EPC]] {
            let counters = check_reads(Family::UhfReader18, &frame(&bytes(&data)), &[]);
            assert_eq!(counters.bad_reads, 1, "{data:?}");
        }
    }

    #[test]
    fn a_frame_behind_noise_that_looks_like_a_long_one_is_found_when_the_line_is_quiet() {
        let good = frame(&bytes(&["00 01 01 01 0C", EPC]));
        let mut decoder = decoder(Family::UhfReader18);
        // FF announces 255 bytes that never come.
        assert!(decoder.handle_bytes(&[&[0xFF][..], &good].concat(), now()).is_empty());
        let later = now().plus_millis(crate::rfid::scan::FRAME_STALE_MS + 1);
        assert_eq!(decoder.handle_bytes(&[], later), [tag(EPC)]);
    }

    proptest! {
        #[test]
        fn tags_are_read_back_in_any_pieces(epcs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 2..20), 0..6), piece in 1usize..9) {
            let mut inner = vec![0, INVENTORY, 0x01, epcs.len() as u8];
            for epc in &epcs {
                inner.push(epc.len() as u8);
                inner.extend_from_slice(epc);
            }
            let mut decoder = decoder(Family::UhfReader18);
            let read: Vec<_> = frame(&inner).chunks(piece).flat_map(|p| decoder.handle_bytes(p, now())).map(|tag| tag.epc.to_bytes()).collect();
            prop_assert_eq!(read, epcs);
        }

        #[test]
        fn noise_neither_panics_nor_grows_the_buffer(noise in proptest::collection::vec(prop_oneof![any::<u8>(), Just(5u8), Just(1u8)], 0..3000)) {
            check_noise(Family::UhfReader18, &noise, &frame(&bytes(&["00 01 01 01 0C", EPC])));
        }
    }
}
