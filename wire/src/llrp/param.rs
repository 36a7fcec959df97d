//! Parameters inside a message: TLV (6 reserved bits, 10 bits type, length with its own 4 bytes, value) and TV (top bit
//! set, 7 bits type, a value whose length the type says); LLRP 1.1 §17.1.

/// Types this crate names.
pub(super) mod kind {
    pub(in super::super) const ANTENNA_ID: u16 = 1;
    pub(in super::super) const FIRST_SEEN_UTC: u16 = 2;
    pub(in super::super) const LAST_SEEN_UTC: u16 = 4;
    pub(in super::super) const PEAK_RSSI: u16 = 6;
    pub(in super::super) const TAG_SEEN_COUNT: u16 = 8;
    pub(in super::super) const EPC_96: u16 = 13;
    pub(in super::super) const UTC_TIMESTAMP: u16 = 128;
    pub(in super::super) const GENERAL_CAPABILITIES: u16 = 137;
    pub(in super::super) const ROSPEC: u16 = 177;
    pub(in super::super) const RO_BOUNDARY: u16 = 178;
    pub(in super::super) const ROSPEC_START: u16 = 179;
    pub(in super::super) const ROSPEC_STOP: u16 = 182;
    pub(in super::super) const AISPEC: u16 = 183;
    pub(in super::super) const AISPEC_STOP: u16 = 184;
    pub(in super::super) const INVENTORY: u16 = 186;
    pub(in super::super) const KEEPALIVE_SPEC: u16 = 220;
    pub(in super::super) const EVENTS_AND_REPORTS: u16 = 226;
    pub(in super::super) const RO_REPORT_SPEC: u16 = 237;
    pub(in super::super) const TAG_REPORT_CONTENT: u16 = 238;
    pub(in super::super) const TAG_REPORT_DATA: u16 = 240;
    pub(in super::super) const EPC_DATA: u16 = 241;
    pub(in super::super) const EVENT_DATA: u16 = 246;
    pub(in super::super) const READER_EXCEPTION: u16 = 252;
    pub(in super::super) const ANTENNA_EVENT: u16 = 255;
    pub(in super::super) const CONNECTION_ATTEMPT: u16 = 256;
    pub(in super::super) const CONNECTION_CLOSE: u16 = 257;
    pub(in super::super) const STATUS: u16 = 287;
}

/// Marks a TV parameter.
const TV_FLAG: u8 = 0x80;
/// Type and length of a TLV parameter.
const TLV_HEADER_BYTES: usize = 4;

/// Value bytes of the TV types 1 to 20, in order; a TV type beyond them has no length anyone could know.
const TV_BYTES: [usize; 20] = [2, 8, 8, 8, 8, 1, 2, 2, 4, 2, 2, 2, 12, 2, 2, 4, 2, 4, 2, 2];

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Param<'a> {
    pub(super) kind: u16,
    pub(super) value: &'a [u8],
}

/// Parameters that cannot be walked further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is cut short, or of a kind whose length is not known")]
pub(super) struct BrokenParams;

/// Walks a run of parameters; ends after an error.
#[derive(Debug, Clone)]
pub(super) struct Params<'a> {
    rest: &'a [u8],
}

impl<'a> Params<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The first parameter of a kind; a broken run holds none after the break.
    pub(super) fn find(mut self, kind: u16) -> Option<&'a [u8]> {
        self.find_map(|param| param.ok().filter(|p| p.kind == kind).map(|p| p.value))
    }

    fn split(rest: &'a [u8]) -> Option<(Param<'a>, &'a [u8])> {
        let first = *rest.first()?;
        if first & TV_FLAG != 0 {
            let kind = first & !TV_FLAG;
            let bytes = *TV_BYTES.get(usize::from(kind).checked_sub(1)?)?;
            let (value, rest) = rest.get(1..)?.split_at_checked(bytes)?;
            return Some((Param { kind: u16::from(kind), value }, rest));
        }
        let ([k0, k1, l0, l1], after) = rest.split_first_chunk()?;
        let bytes = usize::from(u16::from_be_bytes([*l0, *l1])).checked_sub(TLV_HEADER_BYTES)?;
        let (value, rest) = after.split_at_checked(bytes)?;
        Some((Param { kind: u16::from_be_bytes([k0 & 0b11, *k1]), value }, rest))
    }
}

impl<'a> Iterator for Params<'a> {
    type Item = Result<Param<'a>, BrokenParams>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match Self::split(self.rest) {
            Some((param, rest)) => {
                self.rest = rest;
                Some(Ok(param))
            }
            None => {
                self.rest = &[];
                Some(Err(BrokenParams))
            }
        }
    }
}

/// Appends a TLV parameter whose value `write` appends.
pub(super) fn tlv(out: &mut Vec<u8>, kind: u16, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    write(out);
    // What is written here stays far below 64 KiB: texts are cut where they come in.
    let bytes = ((out.len() - start) as u16).to_be_bytes();
    if let Some(field) = out.get_mut(start + 2..start + 4) {
        field.copy_from_slice(&bytes);
    }
}

/// Appends a TV parameter.
pub(super) fn tv(out: &mut Vec<u8>, kind: u16, value: &[u8]) {
    out.push(TV_FLAG | kind as u8);
    out.extend_from_slice(value);
}

/// A text with its length in front (UTF-8), as status descriptions and exceptions are written.
pub(super) fn counted_text(out: &mut Vec<u8>, text: &str) {
    let cut = text.floor_char_boundary(TEXT_BYTES_MAX);
    out.extend_from_slice(&(cut as u16).to_be_bytes());
    out.extend_from_slice(text.get(..cut).unwrap_or_default().as_bytes());
}

/// Longest text kept or written.
pub(super) const TEXT_BYTES_MAX: usize = 500;

/// Reads what [`counted_text`] writes; bytes that are no UTF-8 become U+FFFD.
pub(super) fn read_counted_text(bytes: &[u8]) -> String {
    let Some(([high, low], rest)) = bytes.split_first_chunk() else { return String::new() };
    let count = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len()).min(TEXT_BYTES_MAX);
    String::from_utf8_lossy(rest.get(..count).unwrap_or_default()).trim().to_owned()
}

/// A moment in microseconds since 1970, as readers with a clock stamp.
pub(super) fn micros(value: &[u8]) -> Option<domain::Timestamp> {
    let micros = u64::from_be_bytes(value.try_into().ok()?);
    i64::try_from(micros / 1000).ok().map(domain::Timestamp::from_millis)
}

/// The reverse of [`micros`]; a moment before 1970 is written as 1970.
pub(super) fn to_micros(time: domain::Timestamp) -> [u8; 8] {
    u64::try_from(time.millis()).unwrap_or(0).saturating_mul(1000).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_parameters_are_stepped_over_and_what_follows_is_found() {
        let mut bytes = Vec::new();
        tlv(&mut bytes, 1023, |out| out.extend_from_slice(b"maker's own"));
        tv(&mut bytes, kind::ANTENNA_ID, &[0, 3]);
        tlv(&mut bytes, 900, |_| {});
        tv(&mut bytes, kind::PEAK_RSSI, &[0xC9]);
        assert_eq!(Params::new(&bytes).count(), 4);
        assert_eq!(Params::new(&bytes).find(kind::PEAK_RSSI), Some([0xC9].as_slice()));
    }

    #[test]
    fn a_run_ends_at_a_length_that_cannot_be_and_at_an_unknown_tv() {
        for broken in
            [&[0u8, 240, 0, 3, 1][..], &[0, 240, 0, 9, 1], &[0, 240, 0], &[0x80 | 21, 1, 2], &[0x80]]
        {
            let mut bytes = Vec::new();
            tv(&mut bytes, kind::ANTENNA_ID, &[0, 3]);
            bytes.extend_from_slice(broken);
            let found: Vec<_> = Params::new(&bytes).collect();
            assert_eq!(found.len(), 2, "{broken:?}");
            assert!(found[1].is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let walked: usize = Params::new(&bytes).flatten().map(|param| param.value.len() + 1).sum();
            prop_assert!(walked <= bytes.len());
            prop_assert!(read_counted_text(&bytes).len() <= TEXT_BYTES_MAX * 3);
        }
    }
}
