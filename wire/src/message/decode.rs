//! Bodies read.

use domain::Timestamp;

use super::{AnswerResult, Message, MessageError, id};
use crate::area::{AreaAction, AreaShape, Circle, Polygon, Rectangle, Route};
use crate::attributes::Attributes;
use crate::body::{Body, Truncated};
use crate::device_time::{DeviceTime, GMT8_S};
use crate::driver_card::DriverCard;
use crate::header::{Header, Version};
use crate::location::Location;
use crate::media::{Capture, MediaHead, MediaUpload};
use crate::parameter::decode_parameters;
use crate::registration::{Authentication, Registration, RegistrationRefusal};
use crate::text::decode;

impl Message {
    /// Reads a whole, plain body. `header` gives its id and version; a message in parts is put together first.
    ///
    /// Reports that a platform keeps as they came (0x0107, 0x0702, 0x0800, 0x0801) never fail: one that is not as its
    /// table says is [`Message::Other`].
    ///
    /// # Errors
    /// [`MessageError`] for a body shorter than its id asks. Bytes after what the id asks are dropped.
    pub fn decode(header: &Header, body: &[u8]) -> Result<Self, MessageError> {
        let id = header.message_id;
        let truncated = |source| MessageError::Truncated { id, source };
        let location = |source| MessageError::Location { id, source };
        match id {
            id::LOCATION => Location::decode(body).map(Self::Location).map_err(location),
            id::LOCATION_ANSWER => {
                let serial = Body::new(body).u16().map_err(truncated)?;
                let answer = Location::decode(&body[2..]).map_err(location)?;
                Ok(Self::LocationAnswer { serial, location: answer })
            }
            id::TIME_ANSWER => decode_time(id, body),
            _ => match decode_upward(header.version, id, body).map_err(truncated)? {
                Some(message) => Ok(message),
                None => decode_downward(header.version, id, body).map_err(truncated),
            },
        }
    }
}

/// What a terminal sends; `None` for another id, or for a report that is not as its table says.
fn decode_upward(version: Version, id: u16, bytes: &[u8]) -> Result<Option<Message>, Truncated> {
    let body = &mut Body::new(bytes);
    Ok(Some(match id {
        id::TERMINAL_ANSWER => {
            let (serial, id, result) = decode_answer(body)?;
            Message::TerminalAnswer { serial, id, result }
        }
        id::HEARTBEAT => Message::Heartbeat,
        id::LOGOUT | id::LOGOUT_2011 => Message::Logout,
        id::TIME_QUERY => Message::TimeQuery,
        id::TERMINAL_RESEND => {
            let (first_serial, indices) = decode_resend(body)?;
            Message::TerminalResend { first_serial, indices }
        }
        id::REGISTER => Message::Register(Registration::decode(version, bytes)?),
        id::AUTHENTICATE => Message::Authenticate(Authentication::decode(version, bytes)?),
        id::PARAMETERS => {
            let serial = body.u16()?;
            Message::Parameters { serial, parameters: decode_parameters(body)? }
        }
        id::ATTRIBUTES => return Ok(Attributes::decode(version, bytes).ok().map(Message::Attributes)),
        id::DRIVER_CARD => return Ok(DriverCard::decode(version, body).ok().map(Message::DriverCard)),
        id::LOCATION_BATCH => decode_batch(body)?,
        id::MEDIA_EVENT => return Ok(MediaHead::decode(body).ok().map(Message::MediaEvent)),
        id::MEDIA_UPLOAD => return Ok(MediaUpload::decode(body).ok().map(Message::MediaUpload)),
        id::PASS_THROUGH_UP => match body.u8() {
            Ok(kind) => Message::PassThroughUp { kind, data: body.rest().to_vec() },
            Err(_empty) => return Ok(None),
        },
        _ => return Ok(None),
    }))
}

/// What a platform sends, and everything else.
fn decode_downward(version: Version, id: u16, bytes: &[u8]) -> Result<Message, Truncated> {
    let body = &mut Body::new(bytes);
    Ok(match id {
        id::PLATFORM_ANSWER => {
            let (serial, id, result) = decode_answer(body)?;
            Message::PlatformAnswer { serial, id, result }
        }
        id::RESEND => {
            let (first_serial, indices) = decode_resend(body)?;
            Message::Resend { first_serial, indices }
        }
        id::REGISTER_ANSWER => {
            let serial = body.u16()?;
            let result = RegistrationRefusal::from_code(body.u8()?);
            let auth_code = result.is_ok().then(|| decode(body.rest()));
            Message::RegisterAnswer { serial, result, auth_code }
        }
        id::SET_PARAMETERS => Message::SetParameters(decode_parameters(body)?),
        id::QUERY_PARAMETERS => Message::QueryParameters,
        id::QUERY_PARAMETER_LIST => Message::QueryParameterList(decode_ids(body)?),
        id::QUERY_ATTRIBUTES => Message::QueryAttributes,
        id::QUERY_LOCATION => Message::QueryLocation,
        id::TRACK => {
            let interval_s = body.u16()?;
            let validity_s = if interval_s == 0 { 0 } else { body.u32()? };
            Message::Track { interval_s, validity_s }
        }
        id::CONFIRM_ALARM => Message::ConfirmAlarm { serial: body.u16()?, alarms: body.u32()? },
        id::TEXT => {
            let flags = body.u8()?;
            let kind = if version == Version::V2019 { Some(body.u8()?) } else { None };
            Message::Text { flags, kind, text: decode(body.rest()) }
        }
        id::SET_CIRCLES..=id::DELETE_ROUTES => decode_areas(version, id, body)?,
        id::MEDIA_ANSWER => {
            let media_id = body.u32()?;
            let missing = match body.u8() {
                Ok(count) => (0..count).map(|_| body.u16()).collect::<Result<_, _>>()?,
                Err(_whole) => Vec::new(),
            };
            Message::MediaAnswer { media_id, missing }
        }
        id::CAPTURE => Message::Capture(Capture::decode(body)?),
        id::PASS_THROUGH_DOWN => Message::PassThroughDown { kind: body.u8()?, data: body.rest().to_vec() },
        id => Message::Other { id, body: bytes.to_vec() },
    })
}

fn decode_areas(version: Version, id: u16, body: &mut Body<'_>) -> Result<Message, Truncated> {
    let shape = match id {
        id::SET_CIRCLES => {
            let action = AreaAction::from_code(body.u8()?);
            let count = body.u8()?;
            let circles = (0..count).map(|_| Circle::decode(version, body)).collect::<Result<_, _>>()?;
            return Ok(Message::SetCircles { action, circles });
        }
        id::SET_RECTANGLES => {
            let action = AreaAction::from_code(body.u8()?);
            let count = body.u8()?;
            let rectangles =
                (0..count).map(|_| Rectangle::decode(version, body)).collect::<Result<_, _>>()?;
            return Ok(Message::SetRectangles { action, rectangles });
        }
        id::SET_POLYGON => return Polygon::decode(version, body).map(Message::SetPolygon),
        id::SET_ROUTE => return Route::decode(version, body).map(Message::SetRoute),
        id::DELETE_CIRCLES => AreaShape::Circle,
        id::DELETE_RECTANGLES => AreaShape::Rectangle,
        id::DELETE_POLYGONS => AreaShape::Polygon,
        _ => AreaShape::Route,
    };
    Ok(Message::DeleteAreas { shape, ids: decode_ids(body)? })
}

fn decode_answer(body: &mut Body<'_>) -> Result<(u16, u16, AnswerResult), Truncated> {
    Ok((body.u16()?, body.u16()?, AnswerResult::from_code(body.u8()?)))
}

/// A count byte and that many ids.
fn decode_ids(body: &mut Body<'_>) -> Result<Vec<u32>, Truncated> {
    let count = body.u8()?;
    (0..count).map(|_| body.u32()).collect()
}

/// The count is one byte up to 2013 and two since; which of them a body has is told by its length being odd or even.
fn decode_resend(body: &mut Body<'_>) -> Result<(u16, Vec<u16>), Truncated> {
    let first_serial = body.u16()?;
    let count = if body.rest().len() % 2 == 1 { u16::from(body.u8()?) } else { body.u16()? };
    Ok((first_serial, (0..count).map(|_| body.u16()).collect::<Result<_, _>>()?))
}

/// BCD in UTC, where every other time of the protocol is in GMT+8.
fn decode_time(id: u16, bytes: &[u8]) -> Result<Message, MessageError> {
    let bcd = Body::new(bytes).bcd6().map_err(|source| MessageError::Truncated { id, source })?;
    let time = DeviceTime::from_bcd(bcd).map_err(|source| MessageError::Time { id, source })?;
    let time: Timestamp = time.timestamp().plus_seconds(GMT8_S);
    Ok(Message::TimeAnswer { time })
}

/// A batch is malformed as a whole only without its count and type; a record that cannot be read costs itself alone.
fn decode_batch(body: &mut Body<'_>) -> Result<Message, Truncated> {
    let count = body.u16()?;
    let backlog = body.u8()? == 1;
    let (mut locations, mut malformed) = (Vec::new(), 0);
    for read in 0..count {
        let Ok(record) = body.u16().and_then(|length| body.take(usize::from(length))) else {
            malformed += count - read;
            break;
        };
        match Location::decode(record) {
            Ok(location) => locations.push(location),
            Err(_counted) => malformed += 1,
        }
    }
    Ok(Message::LocationBatch { backlog, locations, malformed })
}
