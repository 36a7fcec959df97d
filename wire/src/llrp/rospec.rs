//! ROSpec (parameter 177): what a reader shall do. The one written here reads at the named antennas from START until told
//! to stop, and reports every tag at once with antenna, signal strength, times and count (LLRP 1.1 §11.2.1, §14.2.1).

use super::param::{Params, kind, tlv};

/// The id under which [`RoSpec::listen`] is added.
pub const ROSPEC_ID: u32 = 5084;
/// Most antennas read out of a specification.
pub const ANTENNAS_MAX: usize = 256;
/// EPCglobal Class 1 Generation 2, the air protocol.
const PROTOCOL_GEN2: u8 = 1;
/// Report after so many tags, or when the antennas' turn ends.
const REPORT_UPON_N_TAGS: u8 = 1;
/// Bits of TagReportContentSelector, from the top: antenna (3), peak RSSI (5), first seen (6), last seen (7), count (8).
const REPORT_CONTENT: u16 = 1 << 12 | 1 << 10 | 1 << 9 | 1 << 8 | 1 << 7;

/// What a reader shall do, as far as a listener says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoSpec {
    /// Its id, from 1.
    pub id: u32,
    /// Antenna ports to read at, from 1; empty means every one.
    pub antennas: Vec<u16>,
    /// Tags after which a report is sent; 1 sends each at once.
    pub report_every_tags: u16,
}

impl RoSpec {
    /// Reads at `antennas` (empty: every one) and reports each tag at once.
    pub fn listen(antennas: &[u16]) -> Self {
        Self { id: ROSPEC_ID, antennas: antennas.to_vec(), report_every_tags: 1 }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let antennas = if self.antennas.is_empty() { &[0][..] } else { self.antennas.as_slice() };
        tlv(out, kind::ROSPEC, |out| {
            out.extend_from_slice(&self.id.to_be_bytes());
            // Priority 0, state disabled.
            out.extend_from_slice(&[0, 0]);
            tlv(out, kind::RO_BOUNDARY, |out| {
                // Starts and stops by command only.
                tlv(out, kind::ROSPEC_START, |out| out.push(0));
                tlv(out, kind::ROSPEC_STOP, |out| out.extend_from_slice(&[0; 5]));
            });
            tlv(out, kind::AISPEC, |out| {
                out.extend_from_slice(&(antennas.len() as u16).to_be_bytes());
                for antenna in antennas {
                    out.extend_from_slice(&antenna.to_be_bytes());
                }
                tlv(out, kind::AISPEC_STOP, |out| out.extend_from_slice(&[0; 5]));
                tlv(out, kind::INVENTORY, |out| out.extend_from_slice(&[0, 1, PROTOCOL_GEN2]));
            });
            tlv(out, kind::RO_REPORT_SPEC, |out| {
                out.push(REPORT_UPON_N_TAGS);
                out.extend_from_slice(&self.report_every_tags.to_be_bytes());
                tlv(out, kind::TAG_REPORT_CONTENT, |out| {
                    out.extend_from_slice(&REPORT_CONTENT.to_be_bytes());
                });
            });
        });
    }

    /// Reads the specification among the parameters of an ADD_ROSPEC. `None` when there is none with an AISpec.
    pub(super) fn find(params: &[u8]) -> Option<Self> {
        let value = Params::new(params).find(kind::ROSPEC)?;
        let (id, rest) = value.split_first_chunk()?;
        let inner = Params::new(rest.get(2..)?);
        let (count, after) = inner.clone().find(kind::AISPEC)?.split_first_chunk()?;
        let count = usize::from(u16::from_be_bytes(*count)).min(ANTENNAS_MAX);
        let antennas = after.get(..count * 2)?.chunks_exact(2).map(|pair| match pair {
            [high, low] => u16::from_be_bytes([*high, *low]),
            _ => 0,
        });
        let report = inner.find(kind::RO_REPORT_SPEC).and_then(|value| value.get(1..3));
        Some(Self {
            id: u32::from_be_bytes(*id),
            antennas: antennas.filter(|antenna| *antenna != 0).collect(),
            report_every_tags: report.and_then(|n| n.try_into().ok()).map_or(0, u16::from_be_bytes),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_specification_reads_back_and_no_antenna_means_every_one() {
        for antennas in [&[][..], &[1], &[1, 4]] {
            let mut bytes = Vec::new();
            RoSpec::listen(antennas).encode(&mut bytes);
            assert_eq!(RoSpec::find(&bytes), Some(RoSpec::listen(antennas)));
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let mut bytes = Vec::new();
        RoSpec::listen(&[]).encode(&mut bytes);
        let expected = "00b10041 000013dc 00 00 \
             00b20012 00b30005 00 00b60009 00 00000000 \
             00b70018 0001 0000 00b80009 00 00000000 00ba0007 0001 01 \
             00ed000d 01 0001 00ee0006 1780";
        assert_eq!(hex::encode(&bytes), expected.replace(' ', ""));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut wrapped = Vec::new();
            tlv(&mut wrapped, kind::ROSPEC, |out| out.extend_from_slice(&bytes));
            let _ = (RoSpec::find(&wrapped), RoSpec::find(&bytes));
        }
    }
}
