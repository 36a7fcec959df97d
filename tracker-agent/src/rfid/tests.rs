//! What the tests of every family share.

use super::*;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(1_795_000_000)
}

/// The bytes of hexadecimal texts, one behind another.
pub(crate) fn bytes(hex_texts: &[&str]) -> Vec<u8> {
    hex::decode(hex_texts.concat().replace(' ', "")).unwrap()
}

pub(crate) fn decoder(family: Family) -> Decoder {
    Decoder::new(family)
}

pub(crate) fn tag(epc: &str) -> TagRead {
    TagRead::of(epc.parse().unwrap())
}

impl TagRead {
    pub(crate) fn with_rssi(self, dbm: i16) -> Self {
        Self { rssi_dbm: Some(dbm), ..self }
    }

    pub(crate) fn with_tid(self, tid: &str) -> Self {
        Self { tid: Some(tid.parse().unwrap()), ..self }
    }
}

/// A stream tells exactly these tags, whole and byte by byte alike.
#[track_caller]
pub(crate) fn check_reads(family: Family, stream: &[u8], expected: &[TagRead]) -> DecodeCounters {
    let (mut whole, mut piecewise) = (decoder(family), decoder(family));
    assert_eq!(whole.handle_bytes(stream, now()), expected, "{}", String::from_utf8_lossy(stream));
    let read: Vec<_> = stream.iter().flat_map(|byte| piecewise.handle_bytes(&[*byte], now())).collect();
    assert_eq!(read, expected);
    assert_eq!(whole.counters(), piecewise.counters());
    *whole.counters()
}

/// Noise is survived, the buffer stays small, and a good frame behind it is found once the line was quiet.
#[track_caller]
pub(crate) fn check_noise(family: Family, noise: &[u8], good: &[u8]) {
    let mut decoder = decoder(family);
    decoder.handle_bytes(noise, now());
    let buffered = match &decoder.stream {
        Stream::Framed { scanner, .. } => scanner.buffered(),
        Stream::Lines(lines) => lines.buffered(),
        Stream::Session => 0,
    };
    assert!(buffered <= 2 * scan::PIECE_BYTES + 16, "{buffered} bytes held");
    let later = now().plus_millis(FRAME_STALE_MS + 1);
    let mut read = decoder.handle_bytes(good, later);
    read.extend(decoder.handle_bytes(&[], later.plus_millis(FRAME_STALE_MS + 1)));
    assert_eq!(read.len(), 1, "the frame behind the noise");
}

#[test]
fn every_family_is_known_by_its_name_and_its_polls_are_frames() {
    for family in Family::ALL {
        assert_eq!(family.name().parse(), Ok(family));
        for poll in family.polls(true) {
            let mut decoder = decoder(family);
            assert!(decoder.handle_bytes(&poll, now()).is_empty());
            assert_eq!(decoder.counters().frames, 1, "{family:?}");
        }
    }
    assert!("rs232".parse::<Family>().unwrap_err().contains("bb7e, a0, uhfreader18, line_hex, llrp"));
}
