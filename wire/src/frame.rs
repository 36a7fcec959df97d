//! Frames on the line: `7E | payload | check byte | 7E`, with 7E and 7D escaped in between (JT/T 808-2019 §4.4).
//!
//! The flag is read as a separator, not as a pair of brackets: whatever lies between two flags is one candidate. So
//! frames may be glued, may share a flag, may be preceded by junk, and a damaged frame costs itself alone.

/// Separates frames.
pub const FLAG: u8 = 0x7E;
/// Announces an escaped byte.
const ESCAPE: u8 = 0x7D;
/// `7D 02` stands for 7E.
const ESCAPED_FLAG: u8 = 0x02;
/// `7D 01` stands for 7D.
const ESCAPED_ESCAPE: u8 = 0x01;

/// Longest payload: the longest header (21, version 2019 in parts) and the longest body the header can state (1,023).
pub const PAYLOAD_BYTES_MAX: usize = 21 + 1023;
/// Longest run between two flags: payload and check byte, every byte escaped.
pub const ESCAPED_BYTES_MAX: usize = (PAYLOAD_BYTES_MAX + 1) * 2;
/// Most bytes a [`Deframer`] holds. Reached only by a caller that pushes without taking frames out.
pub const HELD_BYTES_MAX: usize = 1 << 20;

/// Why a run of bytes between two flags is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// 7D followed by something else than 01 or 02, or by nothing.
    #[error("byte 7D at {at} is not followed by 01 or 02")]
    BadEscape {
        /// Its offset after the opening flag.
        at: usize,
    },
    /// The check byte differs from the XOR of the payload.
    #[error("check byte {found:02X}, the payload gives {computed:02X}")]
    BadChecksum {
        /// The byte sent.
        found: u8,
        /// The XOR of the payload.
        computed: u8,
    },
    /// Longer than [`PAYLOAD_BYTES_MAX`].
    #[error("more than {PAYLOAD_BYTES_MAX} bytes without a flag")]
    Oversize,
}

/// What a [`Deframer`] has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameCounters {
    /// Frames handed out whole.
    pub frames: u64,
    /// Frames dropped for their check byte.
    pub bad_checksum: u64,
    /// Frames dropped for a wrong escape.
    pub bad_escape: u64,
    /// Runs dropped for their length.
    pub oversize: u64,
    /// Bytes dropped before the first flag or after an oversize run.
    pub junk_bytes: u64,
    /// Bytes not taken because [`HELD_BYTES_MAX`] were held already.
    pub overflow_bytes: u64,
}

/// Cuts a byte stream into payloads, whatever pieces it arrives in. [`Deframer::push`] bytes, then take frames with
/// `next()` until it gives `None`; `None` means "not yet", and later bytes may bring more.
///
/// Each item is a payload, unescaped, its check byte verified and removed, or the reason why one was dropped.
#[derive(Debug, Default)]
pub struct Deframer {
    bytes: Vec<u8>,
    /// Start of the current run.
    read: usize,
    /// Up to here no flag was found.
    scanned: usize,
    /// A flag opened the current run; without, its bytes are junk.
    opened: bool,
    counters: FrameCounters,
}

impl Deframer {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.bytes.drain(..self.read);
            self.scanned -= self.read;
            self.read = 0;
        }
        let taken = bytes.len().min(HELD_BYTES_MAX - self.bytes.len().min(HELD_BYTES_MAX));
        self.counters.overflow_bytes += (bytes.len() - taken) as u64;
        self.bytes.extend_from_slice(&bytes[..taken]);
    }

    /// What was met so far.
    pub fn counters(&self) -> &FrameCounters {
        &self.counters
    }

    /// Moves the start of the current run to `to` and says where the run lay.
    fn advance(&mut self, to: usize) -> std::ops::Range<usize> {
        let run = self.read..to;
        self.read = to;
        self.scanned = to;
        run
    }

    /// Called when no flag is left: drops what can be no frame any more.
    fn without_flag(&mut self) -> Option<FrameError> {
        self.scanned = self.bytes.len();
        let held = self.bytes.len() - self.read;
        if self.opened && held <= ESCAPED_BYTES_MAX {
            return None;
        }
        self.advance(self.bytes.len());
        let was_open = std::mem::replace(&mut self.opened, false);
        self.counters.junk_bytes += held as u64;
        was_open.then(|| {
            self.counters.oversize += 1;
            FrameError::Oversize
        })
    }

    fn count(&mut self, outcome: &Result<Vec<u8>, FrameError>) {
        let counter = match outcome {
            Ok(_) => &mut self.counters.frames,
            Err(FrameError::BadEscape { .. }) => &mut self.counters.bad_escape,
            Err(FrameError::BadChecksum { .. }) => &mut self.counters.bad_checksum,
            Err(FrameError::Oversize) => &mut self.counters.oversize,
        };
        *counter += 1;
    }
}

impl Iterator for Deframer {
    type Item = Result<Vec<u8>, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let unscanned = &self.bytes[self.scanned..];
            let Some(found) = unscanned.iter().position(|byte| *byte == FLAG) else {
                return self.without_flag().map(Err);
            };
            let flag = self.scanned + found;
            let run = self.advance(flag);
            self.read = flag + 1;
            self.scanned = flag + 1;
            if !std::mem::replace(&mut self.opened, true) {
                self.counters.junk_bytes += run.len() as u64;
            } else if !run.is_empty() {
                let outcome = decode_run(&self.bytes[run]);
                self.count(&outcome);
                return Some(outcome);
            }
        }
    }
}

/// The payload of one run between flags.
fn decode_run(run: &[u8]) -> Result<Vec<u8>, FrameError> {
    if run.len() > ESCAPED_BYTES_MAX {
        return Err(FrameError::Oversize);
    }
    let mut payload = unescape(run)?;
    let found = payload.pop().unwrap_or_default();
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(FrameError::Oversize);
    }
    let computed = checksum(&payload);
    if found == computed { Ok(payload) } else { Err(FrameError::BadChecksum { found, computed }) }
}

/// XOR of all bytes.
pub fn checksum(payload: &[u8]) -> u8 {
    payload.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Undoes the escapes of a run without flags.
pub fn unescape(run: &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut out = Vec::with_capacity(run.len());
    let mut rest = run;
    while let Some(plain) = rest.iter().position(|byte| *byte == ESCAPE) {
        out.extend_from_slice(&rest[..plain]);
        out.push(match rest.get(plain + 1) {
            Some(&ESCAPED_FLAG) => FLAG,
            Some(&ESCAPED_ESCAPE) => ESCAPE,
            _ => return Err(FrameError::BadEscape { at: run.len() - rest.len() + plain }),
        });
        rest = &rest[plain + 2..];
    }
    out.extend_from_slice(rest);
    Ok(out)
}

/// Appends `bytes` with 7E and 7D escaped.
pub fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        match byte {
            FLAG => out.extend_from_slice(&[ESCAPE, ESCAPED_FLAG]),
            ESCAPE => out.extend_from_slice(&[ESCAPE, ESCAPED_ESCAPE]),
            plain => out.push(plain),
        }
    }
}

/// Appends `payload` as one frame: flag, payload and check byte escaped, flag. Length is not
/// checked here: what is over [`PAYLOAD_BYTES_MAX`] the other end drops.
pub fn encode_frame(payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len() + 8);
    out.push(FLAG);
    escape(payload, out);
    escape(&[checksum(payload)], out);
    out.push(FLAG);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `stream` in one piece and compares what comes out, errors by their name only.
    #[track_caller]
    fn check(stream: &str, expected: &[Result<&str, FrameError>]) {
        let stream = hex::decode(stream.replace(' ', "")).unwrap();
        let mut deframer = Deframer::new();
        deframer.push(&stream);
        let found: Vec<_> = deframer.by_ref().map(|frame| frame.map(hex::encode)).collect();
        let expected: Vec<_> = expected.iter().map(|frame| frame.map(str::to_owned)).collect();
        assert_eq!(found, expected);
        let counters = *deframer.counters();
        let counted = counters.frames + counters.bad_checksum + counters.bad_escape + counters.oversize;
        assert_eq!(counted as usize, expected.len());
    }

    /// A payload without a byte to escape, and its check byte.
    const A: &str = "0102 03";
    const B: &str = "7d02 7d01 03";

    #[test]
    fn glued_frames_and_frames_that_share_a_flag_are_both_cut() {
        check(&format!("7e{A}7e 7e{B}7e"), &[Ok("0102"), Ok("7e7d")]);
        check(&format!("7e{A}7e{B}7e"), &[Ok("0102"), Ok("7e7d")]);
        check("7e7e7e7e", &[]);
    }

    #[test]
    fn junk_before_between_and_after_frames_costs_no_frame() {
        let bad = Err(FrameError::BadChecksum { found: 0x24, computed: 0x25 });
        check(&format!("2424 7e{A}7e 2524 7e{B}7e 99"), &[Ok("0102"), bad, Ok("7e7d")]);
    }

    #[test]
    fn a_damaged_frame_is_named_and_the_next_one_read() {
        let bad = Err(FrameError::BadChecksum { found: 0x04, computed: 0x03 });
        check(&format!("7e 0102 04 7e7e{A}7e"), &[bad, Ok("0102")]);
        check(&format!("7e 01 7d03 02 7e{A}7e"), &[Err(FrameError::BadEscape { at: 1 }), Ok("0102")]);
        check(&format!("7e 01 02 7d 7e{A}7e"), &[Err(FrameError::BadEscape { at: 2 }), Ok("0102")]);
    }

    #[test]
    fn an_endless_run_is_dropped_once_and_what_follows_it_is_read() {
        let endless = "11".repeat(ESCAPED_BYTES_MAX + 1);
        check(&format!("7e{endless}7e{A}7e"), &[Err(FrameError::Oversize), Ok("0102")]);
        check(&format!("7e{}7e", "00".repeat(PAYLOAD_BYTES_MAX + 1)), &[Ok(&"00".repeat(PAYLOAD_BYTES_MAX))]);
        check(&format!("7e{}7e", "00".repeat(PAYLOAD_BYTES_MAX + 2)), &[Err(FrameError::Oversize)]);
    }

    #[test]
    fn bytes_pushed_without_taking_frames_are_bounded_and_counted() {
        let mut deframer = Deframer::new();
        deframer.push(&[FLAG]);
        deframer.push(&vec![0x11; HELD_BYTES_MAX]);
        assert_eq!(deframer.counters().overflow_bytes, 1);
        assert_eq!(deframer.next(), Some(Err(FrameError::Oversize)));
        deframer.push(&[FLAG, 1, 1, FLAG]);
        assert_eq!(deframer.next(), Some(Ok(vec![1])));
    }

    proptest! {
        #[test]
        fn any_payloads_survive_the_line_in_any_pieces(
            payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 1..8),
            cuts in prop::collection::vec(1usize..40, 1..30),
        ) {
            let mut stream = Vec::new();
            for payload in &payloads {
                encode_frame(payload, &mut stream);
            }
            let (mut deframer, mut found, mut rest) = (Deframer::new(), Vec::new(), stream.as_slice());
            for cut in cuts.iter().cycle() {
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                deframer.push(piece);
                found.extend(deframer.by_ref());
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            let expected: Vec<_> = payloads.into_iter().map(Ok).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic_and_held_bounded(
            pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..20),
        ) {
            let mut deframer = Deframer::new();
            for piece in pieces {
                deframer.push(&piece);
                for frame in deframer.by_ref() {
                    prop_assert!(frame.is_err() || frame.is_ok_and(|f| f.len() <= PAYLOAD_BYTES_MAX));
                }
                prop_assert!(deframer.bytes.len() - deframer.read <= ESCAPED_BYTES_MAX);
            }
        }
    }
}
