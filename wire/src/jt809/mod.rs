//! JT/T 809 (2011 and 2019), the protocol between a platform and its superior platform: framing, header, the messages that
//! forwarding positions needs, and both ends of the session. Bytes in, values out: no sockets, no clock.
//!
//! Two TCP links make one session. Over the *main link* the lower platform calls the superior one, logs in and sends
//! positions; over the *sub link* the superior platform calls back with the code it gave at the login, and asks.
//!
//! # Layout
//! - bytes: [`frame`] (flags, escapes, CRC), [`header`], [`cipher`]
//! - messages: [`message`], [`vehicle`] with [`position`]
//! - sessions: [`lower`] is this platform's end; [`upper`] plays a superior platform
//!
//! # What it does not do
//! Exchange of trucks between platforms (0x1205 to 0x120B), alarms (0x1400), platform questions (0x1300), supervision
//! (0x1500) and statistics: such messages come out as they are. Nothing in the protocol answers a position; see
//! [`lower::LowerEvent::Proven`] for what takes an answer's place.

pub mod cipher;
pub mod frame;
pub mod header;
pub mod lower;
pub mod message;
pub mod position;
pub mod upper;
pub mod vehicle;

pub use cipher::Cipher;
pub use frame::{Deframer, FrameCounters, FrameError};
pub use header::{Edition, Header};
pub use lower::{Link, LinkLoss, Lower, LowerConfig, LowerCounters, LowerEvent};
pub use message::{Login, LoginRefusal, Message, MessageError, Password};
pub use position::{Fix2011, Fix2019, Position};
pub use upper::{Upper, UpperConfig, UpperEvent};
pub use vehicle::{Payload, Register, VehicleMessage};
