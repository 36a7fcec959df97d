//! JT/T 808, the protocol between a vehicle terminal and a platform: framing, header, messages and both ends of the
//! session. Bytes in, values out: no sockets, no clock, no threads.
//!
//! The truck's end ([`Terminal`]) speaks JT/T 808-2011, 2013 or 2019 as it is told. The platform's end ([`Gateway`]) reads
//! all three, answers each message in the layout it came in and sends commands in the terminal's.
//!
//! # Layout
//! - bytes: [`frame`] (flags, escapes, check byte), [`header`], [`phone`], [`parts`] (messages cut into parts)
//! - messages: [`message`], [`registration`], [`location`] with [`extra`], [`vendor`] and [`device_time`]; [`parameter`],
//!   [`area`], [`attributes`], [`driver_card`], [`media`]
//! - meaning: [`mod@report`] turns a [`domain::FixReport`] into a [`Location`] and back
//! - sessions: [`terminal`], [`gateway`]
//! - other protocols: [`llrp`] (fixed UHF readers), `jt809` (superior platforms; feature `jt809`)
//!
//! # A fix on its way
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use domain::{FixKind, FixReport, Plate, Position, TerminalId, Timestamp};
//! use wire::{Address, Deframer, Header, Location, Message, Phone, Version};
//!
//! let plate: Plate = "豫A12345D".parse()?;
//! let terminal: TerminalId = "13800000001".parse()?;
//! let time: Timestamp = "2026-11-23T14:03:22.250+08:00".parse()?;
//! let fix = FixReport::bare(plate.clone(), Position::from_degrees(34.5394, 113.3905)?, FixKind::D3);
//!
//! // On the truck.
//! let address = Address { version: Version::V2019, protocol_version: 1, phone: Phone::from_terminal(&terminal)? };
//! let frame = Message::Location(Location::from_fix(time, &fix, None, &[])).encode(&address, 0)?;
//!
//! // On the platform.
//! let mut deframer = Deframer::new();
//! deframer.push(&frame);
//! let payload = deframer.next().ok_or("no frame yet")??;
//! let (header, body) = Header::decode(&payload)?;
//! let Message::Location(location) = Message::decode(&header, body)? else { return Err("no location".into()) };
//! let received = time.plus_seconds(1);
//! let reports = location.to_reports(&plate, &header.phone.to_terminal_id()?, received)?;
//! assert_eq!(reports[0].time, time);
//! assert_eq!(reports[0].fix().map(|fix| fix.position), Some(fix.position));
//! # Ok(())
//! # }
//! ```
//!
//! # What it does not do
//! Bodies under RSA are answered "unsupported". Recordings are kept as bytes, and so are messages not named in
//! `wire/README.md`: they arrive as [`Message::Other`].
#![warn(missing_docs)]

pub mod area;
mod ask;
pub mod attributes;
mod body;
pub mod device_time;
pub mod driver_card;
pub mod extra;
pub mod frame;
pub mod gateway;
pub mod header;
#[cfg(feature = "jt809")]
pub mod jt809;
pub mod llrp;
pub mod location;
pub mod media;
pub mod message;
pub mod parameter;
pub mod parts;
pub mod phone;
pub mod registration;
pub mod report;
pub mod terminal;
pub mod text;
pub mod vendor;
mod waiting;

pub use ask::AskId;
pub use attributes::Attributes;
pub use body::Truncated;
pub use device_time::DeviceTime;
pub use extra::Extra;
pub use frame::{Deframer, FrameCounters, FrameError, encode_frame};
pub use gateway::{Gateway, GatewayConfig, GatewayCounters, GatewayEvent, SendError};
pub use header::{Header, Part, Version};
pub use location::Location;
pub use message::{Address, AnswerResult, EncodeError, Message, MessageError};
pub use parameter::Parameter;
pub use phone::Phone;
pub use registration::{Authentication, Registration, RegistrationRefusal, Revision};
pub use report::{LocationError, quantise};
pub use terminal::{
    AreaChange, Outgoing, Terminal, TerminalConfig, TerminalEvent, TerminalFault, TerminalSendError,
};
pub use vendor::{Gap, GapCause, TagConflict, TagConflictKind, TagRead};
