//! Readers that send a line of text for a tag, ended by CR, LF or both.
//!
//! Taken are, in either case of letters and with `,`, `;`, `|`, tab or blank between:
//! - the EPC alone: `30751FEB705C5904E3D50D70`, also as `30 75 1F EB …`, byte by byte
//! - with names: `EPC:30751FEB… TID=E2806894… RSSI:-55 ANT:1`, in any order; a name not known is passed over
//! - without names, in this order: EPC, TID (16 or more digits beginning with E0 or E2), strength (`-55`, `-55dBm`).
//!   A number without a name and without a minus sign may be anything, so it is nothing.
//!
//! A line of text has no checksum: an EPC shorter than [`EPC_HEX_CHARS_MIN`] is not believed, and a line that was too
//! long or torn is dropped whole, never read from its middle.

use domain::{Epc, Tid, Timestamp};

use super::scan::FRAME_STALE_MS;
use super::{DecodeCounters, Read, TagRead};

/// Longest line believed, in bytes.
pub const LINE_BYTES_MAX: usize = 256;
/// Shortest EPC believed from a line.
pub const EPC_HEX_CHARS_MIN: usize = 8;
/// Shortest TID believed without its name.
const NAMELESS_TID_HEX_CHARS_MIN: usize = 16;
const ANTENNA_MAX: u8 = 64;

/// The line being received.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    /// The line is lost: what comes up to its end is dropped.
    dropping: bool,
    last_bytes: Option<Timestamp>,
}

impl Lines {
    pub(super) fn handle_bytes(
        &mut self,
        bytes: &[u8],
        now: Timestamp,
        counters: &mut DecodeCounters,
    ) -> Vec<TagRead> {
        if self.last_bytes.is_some_and(|last| now.millis_since(last) > FRAME_STALE_MS) {
            self.reset(counters);
        }
        self.last_bytes = Some(now);
        let mut tags = Vec::new();
        for byte in bytes {
            match byte {
                b'\r' | b'\n' => self.end_line(&mut tags, counters),
                _ if self.dropping => counters.skipped_bytes += 1,
                _ if self.line.len() >= LINE_BYTES_MAX => {
                    counters.bad_lengths += 1;
                    counters.skipped_bytes += self.line.len() as u64 + 1;
                    self.line.clear();
                    self.dropping = true;
                }
                byte => self.line.push(*byte),
            }
        }
        tags
    }

    /// The stream broke off: the line begun is dropped, and so is the rest of the one that comes in its middle.
    pub(super) fn reset(&mut self, counters: &mut DecodeCounters) {
        if !self.line.is_empty() {
            counters.skipped_bytes += self.line.len() as u64;
            self.line.clear();
            self.dropping = true;
        }
    }

    fn end_line(&mut self, tags: &mut Vec<TagRead>, counters: &mut DecodeCounters) {
        self.dropping = false;
        let line = std::mem::take(&mut self.line);
        if line.iter().all(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
            return;
        }
        counters.frames += 1;
        match read(&line) {
            Read::Tags(read) => tags.extend(read),
            Read::Other => counters.other_frames += 1,
            Read::Bad => counters.bad_reads += 1,
        }
    }

    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.line.len()
    }
}

fn read(line: &[u8]) -> Read {
    let Ok(text) = str::from_utf8(line) else {
        return Read::Bad;
    };
    // Some frame their lines with STX and ETX, others put a blank behind a name.
    let text = text.trim_matches(|c: char| c.is_ascii_control() || c.is_whitespace());
    let text = text.replace(": ", ":").replace("= ", "=");
    if let Some(epc) = byte_by_byte(&text) {
        return epc.parse().map_or(Read::Bad, |epc| Read::Tags(vec![TagRead::of(epc)]));
    }
    let mut parts = Parts::default();
    for word in text.split([',', ';', '|', '\t', ' ']).filter(|word| !word.is_empty()) {
        if parts.take(word).is_none() {
            return Read::Bad;
        }
    }
    match parts.epc {
        Some(epc) => Read::Tags(vec![TagRead {
            epc,
            tid: parts.tid,
            antenna: parts.antenna.unwrap_or(0),
            rssi_dbm: parts.rssi_dbm,
        }]),
        None => Read::Other,
    }
}

/// `30 75 1F EB` is one EPC, not four words.
fn byte_by_byte(text: &str) -> Option<String> {
    let bytes: Vec<&str> = text.split(' ').collect();
    let all = bytes.iter().all(|word| word.len() == 2 && is_hex(word));
    (all && bytes.len() * 2 >= EPC_HEX_CHARS_MIN).then(|| bytes.concat())
}

#[derive(Default)]
struct Parts {
    epc: Option<Epc>,
    tid: Option<Tid>,
    antenna: Option<u8>,
    rssi_dbm: Option<i16>,
}

impl Parts {
    /// `None`: a word with a known name does not hold what the name says, so nothing of the line is believed.
    fn take(&mut self, word: &str) -> Option<()> {
        match word.split_once([':', '=']) {
            Some((name, value)) => match name.to_ascii_uppercase().as_str() {
                "EPC" => self.epc = Some(epc(value)?),
                "TID" => self.tid = Some(value.parse().ok()?),
                "RSSI" => self.rssi_dbm = Some(strength(value)?),
                "ANT" | "ANTENNA" => {
                    self.antenna = Some(value.parse().ok().filter(|port| *port <= ANTENNA_MAX)?);
                }
                _ => {}
            },
            None => self.take_nameless(word),
        }
        Some(())
    }

    fn take_nameless(&mut self, word: &str) {
        if self.epc.is_none() {
            self.epc = epc(word);
        } else if self.tid.is_none() && is_nameless_tid(word) {
            self.tid = word.parse().ok();
        } else if self.rssi_dbm.is_none() && word.starts_with('-') {
            self.rssi_dbm = strength(word);
        }
    }
}

fn is_hex(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_hexdigit())
}

fn epc(word: &str) -> Option<Epc> {
    (word.len() >= EPC_HEX_CHARS_MIN && is_hex(word)).then(|| word.parse().ok()).flatten()
}

fn is_nameless_tid(word: &str) -> bool {
    let upper = word.to_ascii_uppercase();
    word.len() >= NAMELESS_TID_HEX_CHARS_MIN && (upper.starts_with("E2") || upper.starts_with("E0"))
}

/// A strength in dBm; what no receiver hears is no strength.
fn strength(word: &str) -> Option<i16> {
    let number = word.to_ascii_lowercase();
    let number = number.strip_suffix("dbm").unwrap_or(&number);
    let whole = number.split('.').next()?;
    whole.parse().ok().filter(|dbm| (-127..=20).contains(dbm))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfid::Family;
    use crate::rfid::tests::{check_noise, check_reads, decoder, now, tag};
    use proptest::prelude::*;

    const EPC: &str = "30751FEB705C5904E3D50D70";
    const TID: &str = "E280689400004001";

    #[test]
    fn every_spelling_is_read() {
        let (bare, full) = (tag(EPC), TagRead { antenna: 2, ..tag(EPC).with_tid(TID).with_rssi(-55) });
        for (line, expected) in [
            (EPC.to_owned(), bare.clone()),
            (EPC.to_ascii_lowercase(), bare.clone()),
            (format!("\u{2}{EPC}\u{3}"), bare.clone()),
            ("30 75 1F EB 70 5C 59 04 E3 D5 0D 70".into(), bare.clone()),
            (format!("{EPC},-55"), bare.clone().with_rssi(-55)),
            (format!("{EPC};{TID};-55dBm"), bare.clone().with_tid(TID).with_rssi(-55)),
            (format!("{EPC} {TID}"), bare.clone().with_tid(TID)),
            (format!("EPC:{EPC},TID:{TID},RSSI:-55,ANT:2"), full.clone()),
            (format!("ant=2|rssi=-55.5 dBm|tid={TID}|epc={EPC}|cnt=3"), full.clone()),
            (format!("EPC: {EPC} TID: {TID} ANT: 2 RSSI: -55"), full),
            (format!("{EPC},3,17"), bare),
        ] {
            check_reads(Family::LineHex, format!("{line}\r\n").as_bytes(), &[expected]);
        }
    }

    #[test]
    fn what_is_no_tag_is_counted_by_reason() {
        for (line, other, bad) in [
            ("READY", 1, 0),
            ("1234", 1, 0),
            ("EPC:30751FEBX", 0, 1),
            ("EPC:30751FEB705C TID:12", 0, 1),
            ("30751FEB705C RSSI:loud", 0, 1),
            ("", 0, 0),
        ] {
            let counters = check_reads(Family::LineHex, format!("{line}\n").as_bytes(), &[]);
            assert_eq!((counters.other_frames, counters.bad_reads), (other, bad), "{line}");
        }
    }

    #[test]
    fn a_line_too_long_is_dropped_whole() {
        let long = format!("{}{EPC}\n{EPC}\n", "A".repeat(LINE_BYTES_MAX));
        let counters = check_reads(Family::LineHex, long.as_bytes(), &[tag(EPC)]);
        assert_eq!(counters.bad_lengths, 1);
    }

    #[test]
    fn a_torn_line_is_no_tag() {
        let mut decoder = decoder(Family::LineHex);
        assert!(decoder.handle_bytes(b"30751FEB705C", now()).is_empty());
        decoder.handle_interruption();
        assert_eq!(decoder.handle_bytes(format!("5904E3D50D70\n{EPC}\n").as_bytes(), now()), [tag(EPC)]);
    }

    proptest! {
        #[test]
        fn noise_neither_panics_nor_grows_the_buffer(noise in proptest::collection::vec(prop_oneof![any::<u8>(), 0x20u8..0x7F], 0..3000)) {
            check_noise(Family::LineHex, &noise, format!("\n{EPC}\n").as_bytes());
        }

        #[test]
        fn any_line_is_read_or_counted(line in "[ -~\\t]{0,80}") {
            let mut decoder = decoder(Family::LineHex);
            let read = decoder.handle_bytes(format!("{line}\n").as_bytes(), now()).len() as u64;
            let counters = decoder.counters();
            prop_assert_eq!(counters.frames, read + counters.other_frames + counters.bad_reads);
        }
    }
}
