//! What a terminal tells its caller.

use crate::header::PhoneError;
use crate::message::{AnswerResult, EncodeError};
use crate::registration::RegistrationRefusal;
#[cfg(doc)]
use crate::terminal::TRANSMIT_FRAMES_MAX;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TerminalEvent {
    /// Authenticated: locations may be sent.
    Ready,
    /// The platform gave a code. Keep it for the next start.
    NewAuthCode(String),
    /// Every item up to and including `cursor` was answered. Items refused before are among them.
    Acknowledged {
        /// The last of them.
        cursor: u64,
    },
    /// The platform will not take this item, however often it is sent. It is passed over.
    Refused {
        /// Which.
        cursor: u64,
        /// What the platform said; [`AnswerResult::Bad`] too for a record that cannot be written.
        result: AnswerResult,
    },
    /// The session is over: close the link, then connect again later.
    Fatal(TerminalFault),
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalFault {
    /// The platform does not want this terminal or truck. Its registers must be mended.
    #[error("the platform refused the registration")]
    RegistrationRefused(#[source] RegistrationRefusal),
    /// The platform does not accept the code. It is forgotten: forget the kept one too; the next connection registers.
    #[error(
        "the platform refused the authentication code; the terminal registers again at the next connection"
    )]
    CodeRefused,
    /// Answers stay out. The link is dead or the platform is.
    #[error("the platform does not answer any more")]
    AnswersMissing,
    /// The platform answers, but each time that it cannot take the locations now.
    #[error("the platform cannot take locations at present")]
    PutOff,
    /// The configured terminal id cannot be sent.
    #[error("the terminal's id does not fit the protocol")]
    Identity(#[source] PhoneError),
    /// The configured texts cannot be sent.
    #[error("registration or authentication cannot be written")]
    Unsendable(#[source] EncodeError),
}

/// What was counted since the terminal was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TerminalCounters {
    /// Frames from the platform.
    pub frames: u64,
    /// Bytes or frames from the platform that were no messages for this terminal.
    pub unreadable: u64,
    /// Answers to nothing under way: late ones, doubled ones.
    pub stray_answers: u64,
    /// Frames sent once more for want of an answer.
    pub sent_again: u64,
    /// Items refused for good.
    pub refused_items: u64,
    /// Messages of the platform this terminal does not support.
    pub unsupported: u64,
    /// Answers dropped because [`TRANSMIT_FRAMES_MAX`] waited already.
    pub answers_dropped: u64,
}
