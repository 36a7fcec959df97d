//! JT/T 808, the protocol between a vehicle terminal and a platform: framing, header, messages and both ends of the
//! session. Bytes in, values out: no sockets, no clock, no threads.
//!
//! The truck's end ([`Terminal`]) speaks JT/T 808-2019. The platform's end ([`Gateway`]) reads 2011, 2013 and 2019 and
//! answers each message in the version it came in.
//!
//! # Layout
//! - bytes: [`frame`] (flags, escapes, check byte), [`header`], [`phone`], [`parts`] (messages cut into parts)
//! - messages: [`message`], [`registration`], [`location`] with [`extra`], [`vendor`] and [`device_time`]
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
//! Parameters (0x8103), areas and routes (0x8600 to 0x8607), texts, media and attributes are not read: they arrive as
//! [`Message::Other`] with their bytes. Bodies under RSA are answered "unsupported". The truck's end never sends a
//! message in parts and does not ask for missing ones (0x8003, 0x0005).
#![warn(missing_docs)]

mod body;
pub mod device_time;
pub mod extra;
pub mod frame;
pub mod gateway;
pub mod header;
#[cfg(feature = "jt809")]
pub mod jt809;
pub mod llrp;
pub mod location;
pub mod message;
pub mod parts;
pub mod phone;
pub mod registration;
pub mod report;
pub mod terminal;
pub mod text;
pub mod vendor;

pub use body::Truncated;
pub use device_time::DeviceTime;
pub use extra::Extra;
pub use frame::{Deframer, FrameCounters, FrameError, encode_frame};
pub use gateway::{AskId, Gateway, GatewayConfig, GatewayCounters, GatewayEvent};
pub use header::{Header, Part, Version};
pub use location::Location;
pub use message::{Address, AnswerResult, EncodeError, Message, MessageError};
pub use phone::Phone;
pub use registration::{Authentication, Registration, RegistrationRefusal};
pub use report::{LocationError, quantise};
pub use terminal::{Outgoing, Terminal, TerminalConfig, TerminalEvent, TerminalFault};
pub use vendor::{Gap, GapCause, TagConflict, TagConflictKind, TagRead};
