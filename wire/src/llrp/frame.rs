//! Messages on the line: `reserved 3 bits | version 3 | type 10 | length 32 | id 32 | body`, the length counting all of it
//! (LLRP 1.1 §16.1.1). There is no flag to find the next message by: a length that cannot be ends the stream.

/// Bytes before the body.
pub const HEADER_BYTES: usize = 10;
/// Longest message believed; a report of some thousand tags stays below it.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// The version written: 1.0.1, which every reader speaks.
const VERSION_WRITTEN: u8 = 1;
/// Versions read: 1 is 1.0.1, 2 is 1.1. The messages read here are the same in both.
const VERSIONS_READ: std::ops::RangeInclusive<u8> = 1..=2;

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The peer speaks something else.
    #[error("a message of version {found} came, versions 1 and 2 are read: is this an LLRP reader?")]
    Version {
        /// The version field.
        found: u8,
    },
    /// Shorter than its own header, or longer than [`MESSAGE_BYTES_MAX`].
    #[error(
        "a message of {bytes} bytes is announced, {HEADER_BYTES} to {MESSAGE_BYTES_MAX} are read: is this an LLRP reader?"
    )]
    Length {
        /// The length field.
        bytes: u32,
    },
}

/// A message whose body is not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawMessage {
    /// Message type, 10 bits.
    pub kind: u16,
    /// Message id: an answer carries that of its question.
    pub id: u32,
    /// The body.
    pub body: Vec<u8>,
}

/// Cuts a byte stream into messages, whatever pieces it arrives in. [`Framer::push`] bytes, then take messages with
/// `next()` until it gives `None`. After an error it gives nothing more.
#[derive(Debug, Default)]
pub struct Framer {
    bytes: Vec<u8>,
    read: usize,
    broken: bool,
}

impl Framer {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds received bytes. A caller that takes messages after each push holds at most one message and one push.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.broken {
            return;
        }
        self.bytes.drain(..self.read);
        self.read = 0;
        self.bytes.extend_from_slice(bytes);
    }

    fn read_one(&mut self) -> Result<Option<RawMessage>, FrameError> {
        let rest = self.bytes.get(self.read..).unwrap_or_default();
        let Some(([first, second, l0, l1, l2, l3, i0, i1, i2, i3], after)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let version = first >> 2 & 0b111;
        if !VERSIONS_READ.contains(&version) {
            return Err(FrameError::Version { found: version });
        }
        let stated = u32::from_be_bytes([*l0, *l1, *l2, *l3]);
        let body_bytes = usize::try_from(stated)
            .ok()
            .filter(|bytes| *bytes <= MESSAGE_BYTES_MAX)
            .and_then(|bytes| bytes.checked_sub(HEADER_BYTES))
            .ok_or(FrameError::Length { bytes: stated })?;
        let Some(body) = after.get(..body_bytes) else { return Ok(None) };
        let message = RawMessage {
            kind: u16::from_be_bytes([first & 0b11, *second]),
            id: u32::from_be_bytes([*i0, *i1, *i2, *i3]),
            body: body.to_vec(),
        };
        self.read += HEADER_BYTES + body_bytes;
        Ok(Some(message))
    }
}

impl Iterator for Framer {
    type Item = Result<RawMessage, FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.broken {
            return None;
        }
        let read = self.read_one();
        if read.is_err() {
            self.broken = true;
            self.bytes = Vec::new();
            self.read = 0;
        }
        read.transpose()
    }
}

/// A message as it goes out.
pub fn encode(kind: u16, id: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_BYTES + body.len());
    let head = u16::from(VERSION_WRITTEN) << 10 | (kind & 0x03FF);
    out.extend_from_slice(&head.to_be_bytes());
    // Bodies written here are a few hundred bytes.
    out.extend_from_slice(&((HEADER_BYTES + body.len()) as u32).to_be_bytes());
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(body);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_keepalive_is_ten_bytes_of_version_one() {
        assert_eq!(hex::encode(encode(62, 7, &[])), "043e0000000a00000007");
    }

    #[test]
    fn a_stream_that_is_no_llrp_ends_at_its_first_message() {
        for (stream, expected) in [
            (b"HTTP/1.1 200 OK".as_slice(), FrameError::Length { bytes: u32::from_be_bytes(*b"TP/1") }),
            (&[0; 12], FrameError::Version { found: 0 }),
            (&[4, 62, 0, 0, 0, 9, 0, 0, 0, 0], FrameError::Length { bytes: 9 }),
            (&[4, 62, 0x7F, 0, 0, 0, 0, 0, 0, 0], FrameError::Length { bytes: 0x7F00_0000 }),
        ] {
            let mut framer = Framer::new();
            framer.push(stream);
            assert_eq!(framer.next(), Some(Err(expected)));
            assert_eq!(framer.next(), None);
        }
    }

    proptest! {
        #[test]
        fn any_messages_survive_the_line_in_any_pieces(
            messages in prop::collection::vec((0u16..1024, any::<u32>(), prop::collection::vec(any::<u8>(), 0..60)), 1..8),
            piece in 1usize..40,
        ) {
            let stream: Vec<u8> = messages.iter().flat_map(|(kind, id, body)| encode(*kind, *id, body)).collect();
            let (mut framer, mut found) = (Framer::new(), Vec::new());
            for bytes in stream.chunks(piece) {
                framer.push(bytes);
                found.extend(framer.by_ref());
            }
            let expected: Vec<_> =
                messages.into_iter().map(|(kind, id, body)| Ok(RawMessage { kind, id, body })).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90), 0..20)) {
            let mut framer = Framer::new();
            for piece in pieces {
                framer.push(&piece);
                let found: Vec<_> = framer.by_ref().collect();
                prop_assert!(found.iter().rev().skip(1).all(Result::is_ok), "an error is the last item");
            }
        }
    }
}
