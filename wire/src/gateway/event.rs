//! What a platform's end is told at its start, and what it tells its caller.

use crate::ask::AskId;
use crate::attributes::Attributes;
#[cfg(doc)]
use crate::gateway::{EVENTS_MAX, Gateway, TRANSMIT_FRAMES_MAX};
use crate::header::Phone;
use crate::location::Location;
use crate::message::{AnswerResult, EncodeError};
use crate::parameter::Parameter;
use crate::registration::Registration;

/// How patient a platform is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayConfig {
    /// A terminal silent for this long is gone; also the time it has to authenticate in, s.
    pub idle_timeout_s: u32,
    /// Most messages that wait for the service's word; those beyond it are refused and counted.
    pub unanswered_max: usize,
    /// Wait for the first answer to a command, s; at least 1.
    pub answer_timeout_s: u32,
    /// How often a command is sent again before it counts as unanswered.
    pub retries_max: u8,
}

impl Default for GatewayConfig {
    /// Three missed heartbeats of a minute; 64 messages; commands are sent three times within 90 s.
    fn default() -> Self {
        Self { idle_timeout_s: 180, unanswered_max: 64, answer_timeout_s: 10, retries_max: 2 }
    }
}

/// What a terminal wants or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayEvent {
    /// It asks to be known; the word is [`Gateway::answer_registration`].
    Registration {
        /// Names it.
        ask: AskId,
        /// Under which identity.
        phone: Phone,
        /// Which terminal, which truck.
        registration: Registration,
    },
    /// It shows its code; the word is [`Gateway::answer_authentication`].
    Authentication {
        /// Names it.
        ask: AskId,
        /// Under which identity; it is one ([`Phone::to_terminal_id`] succeeds).
        phone: Phone,
        /// The code.
        code: String,
    },
    /// It reports; the word is [`Gateway::acknowledge`], once this is stored.
    Locations {
        /// Names it.
        ask: AskId,
        /// The records that could be read, at least one.
        locations: Vec<Location>,
        /// They were kept while there was no link.
        backlog: bool,
    },
    /// It answers a query of its location: a record to be stored like any other; the word is [`Gateway::acknowledge`].
    LocationAnswer {
        /// Names it.
        ask: AskId,
        /// Serial of the query, as [`Gateway::send`] gave it.
        serial: u16,
        /// Where it is.
        location: Location,
    },
    /// A message that is kept as it came: one of the standard this crate does no more with, one it does not know, one
    /// under RSA, or one whose body is not as its table says.
    /// The word is [`Gateway::acknowledge_raw`], once this is stored.
    Raw {
        /// Names it.
        ask: AskId,
        /// Its id.
        id: u16,
        /// Who sent it.
        phone: Phone,
        /// Its body, put together when it came in parts.
        body: Vec<u8>,
        /// Header and body without escapes and check byte. Of a message in parts: the header of the packet that made it
        /// whole, and the whole body.
        frame_payload: Vec<u8>,
    },
    /// It gave a general answer to a command.
    Answered {
        /// Serial of the command, as [`Gateway::send`] gave it.
        serial: u16,
        /// Id of the command.
        id: u16,
        /// What became of it.
        result: AnswerResult,
    },
    /// It gave no answer to a command, however often it was sent.
    Unanswered {
        /// Serial of the command.
        serial: u16,
        /// Id of the command.
        id: u16,
    },
    /// It answers a query of parameters.
    Parameters {
        /// Serial of the query.
        serial: u16,
        /// What it has.
        parameters: Vec<Parameter>,
    },
    /// It answers a query of attributes. The message comes as [`GatewayEvent::Raw`] too.
    Attributes(Box<Attributes>),
    /// It said goodbye and is no longer authenticated.
    LoggedOut,
    /// It was silent too long, or did not authenticate in time: close the connection.
    TimedOut,
}

/// Why a command is not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// No terminal has authenticated on this connection.
    #[error("no terminal has authenticated on this connection")]
    NotAuthenticated,
    /// As many commands as allowed wait for their answers, or for being written to the line.
    #[error("too many commands wait for this terminal")]
    Busy,
    /// It cannot be written in the terminal's version.
    #[error("the command cannot be written")]
    Unwritable(#[from] EncodeError),
}

/// What was counted on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GatewayCounters {
    /// Frames whose check byte fits.
    pub frames: u64,
    /// Frames dropped for their check byte; not answered.
    pub bad_checksum: u64,
    /// Frames dropped for a wrong escape; not answered.
    pub bad_escape: u64,
    /// Runs without a flag dropped for their length.
    pub oversize: u64,
    /// Bytes dropped outside frames.
    pub junk_bytes: u64,
    /// Frames dropped for their header; not answered.
    pub bad_header: u64,
    /// Connections whose version flag contradicts the layout of their headers: 0 or 1.
    pub version_flag_wrong: u64,
    /// Messages answered "malformed", once kept.
    pub malformed_messages: u64,
    /// Records dropped out of batches.
    pub malformed_locations: u64,
    /// Records taken without the rest of their extras.
    pub extras_malformed: u64,
    /// Messages answered "unsupported", once kept.
    pub unknown_messages: u64,
    /// Messages under RSA, answered "unsupported" too.
    pub encrypted: u64,
    /// Messages refused before authentication.
    pub unauthenticated: u64,
    /// Messages refused for naming another terminal than the authenticated one.
    pub foreign_phone: u64,
    /// Messages refused because `unanswered_max` waited already.
    pub refused_busy: u64,
    /// Answers of terminals to nothing under way: late ones, doubled ones.
    pub stray_answers: u64,
    /// Commands sent once more for want of an answer.
    pub commands_sent_again: u64,
    /// Commands given up for want of an answer.
    pub commands_unanswered: u64,
    /// Events dropped because [`EVENTS_MAX`] waited already.
    pub events_dropped: u64,
    /// Answers dropped because [`TRANSMIT_FRAMES_MAX`] waited already.
    pub answers_dropped: u64,
    /// Parts dropped because their message did not become whole.
    pub parts_dropped: u64,
    /// Times parts were asked for again.
    pub parts_asked_for: u64,
    /// Parts that came again.
    pub parts_repeated: u64,
}
