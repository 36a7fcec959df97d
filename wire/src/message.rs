//! Messages: what a body says, by its id, and whole frames for the line.

use crate::body::{Body, Truncated};
use crate::extra::ExtraTooLong;
use crate::frame::encode_frame;
use crate::header::{BODY_BYTES_MAX, Header, Phone, PhoneError, PhoneTooLong, Version};
use crate::location::{Location, LocationDecodeError};
use crate::registration::{Authentication, AuthenticationEncodeError, Registration, RegistrationRefusal};
use crate::text::{NotGbk, decode, encode};

/// Message ids.
pub mod id {
    /// Terminal's general answer.
    pub const TERMINAL_ANSWER: u16 = 0x0001;
    /// Heartbeat.
    pub const HEARTBEAT: u16 = 0x0002;
    /// Logout.
    pub const LOGOUT: u16 = 0x0003;
    /// Registration.
    pub const REGISTER: u16 = 0x0100;
    /// Logout by the annex table of JT/T 808-2011, which contradicts its own text.
    pub const LOGOUT_2011: u16 = 0x0101;
    /// Authentication.
    pub const AUTHENTICATE: u16 = 0x0102;
    /// Location.
    pub const LOCATION: u16 = 0x0200;
    /// Several locations.
    pub const LOCATION_BATCH: u16 = 0x0704;
    /// Platform's general answer.
    pub const PLATFORM_ANSWER: u16 = 0x8001;
    /// Answer to a registration.
    pub const REGISTER_ANSWER: u16 = 0x8100;
}

/// Result of a general answer (0x0001, 0x8001).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerResult {
    /// 0: done. From this platform for locations: stored durably.
    Ok,
    /// 1: not done; may be sent again.
    Fail,
    /// 2: the message is malformed.
    Bad,
    /// 3: the message is not supported.
    Unsupported,
    /// 4: alarm confirmed; done as well.
    AlarmConfirmed,
    /// A code outside the standard.
    Other(u8),
}

impl AnswerResult {
    /// From the result byte.
    pub fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Ok,
            1 => Self::Fail,
            2 => Self::Bad,
            3 => Self::Unsupported,
            4 => Self::AlarmConfirmed,
            other => Self::Other(other),
        }
    }

    /// The result byte.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Fail => 1,
            Self::Bad => 2,
            Self::Unsupported => 3,
            Self::AlarmConfirmed => 4,
            Self::Other(code) => code,
        }
    }

    /// Whether the message was taken.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Ok | Self::AlarmConfirmed)
    }
}

/// A message of either direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// 0x0001: a terminal answers a platform.
    TerminalAnswer {
        /// Serial of the message answered.
        serial: u16,
        /// Id of the message answered.
        id: u16,
        /// What became of it.
        result: AnswerResult,
    },
    /// 0x8001: a platform answers a terminal.
    PlatformAnswer {
        /// Serial of the message answered.
        serial: u16,
        /// Id of the message answered.
        id: u16,
        /// What became of it.
        result: AnswerResult,
    },
    /// 0x0002. Bytes some devices append are dropped.
    Heartbeat,
    /// 0x0003, or 0x0101.
    Logout,
    /// 0x0100
    Register(Registration),
    /// 0x8100
    RegisterAnswer {
        /// Serial of the registration.
        serial: u16,
        /// Accepted, or why not.
        result: Result<(), RegistrationRefusal>,
        /// The code to authenticate with; only when accepted.
        auth_code: Option<String>,
    },
    /// 0x0102
    Authenticate(Authentication),
    /// 0x0200
    Location(Location),
    /// 0x0704
    LocationBatch {
        /// Type 1: kept while there was no link. Type 0: sent together to save traffic.
        backlog: bool,
        /// The records that could be read, in order.
        locations: Vec<Location>,
        /// How many could not: malformed, or announced and missing.
        malformed: u16,
    },
    /// Any other.
    Other {
        /// Its id.
        id: u16,
        /// Its body as sent.
        body: Vec<u8>,
    },
}

/// Why a body is not what its id says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// It ends too early.
    #[error("message {id:#06x} ends too early")]
    Truncated {
        /// Its id.
        id: u16,
        /// Where it ends.
        source: Truncated,
    },
    /// Its location record is malformed.
    #[error("message {id:#06x} holds no location")]
    Location {
        /// Its id.
        id: u16,
        /// What is wrong with it.
        source: LocationDecodeError,
    },
}

/// Why a message cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// Its body is longer than one packet carries.
    #[error("the body has {bytes} bytes, one packet carries {BODY_BYTES_MAX}")]
    BodyTooLong {
        /// Its length.
        bytes: usize,
    },
    /// A batch of more records than its count can say.
    #[error("{items} locations in one message, its count can say 65535")]
    TooManyItems {
        /// How many.
        items: usize,
    },
    /// An extra is too long.
    #[error("a location cannot be written")]
    Extra(#[from] ExtraTooLong),
    /// A text has characters GBK does not have.
    #[error("a text cannot be written")]
    NotGbk(#[from] NotGbk),
    /// The authentication cannot be written.
    #[error("the authentication cannot be written")]
    Authentication(#[from] AuthenticationEncodeError),
    /// The terminal's id is no phone.
    #[error("the header cannot be written")]
    Identity(#[from] PhoneError),
    /// The phone does not fit the header's version.
    #[error("the header cannot be written")]
    Phone(#[from] PhoneTooLong),
}

/// What every header of one end of a session repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Layout to write.
    pub version: Version,
    /// Revision a 2019 header states.
    pub protocol_version: u8,
    /// Whose session it is.
    pub phone: Phone,
}

impl From<&Header> for Address {
    fn from(header: &Header) -> Self {
        Self { version: header.version, protocol_version: header.protocol_version, phone: header.phone }
    }
}

impl Message {
    /// Its id.
    pub fn id(&self) -> u16 {
        match self {
            Self::TerminalAnswer { .. } => id::TERMINAL_ANSWER,
            Self::PlatformAnswer { .. } => id::PLATFORM_ANSWER,
            Self::Heartbeat => id::HEARTBEAT,
            Self::Logout => id::LOGOUT,
            Self::Register(_) => id::REGISTER,
            Self::RegisterAnswer { .. } => id::REGISTER_ANSWER,
            Self::Authenticate(_) => id::AUTHENTICATE,
            Self::Location(_) => id::LOCATION,
            Self::LocationBatch { .. } => id::LOCATION_BATCH,
            Self::Other { id, .. } => *id,
        }
    }

    /// Reads a whole, plain body. `header` gives its id and version; a message in parts is put together first.
    ///
    /// # Errors
    /// [`MessageError`] for a body shorter than its id asks. Bytes after what the id asks are dropped.
    pub fn decode(header: &Header, body: &[u8]) -> Result<Self, MessageError> {
        let id = header.message_id;
        let truncated = |source| MessageError::Truncated { id, source };
        let location = |source| MessageError::Location { id, source };
        match id {
            id::TERMINAL_ANSWER => {
                let (serial, id, result) = decode_answer(body).map_err(truncated)?;
                Ok(Self::TerminalAnswer { serial, id, result })
            }
            id::PLATFORM_ANSWER => {
                let (serial, id, result) = decode_answer(body).map_err(truncated)?;
                Ok(Self::PlatformAnswer { serial, id, result })
            }
            id::HEARTBEAT => Ok(Self::Heartbeat),
            id::LOGOUT | id::LOGOUT_2011 => Ok(Self::Logout),
            id::REGISTER => Registration::decode(header.version, body).map(Self::Register).map_err(truncated),
            id::REGISTER_ANSWER => decode_register_answer(body).map_err(truncated),
            id::AUTHENTICATE => {
                Authentication::decode(header.version, body).map(Self::Authenticate).map_err(truncated)
            }
            id::LOCATION => Location::decode(body).map(Self::Location).map_err(location),
            id::LOCATION_BATCH => decode_batch(body).map_err(truncated),
            id => Ok(Self::Other { id, body: body.to_vec() }),
        }
    }

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
            Self::Heartbeat | Self::Logout => {}
            Self::Register(registration) => registration.encode(version, out)?,
            Self::RegisterAnswer { serial, result, auth_code } => {
                out.extend_from_slice(&serial.to_be_bytes());
                out.push(result.map_or_else(RegistrationRefusal::code, |()| 0));
                out.extend(encode(auth_code.as_deref().unwrap_or_default())?);
            }
            Self::Authenticate(authentication) => authentication.encode(version, out)?,
            Self::Location(location) => location.encode(out)?,
            Self::LocationBatch { backlog, locations, .. } => encode_batch(*backlog, locations, out)?,
            Self::Other { body, .. } => out.extend_from_slice(body),
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
        let body_length = u16::try_from(body.len())
            .ok()
            .filter(|length| usize::from(*length) <= BODY_BYTES_MAX)
            .ok_or(EncodeError::BodyTooLong { bytes: body.len() })?;
        let header = Header {
            message_id: self.id(),
            version: address.version,
            protocol_version: address.protocol_version,
            phone: address.phone,
            serial,
            body_length,
            encryption: 0,
            part: None,
        };
        let mut payload = Vec::with_capacity(body.len() + 21);
        header.encode(&mut payload)?;
        payload.extend_from_slice(&body);
        let mut frame = Vec::new();
        encode_frame(&payload, &mut frame);
        Ok(frame)
    }
}

fn decode_answer(body: &[u8]) -> Result<(u16, u16, AnswerResult), Truncated> {
    let mut body = Body::new(body);
    Ok((body.u16()?, body.u16()?, AnswerResult::from_code(body.u8()?)))
}

fn decode_register_answer(body: &[u8]) -> Result<Message, Truncated> {
    let mut body = Body::new(body);
    let serial = body.u16()?;
    let result = RegistrationRefusal::from_code(body.u8()?);
    let auth_code = result.is_ok().then(|| decode(body.rest()));
    Ok(Message::RegisterAnswer { serial, result, auth_code })
}

/// A batch is malformed as a whole only without its count and type; a record that cannot be read costs itself alone.
fn decode_batch(body: &[u8]) -> Result<Message, Truncated> {
    let mut body = Body::new(body);
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
