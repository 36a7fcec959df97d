//! Areas and routes as bytes, in the forms of 2013 and 2019.

use super::{
    AreaError, AreaRules, AreaSpan, AreaTime, Circle, Point, Polygon, Rectangle, Route, RoutePoint,
    SegmentTime, SpeedLimit,
};
use crate::body::{Body, Truncated};
use crate::header::Version;
use crate::text::{decode, encode};

const BY_TIME: u16 = 1 << 0;
const SPEED: u16 = 1 << 1;

impl Point {
    fn decode(body: &mut Body<'_>) -> Result<Self, Truncated> {
        Ok(Self { lat_e6: body.u32()?, lon_e6: body.u32()? })
    }

    fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.lat_e6.to_be_bytes());
        out.extend_from_slice(&self.lon_e6.to_be_bytes());
    }
}

fn decode_span(bits: u16, body: &mut Body<'_>) -> Result<Option<AreaSpan>, Truncated> {
    if bits & BY_TIME == 0 {
        return Ok(None);
    }
    Ok(Some(AreaSpan { start: AreaTime(body.bcd6()?), end: AreaTime(body.bcd6()?) }))
}

fn decode_speed(bits: u16, body: &mut Body<'_>) -> Result<Option<SpeedLimit>, Truncated> {
    if bits & SPEED == 0 {
        return Ok(None);
    }
    Ok(Some(SpeedLimit { max_kmh: body.u16()?, hold_s: body.u8()?, night_max_kmh: None }))
}

fn encode_span(rules: &AreaRules, out: &mut Vec<u8>) {
    if let Some(span) = rules.span {
        out.extend_from_slice(&span.start.0);
        out.extend_from_slice(&span.end.0);
    }
}

fn encode_speed(speed: Option<SpeedLimit>, out: &mut Vec<u8>) {
    if let Some(speed) = speed {
        out.extend_from_slice(&speed.max_kmh.to_be_bytes());
        out.push(speed.hold_s);
    }
}

/// What 2019 adds to a speed limit.
fn decode_night(
    version: Version,
    speed: &mut Option<SpeedLimit>,
    body: &mut Body<'_>,
) -> Result<(), Truncated> {
    if let (Version::V2019, Some(speed)) = (version, speed) {
        speed.night_max_kmh = Some(body.u16()?);
    }
    Ok(())
}

fn encode_night(version: Version, speed: Option<SpeedLimit>, out: &mut Vec<u8>) {
    if let (Version::V2019, Some(speed)) = (version, speed) {
        out.extend_from_slice(&speed.night_max_kmh.unwrap_or(speed.max_kmh).to_be_bytes());
    }
}

/// What 2019 adds to an area.
fn decode_name(version: Version, body: &mut Body<'_>) -> Result<String, Truncated> {
    if version == Version::V2013 {
        return Ok(String::new());
    }
    let length = body.u16()?;
    Ok(decode(body.take(usize::from(length))?))
}

fn encode_name(version: Version, name: &str, out: &mut Vec<u8>) -> Result<(), AreaError> {
    if version == Version::V2019 {
        let name = encode(name)?;
        out.extend_from_slice(&count_u16("bytes of a name", name.len())?.to_be_bytes());
        out.extend(name);
    }
    Ok(())
}

fn count_u16(what: &'static str, count: usize) -> Result<u16, AreaError> {
    u16::try_from(count).map_err(|_over| AreaError::TooMany { what, count, most: usize::from(u16::MAX) })
}

impl Circle {
    pub(crate) fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, Truncated> {
        let id = body.u32()?;
        let bits = body.u16()?;
        let centre = Point::decode(body)?;
        let radius_m = body.u32()?;
        let (rules, name) = decode_item_tail(version, bits, body)?;
        Ok(Self { id, rules, centre, radius_m, name })
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), AreaError> {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.rules.bits().to_be_bytes());
        self.centre.encode(out);
        out.extend_from_slice(&self.radius_m.to_be_bytes());
        encode_item_tail(version, &self.rules, &self.name, out)
    }
}

impl Rectangle {
    pub(crate) fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, Truncated> {
        let id = body.u32()?;
        let bits = body.u16()?;
        let upper_left = Point::decode(body)?;
        let lower_right = Point::decode(body)?;
        let (rules, name) = decode_item_tail(version, bits, body)?;
        Ok(Self { id, rules, upper_left, lower_right, name })
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), AreaError> {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.rules.bits().to_be_bytes());
        self.upper_left.encode(out);
        self.lower_right.encode(out);
        encode_item_tail(version, &self.rules, &self.name, out)
    }
}

/// What follows the geometry of a circle or rectangle.
fn decode_item_tail(
    version: Version,
    bits: u16,
    body: &mut Body<'_>,
) -> Result<(AreaRules, String), Truncated> {
    let mut rules = AreaRules::from_bits(bits);
    rules.span = decode_span(bits, body)?;
    rules.speed = decode_speed(bits, body)?;
    decode_night(version, &mut rules.speed, body)?;
    Ok((rules, decode_name(version, body)?))
}

fn encode_item_tail(
    version: Version,
    rules: &AreaRules,
    name: &str,
    out: &mut Vec<u8>,
) -> Result<(), AreaError> {
    encode_span(rules, out);
    encode_speed(rules.speed, out);
    encode_night(version, rules.speed, out);
    encode_name(version, name, out)
}

impl Polygon {
    pub(crate) fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, Truncated> {
        let id = body.u32()?;
        let bits = body.u16()?;
        let mut rules = AreaRules::from_bits(bits);
        rules.span = decode_span(bits, body)?;
        rules.speed = decode_speed(bits, body)?;
        let count = body.u16()?;
        let corners = (0..count).map(|_| Point::decode(body)).collect::<Result<_, _>>()?;
        decode_night(version, &mut rules.speed, body)?;
        Ok(Self { id, rules, corners, name: decode_name(version, body)? })
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), AreaError> {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.rules.bits().to_be_bytes());
        encode_span(&self.rules, out);
        encode_speed(self.rules.speed, out);
        out.extend_from_slice(&count_u16("corners", self.corners.len())?.to_be_bytes());
        self.corners.iter().for_each(|corner| corner.encode(out));
        encode_night(version, self.rules.speed, out);
        encode_name(version, &self.name, out)
    }
}

impl Route {
    pub(crate) fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, Truncated> {
        let id = body.u32()?;
        let bits = body.u16()?;
        let mut rules = AreaRules::from_bits(bits);
        // A route has no speed limit of its own: its bit 1 is reserved.
        rules.other_bits |= bits & SPEED;
        rules.span = decode_span(bits, body)?;
        let count = body.u16()?;
        let points = (0..count).map(|_| RoutePoint::decode(version, body)).collect::<Result<_, _>>()?;
        Ok(Self { id, rules, points, name: decode_name(version, body)? })
    }

    pub(crate) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), AreaError> {
        let rules = AreaRules { speed: None, ..self.rules };
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&rules.bits().to_be_bytes());
        encode_span(&rules, out);
        out.extend_from_slice(&count_u16("turning points", self.points.len())?.to_be_bytes());
        self.points.iter().for_each(|point| point.encode(version, out));
        encode_name(version, &self.name, out)
    }
}

impl RoutePoint {
    fn decode(version: Version, body: &mut Body<'_>) -> Result<Self, Truncated> {
        let id = body.u32()?;
        let segment_id = body.u32()?;
        let point = Point::decode(body)?;
        let width_m = body.u8()?;
        let bits = body.u8()?;
        let time = if bits & 1 == 0 {
            None
        } else {
            Some(SegmentTime { long_s: body.u16()?, short_s: body.u16()? })
        };
        let mut speed = decode_speed(u16::from(bits), body)?;
        decode_night(version, &mut speed, body)?;
        let (south, west, other_bits) = (bits & 0b100 != 0, bits & 0b1000 != 0, bits & 0xF0);
        Ok(Self { id, segment_id, point, width_m, time, speed, south, west, other_bits })
    }

    /// The segment's attribute byte.
    pub fn bits(&self) -> u8 {
        u8::from(self.time.is_some())
            | u8::from(self.speed.is_some()) << 1
            | u8::from(self.south) << 2
            | u8::from(self.west) << 3
            | self.other_bits & 0xF0
    }

    fn encode(&self, version: Version, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.segment_id.to_be_bytes());
        self.point.encode(out);
        out.extend_from_slice(&[self.width_m, self.bits()]);
        if let Some(time) = self.time {
            out.extend_from_slice(&time.long_s.to_be_bytes());
            out.extend_from_slice(&time.short_s.to_be_bytes());
        }
        encode_speed(self.speed, out);
        encode_night(version, self.speed, out);
    }
}
