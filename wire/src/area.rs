//! Areas and routes a platform sends to a terminal (0x8600 to 0x8607; JT/T 808-2013 §8.37 to §8.44, JT/T 808-2019
//! §8.38 to §8.45). The attribute bits are named fields; bits no table names are kept in `other_bits`.
//!
//! 2019 adds a speed limit for the night and a name. Under a header of 2013 both are left out.

mod codec;

use domain::{Position, Timestamp};

use crate::device_time::DeviceTime;
use crate::text::NotGbk;

/// Most areas in one message: what its count byte can say.
pub const AREAS_MAX: usize = 255;
/// Most ids in one deletion, as the standard says; none at all means every area of the kind.
pub const DELETED_IDS_MAX: usize = 125;

/// A point, without sign: whether it lies south or west is an attribute of its area or segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Latitude, 1e-6 degree.
    pub lat_e6: u32,
    /// Longitude, 1e-6 degree.
    pub lon_e6: u32,
}

impl Point {
    /// The point of a position, to the nearest 1e-6 degree.
    pub fn at(position: Position) -> Self {
        let e6 = |e7: i32| (e7.unsigned_abs() + 5) / 10;
        Self { lat_e6: e6(position.lat_e7()), lon_e6: e6(position.lon_e7()) }
    }
}

/// A moment of an area's span: six BCD bytes `YYMMDDhhmmss` in GMT+8, kept as sent. With a date of zeros it is a time of
/// every day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaTime([u8; 6]);

impl AreaTime {
    /// One moment, to the second.
    pub fn at(time: Timestamp) -> Self {
        Self(DeviceTime::at(time).to_bcd())
    }

    /// A time of every day; hour, minute and second are held at 23, 59 and 59.
    pub fn daily(hour: u8, minute: u8, second: u8) -> Self {
        let bcd = |value: u8| ((value / 10) << 4) | (value % 10);
        Self([0, 0, 0, bcd(hour.min(23)), bcd(minute.min(59)), bcd(second.min(59))])
    }

    /// From six BCD bytes, whatever they say.
    pub fn from_bcd(bcd: [u8; 6]) -> Self {
        Self(bcd)
    }

    /// The bytes as sent.
    pub fn to_bcd(self) -> [u8; 6] {
        self.0
    }

    /// The moment, unless it is a time of every day or no time at all.
    pub fn moment(self) -> Option<Timestamp> {
        DeviceTime::from_bcd(self.0).ok().map(DeviceTime::timestamp)
    }

    /// Hour, minute and second, if this is a time of every day.
    pub fn time_of_day(self) -> Option<(u8, u8, u8)> {
        let [0, 0, 0, hour, minute, second] = self.0 else { return None };
        let number = |bcd: u8, most: u8| {
            let value = (bcd >> 4) * 10 + (bcd & 0x0F);
            (bcd >> 4 <= 9 && bcd & 0x0F <= 9 && value <= most).then_some(value)
        };
        Some((number(hour, 23)?, number(minute, 59)?, number(second, 59)?))
    }
}

/// When an area holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AreaSpan {
    /// From.
    pub start: AreaTime,
    /// To.
    pub end: AreaTime,
}

/// How fast one may drive in an area or on a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpeedLimit {
    /// Highest speed, km/h.
    pub max_kmh: u16,
    /// Seconds above it before the alarm.
    pub hold_s: u8,
    /// Highest speed at night, km/h; since 2019, and there sent as `max_kmh` when not given.
    pub night_max_kmh: Option<u16>,
}

/// What holds for an area or a whole route: its attribute word and the fields it announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AreaRules {
    /// Bit 0: when it holds; always without.
    pub span: Option<AreaSpan>,
    /// Bit 1: the speed limit; not of a route.
    pub speed: Option<SpeedLimit>,
    /// Bit 2: entering is told to the driver.
    pub enter_to_driver: bool,
    /// Bit 3: entering is reported.
    pub enter_to_platform: bool,
    /// Bit 4: leaving is told to the driver.
    pub leave_to_driver: bool,
    /// Bit 5: leaving is reported.
    pub leave_to_platform: bool,
    /// Bit 6: southern latitudes.
    pub south: bool,
    /// Bit 7: western longitudes.
    pub west: bool,
    /// Bit 8: doors stay closed inside.
    pub doors_forbidden: bool,
    /// Bit 14: the radio is off inside.
    pub radio_off: bool,
    /// Bit 15: detailed positions are collected inside.
    pub detailed_positions: bool,
    /// The bits left: 9 to 13, and 1 of a route.
    pub other_bits: u16,
}

impl AreaRules {
    const NAMED: u16 = 0b1100_0001_1111_1111;

    fn from_bits(bits: u16) -> Self {
        let has = |bit: u32| bits >> bit & 1 == 1;
        Self {
            span: None,
            speed: None,
            enter_to_driver: has(2),
            enter_to_platform: has(3),
            leave_to_driver: has(4),
            leave_to_platform: has(5),
            south: has(6),
            west: has(7),
            doors_forbidden: has(8),
            radio_off: has(14),
            detailed_positions: has(15),
            other_bits: bits & !Self::NAMED,
        }
    }

    /// The attribute word.
    pub fn bits(&self) -> u16 {
        let named = [
            (self.span.is_some(), 0),
            (self.speed.is_some(), 1),
            (self.enter_to_driver, 2),
            (self.enter_to_platform, 3),
            (self.leave_to_driver, 4),
            (self.leave_to_platform, 5),
            (self.south, 6),
            (self.west, 7),
            (self.doors_forbidden, 8),
            (self.radio_off, 14),
            (self.detailed_positions, 15),
        ];
        named.iter().fold(self.other_bits, |bits, &(set, bit)| bits | u16::from(set) << bit)
    }
}

/// 0x8600: a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle {
    /// Names it in reports (extras 0x11 and 0x12).
    pub id: u32,
    /// What holds for it.
    pub rules: AreaRules,
    /// Its centre.
    pub centre: Point,
    /// Its radius, m.
    pub radius_m: u32,
    /// Since 2019.
    pub name: String,
}

/// 0x8602: a rectangle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rectangle {
    /// Names it in reports.
    pub id: u32,
    /// What holds for it.
    pub rules: AreaRules,
    /// Its north-western corner.
    pub upper_left: Point,
    /// Its south-eastern corner.
    pub lower_right: Point,
    /// Since 2019.
    pub name: String,
}

/// 0x8604: a polygon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polygon {
    /// Names it in reports.
    pub id: u32,
    /// What holds for it.
    pub rules: AreaRules,
    /// Its corners in order; the last is joined to the first.
    pub corners: Vec<Point>,
    /// Since 2019.
    pub name: String,
}

/// 0x8606: a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Names it in reports.
    pub id: u32,
    /// What holds for all of it; `speed` is not sent.
    pub rules: AreaRules,
    /// Its turning points in order; each begins a segment.
    pub points: Vec<RoutePoint>,
    /// Since 2019.
    pub name: String,
}

/// A turning point of a route and the segment that begins there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePoint {
    /// Its number.
    pub id: u32,
    /// The segment's number, told by extra 0x13.
    pub segment_id: u32,
    /// Where it is.
    pub point: Point,
    /// Width of the segment, m.
    pub width_m: u8,
    /// Bit 0: how long the segment may take.
    pub time: Option<SegmentTime>,
    /// Bit 1: the speed limit.
    pub speed: Option<SpeedLimit>,
    /// Bit 2: southern latitude.
    pub south: bool,
    /// Bit 3: western longitude.
    pub west: bool,
    /// Bits 4 to 7.
    pub other_bits: u8,
}

/// How long a segment may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentTime {
    /// More is too long, s.
    pub long_s: u16,
    /// Less is too short, s.
    pub short_s: u16,
}

/// What becomes of the areas a terminal has (first byte of 0x8600 and 0x8602).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AreaAction {
    /// 0: these replace all of the kind.
    Update,
    /// 1: these are added.
    Append,
    /// 2: these replace those of the same ids.
    Modify,
    /// A code outside the standard.
    Other(u8),
}

impl AreaAction {
    /// From its byte.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Update,
            1 => Self::Append,
            2 => Self::Modify,
            other => Self::Other(other),
        }
    }

    /// Its byte.
    pub fn code(self) -> u8 {
        match self {
            Self::Update => 0,
            Self::Append => 1,
            Self::Modify => 2,
            Self::Other(code) => code,
        }
    }
}

/// The kinds of areas, each with a message of its own to delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AreaShape {
    /// 0x8601
    Circle,
    /// 0x8603
    Rectangle,
    /// 0x8605
    Polygon,
    /// 0x8607
    Route,
}

/// Why areas cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AreaError {
    /// More of something than its count or length can say.
    #[error("{count} {what} in one message, at most {most} can be sent")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many can be sent.
        most: usize,
    },
    /// A name has characters GBK does not have.
    #[error("an area's name cannot be written")]
    NotGbk(#[from] NotGbk),
}
