//! TagReportData (parameter 240): one tag, read (LLRP 1.1 §14.2.3).

use domain::{Epc, Timestamp};

use super::param::{Params, kind, micros, tlv, to_micros, tv};

/// A tag, read. What the reader did not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagReport {
    /// The tag.
    pub epc: Epc,
    /// Antenna port, from 1.
    pub antenna: Option<u16>,
    /// Strongest signal, dBm.
    pub peak_rssi_dbm: Option<i8>,
    /// First and last moment in this report, by the reader's clock.
    pub first_seen: Option<Timestamp>,
    /// As above.
    pub last_seen: Option<Timestamp>,
    /// How often it was read for this report.
    pub seen_count: Option<u16>,
}

impl TagReport {
    /// A tag at an antenna and nothing else.
    pub fn bare(epc: Epc, antenna: u16) -> Self {
        Self {
            epc,
            antenna: Some(antenna),
            peak_rssi_dbm: None,
            first_seen: None,
            last_seen: None,
            seen_count: None,
        }
    }

    /// Reads the value of a TagReportData. `None` when it holds no EPC that is one; parameters after a break are not
    /// read.
    pub(super) fn decode(value: &[u8]) -> Option<Self> {
        let (mut epc, mut antenna, mut peak_rssi_dbm) = (None, None, None);
        let (mut first_seen, mut last_seen, mut seen_count) = (None, None, None);
        for param in Params::new(value).map_while(Result::ok) {
            let value = param.value;
            match param.kind {
                kind::EPC_96 => epc = epc.or(Epc::from_bytes(value).ok()),
                kind::EPC_DATA => epc = epc.or(read_epc_data(value)),
                kind::ANTENNA_ID => antenna = word(value),
                kind::PEAK_RSSI => peak_rssi_dbm = value.first().map(|byte| i8::from_be_bytes([*byte])),
                kind::FIRST_SEEN_UTC => first_seen = micros(value),
                kind::LAST_SEEN_UTC => last_seen = micros(value),
                kind::TAG_SEEN_COUNT => seen_count = word(value),
                _ => {}
            }
        }
        Some(Self { epc: epc?, antenna, peak_rssi_dbm, first_seen, last_seen, seen_count })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        tlv(out, kind::TAG_REPORT_DATA, |out| {
            let epc = self.epc.to_bytes();
            if epc.len() == 12 {
                tv(out, kind::EPC_96, &epc);
            } else {
                tlv(out, kind::EPC_DATA, |out| {
                    // An EPC has at most 62 bytes.
                    out.extend_from_slice(&((epc.len() * 8) as u16).to_be_bytes());
                    out.extend_from_slice(&epc);
                });
            }
            if let Some(antenna) = self.antenna {
                tv(out, kind::ANTENNA_ID, &antenna.to_be_bytes());
            }
            if let Some(rssi) = self.peak_rssi_dbm {
                tv(out, kind::PEAK_RSSI, &rssi.to_be_bytes());
            }
            if let Some(time) = self.first_seen {
                tv(out, kind::FIRST_SEEN_UTC, &to_micros(time));
            }
            if let Some(time) = self.last_seen {
                tv(out, kind::LAST_SEEN_UTC, &to_micros(time));
            }
            if let Some(count) = self.seen_count {
                tv(out, kind::TAG_SEEN_COUNT, &count.to_be_bytes());
            }
        });
    }
}

fn word(value: &[u8]) -> Option<u16> {
    value.try_into().ok().map(u16::from_be_bytes)
}

/// The bit count, then that many bits in whole bytes.
fn read_epc_data(value: &[u8]) -> Option<Epc> {
    let ([high, low], bytes) = value.split_first_chunk()?;
    let count = usize::from(u16::from_be_bytes([*high, *low])).div_ceil(8);
    Epc::from_bytes(bytes.get(..count)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(report: &TagReport) {
        let mut bytes = Vec::new();
        report.encode(&mut bytes);
        let value = Params::new(&bytes).find(kind::TAG_REPORT_DATA).unwrap();
        assert_eq!(TagReport::decode(value).as_ref(), Some(report));
    }

    #[test]
    fn an_epc_of_96_bits_goes_as_tv_and_any_other_length_with_its_bit_count() {
        let long = TagReport {
            epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
            antenna: Some(2),
            peak_rssi_dbm: Some(-55),
            first_seen: Some(Timestamp::from_millis(1_795_413_600_123)),
            last_seen: Some(Timestamp::from_millis(1_795_413_601_000)),
            seen_count: Some(17),
        };
        check(&long);
        check(&TagReport { epc: "E2003412".parse().unwrap(), ..long.clone() });
        check(&TagReport::bare(long.epc, 1));
    }

    #[test]
    fn a_report_without_an_epc_is_none_and_an_unknown_ending_costs_only_what_follows_it() {
        let mut value = Vec::new();
        tv(&mut value, kind::ANTENNA_ID, &[0, 1]);
        assert_eq!(TagReport::decode(&value), None);
        tv(&mut value, kind::EPC_96, &[0xAB; 12]);
        value.extend_from_slice(&[0x80 | 99, 1, 2, 3]);
        let report = TagReport::decode(&value).unwrap();
        assert_eq!((report.antenna, report.epc.as_str().len()), (Some(1), 24));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = TagReport::decode(&bytes);
        }
    }
}
