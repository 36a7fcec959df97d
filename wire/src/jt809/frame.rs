//! Frames on the line: `5B | header and body | CRC 16 bits | 5D`, escaped in between (JT/T 809-2011 §4.3, 2019 §5.3).
//! `5A 01` stands for 5B, `5A 02` for 5A, `5E 01` for 5D, `5E 02` for 5E. The CRC is CRC-16/CCITT-FALSE.

use crc::{CRC_16_IBM_3740, Crc};

/// Opens a frame.
pub const HEAD: u8 = 0x5B;
/// Closes it.
pub const TAIL: u8 = 0x5D;
/// Announces an escaped 5B or 5A.
const HEAD_ESCAPE: u8 = 0x5A;
/// Announces an escaped 5D or 5E.
const TAIL_ESCAPE: u8 = 0x5E;
/// Flags and CRC: what the length field counts besides header and body.
pub const AROUND_BYTES: usize = 4;
/// Longest header and body read.
pub const PAYLOAD_BYTES_MAX: usize = 16 * 1024;
/// Longest run between the flags: payload and CRC, every byte escaped.
pub const ESCAPED_BYTES_MAX: usize = (PAYLOAD_BYTES_MAX + 2) * 2;

/// CRC-16/CCITT-FALSE: polynomial 1021, initial FFFF, not reflected, no final XOR.
const CRC: Crc<u16> = Crc::<u16>::new(&CRC_16_IBM_3740);

/// Why a run of bytes between flags is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// 5A or 5E followed by something else than 01 or 02.
    #[error("an escape byte is not followed by 01 or 02")]
    BadEscape,
    /// The CRC differs.
    #[error("CRC {found:04X}, the frame gives {computed:04X}")]
    BadCrc {
        /// The CRC sent.
        found: u16,
        /// That of the bytes.
        computed: u16,
    },
    /// Too short for a CRC.
    #[error("a frame without header and CRC")]
    Short,
    /// Longer than [`PAYLOAD_BYTES_MAX`].
    #[error("more than {PAYLOAD_BYTES_MAX} bytes before the closing flag")]
    Oversize,
}

/// What a [`Deframer`] has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameCounters {
    /// Frames handed out whole.
    pub frames: u64,
    /// Frames dropped, for whatever reason.
    pub bad: u64,
    /// Bytes outside frames.
    pub junk_bytes: u64,
}

/// Cuts a byte stream into payloads, whatever pieces it arrives in. A damaged frame costs itself alone: each 5B begins
/// anew.
#[derive(Debug, Default)]
pub struct Deframer {
    /// The run since the last 5B, still escaped; `None` outside a frame.
    run: Option<Vec<u8>>,
    counters: FrameCounters,
}

impl Deframer {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was met so far.
    pub fn counters(&self) -> &FrameCounters {
        &self.counters
    }

    /// Takes bytes, gives the payloads of the frames they complete, CRC verified and removed, or why one was dropped.
    pub fn handle_bytes(&mut self, bytes: &[u8]) -> Vec<Result<Vec<u8>, FrameError>> {
        let mut found = Vec::new();
        for &byte in bytes {
            match (byte, &mut self.run) {
                (HEAD, run) => {
                    if let Some(cut_short) = run.replace(Vec::new()).filter(|run| !run.is_empty()) {
                        self.counters.junk_bytes += cut_short.len() as u64;
                    }
                }
                (_, None) => self.counters.junk_bytes += 1,
                (TAIL, run) => {
                    if let Some(run) = run.take() {
                        found.push(self.counted(decode_run(&run)));
                    }
                }
                (_, Some(run)) if run.len() >= ESCAPED_BYTES_MAX => {
                    self.counters.junk_bytes += run.len() as u64;
                    self.run = None;
                    found.push(self.counted(Err(FrameError::Oversize)));
                }
                (plain, Some(run)) => run.push(plain),
            }
        }
        found
    }

    fn counted(&mut self, outcome: Result<Vec<u8>, FrameError>) -> Result<Vec<u8>, FrameError> {
        match &outcome {
            Ok(_) => self.counters.frames += 1,
            Err(_) => self.counters.bad += 1,
        }
        outcome
    }
}

fn decode_run(run: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut payload = unescape(run)?;
    let (Some(low), Some(high)) = (payload.pop(), payload.pop()) else { return Err(FrameError::Short) };
    if payload.is_empty() {
        return Err(FrameError::Short);
    }
    let (found, computed) = (u16::from_be_bytes([high, low]), crc16(&payload));
    if found == computed { Ok(payload) } else { Err(FrameError::BadCrc { found, computed }) }
}

fn unescape(run: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut out = Vec::with_capacity(run.len());
    let mut bytes = run.iter();
    while let Some(&byte) = bytes.next() {
        let escaped = match byte {
            HEAD_ESCAPE => [HEAD, HEAD_ESCAPE],
            TAIL_ESCAPE => [TAIL, TAIL_ESCAPE],
            plain => {
                out.push(plain);
                continue;
            }
        };
        out.push(match bytes.next() {
            Some(0x01) => escaped[0],
            Some(0x02) => escaped[1],
            _ => return Err(FrameError::BadEscape),
        });
    }
    Ok(out)
}

/// The checksum of header and body.
pub fn crc16(bytes: &[u8]) -> u16 {
    CRC.checksum(bytes)
}

/// Header and body as one frame.
pub fn encode_frame(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(payload.len() + 16);
    out.push(HEAD);
    for &byte in payload.iter().chain(&crc16(payload).to_be_bytes()) {
        match byte {
            HEAD => out.extend_from_slice(&[HEAD_ESCAPE, 0x01]),
            HEAD_ESCAPE => out.extend_from_slice(&[HEAD_ESCAPE, 0x02]),
            TAIL => out.extend_from_slice(&[TAIL_ESCAPE, 0x01]),
            TAIL_ESCAPE => out.extend_from_slice(&[TAIL_ESCAPE, 0x02]),
            plain => out.push(plain),
        }
    }
    out.push(TAIL);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_checksum_is_ccitt_false() {
        // The check value every catalogue of CRCs gives for "123456789".
        assert_eq!(crc16(b"123456789"), 0x29B1);
    }

    #[test]
    fn the_four_special_bytes_are_escaped_and_nothing_else() {
        let frame = encode_frame(&[0x5A, 0x5B, 0x5C, 0x5D, 0x5E]);
        assert_eq!(frame[..10], [0x5B, 0x5A, 0x02, 0x5A, 0x01, 0x5C, 0x5E, 0x01, 0x5E, 0x02]);
    }

    #[test]
    fn damage_costs_its_own_frame_and_is_named() {
        let good = encode_frame(&[1, 2, 3]);
        let mut wrong = good.clone();
        wrong[2] ^= 0x10;
        let stream =
            [b"junk".as_slice(), &wrong, &[HEAD, 9], &good, &[HEAD, 0x5A, 7, TAIL, HEAD, 1, TAIL], &good]
                .concat();
        let mut deframer = Deframer::new();
        let found = deframer.handle_bytes(&stream);
        assert!(matches!(found[0], Err(FrameError::BadCrc { .. })));
        assert_eq!(
            found[1..],
            [Ok(vec![1, 2, 3]), Err(FrameError::BadEscape), Err(FrameError::Short), Ok(vec![1, 2, 3])]
        );
        assert_eq!(*deframer.counters(), FrameCounters { frames: 2, bad: 3, junk_bytes: 5 });
    }

    #[test]
    fn an_endless_run_is_dropped_once_and_what_follows_it_is_read() {
        let mut stream = vec![HEAD];
        stream.resize(ESCAPED_BYTES_MAX + 3, 0x11);
        stream.extend(encode_frame(&[7]));
        let found = Deframer::new().handle_bytes(&stream);
        assert_eq!(found, [Err(FrameError::Oversize), Ok(vec![7])]);
    }

    proptest! {
        #[test]
        fn any_payloads_survive_the_line_in_any_pieces(
            payloads in prop::collection::vec(prop::collection::vec(prop_oneof![any::<u8>(), 0x5Au8..0x5F], 1..80), 1..6),
            piece in 1usize..30,
        ) {
            let stream: Vec<u8> = payloads.iter().flat_map(|payload| encode_frame(payload)).collect();
            let mut deframer = Deframer::new();
            let found: Vec<_> = stream.chunks(piece).flat_map(|bytes| deframer.handle_bytes(bytes)).collect();
            prop_assert_eq!(found, payloads.into_iter().map(Ok).collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), 0x5Au8..0x5F], 0..600)) {
            let mut deframer = Deframer::new();
            let found = deframer.handle_bytes(&bytes).len() as u64;
            prop_assert_eq!(found, deframer.counters().frames + deframer.counters().bad);
        }
    }
}
