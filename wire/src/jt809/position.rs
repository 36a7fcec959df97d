//! A position as 0x1202 and 0x1203 carry it. 2011 has a record of its own, with the date as day, month, year and the
//! longitude before the latitude; 2019 wraps the record of JT/T 808 (JT/T 809-2011 §4.5.3, 2019 §6.5.3).

use chrono::{Datelike, Timelike};
use domain::{LocalDate, Timestamp};

use super::header::Edition;
use crate::body::{Body, Truncated};
use crate::device_time::DeviceTime;
use crate::extra::Extra;
use crate::location::Location;
use crate::text::Padded;

/// Bytes of a platform's number.
pub(super) const PLATFORM_BYTES: usize = 11;
/// Longest 808 record believed inside a 2019 position.
const RECORD_BYTES_MAX: u32 = 1_023;

/// A position of 2011, in the units of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fix2011 {
    /// The coordinates passed the confidentiality plug-in.
    pub shifted: bool,
    /// When; whole seconds.
    pub time: DeviceTime,
    /// Longitude without sign, 1e-6 degree.
    pub lon_e6: u32,
    /// Latitude without sign, 1e-6 degree.
    pub lat_e6: u32,
    /// Speed by satellite, km/h.
    pub speed_kmh: u16,
    /// Speed by the recorder, km/h.
    pub recorder_kmh: u16,
    /// Odometer, km.
    pub odometer_km: u32,
    /// Direction, degrees clockwise from north.
    pub course_deg: u16,
    /// Height above sea, m.
    pub altitude_m: u16,
    /// Status bits of JT/T 808.
    pub status: u32,
    /// Alarm bits of JT/T 808.
    pub alarm: u32,
}

/// A position of 2019: the record of JT/T 808 as it is, and what three tiers of platforms say to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix2019 {
    /// The coordinates passed the confidentiality plug-in.
    pub shifted: bool,
    /// The body of the 0x0200.
    pub record: Vec<u8>,
    /// Number and alarm bits of the monitoring, local and superior platform; a number of NULs is none.
    pub platforms: [(Padded, u32); 3],
}

/// A position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Position {
    /// As 2011 writes it.
    V2011(Fix2011),
    /// As 2019 writes it.
    V2019(Fix2019),
}

/// A position that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PositionError {
    /// It ends too early.
    #[error("the position is cut short")]
    Truncated(#[from] Truncated),
    /// Its date or time is none.
    #[error("the position has no time")]
    Time,
    /// Its record is longer than one can be.
    #[error("the position holds a record of {bytes} bytes, at most {RECORD_BYTES_MAX} are read")]
    Record {
        /// As stated.
        bytes: u32,
    },
}

impl Position {
    /// The position of a record, as `platform` forwards it. Of the extras the number of satellites goes along: the
    /// others are agreed between a terminal and this platform only.
    pub fn from_location(edition: Edition, location: &Location, platform: &Padded) -> Self {
        match edition {
            Edition::V2011 => Self::V2011(Fix2011 {
                shifted: false,
                time: location.time,
                lon_e6: location.lon_e6,
                lat_e6: location.lat_e6,
                speed_kmh: location.speed_dkmh.saturating_add(5) / 10,
                recorder_kmh: 0,
                odometer_km: 0,
                course_deg: location.course_deg,
                altitude_m: location.altitude_m,
                status: location.status,
                alarm: location.alarm,
            }),
            Edition::V2019 => {
                let mut plain = location.clone();
                plain.extras.retain(|extra| matches!(extra, Extra::Satellites(_)));
                let mut record = Vec::with_capacity(32);
                // Four bytes of satellites are never too long to write.
                let _ = plain.encode(&mut record);
                let none = || Padded::from_sent(&[0; PLATFORM_BYTES]);
                let platforms = [(platform.clone(), location.alarm), (none(), 0), (none(), 0)];
                Self::V2019(Fix2019 { shifted: false, record, platforms })
            }
        }
    }

    /// When it was; `None` when the record of a 2019 position cannot be read.
    pub fn time(&self) -> Option<Timestamp> {
        match self {
            Self::V2011(fix) => Some(fix.time.timestamp()),
            Self::V2019(fix) => Location::decode(&fix.record).ok().map(|location| location.time.timestamp()),
        }
    }

    pub(super) fn decode(edition: Edition, body: &mut Body<'_>) -> Result<Self, PositionError> {
        match edition {
            Edition::V2011 => decode_2011(body).map(Self::V2011),
            Edition::V2019 => decode_2019(body).map(Self::V2019),
        }
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::V2011(fix) => encode_2011(fix, out),
            Self::V2019(fix) => {
                out.push(u8::from(fix.shifted));
                // A record is at most a body of JT/T 808 long.
                out.extend_from_slice(&(fix.record.len() as u32).to_be_bytes());
                out.extend_from_slice(&fix.record);
                for (platform, alarm) in &fix.platforms {
                    out.extend_from_slice(platform.raw());
                    out.extend_from_slice(&alarm.to_be_bytes());
                }
            }
        }
    }
}

fn decode_2011(body: &mut Body<'_>) -> Result<Fix2011, PositionError> {
    let shifted = body.u8()? == 1;
    let (day, month, year) = (body.u8()?, body.u8()?, body.u16()?);
    let (hour, minute, second) = (body.u8()?, body.u8()?, body.u8()?);
    let date = LocalDate::from_ymd_opt(i32::from(year), u32::from(month), u32::from(day));
    let is_clock = hour < 24 && minute < 60 && second < 60;
    let date = date.filter(|_| is_clock && (2000..2100).contains(&year)).ok_or(PositionError::Time)?;
    let second_of_day = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    Ok(Fix2011 {
        shifted,
        time: DeviceTime::at(Timestamp::start_of_local_day(date).plus_seconds(second_of_day)),
        lon_e6: body.u32()?,
        lat_e6: body.u32()?,
        speed_kmh: body.u16()?,
        recorder_kmh: body.u16()?,
        odometer_km: body.u32()?,
        course_deg: body.u16()?,
        altitude_m: body.u16()?,
        status: body.u32()?,
        alarm: body.u32()?,
    })
}

fn encode_2011(fix: &Fix2011, out: &mut Vec<u8>) {
    let local = fix.time.timestamp().local();
    // A device time lies in the years 2000 to 2099.
    let year = u16::try_from(local.year()).unwrap_or(2000);
    out.extend_from_slice(&[u8::from(fix.shifted), local.day() as u8, local.month() as u8]);
    out.extend_from_slice(&year.to_be_bytes());
    out.extend_from_slice(&[local.hour() as u8, local.minute() as u8, local.second() as u8]);
    out.extend_from_slice(&fix.lon_e6.to_be_bytes());
    out.extend_from_slice(&fix.lat_e6.to_be_bytes());
    out.extend_from_slice(&fix.speed_kmh.to_be_bytes());
    out.extend_from_slice(&fix.recorder_kmh.to_be_bytes());
    out.extend_from_slice(&fix.odometer_km.to_be_bytes());
    out.extend_from_slice(&fix.course_deg.to_be_bytes());
    out.extend_from_slice(&fix.altitude_m.to_be_bytes());
    out.extend_from_slice(&fix.status.to_be_bytes());
    out.extend_from_slice(&fix.alarm.to_be_bytes());
}

fn decode_2019(body: &mut Body<'_>) -> Result<Fix2019, PositionError> {
    let shifted = body.u8()? == 1;
    let bytes = body.u32()?;
    if bytes > RECORD_BYTES_MAX {
        return Err(PositionError::Record { bytes });
    }
    let record = body.take(bytes as usize)?.to_vec();
    let mut platform = || -> Result<(Padded, u32), Truncated> {
        Ok((Padded::from_sent(body.take(PLATFORM_BYTES)?), body.u32()?))
    };
    Ok(Fix2019 { shifted, record, platforms: [platform()?, platform()?, platform()?] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FixKind, FixReport, Speed};
    use proptest::prelude::*;

    /// A published 0x1202 of 2011.
    const PUBLISHED: &str = "00130707DC0F0F0F07EF4D80017018400032003300000096002D002D0000000300000101";

    #[test]
    fn the_published_position_of_2011_is_read_and_written() {
        let bytes = hex::decode(PUBLISHED).unwrap();
        let position = Position::decode(Edition::V2011, &mut Body::new(&bytes)).unwrap();
        let Position::V2011(fix) = &position else { panic!() };
        assert_eq!(fix.time.timestamp().to_string(), "2012-07-19T15:15:15+08:00");
        assert_eq!((fix.lon_e6, fix.lat_e6), (133_123_456, 24_123_456));
        assert_eq!((fix.speed_kmh, fix.recorder_kmh, fix.odometer_km), (50, 51, 150));
        assert_eq!((fix.course_deg, fix.altitude_m, fix.status, fix.alarm), (45, 45, 3, 257));
        let mut written = Vec::new();
        position.encode(&mut written);
        assert_eq!(written, bytes);
    }

    #[test]
    fn a_record_goes_into_either_edition_and_this_projects_extras_stay_here() {
        let time = Timestamp::from_seconds(1_795_413_600);
        let place = domain::Position::from_degrees(34.5394, 113.3905).unwrap();
        let mut fix = FixReport::bare("豫A12345D".parse().unwrap(), place, FixKind::D3);
        fix.speed = Speed::from_kmh(42.6);
        fix.satellites = Some(12);
        let location = Location::from_fix(time, &fix, Some(120), &[]);
        let platform = Padded::from_text("41018300001", PLATFORM_BYTES).unwrap();
        let old = Position::from_location(Edition::V2011, &location, &platform);
        let Position::V2011(plain) = &old else { panic!() };
        assert_eq!((plain.speed_kmh, plain.altitude_m, plain.lat_e6), (43, 120, 34_539_400));
        let new = Position::from_location(Edition::V2019, &location, &platform);
        let Position::V2019(wrapped) = &new else { panic!() };
        let inner = Location::decode(&wrapped.record).unwrap();
        assert_eq!((inner.lat_e6, inner.satellites(), inner.extras.len()), (34_539_400, Some(12), 1));
        for (edition, position) in [(Edition::V2011, old), (Edition::V2019, new)] {
            let mut bytes = Vec::new();
            position.encode(&mut bytes);
            assert_eq!(Position::decode(edition, &mut Body::new(&bytes)), Ok(position.clone()));
            assert_eq!(position.time(), Some(time));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for edition in [Edition::V2011, Edition::V2019] {
                if let Ok(position) = Position::decode(edition, &mut Body::new(&bytes)) {
                    let mut written = Vec::new();
                    position.encode(&mut written);
                    prop_assert_eq!(Position::decode(edition, &mut Body::new(&written)), Ok(position));
                }
            }
        }
    }
}
