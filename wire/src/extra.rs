//! The extras after the base of a 0x0200: id, length, value, repeated (JT/T 808-2019 tables 27 to 31).
//!
//! A known id with the length of its table is read; anything else is kept as id and bytes. An id may come twice. When
//! the last one states more bytes than are left, what came before it is kept.

use crate::body::Body;
use crate::vendor::{
    ABSENT_READINGS, AbsentReadings, BODY_STATE, BodyState, FIX_QUALITY, FixQuality, GAP, Gap, TAG_CONFLICT,
    TAG_READ, TagConflict, TagRead,
};

/// Most extras kept of one location; more is malformed. A body of the longest packet holds 497 empty ones.
pub const EXTRAS_MAX: usize = 128;

/// One extra.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extra {
    /// 0x01: distance covered, 0.1 km.
    Odometer {
        /// In hectometres.
        distance_hm: u32,
    },
    /// 0x02: fuel, 0.1 L.
    Fuel {
        /// In decilitres.
        volume_dl: u16,
    },
    /// 0x03: speed by the driving recorder.
    RecorderSpeed {
        /// In 0.1 km/h.
        speed_dkmh: u16,
    },
    /// 0x04: number of an alarm that a person must confirm.
    AlarmToConfirm {
        /// Its number.
        alarm_id: u16,
    },
    /// 0x05: tyre pressures, Pa, in an order of the maker's; FF for a wheel that is not there. Since 2019.
    TyrePressures(Box<[u8; 30]>),
    /// 0x06: temperature of the load space; since 2019. Sent as sign and magnitude.
    CarriageTemperature {
        /// In degrees Celsius.
        celsius: i16,
    },
    /// 0x11: over the limit of an area.
    Overspeed {
        /// 0 none, 1 circle, 2 rectangle, 3 polygon, 4 segment.
        area_kind: u8,
        /// The area or segment; not sent with kind 0.
        area_id: Option<u32>,
    },
    /// 0x12: an area or route entered or left.
    AreaCrossing {
        /// 1 circle, 2 rectangle, 3 polygon, 4 route.
        area_kind: u8,
        /// Which.
        area_id: u32,
        /// 0 in, 1 out.
        direction: u8,
    },
    /// 0x13: a segment driven too fast or too slowly.
    SegmentTime {
        /// Which.
        segment_id: u32,
        /// Time taken, s.
        time_s: u16,
        /// 0 too short, 1 too long.
        result: u8,
    },
    /// 0x25: vehicle signals, one bit each.
    VehicleSignals(u32),
    /// 0x2A: inputs and outputs, one bit each.
    Io(u16),
    /// 0x2B: analogue inputs, AD0 in the low and AD1 in the high half.
    Analogue(u32),
    /// 0x30: strength of the mobile radio's signal.
    RadioSignal(u8),
    /// 0x31: satellites used.
    Satellites(u8),
    /// 0xE1: this project's body state.
    BodyState(BodyState),
    /// 0xE2: this project's fix quality.
    FixQuality(FixQuality),
    /// 0xE3: this project's tag read.
    TagRead(TagRead),
    /// 0xE4: this project's absent readings.
    AbsentReadings(AbsentReadings),
    /// 0xE5: this project's tag conflict.
    TagConflict(TagConflict),
    /// 0xE6: this project's gap.
    Gap(Gap),
    /// Any other, as sent.
    Other {
        /// Its id.
        id: u8,
        /// Its value, at most 255 bytes.
        bytes: Vec<u8>,
    },
}

/// The highest bit of a temperature below zero.
const BELOW_ZERO: u16 = 1 << 15;

/// From sign and magnitude; a negative zero is none.
fn celsius(word: u16) -> Option<i16> {
    let magnitude = i16::try_from(word & !BELOW_ZERO).ok()?;
    match word & BELOW_ZERO {
        0 => Some(magnitude),
        _ => (magnitude > 0).then_some(-magnitude),
    }
}

impl Extra {
    /// The id it is sent under.
    pub fn id(&self) -> u8 {
        match self {
            Self::Odometer { .. } => 0x01,
            Self::Fuel { .. } => 0x02,
            Self::RecorderSpeed { .. } => 0x03,
            Self::AlarmToConfirm { .. } => 0x04,
            Self::TyrePressures(_) => 0x05,
            Self::CarriageTemperature { .. } => 0x06,
            Self::Overspeed { .. } => 0x11,
            Self::AreaCrossing { .. } => 0x12,
            Self::SegmentTime { .. } => 0x13,
            Self::VehicleSignals(_) => 0x25,
            Self::Io(_) => 0x2A,
            Self::Analogue(_) => 0x2B,
            Self::RadioSignal(_) => 0x30,
            Self::Satellites(_) => 0x31,
            Self::BodyState(_) => BODY_STATE,
            Self::FixQuality(_) => FIX_QUALITY,
            Self::TagRead(_) => TAG_READ,
            Self::AbsentReadings(_) => ABSENT_READINGS,
            Self::TagConflict(_) => TAG_CONFLICT,
            Self::Gap(_) => GAP,
            Self::Other { id, .. } => *id,
        }
    }

    /// Reads one extra's value. Never fails: what is not as its table says is [`Extra::Other`].
    pub fn decode(id: u8, value: &[u8]) -> Self {
        Self::decode_known(id, value).unwrap_or_else(|| Self::Other { id, bytes: value.to_vec() })
    }

    fn decode_known(id: u8, value: &[u8]) -> Option<Self> {
        let word = || value.try_into().ok().map(u16::from_be_bytes);
        let double_word = || value.try_into().ok().map(u32::from_be_bytes);
        match (id, value) {
            (0x01, _) => double_word().map(|distance_hm| Self::Odometer { distance_hm }),
            (0x02, _) => word().map(|volume_dl| Self::Fuel { volume_dl }),
            (0x03, _) => word().map(|speed_dkmh| Self::RecorderSpeed { speed_dkmh }),
            (0x04, _) => word().map(|alarm_id| Self::AlarmToConfirm { alarm_id }),
            (0x05, _) => value.try_into().ok().map(|bytes| Self::TyrePressures(Box::new(bytes))),
            (0x06, _) => word().and_then(celsius).map(|celsius| Self::CarriageTemperature { celsius }),
            (0x11, &[area_kind]) => Some(Self::Overspeed { area_kind, area_id: None }),
            (0x11, &[area_kind, a, b, c, d]) => {
                Some(Self::Overspeed { area_kind, area_id: Some(u32::from_be_bytes([a, b, c, d])) })
            }
            (0x12, &[area_kind, a, b, c, d, direction]) => {
                Some(Self::AreaCrossing { area_kind, area_id: u32::from_be_bytes([a, b, c, d]), direction })
            }
            (0x13, &[a, b, c, d, high, low, result]) => Some(Self::SegmentTime {
                segment_id: u32::from_be_bytes([a, b, c, d]),
                time_s: u16::from_be_bytes([high, low]),
                result,
            }),
            (0x25, _) => double_word().map(Self::VehicleSignals),
            (0x2A, _) => word().map(Self::Io),
            (0x2B, _) => double_word().map(Self::Analogue),
            (0x30, &[strength]) => Some(Self::RadioSignal(strength)),
            (0x31, &[satellites]) => Some(Self::Satellites(satellites)),
            (BODY_STATE, _) => BodyState::decode(value).map(Self::BodyState),
            (FIX_QUALITY, _) => FixQuality::decode(value).map(Self::FixQuality),
            (TAG_READ, _) => TagRead::decode(value).map(Self::TagRead),
            (ABSENT_READINGS, _) => AbsentReadings::decode(value).map(Self::AbsentReadings),
            (TAG_CONFLICT, _) => TagConflict::decode(value).map(Self::TagConflict),
            (GAP, _) => Gap::decode(value).map(Self::Gap),
            _ => None,
        }
    }

    /// Appends id, length and value.
    ///
    /// # Errors
    /// [`ExtraTooLong`] for an [`Extra::Other`] of more than 255 bytes; nothing is appended then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), ExtraTooLong> {
        let start = out.len();
        out.extend_from_slice(&[self.id(), 0]);
        self.encode_value(out);
        match u8::try_from(out.len() - start - 2) {
            Ok(length) => {
                out[start + 1] = length;
                Ok(())
            }
            Err(_over_255) => {
                let bytes = out.len() - start - 2;
                out.truncate(start);
                Err(ExtraTooLong { id: self.id(), bytes })
            }
        }
    }

    fn encode_value(&self, out: &mut Vec<u8>) {
        match self {
            Self::Odometer { distance_hm: value } | Self::VehicleSignals(value) | Self::Analogue(value) => {
                out.extend_from_slice(&value.to_be_bytes());
            }
            Self::Fuel { volume_dl: value }
            | Self::RecorderSpeed { speed_dkmh: value }
            | Self::AlarmToConfirm { alarm_id: value }
            | Self::Io(value) => out.extend_from_slice(&value.to_be_bytes()),
            Self::RadioSignal(value) | Self::Satellites(value) => out.push(*value),
            Self::TyrePressures(bytes) => out.extend_from_slice(bytes.as_slice()),
            Self::CarriageTemperature { celsius } => {
                let sign = if *celsius < 0 { BELOW_ZERO } else { 0 };
                out.extend_from_slice(&(sign | celsius.unsigned_abs() & !BELOW_ZERO).to_be_bytes());
            }
            Self::Overspeed { area_kind, area_id } => {
                out.push(*area_kind);
                out.extend(area_id.iter().flat_map(|id| id.to_be_bytes()));
            }
            Self::AreaCrossing { area_kind, area_id, direction } => {
                out.push(*area_kind);
                out.extend_from_slice(&area_id.to_be_bytes());
                out.push(*direction);
            }
            Self::SegmentTime { segment_id, time_s, result } => {
                out.extend_from_slice(&segment_id.to_be_bytes());
                out.extend_from_slice(&time_s.to_be_bytes());
                out.push(*result);
            }
            Self::BodyState(state) => state.encode(out),
            Self::FixQuality(quality) => quality.encode(out),
            Self::TagRead(read) => read.encode(out),
            Self::AbsentReadings(absent) => absent.encode(out),
            Self::TagConflict(conflict) => out.extend_from_slice(&conflict.to_bytes()),
            Self::Gap(gap) => gap.encode(out),
            Self::Other { bytes, .. } => out.extend_from_slice(bytes),
        }
    }
}

/// An extra longer than its length byte can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("extra {id:#04x} has {bytes} bytes, at most 255 can be sent")]
pub struct ExtraTooLong {
    id: u8,
    bytes: usize,
}

/// Reads extras to the end of `bytes`. The flag says that the last one overran, or that there were more than
/// [`EXTRAS_MAX`]; what was read before that is kept.
pub fn decode_extras(bytes: &[u8]) -> (Vec<Extra>, bool) {
    let mut extras = Vec::new();
    let mut body = Body::new(bytes);
    while !body.rest().is_empty() {
        let read = body.u8().and_then(|id| {
            let length = body.u8()?;
            Ok((id, body.take(usize::from(length))?))
        });
        match read {
            Ok((id, value)) if extras.len() < EXTRAS_MAX => extras.push(Extra::decode(id, value)),
            _ => return (extras, true),
        }
    }
    (extras, false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::{GapCause, TagConflictKind};
    use domain::{Antenna, FixKind, Lid, Lift, Load, Power, Timestamp};
    use proptest::prelude::*;

    /// The bytes read as `expected`, and `expected` is written as the bytes.
    #[track_caller]
    fn check(bytes: &str, expected: Extra) {
        let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
        assert_eq!(decode_extras(&bytes), (vec![expected.clone()], false));
        let mut written = Vec::new();
        expected.encode(&mut written).unwrap();
        assert_eq!(written, bytes);
    }

    #[test]
    fn the_standard_extras_are_read_with_their_units() {
        check("01 04 0000000b", Extra::Odometer { distance_hm: 11 });
        check("02 02 0016", Extra::Fuel { volume_dl: 22 });
        check("03 02 0021", Extra::RecorderSpeed { speed_dkmh: 33 });
        check("06 02 8005", Extra::CarriageTemperature { celsius: -5 });
        check("06 02 0019", Extra::CarriageTemperature { celsius: 25 });
        check("06 02 8000", Extra::Other { id: 0x06, bytes: vec![0x80, 0] });
        let mut tyres = [0xFF; 30];
        tyres[0] = 55;
        check(&format!("05 1e 37{}", "ff".repeat(29)), Extra::TyrePressures(Box::new(tyres)));
        check("11 01 00", Extra::Overspeed { area_kind: 0, area_id: None });
        check("11 05 01 00000042", Extra::Overspeed { area_kind: 1, area_id: Some(66) });
        check("12 06 04 0000004d 01", Extra::AreaCrossing { area_kind: 4, area_id: 77, direction: 1 });
        check("13 07 00000058 0058 01", Extra::SegmentTime { segment_id: 88, time_s: 88, result: 1 });
        check("31 01 0c", Extra::Satellites(12));
    }

    #[test]
    fn the_vendor_extras_are_as_the_readme_writes_them() {
        let body = BodyState {
            load: Load::Over,
            lid: Lid::Open,
            lift: Lift::Raised,
            antenna: Antenna::Short,
            power: Power::Lost,
            ignition_known: true,
        };
        check("e1 06 03 01 01 02 02 01", Extra::BodyState(body));
        check(
            "e2 05 03 005f 03e7",
            Extra::FixQuality(FixQuality { kind: FixKind::D3, hdop_centi: Some(95), millis: 999 }),
        );
        check(
            "e2 05 00 ffff 0000",
            Extra::FixQuality(FixQuality { kind: FixKind::None, hdop_centi: None, millis: 0 }),
        );
        let read = TagRead {
            time: Timestamp::from_millis(1_795_413_802_250),
            epc: "30751FEB705C5904E3D50D70".parse().unwrap(),
            rssi_dbm: Some(-61),
        };
        check("e3 15 000001a207007d0a c3 30751feb705c5904e3d50d70", Extra::TagRead(read));
        let conflict = TagConflict {
            kind: TagConflictKind::OtherTidSeen,
            time: Timestamp::from_millis(1_795_413_802_250),
            tid: "E280689400004001".parse().unwrap(),
            epc: "30751FEB".parse().unwrap(),
        };
        check("e5 16 01 000001a207007d0a 08 e280689400004001 30751feb", Extra::TagConflict(conflict));
        check("e4 01 03", Extra::AbsentReadings(AbsentReadings { speed: true, course: true }));
        let gap = Gap {
            cause: GapCause::Old,
            records: 258,
            first: Some(Timestamp::from_millis(1_795_413_802_250)),
            last: None,
        };
        check("e6 15 01 00000102 000001a207007d0a 0000000000000000", Extra::Gap(gap));
    }

    #[test]
    fn another_makers_use_of_an_id_is_kept_as_bytes() {
        for bytes in [
            "11 00",
            "04 04 007ace40",
            "e1 08 0000000000004bcf",
            "e1 06 070000000000",
            "e2 04 00000000",
            "e2 05 01ffff0000",
            "e2 05 03ffff03e8",
            "e3 0c 00130027001300270013 0027",
            "e3 0a 000001a207007d0a c3 30",
            "e6 01 00",
            "e6 15 04 00000001 0000000000000000 0000000000000000",
            "e6 15 00 00000001 0000000000000001 0000000000000000",
            "e4 01 00",
            "e4 01 04",
            "e5 16 03000001a207007d0a08e28068940000400130751feb",
            "e5 0a 01000001a207007d0a00",
            "e5 02 0001",
            "fe 00",
        ] {
            let raw = hex::decode(bytes.replace(' ', "")).unwrap();
            check(bytes, Extra::Other { id: raw[0], bytes: raw[2..].to_vec() });
        }
    }

    #[test]
    fn an_overrun_keeps_what_came_before_it() {
        for tail in ["f6 04 1450", "f6 01", "f6"] {
            let bytes = hex::decode(format!("310105{tail}").replace(' ', "")).unwrap();
            assert_eq!(decode_extras(&bytes), (vec![Extra::Satellites(5)], true), "{tail}");
        }
        let (kept, malformed) = decode_extras(&[0xFE, 0].repeat(EXTRAS_MAX + 1));
        assert_eq!((kept.len(), malformed), (EXTRAS_MAX, true));
    }

    #[test]
    fn an_extra_longer_than_its_length_byte_is_refused_whole() {
        let mut out = vec![1];
        assert!(Extra::Other { id: 0xFE, bytes: vec![0; 256] }.encode(&mut out).is_err());
        assert_eq!(out, [1]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_and_what_was_read_is_written_back(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (extras, malformed) = decode_extras(&bytes);
            let mut written = Vec::new();
            for extra in &extras {
                extra.encode(&mut written).unwrap();
            }
            prop_assert!(bytes.starts_with(&written));
            prop_assert_eq!(malformed, written.len() < bytes.len());
        }
    }
}
