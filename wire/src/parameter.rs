//! Terminal parameters (0x8103, 0x0104): what a platform may set on a terminal, by id, length and value (JT/T 808-2013
//! table 12, JT/T 808-2019 table 11).
//!
//! Ids this crate knows are read in their units when their value has the length of the table; every other parameter is
//! kept as id and bytes, so that a query shows all a terminal has.

use crate::body::{Body, Truncated};
use crate::text::{NotGbk, decode, encode};

/// Most parameters in one message: what its count byte can say.
pub const PARAMETERS_MAX: usize = 255;
/// Most bytes of one value: what its length byte can say.
pub const PARAMETER_BYTES_MAX: usize = 255;

/// How a value of one width or kind stands on the wire.
trait Value: Sized {
    fn read(bytes: &[u8]) -> Option<Self>;
    fn write(&self, out: &mut Vec<u8>) -> Result<(), NotGbk>;
}

macro_rules! big_endian {
    ($($width:ty),+) => {
        $(impl Value for $width {
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_be_bytes)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), NotGbk> {
                out.extend_from_slice(&self.to_be_bytes());
                Ok(())
            }
        })+
    };
}

big_endian!(u8, u16, u32);

impl Value for String {
    fn read(bytes: &[u8]) -> Option<Self> {
        Some(decode(bytes))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        out.extend(encode(self)?);
        Ok(())
    }
}

impl Value for ForbiddenHours {
    fn read(bytes: &[u8]) -> Option<Self> {
        let &[from_hour, from_minute, to_hour, to_minute] = bytes else { return None };
        Some(Self { from_hour, from_minute, to_hour, to_minute })
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), NotGbk> {
        out.extend_from_slice(&[self.from_hour, self.from_minute, self.to_hour, self.to_minute]);
        Ok(())
    }
}

/// 0x0032 (2019): hours of the day in which driving is not allowed, GMT+8, binary and not BCD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForbiddenHours {
    /// Hour it begins, 0 to 23.
    pub from_hour: u8,
    /// Minute it begins, 0 to 59.
    pub from_minute: u8,
    /// Hour it ends.
    pub to_hour: u8,
    /// Minute it ends.
    pub to_minute: u8,
}

macro_rules! parameters {
    ($($(#[$doc:meta])* $name:ident = $id:literal: $kind:ty),+ $(,)?) => {
        /// One parameter.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Parameter {
            $($(#[$doc])* $name($kind),)+
            /// Any other, or a known id whose value has another length.
            Other {
                /// Its id.
                id: u32,
                /// Its value as sent, at most [`PARAMETER_BYTES_MAX`].
                bytes: Vec<u8>,
            },
        }

        impl Parameter {
            /// The id it is sent under.
            pub fn id(&self) -> u32 {
                match self {
                    $(Self::$name(_) => $id,)+
                    Self::Other { id, .. } => *id,
                }
            }

            fn decode_known(id: u32, value: &[u8]) -> Option<Self> {
                match id {
                    $($id => <$kind>::read(value).map(Self::$name),)+
                    _ => None,
                }
            }

            fn encode_value(&self, out: &mut Vec<u8>) -> Result<(), NotGbk> {
                match self {
                    $(Self::$name(value) => value.write(out),)+
                    Self::Other { bytes, .. } => {
                        out.extend_from_slice(bytes);
                        Ok(())
                    }
                }
            }
        }
    };
}

parameters! {
    /// 0x0001: seconds between heartbeats.
    HeartbeatS = 0x0001: u32,
    /// 0x0002: wait for an answer over TCP, s.
    TcpAnswerTimeoutS = 0x0002: u32,
    /// 0x0003: how often a message is sent again over TCP.
    TcpRetries = 0x0003: u32,
    /// 0x0004: wait for an answer over UDP, s.
    UdpAnswerTimeoutS = 0x0004: u32,
    /// 0x0005: how often a message is sent again over UDP.
    UdpRetries = 0x0005: u32,
    /// 0x0013: address of the main platform; in 2019 `host:port`, several joined by `;`.
    MainServer = 0x0013: String,
    /// 0x0017: address of the backup platform.
    BackupServer = 0x0017: String,
    /// 0x0018: TCP port; dropped in 2019.
    TcpPort = 0x0018: u32,
    /// 0x0019: UDP port; dropped in 2019.
    UdpPort = 0x0019: u32,
    /// 0x0020: when to report: 0 by time, 1 by distance, 2 by both.
    ReportStrategy = 0x0020: u32,
    /// 0x0021: by what: 0 by ignition, 1 by login and then ignition.
    ReportPlan = 0x0021: u32,
    /// 0x0022: seconds between reports without a driver logged in.
    IntervalWithoutDriverS = 0x0022: u32,
    /// 0x0027: seconds between reports asleep.
    SleepIntervalS = 0x0027: u32,
    /// 0x0028: seconds between reports in an emergency.
    SosIntervalS = 0x0028: u32,
    /// 0x0029: seconds between reports otherwise.
    DefaultIntervalS = 0x0029: u32,
    /// 0x002C: metres between reports otherwise.
    DefaultDistanceM = 0x002C: u32,
    /// 0x002D: metres between reports without a driver logged in.
    DistanceWithoutDriverM = 0x002D: u32,
    /// 0x002E: metres between reports asleep.
    SleepDistanceM = 0x002E: u32,
    /// 0x002F: metres between reports in an emergency.
    SosDistanceM = 0x002F: u32,
    /// 0x0030: a turn of this many degrees, below 180, is reported at once.
    TurnAngleDeg = 0x0030: u32,
    /// 0x0031: radius within which a parked vehicle may move unalarmed, m.
    FenceRadiusM = 0x0031: u16,
    /// 0x0032: hours in which driving is not allowed; since 2019.
    ForbiddenHours = 0x0032: ForbiddenHours,
    /// 0x0050: alarm bits that raise no alarm.
    AlarmMask = 0x0050: u32,
    /// 0x0055: highest speed, km/h.
    MaxSpeedKmh = 0x0055: u32,
    /// 0x0056: seconds above it before the alarm.
    OverspeedHoldS = 0x0056: u32,
    /// 0x0057: longest driving without a break, s.
    DrivingMaxS = 0x0057: u32,
    /// 0x0058: longest driving in a day, s.
    DayDrivingMaxS = 0x0058: u32,
    /// 0x0059: shortest break, s.
    RestMinS = 0x0059: u32,
    /// 0x005A: longest parking, s.
    ParkingMaxS = 0x005A: u32,
    /// 0x005B: how far below the highest speed the pre-warning comes, 0.1 km/h.
    OverspeedWarningDkmh = 0x005B: u16,
    /// 0x005C: how long before the end of driving the pre-warning comes, s.
    FatigueWarningS = 0x005C: u16,
    /// 0x0080: odometer, 0.1 km.
    OdometerHm = 0x0080: u32,
    /// 0x0081: first two digits of the division code.
    Province = 0x0081: u16,
    /// 0x0082: last four digits of it.
    City = 0x0082: u16,
    /// 0x0083: plate.
    Plate = 0x0083: String,
    /// 0x0084: plate colour by JT/T 697.7.
    PlateColour = 0x0084: u8,
}

/// Why parameters cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterError {
    /// Its value is longer than [`PARAMETER_BYTES_MAX`].
    #[error("parameter {id:#06x} has {bytes} bytes, at most {PARAMETER_BYTES_MAX} can be sent")]
    TooLong {
        /// Its id.
        id: u32,
        /// Its length.
        bytes: usize,
    },
    /// More than [`PARAMETERS_MAX`].
    #[error("{count} parameters in one message, at most {PARAMETERS_MAX} can be sent")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// A text has characters GBK does not have.
    #[error("a parameter's text cannot be written")]
    NotGbk(#[from] NotGbk),
}

impl Parameter {
    /// Reads one value. Never fails: what is not as its table says is [`Parameter::Other`].
    pub fn decode(id: u32, value: &[u8]) -> Self {
        Self::decode_known(id, value).unwrap_or_else(|| Self::Other { id, bytes: value.to_vec() })
    }

    /// Appends id, length and value.
    ///
    /// # Errors
    /// [`ParameterError`] for a value that is too long or no GBK.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), ParameterError> {
        let mut value = Vec::new();
        self.encode_value(&mut value)?;
        let length = u8::try_from(value.len())
            .map_err(|_over_255| ParameterError::TooLong { id: self.id(), bytes: value.len() })?;
        out.extend_from_slice(&self.id().to_be_bytes());
        out.push(length);
        out.extend(value);
        Ok(())
    }

    /// The value as it is sent; empty for a text GBK cannot write.
    pub fn value_bytes(&self) -> Vec<u8> {
        let mut value = Vec::new();
        match self.encode_value(&mut value) {
            Ok(()) => value,
            Err(_not_gbk) => Vec::new(),
        }
    }
}

/// Reads a count and that many parameters.
pub(crate) fn decode_parameters(body: &mut Body<'_>) -> Result<Vec<Parameter>, Truncated> {
    let count = body.u8()?;
    (0..count)
        .map(|_| {
            let id = body.u32()?;
            let length = body.u8()?;
            Ok(Parameter::decode(id, body.take(usize::from(length))?))
        })
        .collect()
}

/// Appends a count and the parameters.
pub(crate) fn encode_parameters(parameters: &[Parameter], out: &mut Vec<u8>) -> Result<(), ParameterError> {
    let count = u8::try_from(parameters.len())
        .map_err(|_over_255| ParameterError::TooMany { count: parameters.len() })?;
    out.push(count);
    parameters.iter().try_for_each(|parameter| parameter.encode(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(bytes: &str, expected: Parameter) {
        let bytes = hex::decode(bytes.replace(' ', "")).unwrap();
        let mut body = Body::new(&bytes);
        let id = body.u32().unwrap();
        let value = &bytes[5..];
        assert_eq!(usize::from(bytes[4]), value.len());
        assert_eq!(Parameter::decode(id, value), expected);
        let mut written = Vec::new();
        expected.encode(&mut written).unwrap();
        assert_eq!(written, bytes);
        assert_eq!(expected.value_bytes(), value);
    }

    #[test]
    fn known_parameters_are_read_in_their_units() {
        check("00000001 04 0000000a", Parameter::HeartbeatS(10));
        check("00000029 04 0000001e", Parameter::DefaultIntervalS(30));
        check("00000031 02 01f4", Parameter::FenceRadiusM(500));
        check("00000013 05 612e623a39", Parameter::MainServer("a.b:9".into()));
        check("00000083 08 d4a5413132333435", Parameter::Plate("豫A12345".into()));
        check("00000084 01 02", Parameter::PlateColour(2));
        let night = ForbiddenHours { from_hour: 6, from_minute: 30, to_hour: 20, to_minute: 0 };
        check("00000032 04 061e1400", Parameter::ForbiddenHours(night));
    }

    #[test]
    fn an_unknown_id_or_an_odd_length_keeps_its_bytes() {
        check("0000f364 02 ffff", Parameter::Other { id: 0xF364, bytes: vec![0xFF; 2] });
        check("00000001 02 000a", Parameter::Other { id: 1, bytes: vec![0, 10] });
        check("00000084 00", Parameter::Other { id: 0x84, bytes: vec![] });
    }

    #[test]
    fn what_its_length_or_count_cannot_say_is_refused() {
        let long = Parameter::Other { id: 0xF000, bytes: vec![0; 256] };
        assert_eq!(long.encode(&mut Vec::new()), Err(ParameterError::TooLong { id: 0xF000, bytes: 256 }));
        let many = vec![Parameter::TcpRetries(3); 256];
        assert_eq!(encode_parameters(&many, &mut Vec::new()), Err(ParameterError::TooMany { count: 256 }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic_and_numbers_come_back(id in 0u32..0x100, value in prop::collection::vec(any::<u8>(), 0..20)) {
            let read = Parameter::decode(id, &value);
            prop_assert_eq!(read.id(), id);
            if !matches!(read, Parameter::MainServer(_) | Parameter::BackupServer(_) | Parameter::Plate(_)) {
                prop_assert_eq!(read.value_bytes(), value);
            }
        }

        #[test]
        fn any_list_is_read_or_found_short(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(parameters) = decode_parameters(&mut Body::new(&bytes)) {
                prop_assert_eq!(parameters.len(), usize::from(bytes[0]));
            }
        }
    }
}
