//! The truck's RFID reader: bytes of its module to tags, whatever the module's family, and which of them are reported.
//!
//! [`Decoder`] finds the frames, checks and reads them; [`TagWatch`] de-bounces what it reads and sees copied tags. A read
//! that is missing means nothing: a tag may be there and not be heard.

pub mod a0;
pub mod bb7e;
pub(crate) mod config;
mod line_hex;
mod scan;
#[cfg(test)]
pub(crate) mod tests;
pub mod uhfreader18;
mod watch;

use std::str::FromStr;

use domain::{Epc, Tid, Timestamp};

pub use config::{Polling, RfidConfig};
pub use line_hex::{EPC_HEX_CHARS_MIN, LINE_BYTES_MAX};
pub use scan::FRAME_STALE_MS;
use scan::{Cut, Scanner};
pub use watch::{CONFLICT_AGAIN_MS, Conflict, TAGS_MAX, TagRules, TagWatch, WatchCounters};

/// A tag, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRead {
    /// The tag.
    pub epc: Epc,
    /// Its chip's own number, where the reader gives it.
    pub tid: Option<Tid>,
    /// The antenna port, from 1; 0 where the reader names none.
    pub antenna: u8,
    /// Signal strength in dBm.
    pub rssi_dbm: Option<i16>,
}

impl TagRead {
    /// A tag of which nothing else is known.
    pub fn of(epc: Epc) -> Self {
        Self { epc, tid: None, antenna: 0, rssi_dbm: None }
    }
}

/// How modules frame what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `BB … 7E`: M100, R200, JRD-4035.
    Bb7e,
    /// `A0 len …`: Impinj R2000.
    A0,
    /// `len addr recmd …`: UHFReader18.
    UhfReader18,
    /// A line of hexadecimal text.
    LineHex,
    /// LLRP: a session by TCP, kept by the source; tags come read.
    Llrp,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Bb7e, Self::A0, Self::UhfReader18, Self::LineHex, Self::Llrp];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bb7e => "bb7e",
            Self::A0 => "a0",
            Self::UhfReader18 => "uhfreader18",
            Self::LineHex => "line_hex",
            Self::Llrp => "llrp",
        }
    }

    /// What to write to a module so that it looks for tags, one after another in turn. Empty where the module speaks by
    /// itself. `read_tid`: ask for the TID bank too, where it is known how.
    pub fn polls(self, read_tid: bool) -> Vec<Vec<u8>> {
        match self {
            Self::Bb7e if read_tid => vec![bb7e::single_poll(), bb7e::tid_poll()],
            Self::Bb7e => vec![bb7e::single_poll()],
            Self::A0 => vec![a0::inventory_poll(a0::ADDRESS_ANY)],
            Self::UhfReader18 => vec![uhfreader18::inventory_poll(uhfreader18::ADDRESS_DELIVERED)],
            Self::LineHex | Self::Llrp => Vec::new(),
        }
    }

    /// Whether [`Family::polls`] can ask for the TID.
    pub fn reads_tid(self) -> bool {
        self == Self::Bb7e
    }
}

impl FromStr for Family {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::name).join(", ");
        Self::ALL
            .into_iter()
            .find(|family| family.name() == text)
            .ok_or_else(|| format!("{text:?} is no family of readers; known: {known}"))
    }
}

/// What a reader's stream held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DecodeCounters {
    /// Frames or lines whose length and checksum fit.
    pub frames: u64,
    /// What began like a frame and had a wrong checksum or end.
    pub bad_checksums: u64,
    /// What began like a frame or line and had an impossible length.
    pub bad_lengths: u64,
    /// Well-formed frames that tell no tag.
    pub other_frames: u64,
    /// Frames that should tell a tag and contradict themselves.
    pub bad_reads: u64,
    /// Bytes in no frame.
    pub skipped_bytes: u64,
}

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Read {
    Tags(Vec<TagRead>),
    Other,
    Bad,
}

#[derive(Debug, Clone)]
enum Stream {
    Framed {
        scanner: Scanner,
        cut: fn(&[u8]) -> Cut,
        read: fn(&[u8]) -> Read,
    },
    Lines(line_hex::Lines),
    /// Tags come read.
    Session,
}

/// Reads one module's stream.
#[derive(Debug, Clone)]
pub struct Decoder {
    family: Family,
    stream: Stream,
    counters: DecodeCounters,
}

impl Decoder {
    /// A decoder that has read nothing.
    pub fn new(family: Family) -> Self {
        let framed = |cut, read| Stream::Framed { scanner: Scanner::default(), cut, read };
        let stream = match family {
            Family::Bb7e => framed(bb7e::cut, bb7e::read),
            Family::A0 => framed(a0::cut, a0::read),
            Family::UhfReader18 => framed(uhfreader18::cut, uhfreader18::read),
            Family::LineHex => Stream::Lines(line_hex::Lines::default()),
            Family::Llrp => Stream::Session,
        };
        Self { family, stream, counters: DecodeCounters::default() }
    }

    /// Whose frames it reads.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Takes bytes, gives every tag they tell.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Timestamp) -> Vec<TagRead> {
        let counters = &mut self.counters;
        match &mut self.stream {
            Stream::Lines(lines) => lines.handle_bytes(bytes, now, counters),
            Stream::Session => Vec::new(),
            Stream::Framed { scanner, cut, read } => {
                let mut tags = Vec::new();
                scanner.scan(bytes, now, *cut, counters, |frame, counters| match read(frame) {
                    Read::Tags(read) => tags.extend(read),
                    Read::Other => counters.other_frames += 1,
                    Read::Bad => counters.bad_reads += 1,
                });
                tags
            }
        }
    }

    /// The stream broke off: what comes next does not continue what came.
    pub fn handle_interruption(&mut self) {
        match &mut self.stream {
            Stream::Lines(lines) => lines.reset(&mut self.counters),
            Stream::Session => {}
            Stream::Framed { scanner, .. } => scanner.reset(&mut self.counters),
        }
    }

    /// What was met.
    pub fn counters(&self) -> &DecodeCounters {
        &self.counters
    }
}

/// The 16-bit words of the EPC, by the upper five bits of the protocol-control word (ISO/IEC 18000-63).
fn epc_words(pc: [u8; 2]) -> usize {
    usize::from(pc[0] >> 3)
}
