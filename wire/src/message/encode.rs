//! Bodies and frames written.

use super::{Address, EncodeError, MESSAGE_BYTES_MAX, Message, TEXT_BYTES_MAX};
use crate::area::DELETED_IDS_MAX;
use crate::device_time::{DeviceTime, GMT8_S};
use crate::frame::encode_frame;
use crate::header::{BODY_BYTES_MAX, Header, Part, Version};
use crate::location::Location;
use crate::parameter::encode_parameters;
use crate::registration::RegistrationRefusal;
use crate::text::encode;

impl Message {
    /// Appends the body.
    ///
    /// # Errors
    /// [`EncodeError`] for texts and lengths the wire cannot say. Whether the body fits one packet is checked by
    /// [`Message::encode`].
    pub fn encode_body(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::TerminalAnswer { serial, id, result } | Self::PlatformAnswer { serial, id, result } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.extend_from_slice(&id.to_be_bytes());
                out.push(result.code());
            }
            Self::Heartbeat
            | Self::Logout
            | Self::TimeQuery
            | Self::QueryParameters
            | Self::QueryAttributes
            | Self::QueryLocation => {}
            Self::TimeAnswer { time } => {
                out.extend_from_slice(&DeviceTime::at(time.plus_seconds(-GMT8_S)).to_bcd());
            }
            Self::Resend { first_serial, indices } | Self::TerminalResend { first_serial, indices } => {
                encode_resend(version, *first_serial, indices, out)?;
            }
            Self::Register(registration) => registration.encode(version, out)?,
            Self::RegisterAnswer { serial, result, auth_code } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.push(result.map_or_else(RegistrationRefusal::code, |()| 0));
                out.extend(encode(auth_code.as_deref().unwrap_or_default())?);
            }
            Self::Authenticate(authentication) => authentication.encode(version, out)?,
            Self::Parameters { serial, parameters } => {
                out.extend_from_slice(&serial.to_be_bytes());
                encode_parameters(parameters, out)?;
            }
            Self::Attributes(attributes) => attributes.encode(version, out)?,
            Self::Location(location) => location.encode(out)?,
            Self::LocationAnswer { serial, location } => {
                out.extend_from_slice(&serial.to_be_bytes());
                location.encode(out)?;
            }
            Self::DriverCard(card) => card.encode(version, out)?,
            Self::LocationBatch { backlog, locations, .. } => encode_batch(*backlog, locations, out)?,
            Self::MediaEvent(head) => head.encode(out),
            Self::MediaUpload(upload) => upload.encode(out),
            Self::PassThroughUp { kind, data } | Self::PassThroughDown { kind, data } => {
                out.push(*kind);
                out.extend_from_slice(data);
            }
            Self::Other { body, .. } => out.extend_from_slice(body),
            _ => self.encode_command(version, out)?,
        }
        Ok(())
    }

    /// Appends the body of what a platform asks or sets.
    fn encode_command(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::SetParameters(parameters) => encode_parameters(parameters, out)?,
            Self::QueryParameterList(ids) => encode_ids(ids, usize::from(u8::MAX), out)?,
            Self::Track { interval_s, validity_s } => {
                out.extend_from_slice(&interval_s.to_be_bytes());
                if *interval_s > 0 {
                    out.extend_from_slice(&validity_s.to_be_bytes());
                }
            }
            Self::ConfirmAlarm { serial, alarms } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.extend_from_slice(&alarms.to_be_bytes());
            }
            Self::Text { flags, kind, text } => {
                let text = encode(text)?;
                limit("bytes of text", text.len(), TEXT_BYTES_MAX)?;
                out.push(*flags);
                if version == Version::V2019 {
                    out.push(kind.unwrap_or(1));
                }
                out.extend(text);
            }
            Self::SetCircles { action, circles } => {
                out.push(action.code());
                out.push(count_u8("circles", circles.len())?);
                circles.iter().try_for_each(|circle| circle.encode(version, out))?;
            }
            Self::SetRectangles { action, rectangles } => {
                out.push(action.code());
                out.push(count_u8("rectangles", rectangles.len())?);
                rectangles.iter().try_for_each(|rectangle| rectangle.encode(version, out))?;
            }
            Self::SetPolygon(polygon) => polygon.encode(version, out)?,
            Self::SetRoute(route) => route.encode(version, out)?,
            Self::DeleteAreas { ids, .. } => encode_ids(ids, DELETED_IDS_MAX, out)?,
            Self::MediaAnswer { media_id, missing } => {
                out.extend_from_slice(&media_id.to_be_bytes());
                if !missing.is_empty() {
                    out.push(count_u8("missing parts", missing.len())?);
                    out.extend(missing.iter().flat_map(|index| index.to_be_bytes()));
                }
            }
            Self::Capture(capture) => capture.encode(out),
            _ => {}
        }
        Ok(())
    }

    /// The message as one frame.
    ///
    /// # Errors
    /// [`EncodeError`]; a body longer than one packet is refused, not cut into parts.
    pub fn encode(&self, address: &Address, serial: u16) -> Result<Vec<u8>, EncodeError> {
        let mut body = Vec::new();
        self.encode_body(address.version, &mut body)?;
        if body.len() > BODY_BYTES_MAX {
            return Err(EncodeError::BodyTooLong { bytes: body.len() });
        }
        self.encode_packet(address, serial, None, &body)
    }

    /// The message as one frame, or as one for each part when its body is longer than a packet carries. The parts take
    /// serials from `first_serial` on, wrapping.
    ///
    /// # Errors
    /// [`EncodeError`]; a body longer than [`MESSAGE_BYTES_MAX`] is refused.
    pub fn encode_in_parts(&self, address: &Address, first_serial: u16) -> Result<Vec<Vec<u8>>, EncodeError> {
        let mut body = Vec::new();
        self.encode_body(address.version, &mut body)?;
        if body.len() <= BODY_BYTES_MAX {
            return Ok(vec![self.encode_packet(address, first_serial, None, &body)?]);
        }
        if body.len() > MESSAGE_BYTES_MAX {
            return Err(EncodeError::TooManyParts { bytes: body.len() });
        }
        let chunks = body.chunks(BODY_BYTES_MAX);
        let total = chunks.len() as u16;
        let parts = (1..=total).map(|index| Part { total, index });
        parts
            .zip(chunks)
            .map(|(part, chunk)| {
                let serial = first_serial.wrapping_add(part.index - 1);
                self.encode_packet(address, serial, Some(part), chunk)
            })
            .collect()
    }

    /// One packet; `body` is at most [`BODY_BYTES_MAX`] long.
    fn encode_packet(
        &self,
        address: &Address,
        serial: u16,
        part: Option<Part>,
        body: &[u8],
    ) -> Result<Vec<u8>, EncodeError> {
        let header = Header {
            message_id: self.id(),
            version: address.version,
            protocol_version: address.protocol_version,
            phone: address.phone,
            serial,
            body_length: body.len() as u16,
            encryption: 0,
            part,
        };
        let mut payload = Vec::with_capacity(body.len() + 21);
        header.encode(&mut payload)?;
        payload.extend_from_slice(body);
        let mut frame = Vec::new();
        encode_frame(&payload, &mut frame);
        Ok(frame)
    }
}

fn limit(what: &'static str, count: usize, most: usize) -> Result<(), EncodeError> {
    if count > most { Err(EncodeError::TooMany { what, count, most }) } else { Ok(()) }
}

fn count_u8(what: &'static str, count: usize) -> Result<u8, EncodeError> {
    let most = usize::from(u8::MAX);
    u8::try_from(count).map_err(|_over_255| EncodeError::TooMany { what, count, most })
}

fn encode_ids(ids: &[u32], most: usize, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    limit("ids", ids.len(), most)?;
    out.push(count_u8("ids", ids.len())?);
    out.extend(ids.iter().flat_map(|id| id.to_be_bytes()));
    Ok(())
}

/// One byte of count up to 2013, two since.
fn encode_resend(
    version: Version,
    first_serial: u16,
    indices: &[u16],
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let count = count_u8("parts", indices.len())?;
    out.extend_from_slice(&first_serial.to_be_bytes());
    match version {
        Version::V2013 => out.push(count),
        Version::V2019 => out.extend_from_slice(&u16::from(count).to_be_bytes()),
    }
    out.extend(indices.iter().flat_map(|index| index.to_be_bytes()));
    Ok(())
}

fn encode_batch(backlog: bool, locations: &[Location], out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let items = locations.len();
    let count = u16::try_from(items).map_err(|_over_65535| EncodeError::TooManyItems { items })?;
    out.extend_from_slice(&count.to_be_bytes());
    out.push(u8::from(backlog));
    for location in locations {
        let start = out.len();
        out.extend_from_slice(&[0, 0]);
        location.encode(out)?;
        let bytes = out.len() - start - 2;
        let length = u16::try_from(bytes).map_err(|_over_65535| EncodeError::BodyTooLong { bytes })?;
        out[start..start + 2].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}
