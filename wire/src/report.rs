//! From a [`FixReport`] to a [`Location`] and back to [`Report`]s: what the numbers on the wire mean.
//!
//! The wire is coarser than a report: [`quantise`] says what a round trip leaves, so that a truck can keep what the
//! platform will store. Terminals that do not send this project's extras are read by the standard's bits alone.

use domain::datum::Datum;
use domain::position::PositionError;
use domain::report::Content;
use domain::{
    Antenna, Course, FixKind, FixReport, Hdop, Load, Plate, Position, Power, Report, Speed, TerminalId,
    Timestamp, TruckSighting,
};

use crate::device_time::DeviceTime;
use crate::extra::Extra;
use crate::location::{Location, alarm, status};
use crate::profile::Profile;
use crate::vendor::{AbsentReadings, BodyState, FixQuality, TagRead};

/// Longest record that still fits alone in a 0x0704: the longest body less count, type and the item's length.
pub const LOCATION_BYTES_MAX: usize = crate::header::BODY_BYTES_MAX - 5;
/// A record of [`Location::from_fix`] without tags: base 28, satellites 3, body state 8, fix quality 7, absent readings 3.
const UNTAGGED_BYTES_MAX: usize = 28 + 3 + 8 + 7 + 3;
/// What a tag read adds to its EPC: id, length, time, signal strength.
const TAG_OVERHEAD_BYTES: usize = 2 + 8 + 1;

/// Why a record says nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// Its coordinates are not on the globe.
    #[error("the record of {time} is nowhere")]
    Position {
        /// When it was measured.
        time: Timestamp,
        /// What is wrong with them.
        #[source]
        source: PositionError,
    },
}

/// How many of `tags`, from the first, one record takes: as many as leave it at most [`LOCATION_BYTES_MAX`] long
/// (42 with the usual 96-bit EPC).
pub fn tags_that_fit(tags: &[TagRead]) -> usize {
    let mut left = LOCATION_BYTES_MAX - UNTAGGED_BYTES_MAX;
    tags.iter()
        .take_while(|tag| {
            let bytes = TAG_OVERHEAD_BYTES + tag.epc.as_str().len() / 2;
            left.checked_sub(bytes).map(|rest| left = rest).is_some()
        })
        .count()
}

impl Location {
    /// The record of a fix and of the tags read since the record before it. Takes the first [`tags_that_fit`] of them:
    /// who may have more sends the rest with the next record. Heights below the sea are sent as 0, as the standard's
    /// unsigned field asks.
    pub fn from_fix(time: Timestamp, fix: &FixReport, altitude_m: Option<i32>, tags: &[TagRead]) -> Self {
        let (lat_e7, lon_e7) = (fix.position.lat_e7(), fix.position.lon_e7());
        let device_time = DeviceTime::at(time);
        let absent = AbsentReadings { speed: fix.speed.is_none(), course: fix.course.is_none() };
        let mut extras = Vec::with_capacity(4 + tags.len());
        extras.extend(fix.satellites.map(Extra::Satellites));
        extras.push(Extra::BodyState(BodyState {
            load: fix.load,
            lid: fix.lid,
            lift: fix.lift,
            antenna: fix.antenna,
            power: fix.power,
            ignition_known: fix.ignition.is_some(),
        }));
        extras.push(Extra::FixQuality(FixQuality {
            kind: fix.fix,
            hdop_centi: fix.hdop.map(|hdop| (hdop.ratio() * 100.0).round() as u16),
            millis: millis_within(time, device_time),
        }));
        if absent != AbsentReadings::default() {
            extras.push(Extra::AbsentReadings(absent));
        }
        extras.extend(tags.iter().take(tags_that_fit(tags)).cloned().map(Extra::TagRead));
        Self {
            alarm: alarm_bits(fix),
            status: status_bits(fix),
            lat_e6: e6(lat_e7.unsigned_abs()),
            lon_e6: e6(lon_e7.unsigned_abs()),
            altitude_m: altitude_m.unwrap_or(0).clamp(0, i32::from(u16::MAX)) as u16,
            speed_dkmh: fix.speed.map_or(0, speed_dkmh),
            course_deg: fix.course.map_or(0, course_deg),
            time: device_time,
            extras,
            extras_malformed: false,
        }
    }

    /// What the record says about the truck of `plate`: one fix report, then one sighting per tag read.
    ///
    /// Without this project's extras: the fix is 3D by status bit 1, 2D when fewer than four satellites are told; load
    /// is read from the status bits (00 empty, 10 unknown); antenna and power are known only while their alarm stands;
    /// cover and tipping body are unknown. Coordinates that passed the confidentiality plug-in (status bit 5) are
    /// converted from GCJ-02. [`Location::to_reports_with`] reads what a maker says beyond the standard.
    ///
    /// # Errors
    /// [`LocationError::Position`] for coordinates that are not on the globe, with or without a fix.
    pub fn to_reports(
        &self,
        plate: &Plate,
        source: &TerminalId,
        received: Timestamp,
    ) -> Result<Vec<Report>, LocationError> {
        self.to_reports_with(Profile::unprofiled(), plate, source, received)
    }

    /// As [`Location::to_reports`], with body, terminal and datum as `profile` reads them. This project's own extras
    /// count where they are there.
    ///
    /// # Errors
    /// [`LocationError::Position`] for coordinates that are not on the globe, with or without a fix.
    pub fn to_reports_with(
        &self,
        profile: &Profile,
        plate: &Plate,
        source: &TerminalId,
        received: Timestamp,
    ) -> Result<Vec<Report>, LocationError> {
        let quality = self.fix_quality();
        let time = self.time.timestamp().plus_millis(quality.map_or(0, |quality| i64::from(quality.millis)));
        let position = self.position(profile).map_err(|source| LocationError::Position { time, source })?;
        let absent = self.absent_readings();
        let mut fix = FixReport {
            source: Some(source.clone()),
            speed: Speed::from_kmh(f64::from(self.speed_dkmh) / 10.0).filter(|_known| !absent.speed),
            course: Course::from_deg(f64::from(self.course_deg)).filter(|_known| !absent.course),
            hdop: quality
                .and_then(|quality| quality.hdop_centi)
                .and_then(|hdop_centi| Hdop::from_ratio(f64::from(hdop_centi) / 100.0)),
            satellites: self.satellites(),
            ..FixReport::bare(plate.clone(), position, self.fix_kind(quality))
        };
        profile.read(self).apply_to(&mut fix);
        let report = |time, content| Report { time, content, received: Some(received) };
        let sighting = |tag: &TagRead| TruckSighting {
            plate: plate.clone(),
            epc: tag.epc.clone(),
            rssi_dbm: tag.rssi_dbm,
        };
        let mut reports = vec![report(time, Content::Fix(fix))];
        reports.extend(self.tags().map(|tag| report(tag.time, Content::AtTruck(sighting(tag)))));
        Ok(reports)
    }

    fn has(&self, status_bit: u32) -> bool {
        self.status & status_bit != 0
    }

    fn position(&self, profile: &Profile) -> Result<Position, PositionError> {
        let degrees = |e6: u32, negative: bool| {
            let magnitude = f64::from(e6) / 1e6;
            if negative { -magnitude } else { magnitude }
        };
        let lat = degrees(self.lat_e6, self.has(status::SOUTH));
        let lon = degrees(self.lon_e6, self.has(status::WEST));
        let datum = if profile.is_shifted(self) { Datum::Gcj02 } else { Datum::Wgs84 };
        datum.position(lat, lon)
    }

    fn fix_kind(&self, quality: Option<FixQuality>) -> FixKind {
        match (self.has(status::FIXED), quality, self.satellites()) {
            (false, ..) => FixKind::None,
            (true, Some(quality), _) => quality.kind,
            (true, None, Some(0..=3)) => FixKind::D2,
            (true, None, _) => FixKind::D3,
        }
    }
}

/// What is left of a fix and its time after a round trip over the wire: position to 1e-6 degree, speed to 0.1 km/h,
/// course to the whole degree, the years 2000 to 2099. A position without a fix stays as it is, to the same step.
pub fn quantise(time: Timestamp, fix: &FixReport) -> (Timestamp, FixReport) {
    let step = |e7: i32| {
        let magnitude = e6(e7.unsigned_abs()) as i32 * 10;
        if e7 < 0 { -magnitude } else { magnitude }
    };
    let device_time = DeviceTime::at(time);
    let kept = FixReport {
        position: Position::from_e7(step(fix.position.lat_e7()), step(fix.position.lon_e7()))
            .unwrap_or(fix.position),
        speed: fix.speed.and_then(|speed| Speed::from_kmh(f64::from(speed_dkmh(speed)) / 10.0)),
        course: fix.course.and_then(|course| Course::from_deg(f64::from(course_deg(course)))),
        ..fix.clone()
    };
    (device_time.timestamp().plus_millis(i64::from(millis_within(time, device_time))), kept)
}

/// 1e-7 degree to the nearest 1e-6.
fn e6(magnitude_e7: u32) -> u32 {
    (magnitude_e7 + 5) / 10
}

fn speed_dkmh(speed: Speed) -> u16 {
    (speed.kmh() * 10.0).round() as u16
}

fn course_deg(course: Course) -> u16 {
    course.deg().round() as u16 % 360
}

/// Milliseconds of `time` after its whole second; 0 where the device's calendar could not follow it.
fn millis_within(time: Timestamp, second: DeviceTime) -> u16 {
    u16::try_from(time.millis_since(second.timestamp())).ok().filter(|millis| *millis < 1000).unwrap_or(0)
}

fn alarm_bits(fix: &FixReport) -> u32 {
    let antenna = match fix.antenna {
        Antenna::Open => alarm::ANTENNA_OPEN,
        Antenna::Short => alarm::ANTENNA_SHORT,
        Antenna::Ok | Antenna::Unknown => 0,
    };
    let power = match fix.power {
        Power::Low => alarm::POWER_LOW,
        Power::Lost => alarm::POWER_LOST,
        Power::Ok | Power::Unknown => 0,
    };
    antenna | power
}

/// An unknown load is sent as 00, which is what a terminal without a load sensor sends.
fn status_bits(fix: &FixReport) -> u32 {
    let load = match fix.load {
        Load::Empty | Load::Unknown => 0b00,
        Load::Half => 0b01,
        Load::Full | Load::Over => 0b11,
    };
    let bit = |set, bit| if set { bit } else { 0 };
    bit(fix.ignition == Some(true), status::IGNITION)
        | bit(fix.fix != FixKind::None, status::FIXED)
        | bit(fix.position.lat_e7() < 0, status::SOUTH)
        | bit(fix.position.lon_e7() < 0, status::WEST)
        | load << status::LOAD_SHIFT
}
