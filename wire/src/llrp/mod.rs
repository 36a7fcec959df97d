//! LLRP, the Low Level Reader Protocol of EPCglobal (versions 1.0.1 and 1.1), by which fixed UHF readers speak over TCP
//! port 5084: the messages a client needs that only listens for tags, and both ends of that session. Bytes in, values
//! out: no sockets, no clock.
//!
//! # Layout
//! - bytes: [`frame`] cuts the stream into messages; parameters are walked in `param`, those nobody here knows are skipped
//! - messages: [`message`], [`status`], [`tag_report`], [`rospec`], [`reader_event`]
//! - sessions: [`client`] listens to a reader; [`reader`] plays one
//!
//! # What it does not do
//! Reading or writing tag memory, filters, transmit power, channels, input and output lines: a reader keeps what its
//! installer set. TLS (port 5085) is the caller's affair.

pub mod client;
pub mod frame;
pub mod message;
mod param;
pub mod reader;
pub mod reader_event;
pub mod rospec;
pub mod status;
pub mod tag_report;

pub use client::{Client, ClientConfig, ClientCounters, ClientEnd, ClientEvent, Step};
pub use frame::{FrameError, Framer, RawMessage};
pub use message::{Capabilities, Message, MessageError, Request};
pub use reader::{Reader, ReaderConfig, ReaderEnd};
pub use reader_event::{ConnectionAttempt, ReaderEvent};
pub use rospec::{ROSPEC_ID, RoSpec};
pub use status::Status;
pub use tag_report::TagReport;

/// The TCP port readers listen on.
pub const PORT: u16 = 5084;
