//! Messages of the listener's subset (LLRP 1.1 §9 to §13), both ways, so that either end can be played.

use super::frame::{self, RawMessage};
use super::param::{Params, counted_text, kind, read_counted_text, tlv};
use super::reader_event::ReaderEvent;
use super::rospec::RoSpec;
use super::status::Status;
use super::tag_report::TagReport;

/// Message types.
mod id {
    pub(super) const GET_CAPABILITIES: u16 = 1;
    pub(super) const SET_CONFIG: u16 = 3;
    pub(super) const CLOSE_ANSWER: u16 = 4;
    pub(super) const CAPABILITIES: u16 = 11;
    pub(super) const SET_CONFIG_ANSWER: u16 = 13;
    pub(super) const CLOSE: u16 = 14;
    pub(super) const ADD_ROSPEC: u16 = 20;
    pub(super) const DELETE_ROSPEC: u16 = 21;
    pub(super) const DISABLE_ROSPEC: u16 = 25;
    pub(super) const ADD_ROSPEC_ANSWER: u16 = 30;
    pub(super) const DISABLE_ROSPEC_ANSWER: u16 = 35;
    pub(super) const REPORT: u16 = 61;
    pub(super) const KEEPALIVE: u16 = 62;
    pub(super) const EVENT: u16 = 63;
    pub(super) const ENABLE_EVENTS: u16 = 64;
    pub(super) const KEEPALIVE_ACK: u16 = 72;
    pub(super) const ERROR: u16 = 100;
}

/// Asks for the general part of the capabilities only: the rest is tables of hundreds of entries.
const GENERAL_ONLY: u8 = 1;
/// A keepalive every so many milliseconds.
const KEEPALIVE_PERIODIC: u8 = 1;
/// Bit of GeneralDeviceCapabilities that says the reader has a clock.
const HAS_CLOCK: u16 = 1 << 14;

/// A command that is answered with a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    /// SET_READER_CONFIG.
    SetConfig,
    /// ADD_ROSPEC.
    AddRoSpec,
    /// DELETE_ROSPEC; id 0 names every one.
    DeleteRoSpec,
    /// START_ROSPEC.
    StartRoSpec,
    /// STOP_ROSPEC.
    StopRoSpec,
    /// ENABLE_ROSPEC.
    EnableRoSpec,
    /// DISABLE_ROSPEC.
    DisableRoSpec,
    /// CLOSE_CONNECTION.
    Close,
}

impl Request {
    /// Every request with its message type and that of its answer.
    const TABLE: [(Self, u16, u16); 8] = [
        (Self::SetConfig, id::SET_CONFIG, id::SET_CONFIG_ANSWER),
        (Self::AddRoSpec, id::ADD_ROSPEC, id::ADD_ROSPEC_ANSWER),
        (Self::DeleteRoSpec, id::DELETE_ROSPEC, 31),
        (Self::StartRoSpec, 22, 32),
        (Self::StopRoSpec, 23, 33),
        (Self::EnableRoSpec, 24, 34),
        (Self::DisableRoSpec, id::DISABLE_ROSPEC, id::DISABLE_ROSPEC_ANSWER),
        (Self::Close, id::CLOSE, id::CLOSE_ANSWER),
    ];

    fn of_kind(kind: u16) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.1 == kind).map(|row| row.0)
    }

    fn of_answer(kind: u16) -> Option<Self> {
        Self::TABLE.iter().find(|row| row.2 == kind).map(|row| row.0)
    }

    fn kinds(self) -> (u16, u16) {
        Self::TABLE.iter().find(|row| row.0 == self).map_or((0, 0), |row| (row.1, row.2))
    }
}

/// What a reader says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Antenna ports.
    pub antennas_max: u16,
    /// It has a clock of its own and stamps reads in UTC.
    pub has_clock: bool,
    /// Maker, by its IANA private enterprise number.
    pub maker: u32,
    /// Model, by the maker's own number.
    pub model: u32,
    /// Firmware version.
    pub firmware: String,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// GET_READER_CAPABILITIES.
    GetCapabilities,
    /// Its answer.
    Capabilities {
        /// Whether the reader tells.
        status: Status,
        /// What it tells.
        capabilities: Option<Capabilities>,
    },
    /// SET_READER_CONFIG with a KeepaliveSpec, and reports not held back after a lost connection. `None` leaves
    /// keepalives as they are; 0 switches them off.
    SetConfig {
        /// Between two keepalives, ms.
        keepalive_ms: Option<u32>,
    },
    /// ADD_ROSPEC.
    AddRoSpec(RoSpec),
    /// DELETE, START, STOP, ENABLE or DISABLE_ROSPEC.
    RoSpec {
        /// Which of them.
        request: Request,
        /// Which specification.
        id: u32,
    },
    /// CLOSE_CONNECTION.
    Close,
    /// The answer to a command.
    Answer {
        /// To which.
        request: Request,
        /// The word on it.
        status: Status,
    },
    /// RO_ACCESS_REPORT.
    Tags {
        /// The tags read.
        reports: Vec<TagReport>,
        /// Entries without an EPC.
        malformed: u32,
    },
    /// KEEPALIVE.
    Keepalive,
    /// KEEPALIVE_ACK.
    KeepaliveAck,
    /// READER_EVENT_NOTIFICATION.
    Event(ReaderEvent),
    /// ENABLE_EVENTS_AND_REPORTS.
    EnableEvents,
    /// ERROR_MESSAGE: the reader could not make sense of a message.
    Error(Status),
    /// Any other.
    Other {
        /// Its type.
        kind: u16,
    },
}

/// A message that does not hold what it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("message {kind} does not hold what it must")]
pub struct MessageError {
    /// Its type.
    pub kind: u16,
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// [`MessageError`] for an answer without a status and a command without its fields. Reports never fail: what is no
    /// tag in them is counted.
    pub fn decode(raw: &RawMessage) -> Result<Self, MessageError> {
        let body = raw.body.as_slice();
        Self::read(raw.kind, body).ok_or(MessageError { kind: raw.kind })
    }

    fn read(kind: u16, body: &[u8]) -> Option<Self> {
        Some(match kind {
            id::GET_CAPABILITIES => Self::GetCapabilities,
            id::CAPABILITIES => {
                let capabilities = Params::new(body).find(kind::GENERAL_CAPABILITIES);
                Self::Capabilities {
                    status: Status::find(body)?,
                    capabilities: capabilities.and_then(read_capabilities),
                }
            }
            id::SET_CONFIG => {
                let spec = Params::new(body.get(1..)?).find(kind::KEEPALIVE_SPEC);
                Self::SetConfig { keepalive_ms: spec.and_then(read_keepalive) }
            }
            id::ADD_ROSPEC => Self::AddRoSpec(RoSpec::find(body)?),
            id::CLOSE => Self::Close,
            id::DELETE_ROSPEC..=id::DISABLE_ROSPEC => {
                let id = u32::from_be_bytes(body.try_into().ok()?);
                Self::RoSpec { request: Request::of_kind(kind)?, id }
            }
            id::SET_CONFIG_ANSWER | id::CLOSE_ANSWER | id::ADD_ROSPEC_ANSWER..=id::DISABLE_ROSPEC_ANSWER => {
                Self::Answer { request: Request::of_answer(kind)?, status: Status::find(body)? }
            }
            id::REPORT => read_tags(body),
            id::KEEPALIVE => Self::Keepalive,
            id::KEEPALIVE_ACK => Self::KeepaliveAck,
            id::EVENT => Self::Event(ReaderEvent::find(body)),
            id::ENABLE_EVENTS => Self::EnableEvents,
            id::ERROR => Self::Error(Status::find(body)?),
            kind => Self::Other { kind },
        })
    }

    /// The message as it goes out under an id.
    pub fn encode(&self, id: u32) -> Vec<u8> {
        let mut body = Vec::new();
        let kind = self.write(&mut body);
        frame::encode(kind, id, &body)
    }

    /// Appends the body and says the type.
    fn write(&self, body: &mut Vec<u8>) -> u16 {
        match self {
            Self::GetCapabilities => {
                body.push(GENERAL_ONLY);
                id::GET_CAPABILITIES
            }
            Self::Capabilities { status, capabilities } => {
                status.encode(body);
                if let Some(capabilities) = capabilities {
                    write_capabilities(capabilities, body);
                }
                id::CAPABILITIES
            }
            Self::SetConfig { keepalive_ms } => {
                // Nothing is reset to the factory's settings.
                body.push(0);
                if let Some(millis) = keepalive_ms {
                    tlv(body, kind::KEEPALIVE_SPEC, |out| {
                        out.push(if *millis == 0 { 0 } else { KEEPALIVE_PERIODIC });
                        out.extend_from_slice(&millis.to_be_bytes());
                    });
                }
                tlv(body, kind::EVENTS_AND_REPORTS, |out| out.push(0));
                id::SET_CONFIG
            }
            Self::AddRoSpec(spec) => {
                spec.encode(body);
                id::ADD_ROSPEC
            }
            Self::RoSpec { request, id } => {
                body.extend_from_slice(&id.to_be_bytes());
                request.kinds().0
            }
            Self::Close => id::CLOSE,
            Self::Answer { request, status } => {
                status.encode(body);
                request.kinds().1
            }
            Self::Tags { reports, .. } => {
                reports.iter().for_each(|report| report.encode(body));
                id::REPORT
            }
            Self::Keepalive => id::KEEPALIVE,
            Self::KeepaliveAck => id::KEEPALIVE_ACK,
            Self::Event(event) => {
                event.encode(body);
                id::EVENT
            }
            Self::EnableEvents => id::ENABLE_EVENTS,
            Self::Error(status) => {
                status.encode(body);
                id::ERROR
            }
            Self::Other { kind } => *kind,
        }
    }
}

fn read_tags(body: &[u8]) -> Message {
    let (mut reports, mut malformed) = (Vec::new(), 0);
    for param in Params::new(body) {
        match param {
            Ok(param) if param.kind == kind::TAG_REPORT_DATA => match TagReport::decode(param.value) {
                Some(report) => reports.push(report),
                None => malformed += 1,
            },
            Ok(_) => {}
            Err(_broken) => malformed += 1,
        }
    }
    Message::Tags { reports, malformed }
}

fn read_keepalive(value: &[u8]) -> Option<u32> {
    let (trigger, millis) = value.split_first()?;
    let millis = u32::from_be_bytes(millis.try_into().ok()?);
    Some(if *trigger == KEEPALIVE_PERIODIC { millis } else { 0 })
}

fn read_capabilities(value: &[u8]) -> Option<Capabilities> {
    let ([a0, a1, f0, f1, m0, m1, m2, m3, n0, n1, n2, n3], rest) = value.split_first_chunk()?;
    Some(Capabilities {
        antennas_max: u16::from_be_bytes([*a0, *a1]),
        has_clock: u16::from_be_bytes([*f0, *f1]) & HAS_CLOCK != 0,
        maker: u32::from_be_bytes([*m0, *m1, *m2, *m3]),
        model: u32::from_be_bytes([*n0, *n1, *n2, *n3]),
        firmware: read_counted_text(rest),
    })
}

fn write_capabilities(capabilities: &Capabilities, out: &mut Vec<u8>) {
    tlv(out, kind::GENERAL_CAPABILITIES, |out| {
        out.extend_from_slice(&capabilities.antennas_max.to_be_bytes());
        let flags = if capabilities.has_clock { HAS_CLOCK } else { 0 };
        out.extend_from_slice(&flags.to_be_bytes());
        out.extend_from_slice(&capabilities.maker.to_be_bytes());
        out.extend_from_slice(&capabilities.model.to_be_bytes());
        counted_text(out, &capabilities.firmware);
    });
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
