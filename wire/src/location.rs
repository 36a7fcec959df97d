//! The location record of 0x0200, also an item of 0x0704: 28 bytes of base, then extras (JT/T 808-2019 §8.18).
//!
//! Numbers are kept as they stand on the wire, a latitude of 232 degrees included. What they mean, and which of them
//! are impossible, is said by [`Location::to_reports`].

use crate::body::{Body, Truncated};
use crate::device_time::{DeviceTime, DeviceTimeError};
use crate::extra::{Extra, ExtraTooLong, decode_extras};
pub use crate::report::{LocationError, quantise};
pub use crate::vendor::TagRead;
use crate::vendor::{AbsentReadings, BodyState, FixQuality, Gap};

/// Alarm bits (JT/T 808-2019 table 24) that this crate sets or reads.
pub mod alarm {
    /// Faster than the platform allows.
    pub const OVERSPEED: u32 = 1 << 1;
    /// The positioning antenna is cut or unplugged.
    pub const ANTENNA_OPEN: u32 = 1 << 5;
    /// The positioning antenna is short-circuited.
    pub const ANTENNA_SHORT: u32 = 1 << 6;
    /// The main power is under its voltage.
    pub const POWER_LOW: u32 = 1 << 7;
    /// The main power is cut.
    pub const POWER_LOST: u32 = 1 << 8;
    /// An area was entered or left.
    pub const AREA: u32 = 1 << 20;
}

/// Status bits (JT/T 808-2019 table 25) that this crate sets or reads.
pub mod status {
    /// Ignition on.
    pub const IGNITION: u32 = 1 << 0;
    /// The position is a fix.
    pub const FIXED: u32 = 1 << 1;
    /// Southern latitude.
    pub const SOUTH: u32 = 1 << 2;
    /// Western longitude.
    pub const WEST: u32 = 1 << 3;
    /// The coordinates passed the confidentiality plug-in: they are GCJ-02.
    pub const SHIFTED: u32 = 1 << 5;
    /// Lowest of the two load bits: 00 empty, 01 half, 10 reserved, 11 full.
    pub const LOAD_SHIFT: u32 = 8;
}

/// A location record, in the units of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Alarm bits; see [`alarm`].
    pub alarm: u32,
    /// Status bits; see [`status`].
    pub status: u32,
    /// Latitude without sign, 1e-6 degree.
    pub lat_e6: u32,
    /// Longitude without sign, 1e-6 degree.
    pub lon_e6: u32,
    /// Height above sea, m; below the sea it is sent as 0.
    pub altitude_m: u16,
    /// Speed, 0.1 km/h.
    pub speed_dkmh: u16,
    /// Course, degrees clockwise from north, 0 to 359.
    pub course_deg: u16,
    /// When it was measured, to the second.
    pub time: DeviceTime,
    /// What follows the base, in the order sent.
    pub extras: Vec<Extra>,
    /// The extras ended in something that is none; what came before it is in `extras`.
    pub extras_malformed: bool,
}

/// Why a record is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationDecodeError {
    /// Fewer than 28 bytes.
    #[error("the location record is shorter than its base of 28 bytes")]
    Truncated(#[from] Truncated),
    /// Its time is no calendar time.
    #[error("the location record has no time")]
    Time(#[from] DeviceTimeError),
}

impl Location {
    /// Reads a record: the body of a 0x0200.
    ///
    /// # Errors
    /// [`LocationDecodeError`] for a base that is too short or has no time. Extras never fail a record.
    pub fn decode(body: &[u8]) -> Result<Self, LocationDecodeError> {
        let mut body = Body::new(body);
        let alarm = body.u32()?;
        let status = body.u32()?;
        let lat_e6 = body.u32()?;
        let lon_e6 = body.u32()?;
        let altitude_m = body.u16()?;
        let speed_dkmh = body.u16()?;
        let course_deg = body.u16()?;
        let time = DeviceTime::from_bcd(body.bcd6()?)?;
        let (extras, extras_malformed) = decode_extras(body.rest());
        Ok(Self {
            alarm,
            status,
            lat_e6,
            lon_e6,
            altitude_m,
            speed_dkmh,
            course_deg,
            time,
            extras,
            extras_malformed,
        })
    }

    /// Appends the record.
    ///
    /// # Errors
    /// [`ExtraTooLong`] as [`Extra::encode`] says; what was appended before it stays.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), ExtraTooLong> {
        self.encode_base(out);
        self.extras.iter().try_for_each(|extra| extra.encode(out))
    }

    /// Appends the 28 bytes of the base.
    pub(crate) fn encode_base(&self, out: &mut Vec<u8>) {
        for double_word in [self.alarm, self.status, self.lat_e6, self.lon_e6] {
            out.extend_from_slice(&double_word.to_be_bytes());
        }
        for word in [self.altitude_m, self.speed_dkmh, self.course_deg] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        out.extend_from_slice(&self.time.to_bcd());
    }

    /// Satellites used, if told.
    pub fn satellites(&self) -> Option<u8> {
        self.extras.iter().find_map(|extra| match extra {
            Extra::Satellites(count) => Some(*count),
            _ => None,
        })
    }

    /// This project's body state, if sent.
    pub fn body_state(&self) -> Option<BodyState> {
        self.extras.iter().find_map(|extra| match extra {
            Extra::BodyState(state) => Some(*state),
            _ => None,
        })
    }

    /// This project's fix quality, if sent.
    pub fn fix_quality(&self) -> Option<FixQuality> {
        self.extras.iter().find_map(|extra| match extra {
            Extra::FixQuality(quality) => Some(*quality),
            _ => None,
        })
    }

    /// Which base fields were not measured; none when the sender does not say.
    pub fn absent_readings(&self) -> AbsentReadings {
        let absent = self.extras.iter().find_map(|extra| match extra {
            Extra::AbsentReadings(absent) => Some(*absent),
            _ => None,
        });
        absent.unwrap_or_default()
    }

    /// Records the truck lost before this one, in the order sent.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.extras.iter().filter_map(|extra| match extra {
            Extra::Gap(gap) => Some(gap),
            _ => None,
        })
    }

    /// The tags the truck's own reader saw, in the order sent.
    pub fn tags(&self) -> impl Iterator<Item = &TagRead> {
        self.extras.iter().filter_map(|extra| match extra {
            Extra::TagRead(read) => Some(read),
            _ => None,
        })
    }
}
