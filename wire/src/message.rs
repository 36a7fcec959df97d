//! Messages: what a body says, by its id, and whole frames for the line.

mod answer;
mod decode;
mod encode;
mod error;
pub mod id;

use domain::Timestamp;

pub use answer::AnswerResult;
pub use error::{EncodeError, MessageError};

use crate::area::{AreaAction, AreaShape, Circle, Polygon, Rectangle, Route};
use crate::attributes::Attributes;
use crate::driver_card::DriverCard;
use crate::header::{BODY_BYTES_MAX, Header, Phone, Version};
use crate::location::Location;
use crate::media::{Capture, MediaHead, MediaUpload};
use crate::parameter::Parameter;
use crate::parts::PARTS_MAX;
use crate::registration::{Authentication, Registration, RegistrationRefusal};

/// Longest body of a message sent in parts.
pub const MESSAGE_BYTES_MAX: usize = BODY_BYTES_MAX * PARTS_MAX as usize;
/// Longest text of a 0x8300, bytes of GBK.
pub const TEXT_BYTES_MAX: usize = 1024;

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
    /// 0x0004: a terminal asks for the time.
    TimeQuery,
    /// 0x8004: the time, which alone in this protocol is sent in UTC; to the second.
    TimeAnswer {
        /// The platform's time.
        time: Timestamp,
    },
    /// 0x8003: a platform asks for parts it misses.
    Resend {
        /// Serial of the message's first part.
        first_serial: u16,
        /// Places of the parts, from 1.
        indices: Vec<u16>,
    },
    /// 0x0005: a terminal asks for parts it misses.
    TerminalResend {
        /// Serial of the message's first part.
        first_serial: u16,
        /// Places of the parts, from 1.
        indices: Vec<u16>,
    },
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
    /// 0x8103
    SetParameters(Vec<Parameter>),
    /// 0x8104: all of them.
    QueryParameters,
    /// 0x8106: those of these ids.
    QueryParameterList(Vec<u32>),
    /// 0x0104
    Parameters {
        /// Serial of the query.
        serial: u16,
        /// What the terminal has.
        parameters: Vec<Parameter>,
    },
    /// 0x8107
    QueryAttributes,
    /// 0x0107
    Attributes(Attributes),
    /// 0x0200
    Location(Location),
    /// 0x8201
    QueryLocation,
    /// 0x0201
    LocationAnswer {
        /// Serial of the query.
        serial: u16,
        /// Where the truck is.
        location: Location,
    },
    /// 0x8202
    Track {
        /// Seconds between reports; 0 ends it.
        interval_s: u16,
        /// For how long, s; not sent when it ends.
        validity_s: u32,
    },
    /// 0x8203
    ConfirmAlarm {
        /// Serial of the report whose alarms are confirmed; 0 for all.
        serial: u16,
        /// The alarm bits confirmed.
        alarms: u32,
    },
    /// 0x8300
    Text {
        /// 2013: bit 0 urgent, 2 on the display, 3 read aloud, 4 on the advertising screen. 2019: bits 0-1 1 service, 2
        /// urgent, 3 notice; the rest alike.
        flags: u8,
        /// 1 notice, 2 service; since 2019, and there sent as 1 when not given.
        kind: Option<u8>,
        /// At most [`TEXT_BYTES_MAX`] bytes of GBK.
        text: String,
    },
    /// 0x8600
    SetCircles {
        /// What becomes of those the terminal has.
        action: AreaAction,
        /// At most 255.
        circles: Vec<Circle>,
    },
    /// 0x8602
    SetRectangles {
        /// What becomes of those the terminal has.
        action: AreaAction,
        /// At most 255.
        rectangles: Vec<Rectangle>,
    },
    /// 0x8604
    SetPolygon(Polygon),
    /// 0x8606
    SetRoute(Route),
    /// 0x8601, 0x8603, 0x8605, 0x8607
    DeleteAreas {
        /// Which kind.
        shape: AreaShape,
        /// At most 125; none for all.
        ids: Vec<u32>,
    },
    /// 0x0702
    DriverCard(DriverCard),
    /// 0x0704
    LocationBatch {
        /// Type 1: kept while there was no link. Type 0: sent together to save traffic.
        backlog: bool,
        /// The records that could be read, in order.
        locations: Vec<Location>,
        /// How many could not: malformed, or announced and missing.
        malformed: u16,
    },
    /// 0x0800
    MediaEvent(MediaHead),
    /// 0x0801
    MediaUpload(MediaUpload),
    /// 0x8800
    MediaAnswer {
        /// The recording.
        media_id: u32,
        /// Places of the parts that are missing; none when it is whole.
        missing: Vec<u16>,
    },
    /// 0x8801
    Capture(Capture),
    /// 0x0900
    PassThroughUp {
        /// What it is: 00 detailed positions, 0B card, 41 and 42 serial ports, F0 to FF by agreement.
        kind: u8,
        /// The bytes.
        data: Vec<u8>,
    },
    /// 0x8900
    PassThroughDown {
        /// As in 0x0900.
        kind: u8,
        /// The bytes.
        data: Vec<u8>,
    },
    /// Any other.
    Other {
        /// Its id.
        id: u16,
        /// Its body as sent.
        body: Vec<u8>,
    },
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
            Self::TimeQuery => id::TIME_QUERY,
            Self::TimeAnswer { .. } => id::TIME_ANSWER,
            Self::Resend { .. } => id::RESEND,
            Self::TerminalResend { .. } => id::TERMINAL_RESEND,
            Self::Register(_) => id::REGISTER,
            Self::RegisterAnswer { .. } => id::REGISTER_ANSWER,
            Self::Authenticate(_) => id::AUTHENTICATE,
            Self::SetParameters(_) => id::SET_PARAMETERS,
            Self::QueryParameters => id::QUERY_PARAMETERS,
            Self::QueryParameterList(_) => id::QUERY_PARAMETER_LIST,
            Self::Parameters { .. } => id::PARAMETERS,
            Self::QueryAttributes => id::QUERY_ATTRIBUTES,
            Self::Attributes(_) => id::ATTRIBUTES,
            Self::Location(_) => id::LOCATION,
            Self::QueryLocation => id::QUERY_LOCATION,
            Self::LocationAnswer { .. } => id::LOCATION_ANSWER,
            Self::Track { .. } => id::TRACK,
            Self::ConfirmAlarm { .. } => id::CONFIRM_ALARM,
            Self::Text { .. } => id::TEXT,
            Self::SetCircles { .. } => id::SET_CIRCLES,
            Self::SetRectangles { .. } => id::SET_RECTANGLES,
            Self::SetPolygon(_) => id::SET_POLYGON,
            Self::SetRoute(_) => id::SET_ROUTE,
            Self::DeleteAreas { shape: AreaShape::Circle, .. } => id::DELETE_CIRCLES,
            Self::DeleteAreas { shape: AreaShape::Rectangle, .. } => id::DELETE_RECTANGLES,
            Self::DeleteAreas { shape: AreaShape::Polygon, .. } => id::DELETE_POLYGONS,
            Self::DeleteAreas { shape: AreaShape::Route, .. } => id::DELETE_ROUTES,
            Self::DriverCard(_) => id::DRIVER_CARD,
            Self::LocationBatch { .. } => id::LOCATION_BATCH,
            Self::MediaEvent(_) => id::MEDIA_EVENT,
            Self::MediaUpload(_) => id::MEDIA_UPLOAD,
            Self::MediaAnswer { .. } => id::MEDIA_ANSWER,
            Self::Capture(_) => id::CAPTURE,
            Self::PassThroughUp { .. } => id::PASS_THROUGH_UP,
            Self::PassThroughDown { .. } => id::PASS_THROUGH_DOWN,
            Self::Other { id, .. } => *id,
        }
    }
}
